"""A policy that changes while it runs: the next request is judged by it, or by the last good one, and all are told."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ringfence import PolicyError, Router
from ringfence.credentials import Credentials
from ringfence.records import Records, default_folder
from ringfence.rules import parse_policy

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.invariant("I7")]

LABELLED = "The bluebird leaves at nine."


def by_rename(path: Path, text: str) -> None:
    beside = path.with_suffix(".new")
    beside.write_text(text)
    os.replace(beside, path)


def in_place(path: Path, text: str) -> None:
    path.write_text(text)


def cut_short_and_written_again(path: Path, text: str) -> None:
    with path.open("r+") as file:
        file.truncate(0)
        file.write(text)


def with_its_old_time(path: Path, text: str) -> None:
    """In place, of the same size, its modification time put back: all that a careful attacker can hide."""
    before = path.stat()
    assert len(text) == before.st_size
    path.write_text(text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def by_a_link(path: Path, text: str) -> None:
    other = path.with_suffix(".elsewhere")
    other.write_text(text)
    link = path.with_suffix(".link")
    link.symlink_to(other)
    os.replace(link, path)


def rows() -> list[dict[str, Any]]:
    """The audit log's events of reloading."""
    with contextlib.closing(sqlite3.connect(default_folder() / "ledger.sqlite")) as connection:
        connection.row_factory = sqlite3.Row
        found = connection.execute(
            "SELECT * FROM events WHERE action = 'policy.reload' ORDER BY id"
        )
        return [{**dict(row), "facts": json.loads(row["facts"])} for row in found]


@pytest.mark.parametrize(
    "change", [by_rename, in_place, cut_short_and_written_again, with_its_old_time, by_a_link]
)
def test_the_next_request_is_judged_by_a_changed_file_however_it_changed(
    versions: Any, change: Callable[[Path, str], None]
) -> None:
    with Router.from_policy(versions.path) as router:
        before = router.health()
        assert versions.of(router.decide(LABELLED)) == {1}
        change(versions.path, versions.text(2))
        assert versions.of(router.decide(LABELLED)) == {2}
        health = router.health()
    assert (health.status, health.policy.serial, health.problem) == ("ok", 2, None)
    assert health.loaded_at > before.loaded_at
    (row,) = rows()
    assert row["outcome"] == "done"
    assert row["policy_digest"] == health.policy.digest
    assert row["facts"] == {"serial": 2, "before": {"serial": 1, "digest": before.policy.digest}}


def test_a_narrowing_change_holds_from_the_next_call_on(versions: Any, cloud: Any) -> None:
    with Router.from_policy(versions.path) as router:
        assert router.complete("What is rust?").model == "cloud-1"
        sent = len(cloud.requests)
        narrower = versions.text(2).replace("rules: [", "rules: [{name: home, only: [local-2]}, ")
        by_rename(versions.path, narrower)
        assert router.complete("What is rust?").model == "local-2"
    assert len(cloud.requests) == sent


YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)
BROKEN: dict[str, tuple[Callable[[Any], None], str]] = {
    "not YAML": (lambda v: in_place(v.path, "models: [}"), "policy_error"),
    "not a policy": (lambda v: v.write(2, "surprise: 1"), "policy_error"),
    "cut off": (lambda v: in_place(v.path, v.text(2)[:300]), "policy_error"),
    "empty": (lambda v: in_place(v.path, ""), "policy_error"),
    "gone": (lambda v: v.path.unlink(), "policy_error"),
    "a folder": (lambda v: (v.path.unlink(), v.path.mkdir()), "policy_error"),
    "expired": (lambda v: v.write(2, f"expires: {YESTERDAY}"), "trust_error"),
    "another ledger": (lambda v: v.write(2, "records: {path: elsewhere.db}"), "policy_error"),
    "another durability": (lambda v: v.write(2, "records: {durability: full}"), "policy_error"),
    "without its classifier": (
        lambda v: v.write(2, "classifier: {fitted: none.bin, digest: 'sha256:0'}"),
        "policy_error",
    ),
    "not its lock's": (
        lambda v: in_place(v.path.with_name("versions.yaml.lock"), "{}"),
        "trust_error",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_whatever_is_wrong_with_the_new_one_the_last_good_one_stays_and_says_so_once(
    versions: Any, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    breaking, code = BROKEN[name]
    with Router.from_policy(versions.path) as router:
        digest = router.policy.ref.digest
        breaking(versions)
        with caplog.at_level(logging.WARNING, logger="ringfence.policy"):
            for _ in range(5):
                assert versions.of(router.decide(LABELLED)) == {1}
        health = router.health()
        assert health.status == "degraded"
        assert health.policy.digest == digest
        assert health.problem is not None
        assert health.problem.code == code
        assert len(caplog.records) == 1
        (row,) = rows()
        assert (row["outcome"], row["policy_digest"]) == ("refused", digest)
        assert row["facts"]["code"] == code

        if versions.path.is_dir():
            versions.path.rmdir()
        versions.path.with_name("versions.yaml.lock").unlink(missing_ok=True)
        versions.write(3)
        assert versions.of(router.decide(LABELLED)) == {3}
        assert router.health().status == "ok"
    assert [row["outcome"] for row in rows()] == ["refused", "done"]


def test_what_is_told_of_a_broken_file_says_where_and_holds_none_of_it(versions: Any) -> None:
    with Router.from_policy(versions.path) as router:
        in_place(versions.path, versions.text(2) + "\nlabels2: {MOONSHINE: [wintergreen]}\n")
        router.decide(LABELLED)
        health = router.health()
    assert health.problem is not None
    line = versions.text(2).count("\n") + 2
    assert health.problem.place == f"{versions.path}:{line}:1"
    told = json.dumps(health.to_dict())
    assert f'"at": "versions.yaml:{line}:1"' in told
    assert str(versions.path.parent) not in told
    (row,) = rows()
    assert "wintergreen" not in json.dumps(row) + told
    assert row["facts"]["file_digest"].startswith("sha256:")


def test_each_other_problem_is_told_and_going_back_ends_it(versions: Any) -> None:
    with Router.from_policy(versions.path) as router:
        first = versions.path.read_text()
        for text in ("models: [}", "models: 1", first):
            in_place(versions.path, text)
            router.decide(LABELLED)
        assert router.health().problem is None
    assert [row["outcome"] for row in rows()] == ["refused", "refused", "done"]


def test_a_file_that_is_touched_or_written_as_it_was_is_no_change(versions: Any) -> None:
    with Router.from_policy(versions.path) as router:
        loaded_at = router.health().loaded_at
        by_rename(versions.path, versions.text(1))
        router.decide(LABELLED)
        versions.path.touch()
        router.decide(LABELLED)
        assert router.health().loaded_at == loaded_at
    assert not (default_folder() / "ledger.sqlite").exists()


def test_a_file_that_is_still_being_written_waits(
    versions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first half of a policy may well load, and be wider than the whole."""
    with Router.from_policy(versions.path) as router:
        monkeypatch.setattr("ringfence.reloading.QUIET_S", 3600.0)
        in_place(versions.path, versions.text(2).partition("rules:")[0])
        assert versions.of(router.decide(LABELLED)) == {1}
        in_place(versions.path, versions.text(2))
        assert versions.of(router.decide(LABELLED)) == {1}
        monkeypatch.setattr("ringfence.reloading.QUIET_S", 0.0)
        assert versions.of(router.decide(LABELLED)) == {2}
        assert router.health().problem is None


def test_a_policy_that_expires_while_it_runs_stays_and_says_so(
    versions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions.write(1, f"expires: {datetime.now(UTC).date()}")
    monkeypatch.setattr("ringfence.reloading.VERIFY_S", 0.0)
    with Router.from_policy(versions.path) as router:
        router.decide(LABELLED)
        assert router.health().status == "ok"

        class Tomorrow(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return datetime.now(tz) + timedelta(days=1)

        monkeypatch.setattr("ringfence.in_force.datetime", Tomorrow)
        assert versions.of(router.decide(LABELLED)) == {1}
        problem = router.health().problem
    assert problem is not None
    assert problem.code == "trust_error"
    assert "expired" in problem.message


def test_a_pinned_policy_gives_way_to_none(versions: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with Router.from_policy(versions.path) as router:
        digest = router.policy.ref.digest
    with Router.from_policy(versions.path, policy_digest=digest) as router:
        versions.write(2)
        assert versions.of(router.decide(LABELLED)) == {1}
        problem = router.health().problem
        assert problem is not None
        assert problem.code == "trust_error"
    versions.write(1)
    monkeypatch.setenv("RINGFENCE_POLICY_DIGEST", digest)
    with Router.from_policy(versions.path) as router:
        monkeypatch.delenv("RINGFENCE_POLICY_DIGEST")  # too late: the start's environment counts
        versions.write(2)
        assert versions.of(router.decide(LABELLED)) == {1}


def test_a_process_that_changes_its_folder_keeps_its_policy(
    versions: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = tmp_path / "a-cloned-repository"
    hostile.mkdir()
    (hostile / versions.path.name).write_text(versions.text(66))
    monkeypatch.chdir(versions.path.parent)
    with Router.from_policy(versions.path.name) as router:
        monkeypatch.chdir(hostile)
        assert versions.of(router.decide(LABELLED)) == {1}
        versions.write(2)
        assert versions.of(router.decide(LABELLED)) == {2}


def test_a_policy_in_memory_and_one_that_is_told_to_stay_do_not_follow_the_file(
    versions: Any,
) -> None:
    policy = parse_policy(versions.path.read_bytes(), file=str(versions.path))
    in_memory = Router(
        policy, records=Records.of(policy.document.records, env={}), credentials=Credentials({})
    )
    with in_memory, Router.from_policy(versions.path, reload=False) as staying:
        versions.write(2)
        assert versions.of(in_memory.decide(LABELLED)) == {1}
        assert versions.of(staying.decide(LABELLED)) == {1}
        assert staying.health().to_dict()["status"] == "ok"


async def test_a_router_that_is_held_answers_all_its_questions_by_one_policy(
    versions: Any,
) -> None:
    async with Router.from_policy(versions.path) as router, router.held() as held:
        versions.write(2)
        assert versions.of(await router.adecide(LABELLED)) == {2}
        assert versions.of(await held.adecide(LABELLED)) == {1}
        assert held.policy.ref.serial == 1
        assert (await held.acomplete(LABELLED)).model == "local-1"


def test_a_first_policy_that_does_not_load_raises_as_ever(versions: Any) -> None:
    in_place(versions.path, "models: [}")
    with pytest.raises(PolicyError):
        Router.from_policy(versions.path)
