"""Fixtures: an engine over two stand-in servers (one a cloud, one local), and a text that the gate labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from langchain_ringfence import ChatRingfence
from ringfence import Router


def pytest_configure(config: pytest.Config) -> None:
    """The marks of langchain-tests' plugins, which the suite runs without (they cannot live with xdist)."""
    for mark in ("benchmark", "vcr"):
        config.addinivalue_line("markers", f"{mark}: langchain-tests' own")


@pytest.fixture
def benchmark() -> Callable[[Callable[[], object]], object]:
    """What langchain-tests wants timed is run once."""
    return lambda timed: timed()


@pytest.fixture
def vcr() -> None:
    """For langchain-tests' recorded calls; there are none here."""


@pytest.fixture
def labelled() -> str:
    """A card number that passes its checksum, so the request is labelled `pci`."""
    return f"Refund the card {' '.join(['4111', *['1111'] * 3])} of the guest in room 12, please."


@pytest.fixture
def split_router(split_policy: Path) -> Iterator[Router]:
    with Router.from_policy(split_policy) as router:
        yield router


@pytest.fixture
def chat(split_router: Router) -> Callable[..., ChatRingfence]:
    """Makes a model on the split policy; arguments are the model's."""

    def make(**arguments: Any) -> ChatRingfence:
        return ChatRingfence(router=split_router, **arguments)

    return make
