"""What `/healthz` answers: whether the server serves, under which policy, and what is wrong with a newer one.

200 while it serves, also when a change of the policy was refused (`degraded`: the last good one serves on); 503 while
it starts and when no policy could be loaded, so that a probe takes it out of service. Anybody may ask: here are
digests, codes and places, and no text of the policy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ringfence_mcp.engine import Engine

Answer = tuple[int, dict[str, Any]]
Probe = Callable[[], Awaitable[Answer]]


async def probe(engine: Engine) -> Answer:
    """The HTTP status and the JSON. A server that has no engine yet, or failed to start one, starts one."""
    router = engine.loaded
    if router is not None:
        return 200, (await asyncio.to_thread(router.health)).to_dict()
    failure = engine.failure
    engine.start()
    status = "starting" if failure is None else "unavailable"
    nothing = dict.fromkeys(("name", "serial", "digest", "loaded_at"))
    problem = None if failure is None else _problem(failure)
    return 503, {"status": status, "policy": {**nothing, "problem": problem}}


def _problem(failure: BaseException) -> dict[str, Any]:
    from ringfence import PolicyError, RingfenceError

    place = None
    if isinstance(failure, PolicyError) and failure.problems:
        first = failure.problems[0]
        place = f"{Path(first.file).name}:{first.line}:{first.column}"
    code = failure.code if isinstance(failure, RingfenceError) else "internal_error"
    return {"code": code, "at": place, "since": None}
