"""`ringfence policy prove` and `diff`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from ringfence.decide import clearance
from ringfence.request import Caller, Request
from ringfence.router import Router

Run = Callable[..., Result]

TEXT = """\
ringfence: 1
name: acme
models:
  local: {model: ollama_chat/qwen3.5:9b}
  flash: {model: gemini/gemini-2.5-flash-lite}
gate: {names: off}
routes: {simple: [flash, local], standard: [local]}
"""


@pytest.fixture
def file(write_policy: Callable[..., Path]) -> Path:
    return write_policy(TEXT)


@pytest.fixture
def wider(write_policy: Callable[..., Path]) -> Path:
    cleared = "flash: {model: gemini/gemini-2.5-flash-lite, clearance: [pii], because: a contract}"
    return write_policy(
        TEXT.replace("flash: {model: gemini/gemini-2.5-flash-lite}", cleared), name="wider.yaml"
    )


def test_prove_prints_states_classes_and_who_may_see_what(run: Run, file: Path) -> None:
    result = run("policy", "prove", file)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert any(line.startswith("states ") and "decided in" in line for line in lines)
    assert any(line.split() == ["flash", "unlabelled", "requests"] for line in lines)
    assert any(line.split() == ["local", "everything"] for line in lines)
    assert lines[-1].startswith("proved: ")


def test_prove_as_json(run: Run, file: Path) -> None:
    proof = json.loads(run("policy", "prove", file, "--json").stdout)
    assert (proof["holds"], proof["whole"], proof["counterexamples"]) == (True, True, [])
    assert proof["states"] > 1000
    assert proof["sees"]["flash"] == []
    assert {"labels", "sets of labels", "requests"} <= {item["what"] for item in proof["merged"]}


def test_a_fault_exits_with_1_and_a_request_that_shows_it(
    run: Run, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clearance, "missing", lambda model, labels: ())
    result = run("policy", "prove", file)
    assert result.exit_code == 1
    assert "FAULT clearance" in result.stdout
    assert "not proved" in result.stdout
    (shown,) = json.loads(run("policy", "prove", file, "--json").stdout)["counterexamples"]
    request = tmp_path / "request.json"
    request.write_text(json.dumps(shown["request"]))
    decided = json.loads(run("route", request, "--policy", file, "--json").stdout)
    assert decided["model"] == "flash"
    assert set(decided["labels"]) >= set(shown["labels"]) - set(shown["not_in_request"])


def test_prove_reads_a_draft_that_is_not_the_pinned_policy(
    run: Run, file: Path, wider: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = run("policy", "pin", file, "--json")
    monkeypatch.setenv("RINGFENCE_POLICY_DIGEST", json.loads(digest.stdout)["digest"])
    assert run("policy", "prove", wider).exit_code == 0


def test_diff_says_what_widens_and_exits_as_asked(run: Run, file: Path, wider: Path) -> None:
    result = run("policy", "diff", file, wider)
    assert result.exit_code == 0
    assert "WIDENS flash: may see a request with pii" in result.stdout
    assert run("policy", "diff", file, wider, "--fail-on-widen").exit_code == 1
    narrower = run("policy", "diff", wider, file, "--fail-on-widen")
    assert narrower.exit_code == 0
    assert "nothing widens" in narrower.stdout


def test_diff_of_a_policy_with_itself(run: Run, file: Path) -> None:
    result = run("policy", "diff", file, file, "--fail-on-widen")
    assert result.exit_code == 0
    assert result.stdout.startswith("no difference in meaning")


def test_diff_reads_given_requests_under_both(
    run: Run, file: Path, wider: Path, tmp_path: Path
) -> None:
    lines: list[dict[str, Any]] = [
        {
            "id": "mail",
            "messages": [{"role": "user", "content": "Mail jane.roe@gmail.com please."}],
        },
        {"messages": [{"role": "user", "content": "Sort: b, a"}]},
    ]
    requests = tmp_path / "requests.jsonl"
    requests.write_text("\n".join(json.dumps({**line, "task": "simple"}) for line in lines))
    found = json.loads(run("policy", "diff", file, wider, "--requests", requests, "--json").stdout)
    (moved,) = found["moved"]
    assert moved["requests"] == ["mail"]
    assert (moved["before"], moved["after"]) == ("local", "flash")


def test_diff_decides_the_ledger_again(
    run: Run, split_policy: Path, tmp_path: Path, local_server: Any
) -> None:
    text = split_policy.read_text()
    ledger = tmp_path / "ledger.sqlite"
    split_policy.write_text(text + f"records: {{path: {ledger}}}\n")
    with Router.from_policy(split_policy) as router:
        request = Request.from_text("Mail jane.roe@gmail.com please.", task="simple")
        router.complete(request, caller=Caller(team="sales"))
        router.complete(request, caller=Caller(team="sales"))
    new = tmp_path / "new.yaml"
    new.write_text(
        split_policy.read_text()
        + "rules: [{name: sales, when: {caller.team: sales}, deny: not today}]\n"
    )
    found = json.loads(
        run("policy", "diff", split_policy, new, "--ledger", ledger, "--json").stdout
    )
    (moved,) = found["moved"]
    assert (moved["count"], moved["labels"], moved["task"]) == (2, ["pii"], "simple")
    assert (moved["before"], moved["after"]) == ("local-model", "refused: denied")


def test_a_ledger_that_is_none_is_one_line(run: Run, file: Path, tmp_path: Path) -> None:
    missing = run("policy", "diff", file, file, "--ledger", tmp_path / "none.sqlite")
    assert missing.exit_code != 0
    assert "no ledger is here" in missing.stderr
    (tmp_path / "other.sqlite").write_text("no database")
    other = run("policy", "diff", file, file, "--ledger", tmp_path / "other.sqlite")
    assert other.exit_code != 0
    assert "cannot be read as a ledger" in other.stderr
