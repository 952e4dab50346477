"""Benches for the tests of this room: see `tests/support/dispatch_bench.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest
from dispatch_bench import CLOUD, Bench


@pytest.fixture
async def bench() -> AsyncIterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(
        models: Mapping[str, Any], env: Mapping[str, str] | None = None, **document: Any
    ) -> Bench:
        made.append(Bench(models, env, **document))
        return made[-1]

    yield make
    for each in made:
        await each.dispatcher.aclose()


@pytest.fixture
def cloud_model(cloud: Any) -> dict[str, Any]:
    return {"model": "openai/stand-in", "base_url": cloud.v1, **CLOUD}


@pytest.fixture
def local_model(local_server: Any) -> dict[str, Any]:
    return {"model": "openai/stand-in-local", "base_url": local_server.v1}
