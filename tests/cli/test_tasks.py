"""`ringfence tasks`: an organisation's own labels, the head that is fitted to them, and the policy that names it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from ringfence import PolicyError, Router
from ringfence.drill.server import ModelServer
from ringfence.trust import digest_of

Run = Callable[..., Result]

TOWNS = ("Leeds", "Lyon", "Porto", "Ghent", "Graz", "Bergen", "Turin", "Malmo", "Bremen", "Cork")
HOUSE_WORDS = "Blau-Gruen Vorgang {n}: Akte {town} nach Muster F durchsehen."
"""A phrase of a house's own: what it asks for is known there alone."""


def write_rows(path: Path, *, count: int = 60) -> Path:
    rows = []
    for n in range(count):
        town = TOWNS[n % len(TOWNS)]
        complex_work = {"content": HOUSE_WORDS.format(n=n, town=town), "kind": "complex"}
        chat = {
            "content": f"Write a friendly note to the office in {town} about lunch {n}.",
            "kind": "standard",
        }
        for row in (complex_work, chat):
            message = {"role": "user", "content": row["content"]}
            rows.append({"messages": [message], "kind": row["kind"], "source": f"team{n % 6}"})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def fitted(run: Run, tmp_path: Path) -> Path:
    rows = write_rows(tmp_path / "labelled.jsonl")
    result = run("tasks", "fit", rows, "-o", tmp_path / "acme.tasks")
    assert result.exit_code == 0, result.output
    return tmp_path / "acme.tasks"


def test_a_head_learns_what_a_house_means_by_its_own_words(run: Run, tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "labelled.jsonl")
    result = run("tasks", "fit", rows, "-o", tmp_path / "a.tasks", "--json")
    report = json.loads(result.stdout)
    assert (result.exit_code, report["written"], report["rows"]) == (0, True, 120)
    assert report["kind_accuracy"]["after"] > report["kind_accuracy"]["before"]
    assert report["digest"] == digest_of((tmp_path / "a.tasks").read_bytes())


def test_the_same_rows_give_the_same_bytes_and_hold_no_text(run: Run, tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "labelled.jsonl")
    for name in ("a.tasks", "b.tasks"):
        assert run("tasks", "fit", rows, "-o", tmp_path / name).exit_code == 0
    first, second = ((tmp_path / name).read_bytes() for name in ("a.tasks", "b.tasks"))
    assert first == second
    assert b"Vorgang" not in first
    assert b"Leeds" not in first


def test_a_policy_that_names_the_head_reads_with_it_and_every_decision_says_so(
    run: Run, policy: Callable[..., Path], fitted: Path
) -> None:
    digest = digest_of(fitted.read_bytes())
    asked = HOUSE_WORDS.format(n=999, town="Oslo")
    plain = Router.from_policy(policy())
    own = Router.from_policy(policy(classifier={"fitted": str(fitted), "digest": digest}))
    with plain, own:
        assert plain.decide(asked).task.kind != "complex"
        task = own.decide(asked).task
    assert (task.kind, task.fitted) == ("complex", digest)
    assert own.decide(asked).to_dict()["task"]["fitted"] == digest
    assert "fitted" not in plain.decide(asked).to_dict()["task"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda raw: raw + b"x", "not the file that is pinned here"),
        (None, "cannot be read"),
    ],
    ids=["altered", "gone"],
)
def test_a_head_that_is_not_the_pinned_one_does_not_load(
    policy: Callable[..., Path], fitted: Path, change: Callable[[bytes], bytes] | None, said: str
) -> None:
    digest = digest_of(fitted.read_bytes())
    if change is None:
        fitted.unlink()
    else:
        fitted.write_bytes(change(fitted.read_bytes()))
    with pytest.raises(PolicyError, match=said):
        Router.from_policy(policy(classifier={"fitted": str(fitted), "digest": digest}))


def test_a_head_without_a_digest_or_of_another_kind_does_not_load(
    policy: Callable[..., Path], fitted: Path, tmp_path: Path
) -> None:
    with pytest.raises(PolicyError, match="not pinned; write beside it 'digest: sha256:"):
        Router.from_policy(policy(classifier={"fitted": str(fitted)}))
    other = tmp_path / "other.bin"
    other.write_bytes(b"something else")
    pinned = {"fitted": str(other), "digest": digest_of(b"something else")}
    with pytest.raises(PolicyError, match="not a file that 'ringfence tasks fit' wrote"):
        Router.from_policy(policy(classifier=pinned))


def test_rows_that_teach_nothing_new_write_nothing_unless_forced(run: Run, tmp_path: Path) -> None:
    rows = [
        {"messages": [{"role": "user", "content": text}], "kind": kind}
        for n in range(20)
        for text, kind in (
            (
                f"Classify the sentiment of review {n}: positive or negative. 'Lovely soup.'",
                "simple",
            ),
            (
                f"Prove that the {n + 3}th identity holds and find every flaw in this proof.",
                "complex",
            ),
        )
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = run("tasks", "fit", file, "-o", tmp_path / "x.tasks")
    assert result.exit_code == 1
    assert "it does not help" in result.stdout
    assert not (tmp_path / "x.tasks").exists()
    assert run("tasks", "fit", file, "-o", tmp_path / "x.tasks", "--force").exit_code == 0


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"messages": [{"role": "user", "content": "hi"}], "kind": "simple"}], "at least 24"),
        ([{"messages": [{"role": "user", "content": "hi"}], "kind": "easy"}], "must be one of"),
        ([{"messages": [{"role": "user", "content": "hi"}]}], "must be one of"),
    ],
    ids=["few", "unknown kind", "no kind"],
)
def test_rows_that_cannot_be_fitted_are_told_why(
    run: Run, tmp_path: Path, rows: list[dict[str, Any]], said: str
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = run("tasks", "fit", file, "-o", tmp_path / "x.tasks")
    assert result.exit_code == 2
    assert said in result.stderr


def test_rows_to_label_come_least_sure_first_and_can_be_fitted_once_labelled(
    run: Run, tmp_path: Path
) -> None:
    file = write_rows(tmp_path / "rows.jsonl", count=15)
    result = run("tasks", "label", file)
    printed = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["confidence"] for row in printed] == sorted(row["confidence"] for row in printed)
    assert len(printed) == 30
    again = tmp_path / "again.jsonl"
    again.write_text(result.stdout)
    assert run("tasks", "fit", again, "-o", tmp_path / "x.tasks", "--force").exit_code == 0


def test_labelling_into_a_file_wants_a_terminal(run: Run, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "rows.jsonl", count=2)
    result = run("tasks", "label", file, "-o", tmp_path / "out.jsonl")
    assert result.exit_code == 2
    assert "terminal" in result.stderr


def test_nothing_is_sent_or_recorded(
    run: Run, fitted: Path, cloud: ModelServer, isolated: Path
) -> None:
    assert cloud.received == b""
    assert [path for path in isolated.rglob("*") if path.is_file()] == []
