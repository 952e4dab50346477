"""I1 in dispatch: whatever is decided and whatever fails, no labelled byte goes to a model that is not cleared."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from dispatch_bench import Bench
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.dispatch import attempts, guard
from ringfence.drill.formats import Reply
from ringfence.drill.server import ModelServer
from ringfence.errors import RingfenceError, Unavailable

BEACON = "BEACON-4711"


async def test_a_labelled_request_is_refused_here_even_when_the_decision_allows_it(
    bench: Any, cloud_model: Any, cloud: Any
) -> None:
    b = bench({"cloud": cloud_model})
    error = await b.error(BEACON, labels=("pii", "phi"))
    assert isinstance(error, Unavailable)
    assert [(a.error, a.reason) for a in error.attempts] == [
        ("not_cleared", "not cleared for: phi, pii")
    ]
    assert cloud.accepted == 0
    assert b.recorder.log == []


async def test_a_stream_is_refused_the_same(bench: Any, cloud_model: Any, cloud: Any) -> None:
    with pytest.raises(Unavailable):
        async for _ in bench({"cloud": cloud_model}).stream(BEACON, labels=("pii",)):
            pass
    assert cloud.accepted == 0


async def test_a_cleared_cloud_gets_its_labels_and_no_others(
    bench: Any, cloud_model: Any, cloud: Any
) -> None:
    b = bench({"cloud": {**cloud_model, "clearance": ["pii"], "because": "contract 4711"}})
    assert (await b.ask(BEACON, labels=("pii",))).model == "cloud"
    received = cloud.received
    await b.error(BEACON, labels=("pii", "phi"))
    assert cloud.received == received


async def test_unscanned_content_stays_on_this_machine(
    bench: Any, cloud_model: Any, local_model: Any, cloud: Any
) -> None:
    wide = {**cloud_model, "clearance": "all", "because": "contract 4711"}
    b = bench({"cloud": wide, "local": local_model})
    assert (await b.ask(BEACON, labels=("unscanned",))).model == "local"
    assert cloud.accepted == 0


async def test_a_labelled_request_falls_to_the_next_cleared_model_only(
    bench: Any, cloud_model: Any, local_model: Any, cloud: Any, local_server: Any, reply: Any
) -> None:
    b = bench({"dead": local_model, "cloud": cloud_model})
    local_server.always(reply(fault="reset"))
    error = await b.error(BEACON, labels=("pii",))
    assert [(a.model, a.error) for a in error.attempts] == [
        ("dead", "connect"),
        ("cloud", "not_cleared"),
    ]
    assert cloud.accepted == 0


async def test_the_check_is_looked_up_at_each_try(
    bench: Any, cloud_model: Any, cloud: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the mutation test of tests/egress rests on: without this check alone, dispatch would send."""
    b = bench({"cloud": cloud_model})
    monkeypatch.setattr(guard, "check_clearance", lambda model, labels: None)
    assert (await b.ask(BEACON, labels=("pii",))).model == "cloud"
    assert BEACON.encode() in cloud.received


async def test_labelled_calls_have_connections_of_their_own(
    bench: Any, local_model: Any, local_server: Any
) -> None:
    b = bench({"local": local_model})
    for labels in ((), ("pii",), (), ("pii",)):
        await b.ask(BEACON, labels=labels)
    assert local_server.accepted == 2


FAULTS = st.sampled_from(
    [
        *[
            {"fault": fault}
            for fault in ("reset", "garbage", "bad_json", "truncated", "wrong_length", "die")
        ],
        *[{"status": status} for status in (307, 400, 401, 402, 404, 408, 413, 418, 429, 500, 503)],
        {"status": 429, "headers": {"retry-after": "0"}},
        {"text": ""},
        {},
    ]
)


@settings(max_examples=300)
@given(
    plan=st.lists(FAULTS, max_size=6),
    cloud_plan=st.lists(FAULTS, max_size=3),
    order=st.permutations(["cloud", "local", "other"]),
    labels=st.sampled_from(
        [("pii",), ("phi", "pii"), ("unread",), ("unscanned",), ("not-yet-invented",)]
    ),
    streaming=st.booleans(),
)
def test_no_fault_schedule_brings_a_labelled_byte_to_a_cloud(
    plan: Any, cloud_plan: Any, order: Any, labels: Any, streaming: bool, make_bench: Any
) -> None:
    b, cloud, local = make_bench
    for server, faults in ((cloud, cloud_plan), (local, plan)):
        server._script[:] = [Reply(**fault) for fault in faults]
    b.dispatcher._health._breakers.clear()
    b.dispatcher._health._rests.clear()

    async def call() -> Any:
        try:
            if not streaming:
                return await b.ask(BEACON, *order, labels=labels)
            return [item async for item in b.stream(BEACON, *order, labels=labels)][-1]
        except RingfenceError as error:
            return error

    async def bounded() -> Any:
        try:
            return await asyncio.wait_for(call(), 10)
        finally:
            await b.dispatcher.aclose()

    outcome = asyncio.run(bounded())
    assert getattr(outcome, "model", "none") != "cloud"
    assert cloud.received == b""
    assert cloud.accepted == 0


@pytest.fixture(scope="module")
def make_bench() -> Any:
    patch = pytest.MonkeyPatch()
    patch.setattr(attempts, "BACKOFF_S", 0.0)
    cloud, local = ModelServer(), ModelServer()
    served = {
        "model": "openai/stand-in",
        "price": {"input": 1, "output": 1},
        "context_window": 32768,
    }
    yield (
        Bench(
            {
                "cloud": {**served, "base_url": cloud.v1, "locality": "cloud"},
                "local": {"model": "openai/a", "base_url": local.v1},
                "other": {"model": "ollama_chat/b", "base_url": local.url},
            },
            fallback={"deadline_s": 8, "attempts": 4},
        ),
        cloud,
        local,
    )
    cloud.close()
    local.close()
    patch.undo()
