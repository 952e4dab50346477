"""What a stream promises, on every wire: its connection ends, no text comes twice, no more is read than asked for."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing
from typing import Any

import pytest
from wires import WIRES, model_at

from ringfence import Router
from ringfence.dispatch.litellm_library import load_litellm
from ringfence.errors import Unavailable
from ringfence.types import Usage

pytestmark = [
    pytest.mark.xdist_group("litellm"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm"),
]
SOCKET_BUFFERS = 16 << 20
"""More than what the buffers of two sockets on this machine hold together."""
TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
    for name in ("weather", "clock")
]


@pytest.fixture(scope="module", autouse=True)
def litellm_is_loaded() -> None:
    load_litellm()


@pytest.fixture(params=WIRES)
def wire(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def one(bench: Any, cloud: Any, wire: str) -> Any:
    return bench({"m": model_at(wire, cloud)}, fallback={"deadline_s": 60})


async def sees_the_end(server: Any) -> bool:
    return await asyncio.to_thread(server.client_left.wait, 10)


async def test_leaving_a_stream_closes_its_connection(one: Any, cloud: Any, reply: Any) -> None:
    cloud.always(reply(fault="chatter"))
    async with aclosing(one.stream()) as items:
        assert await anext(items) == "Hello"
    assert await sees_the_end(cloud)


@pytest.mark.parametrize("fault", ["chatter", "hang"])
async def test_cancelling_a_stream_closes_its_connection(
    one: Any, cloud: Any, reply: Any, fault: str
) -> None:
    cloud.always(reply(fault=fault))

    async def read() -> None:
        async for _ in one.stream():
            await asyncio.sleep(0)

    task = asyncio.create_task(read())
    while not cloud.requests:
        await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await sees_the_end(cloud)


async def test_a_slow_reader_holds_the_server_back(one: Any, cloud: Any, reply: Any) -> None:
    """The server writes without end, and could send no more than sockets buffer while nobody reads."""
    cloud.always(reply(fault="chatter"))
    async with aclosing(one.stream()) as items:
        await anext(items)
        before = -1
        while cloud.sent != before:
            before = cloud.sent
            await asyncio.sleep(0.2)
        assert cloud.sent < SOCKET_BUFFERS
        for _ in range(100):
            await anext(items)


async def test_a_stream_that_dies_is_not_begun_again_once_text_came(
    bench: Any, cloud: Any, local_model: Any, local_server: Any, reply: Any, wire: str
) -> None:
    cloud.always(reply(fault="die", pieces_before_death=3))
    b = bench({"first": model_at(wire, cloud), "second": local_model}, fallback={"deadline_s": 60})
    said: list[str] = []
    with pytest.raises(Unavailable) as caught:
        async for piece in b.stream():
            said.append(piece)
    text = "".join(said)
    assert text
    assert "Hello from the stand-in.".startswith(text)
    assert f"first stopped after {len(text)} characters" in str(caught.value)
    assert [a.model for a in caught.value.attempts] == ["first"]
    assert local_server.accepted == 0


async def test_one_that_dies_before_its_first_text_falls_back(
    bench: Any, cloud: Any, local_model: Any, reply: Any, wire: str
) -> None:
    before_any_text = -1 if wire == "gemini" else 0  # its very first event holds text
    cloud.always(reply(fault="die", pieces_before_death=before_any_text))
    b = bench({"first": model_at(wire, cloud), "second": local_model}, fallback={"deadline_s": 60})
    items = [item async for item in b.stream()]
    assert "".join(items[:-1]) == "Hello from the stand-in."
    assert items[-1].model == "second"


async def test_tool_calls_that_come_in_pieces_are_put_together(
    bench: Any, cloud: Any, reply: Any, wire: str
) -> None:
    one = bench({"m": model_at(wire, cloud, tools="native")}, fallback={"deadline_s": 60})
    calls = (("weather", {"city": "Paris", "days": 3}), ("clock", {"zone": "Europe/Paris"}))
    cloud.always(reply(text="", tool_calls=calls))
    request = {"messages": [{"role": "user", "content": "?"}], "tools": TOOLS}
    items = [item async for item in one.stream(request)]
    answer = items[-1].answer
    assert items[:-1] == []
    assert [(c.name, c.to_dict()["function"]["arguments"]) for c in answer.tool_calls] == [
        ("weather", '{"city": "Paris", "days": 3}'),
        ("clock", '{"zone": "Europe/Paris"}'),
    ]
    assert len({c.id for c in answer.tool_calls}) == 2
    assert answer.finish_reason == "tool_calls"


USAGES = {
    "openai": {
        "prompt_tokens": 100,
        "completion_tokens": 30,
        "prompt_tokens_details": {"cached_tokens": 40},
        "completion_tokens_details": {"reasoning_tokens": 20},
    },
    "anthropic": {"input_tokens": 60, "output_tokens": 30, "cache_read_input_tokens": 40},
    "gemini": {
        "promptTokenCount": 100,
        "cachedContentTokenCount": 40,
        "candidatesTokenCount": 10,
        "thoughtsTokenCount": 20,
        "totalTokenCount": 130,
    },
    "ollama": {"prompt_tokens": 100, "completion_tokens": 30},
}
COUNTED = {
    "openai": Usage(input_tokens=100, output_tokens=30, cached_tokens=40, reasoning_tokens=20),
    "anthropic": Usage(input_tokens=100, output_tokens=30, cached_tokens=40),
    "gemini": Usage(input_tokens=100, output_tokens=30, cached_tokens=40, reasoning_tokens=20),
    "ollama": Usage(input_tokens=100, output_tokens=30),
}


@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "stream"])
async def test_usage_comes_at_the_end_with_what_was_cached_and_what_was_reasoning(
    one: Any, cloud: Any, reply: Any, wire: str, streaming: bool
) -> None:
    cloud.always(reply(usage=USAGES[wire]))
    answered = [i async for i in one.stream()][-1] if streaming else await one.ask()
    assert answered.answer.usage == COUNTED[wire]


def test_leaving_a_synchronous_stream_closes_its_connection(
    write_policy: Any, cloud: Any, reply: Any, wire: str
) -> None:
    cloud.always(reply(fault="chatter"))
    policy = {"ringfence": 1, "name": "p", "models": {"m": model_at(wire, cloud)}}
    with Router.from_policy(write_policy({**policy, "routes": {"standard": ["m"]}})) as router:
        pieces = router.stream("Turn this list into a line: apples, pears, plums.")
        assert next(pieces).text == "Hello"
        pieces.close()  # type: ignore[attr-defined]
        assert cloud.client_left.wait(10)


def test_a_synchronous_reader_holds_the_server_back_too(
    write_policy: Any, cloud: Any, reply: Any, wire: str
) -> None:
    cloud.always(reply(fault="chatter"))
    policy = {"ringfence": 1, "name": "p", "models": {"m": model_at(wire, cloud)}}
    with Router.from_policy(write_policy({**policy, "routes": {"standard": ["m"]}})) as router:
        pieces = router.stream("Turn this list into a line: apples, pears, plums.")
        next(pieces)
        before, pause = -1, threading.Event()
        while cloud.sent != before:
            before = cloud.sent
            pause.wait(0.2)
        assert cloud.sent < SOCKET_BUFFERS
        pieces.close()  # type: ignore[attr-defined]
