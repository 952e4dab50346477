"""`ringfence taint`: only what the policy allows goes, and every time is recorded."""

from __future__ import annotations

import getpass
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from ringfence import Router

pytestmark = pytest.mark.invariant("I5")

Run = Callable[..., Result]
MakePolicy = Callable[..., Path]
ANSWER = (
    "The new machine is quieter than the old one, and the people in the next room are glad of it."
)
ME = getpass.getuser()
ALLOWED = {"declassify": [{"labels": ["confidential"], "because": "the codename was published"}]}


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def answered(
    policy: MakePolicy, local_server: Any, reply: Any, ledger: Path
) -> Callable[[dict[str, Any]], Path]:
    """A policy whose local model has given `ANSWER` to a labelled request in conversation c1."""

    def make(taint: dict[str, Any]) -> Path:
        path = policy(taint=taint, records={"path": str(ledger)})
        local_server.always(reply(text=ANSWER))
        with Router.from_policy(path) as router:
            asked = [{"role": "user", "content": "about bluebird"}]
            router.complete({"messages": asked, "conversation_id": "c1"})
        return path

    return make


def labels(policy: Path, text: str, **fields: Any) -> tuple[str, ...]:
    with Router.from_policy(policy) as router:
        return router.decide({"messages": [{"role": "user", "content": text}], **fields}).labels


def events(ledger: Path) -> list[tuple[str, ...]]:
    connection = sqlite3.connect(ledger)
    try:
        return connection.execute(
            "SELECT action, outcome, actor, tenant, because FROM events"
        ).fetchall()
    finally:
        connection.close()


def test_a_declassified_text_carries_no_labels_and_the_deed_is_recorded(
    run: Run, answered: Callable[..., Path], ledger: Path, tmp_path: Path
) -> None:
    policy = answered(ALLOWED)
    assert labels(policy, f"So: {ANSWER}") == ("confidential",)
    file = tmp_path / "release.txt"
    file.write_text(ANSWER)
    options = ("--policy", policy, "--text-file", file, "--because", "published in June")
    result = run("taint", "declassify", *options, "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert (told["action"], told["outcome"], told["scope"]) == ("taint.declassify", "done", "text")
    assert told["labels"] == ["confidential"]
    assert told["marks"] > 5
    assert labels(policy, f"So: {ANSWER}") == ()
    assert events(ledger) == [("taint.declassify", "done", ME, "default", "published in June")]
    assert "machine" not in result.output


def test_a_conversation_is_forgotten_with_its_answers(
    run: Run, answered: Callable[..., Path]
) -> None:
    policy = answered(ALLOWED)
    assert labels(policy, "hello", conversation_id="c1") == ("confidential",)
    result = run("taint", "forget", "--policy", policy, "--conversation", "c1")
    assert result.exit_code == 0, result.stderr
    assert "confidential: taken off and recorded" in result.stdout
    assert labels(policy, f"So: {ANSWER}", conversation_id="c1") == ()


def test_a_text_comes_from_stdin(run: Run, answered: Callable[..., Path]) -> None:
    policy = answered(ALLOWED)
    result = run("taint", "forget", "--policy", policy, "--text-file", "-", stdin=ANSWER)
    assert result.exit_code == 0, result.stderr
    assert labels(policy, f"So: {ANSWER}") == ()


@pytest.mark.parametrize(
    "taint",
    [
        {},
        {"declassify": [{"labels": ["pii"], "because": "others only"}]},
        {"declassify": [{"labels": "all", "users": ["nobody-here"], "because": "the officer"}]},
    ],
)
def test_what_the_policy_does_not_allow_is_denied_and_recorded(
    run: Run, answered: Callable[..., Path], ledger: Path, taint: dict[str, Any]
) -> None:
    policy = answered(taint)
    result = run("taint", "forget", "--policy", policy, "--all")
    assert result.exit_code == 3
    assert "taint.declassify" in result.stderr
    assert labels(policy, f"So: {ANSWER}") == ("confidential",)
    assert events(ledger) == [("taint.forget", "refused", ME, "default", "")]


def test_another_tenants_taint_stays(run: Run, answered: Callable[..., Path]) -> None:
    policy = answered(ALLOWED)
    result = run("taint", "forget", "--policy", policy, "--all", "--tenant", "other")
    assert result.stdout == "0 marks, no labels: taken off and recorded\n"
    assert labels(policy, f"So: {ANSWER}") == ("confidential",)


@pytest.mark.parametrize(
    "options", [(), ("--all", "--conversation", "c1"), ("--text-file", "-", "--conversation", "c")]
)
def test_one_thing_must_be_named(run: Run, policy: MakePolicy, options: tuple[str, ...]) -> None:
    result = run("taint", "forget", "--policy", policy(), *options)
    assert result.exit_code == 2
    assert "say what: one of" in result.stderr


def test_declassifying_needs_a_reason(run: Run, policy: MakePolicy) -> None:
    options = ("--policy", policy(), "--conversation", "c1")
    assert run("taint", "declassify", *options).exit_code == 2
    assert run("taint", "declassify", *options, "--because", " ").exit_code == 2
