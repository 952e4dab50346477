"""Which bundle is in force, and who still works with one that was.

A request takes the bundle in force once, at its start, and holds it to its end; another takes its place between two
requests, whole. One that was replaced closes its connections when the last call that holds it is over.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from ringfence.bundle import Bundle

if TYPE_CHECKING:
    from ringfence.health import Problem
    from ringfence.reloading import Reloader

LOOK_S = 0.5
"""How often the files are looked at, at most: a stamp takes 3 µs, and a policy has a handful of files."""


class Standing:
    """The bundle in force. Threads and event loops may share it."""

    def __init__(self, bundle: Bundle, *, reloader: Reloader | None = None) -> None:
        """Without a `reloader` it stays the same."""
        self._bundle = bundle
        self._reloader = reloader
        self._look_at = time.monotonic() + LOOK_S
        self._looking = threading.Lock()
        self._lock = threading.Lock()
        self._held: Counter[Bundle] = Counter()
        self._over: list[Bundle] = []
        """Replaced, held by nobody, and not closed yet."""

    @property
    def problem(self) -> Problem | None:
        """Why what the files say now is not in force."""
        return self._reloader.problem if self._reloader is not None else None

    def now(self) -> Bundle:
        """The bundle in force, after a look at the files when the last one is long enough ago.

        Only who looks waits for a policy that has changed; others go on with the old one meanwhile.
        """
        due = self._reloader is not None and time.monotonic() >= self._look_at
        if due and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._look_at = time.monotonic() + LOOK_S
                self._looking.release()
        return self._bundle

    def hold(self) -> Hold:
        """A request's hold; nothing is taken before it is asked."""
        return Hold(self)

    async def tidy(self) -> None:
        """Close what was replaced and is held no more."""
        while self._over:
            with self._lock:
                over, self._over = self._over, []
            for bundle in over:
                await bundle.dispatcher.aclose()

    async def aclose(self) -> None:
        """Close every bundle, those that are held included."""
        with self._lock:
            self._over = [*{*self._over, *self._held, self._bundle}]
        await self.tidy()

    def _look(self) -> None:
        other = self._reloader.look(self._bundle) if self._reloader is not None else None
        if other is None:
            return
        with self._lock:
            before, self._bundle = self._bundle, other
            if not self._held[before]:
                self._leave(before)

    def _take(self, hold: Hold) -> Bundle:
        self.now()
        with self._lock:
            bundle = self._bundle
            if not hold.over:
                self._held[bundle] += 1
                hold.bundle = bundle
            return bundle

    def _release(self, hold: Hold) -> None:
        with self._lock:
            hold.over = True
            bundle, hold.bundle = hold.bundle, None
            if bundle is None:
                return
            self._held[bundle] -= 1
            if not self._held[bundle] and bundle is not self._bundle:
                self._leave(bundle)

    def _leave(self, bundle: Bundle) -> None:
        del self._held[bundle]
        if bundle.dispatcher.connected:
            self._over.append(bundle)


class Hold:
    """One request's hold on one bundle, for a `with`. Threads of the request may share it."""

    def __init__(self, standing: Standing) -> None:
        self.bundle: Bundle | None = None
        self.over = False
        """A thread that comes late, for a request that was cancelled, takes without holding: it sends nothing."""
        self._standing = standing

    def take(self) -> Bundle:
        """The bundle in force; asked again, the same."""
        return self.bundle or self._standing._take(self)

    def __enter__(self) -> Hold:
        return self

    def __exit__(self, *_: object) -> None:
        self._standing._release(self)

    async def __aenter__(self) -> Hold:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._standing._release(self)
        await self._standing.tidy()
