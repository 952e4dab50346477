"""Faults at the socket, on every wire, whole and streaming: each ends in time, leaves nothing open, and falls back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from wires import PRICED, WIRES, model_at

from ringfence.dispatch.litellm_library import load_litellm
from ringfence.dispatch.transport import MAX_BYTES, _unreadable
from ringfence.drill.formats import Reply
from ringfence.drill.server import ModelServer
from ringfence.errors import Unavailable

pytestmark = [
    pytest.mark.xdist_group("litellm"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm"),
]

WORDS = {
    "hang": {"timeout"},
    "reset": {"connect"},
    "half_close": {"protocol"},
    "garbage": {"protocol"},
    "bad_json": {"protocol"},
    "wrong_type": {"protocol"},
    "truncated": {"protocol"},
    "wrong_length": {"protocol"},
    "slow": {"timeout"},
    "slow_head": {"timeout"},
    "flood": {"protocol"},
    "big": {"protocol"},
    "bomb": {"protocol"},
    "header_flood": {"protocol"},
    "long_line": {"protocol"},
    "comments": {"protocol"},
    "redirect": {"refused_endpoint"},
}
WHOLE = ("bad_json", "bomb", "redirect", "wrong_type")
"""After these the connection has come to the end of an answer, and serves again."""
HANG_GUARD_S = 60
"""Far beyond any deadline here: a call that reaches it has hung."""


@pytest.fixture(scope="module", autouse=True)
def litellm_is_loaded() -> None:
    load_litellm()


@pytest.fixture
async def nothing_is_left() -> AsyncIterator[Callable[[Any], None]]:
    """Watches benches; at the end their pools hold no connection in use, and no task of theirs is left."""
    benches: list[Any] = []
    yield benches.append
    for b in benches:
        for clients in b.dispatcher._clients._loops.values():
            for client in clients.open.values():
                assert not client._transport._session.connector._acquired
        await b.dispatcher.aclose()
    for _ in range(
        200
    ):  # generators that litellm left to the collector end at the loop's next turns
        if not (left := _tasks_left()):
            break
        await asyncio.sleep(0.01)
    assert left == []


def _tasks_left() -> list[str]:
    names = [repr(task) for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    return [name for name in names if "LoggingWorker" not in name]  # litellm's own, one a loop


async def seen_gone(server: ModelServer) -> bool:
    """Whether the server sees every connection closed, soon."""
    for _ in range(500):
        if not server.open_connections:
            return True
        await asyncio.sleep(0.01)
    return False


async def tries(b: Any, streaming: bool) -> Any:
    """The attempts of a call, whichever way it ends."""
    async with asyncio.timeout(HANG_GUARD_S):
        try:
            if streaming:
                return [item async for item in b.stream("BEACON")][-1].attempts
            return (await b.ask("BEACON")).attempts
        except Unavailable as error:
            return error.attempts


SILENT = {"hang", "slow", "slow_head", "half_close"}
"""Only the deadline ends these, so theirs is short. The others need time for bytes on a busy machine."""


@pytest.mark.parametrize("fault", WORDS)
async def test_a_fault_of_the_socket_falls_back_in_time_and_leaves_nothing_open(
    bench: Any, make_server: Any, local_model: Any, nothing_is_left: Any, fault: str
) -> None:
    servers, calls = {}, {}
    for wire in WIRES:
        for streaming in (False, True):
            case = (wire, streaming)
            servers[case] = server = make_server()
            server.always(Reply(fault=fault, location="http://127.0.0.1:9/", pieces_before_death=0))
            first = model_at(wire, server)
            b = bench(
                {"first": first, "second": local_model},
                fallback={"deadline_s": 5 if fault in SILENT else 60},
            )
            nothing_is_left(b)
            calls[case] = tries(b, streaming)
    ended = dict(zip(calls, await asyncio.gather(*calls.values()), strict=True))
    for case, attempts in ended.items():
        assert [a.model for a in attempts] == ["first", "second"], (case, attempts)
        assert attempts[0].error in WORDS[fault], (case, attempts)
        assert attempts[1].error is None, (case, attempts)
        assert "BEACON" not in repr(attempts)
        if fault not in WHOLE:
            assert await seen_gone(servers[case]), case


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("fault", ["flood", "big"])
async def test_an_endless_answer_is_read_no_further_than_its_limit(
    bench: Any, cloud: Any, reply: Any, fault: str, wire: str, streaming: bool
) -> None:
    cloud.always(reply(fault=fault))
    b = bench({"m": model_at(wire, cloud)})
    [attempt] = await tries(b, streaming)
    assert (attempt.error, "is larger than" in attempt.reason) == ("protocol", True)
    await seen_gone(cloud)
    in_flight = 16 << 20  # what sockets of this machine buffer, with room to spare
    assert cloud.sent < MAX_BYTES + in_flight


@pytest.mark.parametrize(
    "lengths", [("5", "5"), ("5", "6"), ("5, 5",), ("",), ("-1",), ("\u00b2",)]
)
def test_an_answer_of_several_lengths_or_of_none_is_refused(lengths: tuple[str, ...]) -> None:
    """Aiohttp's parser in C refuses them itself; the one in Python, `AIOHTTP_NO_EXTENSIONS`, does not."""
    headers = httpx.Headers([("content-length", length.encode("latin-1")) for length in lengths])
    assert _unreadable(headers) == "the answer has several lengths, or none that is a number"


async def test_a_compressed_answer_is_refused_unread(bench: Any, cloud: Any, reply: Any) -> None:
    cloud.always(reply(fault="bomb"))
    b = bench({"m": {"model": "openai/x", "base_url": cloud.v1, **PRICED}})
    [attempt] = await tries(b, False)
    assert attempt.reason == "the answer is compressed, which nothing asked for"


@pytest.mark.parametrize("wire", WIRES)
async def test_an_endless_text_ends_at_the_deadline_and_says_how_much_came(
    bench: Any, cloud: Any, reply: Any, wire: str, nothing_is_left: Any
) -> None:
    cloud.always(reply(fault="chatter"))
    b = bench(
        {"m": model_at(wire, cloud)},
        fallback={"deadline_s": 0.7},
    )
    nothing_is_left(b)
    came = 0
    with pytest.raises(Unavailable, match=r"m stopped after [\d,]+ characters") as caught:
        async with asyncio.timeout(HANG_GUARD_S):
            async for piece in b.stream():
                came += len(piece)
    assert f"{came:,} characters" in str(caught.value)
    assert await seen_gone(cloud)


async def test_a_name_that_is_never_resolved_ends_in_time(
    bench: Any, local_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: Any, **__: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    model = {"model": "openai/x", "base_url": "https://slow.example/v1", **PRICED}
    b = bench({"first": model, "second": local_model}, fallback={"deadline_s": 0.5})
    assert [(a.model, a.error, a.reason) for a in await tries(b, False)] == [
        ("first", "connect", "its host was not looked up in time"),
        ("second", None, ""),
    ]
