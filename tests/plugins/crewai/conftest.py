"""Fixtures: an engine over two stand-in servers that counts its calls, and agents that are ready to work."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

# crewai reads these when it is imported; its telemetry would wait 10 s for a network at exit.
os.environ["CREWAI_DISABLE_TELEMETRY"] = "true"
os.environ["CREWAI_TRACING_ENABLED"] = "false"

with warnings.catch_warnings():
    # crewai's own imports warn, and this suite makes warnings errors.
    warnings.simplefilter("ignore")
    import crewai

from typing_extensions import override

from crewai_ringfence import RingfenceLLM
from ringfence import Caller, Chunk, Completion, Router


class CountingRouter(Router):
    """The engine, counting how often it is asked to complete something."""

    asked = 0

    @override
    async def acomplete(self, request: Any, *, caller: Caller | None = None) -> Completion:
        self.asked += 1
        return await super().acomplete(request, caller=caller)

    @override
    async def astream(self, request: Any, *, caller: Caller | None = None) -> Any:
        self.asked += 1
        async for chunk in super().astream(request, caller=caller):
            yield chunk

    @override
    def stream(self, request: Any, *, caller: Caller | None = None) -> Iterator[Chunk]:
        return super().stream(request, caller=caller)


@pytest.fixture
def engine(write_policy: Callable[..., Path]) -> Iterator[Callable[[Any], CountingRouter]]:
    """Makes engines of a policy (a path or a mapping), closed at the end."""
    made: list[CountingRouter] = []

    def make(policy: Path | Mapping[str, Any]) -> CountingRouter:
        path = policy if isinstance(policy, Path) else write_policy(policy, name="other.yaml")
        made.append(CountingRouter.from_policy(path))
        return made[-1]

    yield make
    for router in made:
        router.close()


@pytest.fixture
def split_router(split_policy: Path, engine: Callable[[Any], CountingRouter]) -> CountingRouter:
    return engine(split_policy)


@pytest.fixture
def llm(split_router: CountingRouter) -> RingfenceLLM:
    return RingfenceLLM(router=split_router)


@pytest.fixture
def labelled() -> str:
    """A card number that passes its checksum, so the request is labelled `pci`."""
    return f"Refund the card {' '.join(['4111', *['1111'] * 3])} of the guest in room 12, please."


@pytest.fixture
def crew_of() -> Callable[..., crewai.Crew]:
    """Makes a crew of one agent with one task."""

    def make(llm: RingfenceLLM, description: str, **agent: Any) -> crewai.Crew:
        clerk = crewai.Agent(
            role="Clerk", goal="Serve guests", backstory="You are brief.", llm=llm, **agent
        )
        task = crewai.Task(description=description, expected_output="One line.", agent=clerk)
        return crewai.Crew(agents=[clerk], tasks=[task], verbose=False)

    return make
