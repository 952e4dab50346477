"""The command line in this process, and a policy whose codename is sensitive whatever else the gate knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ringfence.cli.app import app
from ringfence.drill.server import ModelServer

Run = Callable[..., Result]
KINDS = ("simple", "standard", "research", "codegen", "complex", "long_context", "gui", "live")


@pytest.fixture
def run() -> Run:
    """`run("route", "--text", "hi")`: exit_code, stdout and stderr of one run."""

    def invoke(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)

    return invoke


@pytest.fixture
def policy(
    write_policy: Callable[..., Path], cloud: ModelServer, local_server: ModelServer
) -> Callable[..., Path]:
    """A policy file with a cloud and a local model; `policy(routes=…, rules=…)` changes it."""

    def write(*, local: bool = True, **changes: Any) -> Path:
        served = {"context_window": 32768, "tools": "native", "json_schema": True}
        models: dict[str, Mapping[str, Any]] = {
            "cloud-model": {
                "model": "openai/stand-in",
                "base_url": cloud.v1,
                "locality": "cloud",
                "price": {"input": 1, "output": 4},
                **served,
            },
        }
        if local:
            models["local-model"] = {
                "model": "openai/stand-in-local",
                "base_url": local_server.v1,
                "locality": "local",
                **served,
            }
        codename = {"label": "confidential", "name": "CODENAME", "words": ["bluebird"]}
        return write_policy(
            {
                "ringfence": 1,
                "name": "acme",
                "models": models,
                "labels": {"custom": [codename]},
                "gate": {"names": "off"},
                "routes": {kind: list(models) for kind in KINDS},
                **changes,
            }
        )

    return write
