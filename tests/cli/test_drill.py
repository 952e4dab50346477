"""`ringfence drill`: outages rehearsed with stand-ins; nothing of the real endpoints, keys or records is touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import Result

from ringfence.drill.faults import FAULTS
from ringfence.drill.server import ModelServer
from ringfence.drill.stage import Stage
from ringfence.rules import load_policy

Run = Callable[..., Result]

LOCAL = {"locality": "local", "context_window": 32768}


@pytest.fixture
def two_locals(
    write_policy: Callable[..., Path], cloud: ModelServer, local_server: ModelServer
) -> Callable[..., Path]:
    """A cloud, then two local endpoints; the policy's own endpoints must hear nothing."""

    def write(**changes: Any) -> Path:
        models = {
            "cloud-model": {
                "model": "openai/stand-in",
                "base_url": cloud.v1,
                "locality": "cloud",
                "api_key_env": "CLOUD_KEY",
                "price": {"input": 1, "output": 4},
                "context_window": 32768,
            },
            "local-one": {"model": "openai/one", "base_url": local_server.v1, **LOCAL},
            "local-two": {"model": "ollama_chat/two", "base_url": "http://127.0.0.1:9", **LOCAL},
        }
        return write_policy(
            {
                "ringfence": 1,
                "name": "acme",
                "models": models,
                "gate": {"names": "off"},
                "routes": {"standard": list(models)},
                **changes,
            }
        )

    return write


def drill(run: Run, *arguments: str | Path) -> tuple[int, dict[str, Any]]:
    result = run("drill", *arguments, "--deadline", "2", "--json")
    return result.exit_code, json.loads(result.stdout)


def test_a_policy_with_a_way_out_of_each_outage_passes(
    run: Run,
    two_locals: Callable[..., Path],
    cloud: ModelServer,
    local_server: ModelServer,
    isolated: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLOUD_KEY", "the-real-key")
    code, report = drill(run, "--policy", two_locals())
    assert (code, report["ok"], report["labelled_bytes_out"]) == (0, True, 0)
    by_scene = {(o["traffic"], o["failing"]): o["answered_by"] for o in report["outcomes"]}
    assert by_scene == {
        ("plain", "cloud-model"): "local-one",
        ("plain", "local-one"): "local-two",
        ("labelled", "local-one"): "local-two",
    }
    assert len(report["outcomes"]) == 3 * len(FAULTS)
    assert (cloud.received, local_server.received) == (b"", b"")
    assert [path for path in isolated.rglob("*") if path.is_file()] == []


def test_each_fault_is_told_as_what_it_is(run: Run, two_locals: Callable[..., Path]) -> None:
    _, report = drill(run, "--policy", two_locals())
    first = {
        o["fault"]: o["attempts"][0]["error"]
        for o in report["outcomes"]
        if o["failing"] == "cloud-model"
    }
    assert first == {
        "kill": "connect",
        "hang": "timeout",
        "429": "rate_limit",
        "500": "overload",
        "garbage": "protocol",
        "slow": "timeout",
        "401": "auth",
    }


def test_a_request_with_one_eligible_endpoint_finds_no_way_and_is_told_why(
    run: Run, policy: Callable[..., Path]
) -> None:
    result = run("drill", "--policy", policy(), "--route", "simple", "--deadline", "1")
    assert result.exit_code == 1
    assert "NO WAY" in result.stdout
    assert "no way for a labelled request on route 'simple'" in result.stdout
    assert "add one on another endpoint" in result.stdout
    assert "labelled bytes at endpoints not cleared for them: 0" in result.stdout
    assert "codegen" not in result.stdout


def test_a_labelled_request_that_no_model_may_see_is_not_sent(
    run: Run, policy: Callable[..., Path]
) -> None:
    code, report = drill(run, "--policy", policy(local=False), "--route", "simple")
    labelled = [o for o in report["outcomes"] if o["traffic"] == "labelled"]
    assert code == 1
    assert {o["error"] for o in labelled} == {"not_cleared"}
    assert report["labelled_bytes_out"] == 0


def test_a_byte_at_an_endpoint_that_is_not_cleared_is_counted(
    two_locals: Callable[..., Path],
) -> None:
    with Stage.build(load_policy(two_locals()), deadline_s=1) as stage:
        labels = ("pii",)
        httpx.post(f"{stage.servers['local-one'].v1}/chat/completions", json={"model": "one"})
        assert stage.bytes_at_uncleared(labels) == 0
        httpx.post(f"{stage.servers['cloud-model'].v1}/chat/completions", json={"model": "m"})
        assert stage.bytes_at_uncleared(labels) > 0


def test_models_of_one_endpoint_fail_together(
    run: Run, two_locals: Callable[..., Path], local_server: ModelServer
) -> None:
    shared = {"model": "openai/other", "base_url": local_server.v1, **LOCAL}
    one = {"model": "openai/one", "base_url": local_server.v1, **LOCAL}
    file = two_locals(models={"a": one, "b": shared}, routes={"standard": ["a", "b"]})
    code, report = drill(run, "--policy", file)
    assert code == 1
    assert {(o["failing"], o["answered_by"]) for o in report["outcomes"]} == {("a", None)}
