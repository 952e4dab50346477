"""How long one reading may take, and a watchdog for code that does not come back.

Between two pieces of work the gate asks `Deadline.check`. Inside one piece nobody asks: a pattern of a team's own, a
language model or a store may hang there. So a reading runs in a worker thread, and when the time is up the caller goes
on without it. A hand-over to an idle worker costs about 20 µs; the one left behind ends when its work does.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue

LOADING_S = 60.0
"""Seconds that loading a model may take, once a process; they are not the request's."""
GRACE_S = 0.25
"""Seconds after the deadline in which a reading that does ask may end in good order."""
MAX_STUCK = 16
"""Readings left behind at one time, after which the gate reads nothing more until one of them ends."""
_POLL_S = 0.1


class OutOfTime(Exception):
    """The request's time is spent. Never leaves the gate."""


class Deadline:
    """The end of one reading, by the gate's clock."""

    def __init__(self, clock: Callable[[], float], seconds: float) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def left(self) -> float:
        """Seconds until the end; negative after it."""
        return self._end - self._clock()

    def check(self, reserved: float = 0.0) -> None:
        """Raises OutOfTime after the end, or when only the `reserved` seconds are left."""
        if self.left() < reserved:
            raise OutOfTime

    def extend(self, seconds: float) -> None:
        self._end += seconds

    @contextmanager
    def loading(self) -> Iterator[None]:
        """While a model loads, the request's clock stands still; for `LOADING_S` at most."""
        started = self._clock()
        self._end += LOADING_S
        try:
            yield
        finally:
            self._end += min(self._clock() - started, LOADING_S) - LOADING_S


class _Job:
    __slots__ = ("done", "ended", "left_behind", "work")

    def __init__(self, work: Callable[[], None]) -> None:
        self.work = work
        self.done = threading.Lock()
        self.done.acquire()
        self.ended = False
        self.left_behind = False


class Watchdog:
    """Runs pieces of work in threads of its own, as many as are asked for at one time. Threads may share it."""

    def __init__(self) -> None:
        self._start_over()

    @property
    def stuck(self) -> int:
        """How many pieces of work were left behind and have not ended yet."""
        return self._pool.stuck

    def run(self, work: Callable[[], None], deadline: Deadline) -> None:
        """Run `work` and wait for it, until the deadline and its grace at most. What it raises goes nowhere."""
        if self._pool.pid != os.getpid():
            self._start_over()  # a fork copies the list of workers and not the threads
        pool = self._pool
        if pool.stuck >= MAX_STUCK:
            return
        worker = pool.take()
        job = _Job(work)
        worker.put(job)
        try:
            while not job.done.acquire(timeout=_POLL_S) and deadline.left() >= -GRACE_S:
                pass
        finally:
            pool.settle(job, worker)

    def _start_over(self) -> None:
        self._pool = _Pool()
        weakref.finalize(self, self._pool.close)


class _Pool:
    """Idle workers, each known by the queue that it waits at."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.stuck = 0
        self._lock = threading.Lock()
        self._idle: list[SimpleQueue[_Job | None]] = []
        self._closed = False

    def take(self) -> SimpleQueue[_Job | None]:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        queue: SimpleQueue[_Job | None] = SimpleQueue()
        threading.Thread(
            target=_serve, args=(self, queue), name="ringfence-gate", daemon=True
        ).start()
        return queue

    def settle(self, job: _Job, worker: SimpleQueue[_Job | None]) -> None:
        """Take the worker back if its job ended; else leave it behind."""
        with self._lock:
            if job.ended:
                self._idle.append(worker)
            else:
                job.left_behind = True
                self.stuck += 1

    def end(self, job: _Job) -> bool:
        """The worker's side: whether anybody still waits for it."""
        with self._lock:
            job.ended = True
            if job.left_behind:
                self.stuck -= 1
            return not job.left_behind

    def close(self) -> None:
        for queue in self._idle:
            queue.put(None)


def _serve(pool: _Pool, queue: SimpleQueue[_Job | None]) -> None:
    while (job := queue.get()) is not None:
        with suppress(BaseException):  # the work tells of its own failures; here is nobody to tell
            job.work()
        wanted = pool.end(job)
        job.done.release()
        del job  # a waiting worker must not keep a request alive
        if not wanted:
            return
