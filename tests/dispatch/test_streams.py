"""Streams: the first piece at once, usage at the end, an end to every connection, and never a text twice."""

from __future__ import annotations

import asyncio
import gc
import threading
from contextlib import aclosing
from typing import Any

import pytest

from ringfence.dispatch import Answered
from ringfence.errors import Unavailable

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}


@pytest.fixture
def pair(bench: Any, cloud_model: Any, local_model: Any) -> Any:
    return bench(
        {"first": cloud_model, "second": local_model}, fallback={"deadline_s": 5, "attempts": 3}
    )


async def test_the_first_piece_comes_before_the_answer_is_whole(
    pair: Any, cloud: Any, reply: Any
) -> None:
    gate = threading.Event()
    cloud.always(reply(gate=gate))
    async with aclosing(pair.stream()) as items:
        assert await anext(items) == "Hello"
        gate.set()
        rest = [item async for item in items]
    assert isinstance(rest[-1], Answered)
    assert rest[-1].answer.text == "Hello from the stand-in."


@pytest.mark.parametrize("wire", ["openai", "ollama"])
async def test_closing_a_stream_closes_the_connection(
    bench: Any, local_server: Any, reply: Any, wire: str
) -> None:
    local_server.always(reply(gate=threading.Event()))
    name, url = (
        ("openai/x", local_server.v1) if wire == "openai" else ("ollama_chat/x", local_server.url)
    )
    b = bench({"m": {"model": name, "base_url": url}})
    async with aclosing(b.stream()) as items:
        assert await anext(items) == "Hello"
    left = await asyncio.to_thread(local_server.client_left.wait, 2)
    assert left


@pytest.mark.parametrize("streaming", [False, True])
async def test_cancelling_a_call_closes_the_connection(
    bench: Any, local_model: Any, local_server: Any, reply: Any, streaming: bool
) -> None:
    local_server.always(reply(fault="hang"))
    b = bench({"m": local_model})

    async def read() -> None:
        if streaming:
            async for _ in b.stream():
                pass
        else:
            await b.ask()

    task = asyncio.create_task(read())
    while not local_server.requests:
        await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(local_server.client_left.wait, 2)
    assert b.recorder.log == ["started m"]
    assert b.dispatcher.health() == {}


@pytest.mark.parametrize("fault", ["reset", "truncated", "bad_json", "garbage"])
async def test_a_stream_that_dies_before_its_first_piece_falls_back(
    pair: Any, cloud: Any, reply: Any, fault: str
) -> None:
    cloud.always(reply(fault=fault))
    items = [item async for item in pair.stream()]
    assert items[-1].model == "second"
    assert "".join(items[:-1]) == "Hello from the stand-in."


async def test_what_came_before_a_connection_broke_is_delivered_however_late_it_is_read(
    pair: Any, cloud: Any, reply: Any
) -> None:
    gate = threading.Event()
    cloud.always(reply(fault="die", pieces_before_death=3, gate=gate))
    pieces: list[str] = []
    with pytest.raises(Unavailable):
        async with aclosing(pair.stream()) as items:
            pieces.append(await anext(items))
            gate.set()
            while (
                cloud.open_connections
            ):  # meanwhile the rest arrives, and the end of the connection
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.05)
            async for piece in items:
                pieces.append(piece)
    assert pieces == ["Hello", " from", " the"]


async def test_a_stream_that_dies_later_says_how_much_was_delivered(
    pair: Any, cloud: Any, local_server: Any, reply: Any
) -> None:
    cloud.always(reply(fault="die", pieces_before_death=2))
    pieces: list[str] = []
    with pytest.raises(Unavailable) as caught:
        async for item in pair.stream():
            pieces.append(item)
    assert pieces == ["Hello", " from"]
    assert "first stopped after 10 characters of its answer had been delivered" in str(caught.value)
    assert local_server.accepted == 0
    assert [(a.model, a.error, str(a.usd)) for a in caught.value.attempts] == [
        ("first", "protocol", "0.000022")
    ]


@pytest.mark.parametrize("wire", ["openai", "ollama"])
async def test_a_stream_that_ends_without_its_end_is_no_answer(
    bench: Any, local_server: Any, reply: Any, wire: str
) -> None:
    local_server.always(reply(fault="no_end", pieces_before_death=2))
    name, url = (
        ("openai/x", local_server.v1) if wire == "openai" else ("ollama_chat/x", local_server.url)
    )
    with pytest.raises(Unavailable, match="the stream ended before the answer did"):
        async for _ in bench({"m": {"model": name, "base_url": url}}).stream():
            pass


async def test_a_hang_in_the_middle_ends_at_the_deadline(
    bench: Any, cloud_model: Any, cloud: Any, reply: Any
) -> None:
    cloud.always(reply(gate=threading.Event()))
    b = bench({"m": cloud_model}, fallback={"deadline_s": 0.4, "attempts": 3})
    with pytest.raises(Unavailable, match=r"m stopped after 5 characters .* in time"):
        async for _ in b.stream():
            pass


async def test_a_structured_stream_gives_its_parsed_value(
    pair: Any, cloud: Any, reply: Any
) -> None:
    cloud.always(reply(text='{"a": "b c"}'))
    request = {"messages": [{"role": "user", "content": "?"}], "response_schema": SCHEMA}
    items = [item async for item in pair.stream(request)]
    assert items[-1].parsed == {"a": "b c"}


async def test_a_slow_reader_holds_the_server_back(
    bench: Any, local_model: Any, local_server: Any, reply: Any
) -> None:
    """20 MB fit into no socket's buffers: the server can end its answer only when the reader has taken most of it."""
    local_server.always(reply(text=" ".join(["x" * 50_000] * 400)))
    b = bench({"m": local_model})
    async with aclosing(b.stream()) as items:
        await anext(items)
        await asyncio.sleep(0.3)
        assert local_server.answered == 0
        assert len([item async for item in items]) == 400
    async with asyncio.timeout(30):  # the last bytes may be here before the server's thread says so
        while not local_server.answered:
            await asyncio.sleep(0.005)


def test_a_caller_that_never_closes_leaves_no_connection(
    bench_without_loop: Any, local_server: Any
) -> None:
    """`asyncio.run` once a call, as scripts do: each loop's connections are closed with it."""
    for _ in range(3):
        asyncio.run(bench_without_loop.ask())
    gc.collect()  # an unclosed transport would warn, and warnings are errors
    assert local_server.accepted == 3
    assert local_server.open_connections == 0


@pytest.fixture
def bench_without_loop(local_model: Any) -> Any:
    from dispatch_bench import Bench

    return Bench({"m": local_model})


def test_threads_with_loops_of_their_own_share_a_dispatcher(bench_without_loop: Any) -> None:
    models: list[str] = []

    async def several() -> None:
        answers = await asyncio.gather(*(bench_without_loop.ask() for _ in range(10)))
        models.extend(answer.model for answer in answers)

    threads = [threading.Thread(target=lambda: asyncio.run(several())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert models == ["m"] * 40
