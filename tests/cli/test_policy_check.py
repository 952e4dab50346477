"""`ringfence policy check`: remarks with codes, and what local servers say of themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from ringfence.drill.formats import Reply
from ringfence.drill.server import ModelServer

Run = Callable[..., Result]
WritePolicy = Callable[..., Path]

IDLE = (
    "ringfence: 1\nname: x\nmodels:\n  a: {model: embedded/smollm2-135m}\n"
    "  idle: {model: openai/gpt-5.4}\nroutes: {standard: [a]}\n"
)
NOTE = IDLE.replace("  idle: {model: openai/gpt-5.4}\n", "") + "records: {unwritable: allow}\n"


def test_a_remark_has_its_code_place_and_remedy(run: Run, write_policy: WritePolicy) -> None:
    file = write_policy(IDLE)
    result = run("policy", "check", file)
    assert result.exit_code == 0
    first, summary, digest = result.stdout.splitlines()
    assert first == (
        f"{file}:5:3: warning RF102: no route uses 'idle'; requests reach it only by asking for it. "
        "Add it to a route, or remove it"
    )
    assert summary.startswith(f"{file}: loads, with 1 warning. Policy x, serial 1: 2 models")
    assert digest.startswith("sha256:")


def test_strict_fails_on_a_warning_and_not_on_a_note(run: Run, write_policy: WritePolicy) -> None:
    assert run("policy", "check", write_policy(IDLE), "--strict").exit_code == 1
    result = run("policy", "check", write_policy(NOTE), "--strict")
    assert result.exit_code == 0
    assert "loads, with 1 note" in result.stdout


def test_a_code_may_be_ignored_and_must_exist(run: Run, write_policy: WritePolicy) -> None:
    file = write_policy(IDLE)
    result = run("policy", "check", file, "--strict", "--ignore", "RF102")
    assert result.exit_code == 0
    assert "in order" in result.stdout
    wrong = run("policy", "check", file, "--ignore", "rf102")
    assert wrong.exit_code == 2
    assert "did you mean 'RF102'?" in wrong.stderr


def test_explain_says_what_a_code_means(run: Run) -> None:
    result = run("policy", "check", "--explain", "RF103")
    assert result.exit_code == 0
    assert result.stdout.startswith("RF103 (warning): a model that retires within 90 days")
    assert "What to do: choose its successor now" in result.stdout
    assert run("policy", "check", "--explain", "RF999").exit_code == 2


def test_json_lists_the_remarks(run: Run, write_policy: WritePolicy) -> None:
    result = run("policy", "check", write_policy(IDLE), "--strict", "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert report["ok"] is False
    assert report["name"] == "x"
    assert [(r["code"], r["line"], r["column"]) for r in report["remarks"]] == [("RF102", 5, 3)]


def local_policy(ollama: ModelServer, openai: ModelServer) -> str:
    return (
        "ringfence: 1\nname: x\nmodels:\n"
        f"  a: {{model: ollama_chat/qwen3.5:9b, base_url: '{ollama.url}'}}\n"
        f"  b: {{model: openai/house, base_url: '{openai.v1}', context_window: 8192}}\n"
        "routes: {standard: [a, b]}\n"
    )


def test_probe_asks_local_servers_whether_they_forward(
    run: Run,
    write_policy: WritePolicy,
    ollama_server: ModelServer,
    make_server: Callable[[], ModelServer],
) -> None:
    gone = make_server()
    file = write_policy(local_policy(ollama_server, gone))
    gone.close()
    ollama_server.always(Reply(show={"remote_host": "https://ollama.com"}))
    assert "in order" in run("policy", "check", file).stdout
    assert ollama_server.requests == []
    result = run("policy", "check", file, "--probe", "--json")
    found = {r["code"]: r["message"] for r in json.loads(result.stdout)["remarks"]}
    assert found == {
        "RF191": "'a': the server forwards it to a cloud",
        "RF192": "'b': the server does not answer",
    }
    assert [(r.method, r.path) for r in ollama_server.requests] == [("POST", "/api/show")]


def test_probe_is_content_with_servers_that_run_their_models(
    run: Run,
    write_policy: WritePolicy,
    ollama_server: ModelServer,
    openai_server: ModelServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    file = write_policy(local_policy(ollama_server, openai_server))
    assert "in order" in run("policy", "check", file, "--probe").stdout
