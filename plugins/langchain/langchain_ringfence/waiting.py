"""`timeout`: how long the caller waits for a whole answer, beside the policy's own deadline."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from ringfence import Caller, Completion, Request, Router, Unavailable


async def acomplete(
    router: Router, request: Request, caller: Caller | None, timeout: float | None
) -> Completion:
    """The engine's answer. Past `timeout` seconds the call is cancelled, upstream too.

    Raises:
        Unavailable: when the time is over.
    """
    try:
        async with asyncio.timeout(timeout):
            return await router.acomplete(request, caller=caller)
    except TimeoutError:
        pass
    raise Unavailable(f"no answer within the {timeout:g} s of timeout=; raise it, or set none")


def complete(
    router: Router, request: Request, caller: Caller | None, timeout: float | None
) -> Completion:
    """`acomplete` for synchronous callers."""
    if timeout is None:
        return router.complete(request, caller=caller)
    # A loop of its own on a thread of its own: the caller's thread may have a running loop (a notebook).
    with ThreadPoolExecutor(1, thread_name_prefix="ringfence") as pool:
        work = acomplete(router, request, caller, timeout)
        return pool.submit(copy_context().run, asyncio.run, work).result()
