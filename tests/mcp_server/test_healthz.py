"""`/healthz`: which policy serves, whether a newer one was refused, and that there is none at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from ringfence_mcp.command import Options
from ringfence_mcp.engine import Engine
from ringfence_mcp.health import Answer, probe
from ringfence_mcp.http import _guarded, _with_health

pytestmark = pytest.mark.invariant("I7")

Ask = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def serve() -> Callable[[Path], Any]:
    @asynccontextmanager
    async def serve(policy: Path) -> AsyncIterator[Ask]:
        async with Engine(Options(policy=str(policy), token="a-token")) as engine:

            async def answer() -> Answer:
                return await probe(engine)

            async def nothing(*_: Any) -> None:
                raise AssertionError("not for MCP")

            app = _with_health(_guarded(nothing, "a-token"), answer)
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://probe") as client:

                async def ask(method: str = "GET", *, until: str = "") -> httpx.Response:
                    async with asyncio.timeout(60):
                        while True:
                            found = await client.request(method, "/healthz")
                            if not until or found.json()["status"] == until:
                                return found
                            await asyncio.sleep(0.01)

                yield ask

    return serve


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.standing.LOOK_S", 0.0)
    monkeypatch.setattr("ringfence.reloading.QUIET_S", 0.0)
    monkeypatch.setattr("ringfence.reloading.RETRY_S", 0.0)


async def test_it_says_which_policy_serves_without_a_token(serve: Any, split_policy: Path) -> None:
    async with serve(split_policy) as ask:
        first = await ask()
        assert (first.status_code, first.json()["status"]) == (503, "starting")
        found = await ask(until="ok")
        assert found.status_code == 200
        policy = found.json()["policy"]
        assert policy.keys() == {"name", "serial", "digest", "loaded_at", "problem"}
        assert (policy["name"], policy["serial"], policy["problem"]) == ("split", 1, None)
        assert policy["digest"].startswith("sha256:")
        assert found.headers["cache-control"] == "no-store"
        assert (await ask("HEAD")).status_code == 200
        assert (await ask("POST")).status_code == 405


async def test_a_refused_change_is_degraded_and_serves_on(serve: Any, split_policy: Path) -> None:
    good = split_policy.read_text()
    async with serve(split_policy) as ask:
        digest = (await ask(until="ok")).json()["policy"]["digest"]
        split_policy.write_text(good + "MOONSHINE: [wintergreen]\n")
        found = await ask()
        assert (found.status_code, found.json()["status"]) == (200, "degraded")
        policy = found.json()["policy"]
        assert policy["digest"] == digest
        assert policy["problem"]["code"] == "policy_error"
        assert policy["problem"]["at"] == f"policy.yaml:{good.count(chr(10)) + 1}:1"
        told = json.dumps(found.json())
        for word in (
            "MOONSHINE",
            "wintergreen",
            "local-model",
            "127.0.0.1",
            str(split_policy.parent),
        ):
            assert word not in told
        split_policy.write_text(good)
        assert (await ask()).json()["status"] == "ok"


async def test_without_any_policy_it_is_unavailable_until_there_is_one(
    serve: Any, split_policy: Path
) -> None:
    good = split_policy.read_text()
    split_policy.write_text("ringfence: 1\nname: x\nsurprise: 1\n")
    async with serve(split_policy) as ask:
        found = await ask(until="unavailable")
        assert found.status_code == 503
        policy = found.json()["policy"]
        assert (policy["name"], policy["digest"]) == (None, None)
        assert policy["problem"]["code"] == "policy_error"
        assert policy["problem"]["at"].startswith("policy.yaml:")
        assert "surprise" not in found.text
        split_policy.write_text(good)
        assert (await ask(until="ok")).status_code == 200
