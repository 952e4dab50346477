"""`ringfence route`: the decision as a table and as data, and its exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from ringfence.drill.server import ModelServer

Run = Callable[..., Result]
MakePolicy = Callable[..., Path]


def test_the_table_shows_each_model_and_why(run: Run, policy: MakePolicy) -> None:
    file = policy()
    result = run("route", "--policy", file, "--text", "What is project bluebird about?")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["labels", "confidential", "(found:", "CODENAME", "×1)"]
    assert "task" in lines[1]
    assert any(str(file) in line and "acme, serial 1" in line for line in lines)
    kept = next(line for line in lines if "local-model" in line)
    dropped = next(line for line in lines if "cloud-model" in line)
    assert "kept" in kept
    assert "first choice" in kept
    assert "dropped by clearance" in dropped
    assert "not cleared for confidential" in dropped
    assert lines[-1] == "→ local-model (local)"
    assert result.stderr == ""


def test_what_is_piped_is_plain(run: Run, policy: MakePolicy) -> None:
    result = run("route", "--policy", policy(), "--text", "hello")
    assert "\x1b" not in result.stdout
    assert not [line for line in result.stdout.splitlines() if line != line.rstrip()]
    assert not set(result.stdout) & set("─│┌┐━┃")


def test_json_is_the_decision_in_its_documented_shape(run: Run, policy: MakePolicy) -> None:
    result = run("route", "--policy", policy(), "--text", "project bluebird", "--json")
    decision = json.loads(result.stdout)
    assert decision["labels"] == ["confidential"]
    assert (decision["model"], decision["locality"]) == ("local-model", "local")
    assert decision["outcome"] == "route"
    [candidate] = decision["candidates"]
    assert candidate == {"model": "local-model", "locality": "local", "expected_usd": "0"}
    assert [row["filter"] for row in decision["dropped"]] == ["clearance"]
    [finding] = [row for row in decision["findings"] if row["entity"] == "CODENAME"]
    assert (finding["path"], finding["start"], finding["end"]) == ("/messages/0/content", 8, 16)
    assert decision["policy"]["name"] == "acme"
    assert decision["policy"]["digest"].startswith("sha256:")


def test_nothing_is_sent(
    run: Run, policy: MakePolicy, cloud: ModelServer, local_server: ModelServer
) -> None:
    run("route", "--policy", policy(), "--text", "hello")
    assert (cloud.received, local_server.received) == (b"", b"")


@pytest.mark.parametrize("source", ["file", "-"])
def test_a_request_comes_from_a_file_or_stdin(
    run: Run, policy: MakePolicy, tmp_path: Path, source: str
) -> None:
    request = json.dumps({"id": "r7", "messages": [{"role": "user", "content": "hé"}]})
    file = tmp_path / "request.json"
    file.write_text(request, encoding="utf-8-sig")  # a byte-order mark is no fault
    given = file if source == "file" else "-"
    result = run("route", "--policy", policy(), given, "--json", stdin=request)
    assert json.loads(result.stdout)["request_id"] == "r7"


def test_text_may_come_from_stdin(run: Run, policy: MakePolicy) -> None:
    result = run("route", "--policy", policy(), "--text", "-", "--json", stdin="bluebird")
    assert json.loads(result.stdout)["labels"] == ["confidential"]


def test_the_caller_is_whom_the_door_says(run: Run, policy: MakePolicy) -> None:
    rule = {"name": "finance", "when": {"caller.team": "finance"}, "forbid": ["cloud"]}
    file = policy(rules=[rule])
    asked = ("route", "--policy", file, "--text", "hello", "--json")
    assert json.loads(run(*asked).stdout)["model"] == "cloud-model"
    result = run(*asked, "--caller", "team=finance", "--caller", "user=alice")
    assert json.loads(result.stdout)["model"] == "local-model"


@pytest.mark.parametrize("pair", ["finance", "team=", "group=x", "=x"])
def test_a_malformed_caller_is_bad_usage(run: Run, policy: MakePolicy, pair: str) -> None:
    result = run("route", "--policy", policy(), "--text", "hello", "--caller", pair)
    assert result.exit_code == 2
    assert "--caller takes KEY=VALUE" in result.stderr


def test_a_denial_exits_with_3_and_still_shows_the_decision(run: Run, policy: MakePolicy) -> None:
    file = policy(rules=[{"name": "frozen", "deny": "change freeze until Monday"}])
    result = run("route", "--policy", file, "--text", "hello")
    assert result.exit_code == 3
    assert result.stdout.splitlines()[-1] == "denied: change freeze until Monday"
    as_json = run("route", "--policy", file, "--text", "hello", "--json")
    assert as_json.exit_code == 3
    assert json.loads(as_json.stdout)["outcome"] == "deny"


def test_no_clearance_anywhere_exits_with_3_and_says_what_to_do(
    run: Run, policy: MakePolicy
) -> None:
    result = run("route", "--policy", policy(local=False), "--text", "bluebird")
    assert result.exit_code == 3
    assert "may see confidential" in result.stdout
    assert "ollama pull" in result.stdout


def test_no_model_at_all_exits_with_4(run: Run, policy: MakePolicy, tmp_path: Path) -> None:
    file = tmp_path / "long.txt"
    file.write_text("word " * 60_000)
    result = run("route", "--policy", policy(), "--text", "-", stdin=file.read_text())
    assert result.exit_code == 4
    assert "dropped by context_window" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("no model: ")


def test_another_policy_than_the_pinned_one_is_refused(run: Run, policy: MakePolicy) -> None:
    digest = "sha256:" + "0" * 64
    result = run("route", "--policy", policy(), "--policy-digest", digest, "--text", "hello")
    assert result.exit_code == 1
    assert result.stderr.count("sha256:") == 2
    assert result.stdout == ""


def lines_of(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_jsonl_answers_in_order_and_goes_on_after_bad_lines(
    run: Run, policy: MakePolicy, tmp_path: Path
) -> None:
    good = [
        {"id": f"r{n}", "messages": [{"role": "user", "content": f"bluebird {n}"}]}
        for n in range(60)
    ]
    raw = [json.dumps(request).encode() for request in good]
    raw[10] = b"{not json"
    raw[20] = b'{"id": "r20", "messages": []}'
    raw[30] = b'{"id": "r30", "messages": "caf\xe9"}'
    raw[40] = b"[1, 2]"
    raw.insert(50, b"   ")  # a blank line is no request
    file = tmp_path / "requests.jsonl"
    file.write_bytes(b"\n".join(raw))
    result = run("route", "--policy", policy(), "--jsonl", file)
    assert result.exit_code == 1
    answers = lines_of(result)
    assert len(answers) == 60
    bad = {n: answer for n, answer in enumerate(answers) if "error" in answer}
    assert list(bad) == [10, 20, 30, 40]
    assert {answer["error"]["code"] for answer in bad.values()} == {"bad_request"}
    assert [answer["id"] for answer in bad.values()] == [None, "r20", None, None]
    assert bad[30]["line"] == 31
    assert "not UTF-8 at byte" in bad[30]["error"]["message"]
    routed = [answer["request_id"] for answer in answers if "error" not in answer]
    assert routed == [f"r{n}" for n in range(60) if n not in bad]


def test_a_denial_is_a_decision_line_and_no_error(run: Run, policy: MakePolicy) -> None:
    request = json.dumps({"messages": [{"role": "user", "content": "bluebird"}]})
    result = run("route", "--policy", policy(local=False), "--jsonl", "-", stdin=request + "\n")
    assert result.exit_code == 0
    [answer] = lines_of(result)
    assert (answer["outcome"], answer["refusal"]["code"]) == ("deny", "not_cleared")


def test_jsonl_takes_no_other_request(run: Run, policy: MakePolicy) -> None:
    result = run("route", "--policy", policy(), "--jsonl", "-", "--text", "hello")
    assert result.exit_code == 2
