"""Signs of life while a model works, and an end to its work when nobody waits any more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import anyio

T = TypeVar("T")

Tell = Callable[[float, str], Awaitable[None]]
"""Takes the seconds since the start, and a sentence without content."""

BEAT_S = 1.0
"""Seconds between two signs of life. Clients give up after 60 without one."""

PATIENCE_S = 5.0
"""Seconds that cancelled work has to close its connection and its ledger row."""


async def watched(work: Coroutine[Any, Any, T], tell: Tell, *, doing: str) -> T:
    """Do some work and `tell` of it each second, as `doing`.

    If the wait is cancelled, so is the work, and its end is awaited.
    The work is a task of its own: the SDK cancels by a scope that would cancel the clean-up too.
    """
    started = time.monotonic()
    task = asyncio.ensure_future(work)
    try:
        await tell(0.0, doing)
        while not (await asyncio.wait({task}, timeout=BEAT_S))[0]:
            seconds = time.monotonic() - started
            await tell(seconds, f"{seconds:.0f} s: {doing}")
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            with anyio.CancelScope(shield=True):
                await asyncio.wait({task}, timeout=PATIENCE_S)
