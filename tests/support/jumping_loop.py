"""An event loop whose clock stands still while there is work, and jumps to the next timer when there is none.

With all parties of a conversation in the loop, hours of time-outs take no time, and a busy machine makes none of them
come early. Sockets are real.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

from typing_extensions import override

GRACE_S = 0.001
"""How long the kernel is given to bring bytes from one socket of this machine to the other."""


class _JumpingSelector(selectors.DefaultSelector):  # type: ignore[valid-type, misc]
    loop: JumpingLoop

    @override
    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None or timeout <= 0:
            return list(super().select(timeout))
        found = super().select(min(timeout, GRACE_S))
        if not found:
            self.loop.now += timeout
        return list(found)


class JumpingLoop(asyncio.SelectorEventLoop):
    """Use it with `asyncio.Runner(loop_factory=JumpingLoop)`."""

    def __init__(self) -> None:
        self.now = 0.0
        selector = _JumpingSelector()
        super().__init__(selector)
        selector.loop = self

    @override
    def time(self) -> float:
        return self.now
