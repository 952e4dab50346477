"""I3: a Unix socket is this machine. Both formats of local servers are spoken over one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ringfence.dispatch.endpoints import RefusedEndpoint, address_of
from ringfence.drill.server import ModelServer
from ringfence.errors import PolicyError
from ringfence.types import Locality

BEACON = "BEACON-4711"


@pytest.fixture
def socket_server(tmp_path: Path) -> Iterator[Callable[[], ModelServer]]:
    made: list[ModelServer] = []

    def make() -> ModelServer:
        made.append(ModelServer(path=tmp_path / f"model-{len(made)}.sock"))
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.mark.parametrize(
    ("model", "path"),
    [("openai/x", "/v1/chat/completions"), ("ollama_chat/x", "/api/chat")],
)
async def test_a_labelled_request_is_answered_over_a_socket(
    bench: Any, socket_server: Any, model: str, path: str
) -> None:
    server = socket_server()
    b = bench({"m": {"model": model, "base_url": server.url}})
    assert b.policy.models["m"].locality is Locality.LOCAL
    assert (await b.ask(BEACON, labels=("pii", "unscanned"))).answer.text.startswith("Hello")
    assert [item async for item in b.stream(BEACON, labels=("pii",))][-1].model == "m"
    assert server.requests[-1].path == path
    assert server.requests[-1].headers["host"] == "localhost"
    assert server.received.count(BEACON.encode()) == 2


async def test_what_follows_a_colon_is_where_the_api_starts(bench: Any, socket_server: Any) -> None:
    server = socket_server()
    await bench({"m": {"model": "openai/x", "base_url": f"{server.url}:/api/v3/"}}).ask()
    assert server.requests[-1].path == "/api/v3/chat/completions"


async def test_two_sockets_are_two_endpoints(bench: Any, socket_server: Any, reply: Any) -> None:
    first, second = socket_server(), socket_server()
    second.always(reply(text="from the second"))
    b = bench(
        {n: {"model": "openai/x", "base_url": s.url} for n, s in (("a", first), ("b", second))}
    )
    assert (await b.ask("?", "b")).answer.text == "from the second"
    first.close()
    answered = await b.ask("?", "a", "b")
    assert [(a.model, a.error) for a in answered.attempts] == [("a", "connect"), ("b", None)]


async def test_a_socket_that_is_not_there_is_a_failed_connection(
    bench: Any, tmp_path: Path
) -> None:
    error = await bench(
        {"m": {"model": "openai/x", "base_url": f"unix://{tmp_path}/no.sock"}}
    ).error()
    assert [a.error for a in error.attempts] == ["connect"]


@pytest.mark.parametrize(
    ("model", "url", "said"),
    [
        ("openai/x", "unix://relative.sock", "unix:///whole/path.sock"),
        ("openai/x", "unix:relative.sock", "unix:///whole/path.sock"),
        ("anthropic/claude-sonnet-4.6", "unix:///run/x.sock", "OpenAI's or Ollama's format"),
        ("openai/x", "ftp://x", "must start with http://, https:// or unix://"),
    ],
)
def test_other_forms_are_refused_when_the_policy_loads(
    bench: Any, model: str, url: str, said: str
) -> None:
    with pytest.raises(PolicyError, match=said):
        bench({"m": {"model": model, "base_url": url}})


async def test_dispatch_checks_the_form_again(bench: Any) -> None:
    from dataclasses import replace

    model = bench({"m": {"model": "openai/x", "base_url": "unix:///run/x.sock"}}).policy.models["m"]
    with pytest.raises(RefusedEndpoint):
        address_of(replace(model, base_url="unix://run/x.sock"))


PROBE = """
import asyncio, json, sys
sys.path.insert(0, sys.argv[1])
from dispatch_bench import Bench
connected = []
sys.addaudithook(lambda event, args: connected.append(args[1]) if event == "socket.connect" else None)
bench = Bench({"m": {"model": "openai/x", "base_url": sys.argv[2]}})
asyncio.run(bench.ask("BEACON", labels=("pii",)))
print(json.dumps(connected))
"""


def test_nothing_but_the_socket_is_connected_to(socket_server: Any) -> None:
    server = socket_server()
    support = str(Path(__file__).parents[1] / "support")
    result = subprocess.run(
        [sys.executable, "-c", PROBE, support, server.url], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == [server.url.removeprefix("unix://")]
