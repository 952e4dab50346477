"""What `policy prove` says of a Decision's candidates holds for the call: dispatch tries them and nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from dispatch_bench import Bench
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.dispatch import attempts
from ringfence.drill.formats import Reply
from ringfence.drill.server import ModelServer
from ringfence.errors import RingfenceError

pytestmark = pytest.mark.invariant("I1")

NAMES = ("a", "b", "c", "d")
FAULTS = st.sampled_from(
    [
        {"fault": "reset"},
        {"fault": "garbage"},
        {"fault": "die"},
        {"status": 307},
        {"status": 401},
        {"status": 404},
        {"status": 429, "headers": {"retry-after": "0"}},
        {"status": 503},
        {},
    ]
)


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[Bench, dict[str, ModelServer]]]:
    """A bench whose four local models have a server each: every one may see everything."""
    patch = pytest.MonkeyPatch()
    patch.setattr(attempts, "BACKOFF_S", 0.0)
    servers = {name: ModelServer() for name in NAMES}
    models = {
        name: {"model": f"openai/{name}", "base_url": server.v1} for name, server in servers.items()
    }
    yield Bench(models, fallback={"deadline_s": 8, "attempts": 6}), servers
    for server in servers.values():
        server.close()
    patch.undo()


@settings(max_examples=60)
@given(
    order=st.permutations(NAMES),
    count=st.integers(1, 3),
    plans=st.fixed_dictionaries({name: st.lists(FAULTS, max_size=4) for name in NAMES}),
    streaming=st.booleans(),
)
def test_no_fallback_schedule_reaches_a_model_that_is_no_candidate(
    order: Any, count: int, plans: Any, streaming: bool, world: Any
) -> None:
    bench, servers = world
    names = order[:count]
    for name, server in servers.items():
        server._script[:] = [Reply(**fault) for fault in plans[name]]
    bench.dispatcher._health._breakers.clear()
    bench.dispatcher._health._rests.clear()
    before = {name: server.accepted for name, server in servers.items()}

    async def call() -> Any:
        try:
            if not streaming:
                return await bench.ask("hello", *names, labels=("pii",))
            return [item async for item in bench.stream("hello", *names, labels=("pii",))][-1]
        except RingfenceError as error:
            return error
        finally:
            await bench.dispatcher.aclose()

    outcome = asyncio.run(call())
    heard = {name for name, server in servers.items() if server.accepted > before[name]}
    assert heard <= set(names)
    assert heard, "the control: somebody was tried"
    assert {attempt.model for attempt in getattr(outcome, "attempts", ())} <= set(names)
