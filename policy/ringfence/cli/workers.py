"""Work that computes, spread over processes where that pays: threads would only take turns.

Each process stands its own engine up from the same policy, pinned to the digest that this one has loaded, so that a
file changed in between cannot be judged by two policies.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ringfence.cli.options import make_router

if TYPE_CHECKING:
    from ringfence.router import Router

Item = TypeVar("Item")
Result = TypeVar("Result")

PAYS_FROM = 1024 * 1024
"""Bytes of input from which more processes are worth the seconds that each takes to load the model of names."""
MOST = 8
"""Processes at most unless asked for more: each holds about 300 MB."""


@dataclass(frozen=True, slots=True)
class Engine:
    """How to stand a router up: what the verb was given."""

    policy: str | None
    trust_root: str | None = None
    callers: tuple[str, ...] = ()


def jobs_for(size: int | None, wanted: int | None) -> int:
    """How many processes: as asked, else all cores for much input and one for little (or for stdin)."""
    if wanted is not None:
        return wanted
    if size is None or size < PAYS_FROM:
        return 1
    return min(MOST, len(os.sched_getaffinity(0)) if _LINUX else os.cpu_count() or 1)


_LINUX = hasattr(os, "sched_getaffinity")


def in_order(
    work: Callable[[Router, Item], Result],
    items: Iterable[Item],
    *,
    router: Router,
    engine: Engine,
    jobs: int,
) -> Iterator[Result]:
    """`work(router, item)` for each item, in order; few items are read ahead, so that memory stays bounded.

    `work` is a function of a module, and must not raise what may quote an item (I4).
    """
    if jobs == 1:
        for item in items:
            yield work(router, item)
        return
    waiting: deque[Future[Result]] = deque()
    pool = ProcessPoolExecutor(
        jobs,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_stand_up,
        initargs=(engine, router.policy.ref.digest),
    )
    try:
        for item in items:
            waiting.append(pool.submit(_in_worker, work, item))
            if len(waiting) >= jobs * 4:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


_own: Router | None = None
"""The engine of a worker process."""


def _stand_up(engine: Engine, digest: str) -> None:
    global _own  # noqa: PLW0603  # one process, one engine, made by the pool's initialiser
    _own = make_router(engine.policy, digest, engine.trust_root, engine.callers)


def _in_worker(work: Callable[[Router, Item], Result], item: Item) -> Result:
    assert _own is not None  # noqa: S101
    return work(_own, item)
