"""`ringfence doctor`: each problem with what to do about it, and no byte of a request to anyone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from ringfence import Router
from ringfence.drill.formats import Reply
from ringfence.drill.server import ModelServer

Run = Callable[..., Result]
MakePolicy = Callable[..., Path]


def look(run: Run, *arguments: str | Path) -> tuple[int, dict[tuple[str, str], dict[str, Any]]]:
    result = run("doctor", *arguments, "--json")
    report = json.loads(result.stdout)
    assert report["ok"] is (result.exit_code == 0)
    return result.exit_code, {(check["area"], check["name"]): check for check in report["checks"]}


def test_all_is_well(
    run: Run, policy: MakePolicy, cloud: ModelServer, local_server: ModelServer
) -> None:
    file = policy()
    code, checks = look(run, "--policy", file)
    assert code == 0
    assert checks["installed", "ringfence"]["state"] == "ok"
    assert str(file) in checks["policy", "in force"]["detail"]
    assert checks["policy", "digest"]["detail"].endswith("not pinned")
    assert checks["endpoint", cloud.v1]["state"] == "ok"
    assert checks["endpoint", local_server.v1]["state"] == "ok"
    assert checks["records", "ledger"]["detail"].endswith("made at the first call")
    assert (cloud.received, local_server.received) == (b"", b"")
    assert "nothing to do" in run("doctor", "--policy", file).stdout


def test_looking_leaves_no_files(run: Run, policy: MakePolicy, isolated: Path) -> None:
    look(run, "--policy", policy())
    assert [path for path in isolated.rglob("*") if path.is_file()] == []


def test_a_dead_local_endpoint_is_a_problem_and_a_dead_cloud_a_warning(
    run: Run, policy: MakePolicy, cloud: ModelServer, local_server: ModelServer
) -> None:
    file, urls = policy(), (cloud.v1, local_server.v1)
    cloud.close()
    local_server.close()
    code, checks = look(run, "--policy", file)
    assert code == 1
    states = [checks["endpoint", url]["state"] for url in urls]
    assert states == ["warning", "problem"]
    assert "nothing listens there" in checks["endpoint", urls[1]]["detail"]
    assert "start its server" in checks["endpoint", urls[1]]["remedy"]


def test_clouds_are_left_alone_when_the_policy_allows_no_network(
    run: Run, policy: MakePolicy, cloud: ModelServer
) -> None:
    _, checks = look(run, "--policy", policy(network={"mode": "none"}))
    assert ("endpoint", cloud.v1) not in checks
    assert cloud.accepted == 0


def test_ollama_is_told_how_to_start(run: Run, write_policy: Callable[..., Path]) -> None:
    file = write_policy(
        "ringfence: 1\nname: x\nmodels: {a: {model: ollama_chat/qwen3.5:9b, "
        "base_url: 'http://127.0.0.1:1'}}\nroutes: {standard: [a]}\n"
    )
    _, checks = look(run, "--policy", file)
    remedy = checks["endpoint", "http://127.0.0.1:1"]["remedy"]
    assert "ollama serve" in remedy
    assert "ollama pull qwen3.5:9b" in remedy


def test_keys_are_found_or_missed_and_never_shown(
    run: Run, write_policy: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "-".join(["sk", "c3" * 16])
    monkeypatch.setenv("XAI_API_KEY", key)
    file = write_policy(
        "ringfence: 1\nname: x\nnetwork: {mode: none}\nmodels: {a: {model: xai/grok-4.1-fast}, "
        "b: {model: openai/gpt-5.4}}\nroutes: {standard: [a, b]}\n"
    )
    _, checks = look(run, "--policy", file)
    assert checks["keys", "XAI_API_KEY"]["state"] == "ok"
    assert checks["keys", "OPENAI_API_KEY"]["state"] == "warning"
    assert checks["keys", "OPENAI_API_KEY"]["remedy"] == "export OPENAI_API_KEY=…"
    assert key not in run("doctor", "--policy", file).output


def test_without_a_policy_it_says_how_to_get_one(run: Run) -> None:
    code, checks = look(run)
    assert code == 1
    assert "no policy found" in checks["policy", "in force"]["detail"]
    assert "ringfence policy init" in checks["policy", "in force"]["remedy"]
    assert checks["installed", "ringfence"]["state"] == "ok"


def test_a_pin_that_does_not_fit_is_a_problem(run: Run, policy: MakePolicy) -> None:
    code, checks = look(run, "--policy", policy(), "--policy-digest", "sha256:" + "0" * 64)
    assert code == 1
    assert "not the pinned policy" in checks["policy", "in force"]["detail"]


def test_a_gate_that_is_off_is_a_warning(run: Run, policy: MakePolicy) -> None:
    file = policy(gate={"enabled": False, "because": "load test, ticket 9"})
    _, checks = look(run, "--policy", file)
    assert checks["gate", "enabled"]["state"] == "warning"


def test_a_damaged_ledger_is_a_problem_with_its_remedy(
    run: Run, policy: MakePolicy, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger.sqlite"
    ledger.write_bytes(b"damage " * 500)
    code, checks = look(run, "--policy", policy(records={"path": str(ledger)}))
    assert code == 1
    assert checks["records", "ledger"]["state"] == "problem"
    assert f"mv {ledger}" in checks["records", "ledger"]["remedy"]


def test_a_ledger_in_use_tells_the_months_calls(
    run: Run, policy: MakePolicy, cloud: ModelServer
) -> None:
    file = policy()
    assert run("complete", "--policy", file, "--text", "hello").exit_code == 0
    _, checks = look(run, "--policy", file)
    assert "1 calls settled this month" in checks["records", "ledger"]["detail"]


def test_a_model_that_keeps_failing_is_told_with_its_circuit_breaker(
    run: Run, policy: MakePolicy, cloud: ModelServer, local_server: ModelServer
) -> None:
    file = policy()
    cloud.always(Reply(status=401, error="invalid_api_key"))
    for _ in range(3):
        assert run("complete", "--policy", file, "--text", "hello").exit_code == 0
    _, checks = look(run, "--policy", file)
    assert checks["breaker", "local-model"]["state"] == "ok"
    assert checks["breaker", "cloud-model"]["state"] == "warning"
    assert "3 of 3 tries failed" in checks["breaker", "cloud-model"]["detail"]
    assert "newest failure: auth" in checks["breaker", "cloud-model"]["detail"]
    assert "replace the key" in checks["breaker", "cloud-model"]["remedy"]


def test_the_embedded_model_is_looked_for(
    run: Run, write_policy: Callable[..., Path], tmp_path: Path
) -> None:
    missing = tmp_path / "missing.gguf"
    file = write_policy(
        f"ringfence: 1\nname: x\nmodels: {{a: {{model: embedded/smollm2-135m}}, "
        f"b: {{model: 'embedded/{missing}', context_window: 2048}}}}\n"
        "routes: {standard: [a, b]}\n"
    )
    _, checks = look(run, "--policy", file)
    assert checks["model", "a"]["state"] == "ok"
    assert checks["model", "b"]["state"] == "problem"


def test_a_change_that_a_running_program_refused_is_told_with_what_it_goes_on_with(
    run: Run, policy: MakePolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringfence.standing.LOOK_S", 0.0)
    monkeypatch.setattr("ringfence.reloading.QUIET_S", 0.0)
    monkeypatch.setattr("ringfence.reloading.RETRY_S", 0.0)
    file = policy()
    good = file.read_text()
    with Router.from_policy(file) as router:
        digest = router.policy.ref.digest
        file.write_text(good + "surprise: 1\n")
        router.decide("What is rust?")
        code, checks = look(run, "--policy", file)
        assert code == 1
        change = checks["policy", "last change"]
        assert change["state"] == "warning"
        assert f"policy_error, {file}:" in change["detail"]
        assert digest in change["detail"]
        file.write_text(good + "serial: 2\n")
        router.decide("What is rust?")
        _, checks = look(run, "--policy", file)
    assert checks["policy", "last change"]["state"] == "ok"
    assert checks["policy", "last change"]["detail"].endswith("serial 2")
