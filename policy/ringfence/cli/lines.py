"""`--jsonl`: one request a line in, one answer a line out, in order, in parallel; a bad line does not stop the rest."""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from ringfence.cli import reading
from ringfence.cli.progress import progress
from ringfence.errors import BadRequest, RingfenceError

Work = Callable[[Mapping[str, Any]], Mapping[str, Any]]
Answered = tuple[Mapping[str, Any], int, bool]
"""What a line gave, its size in bytes, and whether it is an error."""

DECIDING = min(4, os.cpu_count() or 1)
"""Threads for work that computes: more would only take turns."""
WAITING = 16
"""Threads for work that waits for models."""


def run(source: str, work: Work, *, jobs: int) -> int:
    """Answer every line, in threads. Returns the exit code: 1 when any line was an error."""
    with open_source(source) as file:
        return write_all(_in_order(file, work, jobs), total=size_of(source))


def write_all(answers: Iterable[Answered], *, total: int | None) -> int:
    """Write one answer a line, with a progress bar over `total` bytes. Returns the exit code."""
    failed = 0
    with progress(total, items="lines") as bar:
        for answer, size, is_error in answers:
            bar.write(json.dumps(answer, ensure_ascii=False))
            bar.advance(size)
            failed += is_error
    return 1 if failed else 0


def size_of(source: str) -> int | None:
    """The bytes of a file; None for stdin and for what has no size."""
    return None if source == "-" else Path(source).stat().st_size or None


@contextmanager
def open_source(source: str) -> Iterator[BinaryIO]:
    if source == "-":
        yield sys.stdin.buffer
    else:
        with reading.open_file(Path(source)) as file:
            yield file


def _in_order(file: BinaryIO, work: Work, jobs: int) -> Iterator[Answered]:
    """Answers in the order of the lines; few lines are read ahead, so that memory stays bounded."""
    waiting: deque[tuple[int, Future[tuple[Mapping[str, Any], bool]]]] = deque()
    with ThreadPoolExecutor(jobs, thread_name_prefix="jsonl") as pool:
        try:
            for number, raw, size in reading.lines_of(file):
                waiting.append((size, pool.submit(answer, number, raw, work)))
                if len(waiting) >= jobs * 4:
                    yield _first(waiting)
            while waiting:
                yield _first(waiting)
        finally:
            pool.shutdown(cancel_futures=True)


def _first(
    waiting: deque[tuple[int, Future[tuple[Mapping[str, Any], bool]]]],
) -> Answered:
    size, future = waiting.popleft()
    given, is_error = future.result()
    return given, size, is_error


def answer(number: int, raw: bytes, work: Work) -> tuple[Mapping[str, Any], bool]:
    """What a line gives: the work's answer, or an error with the request's id and the line's number."""
    request_id = None
    try:
        if len(raw) > reading.MAX_BYTES:
            raise BadRequest(f"over {reading.MAX_BYTES:,} bytes; split it")
        request = reading.parse_object(raw, place=f"line {number}")
        if isinstance(request.get("id"), str):
            request_id = request["id"]
        return work(request), False
    except RingfenceError as error:
        facts = {"code": error.code, "message": str(error)}
    except (
        Exception
    ) as error:  # a fault of ours: one line's, not the run's; its message may hold text (I4)
        facts = {
            "code": "internal",
            "message": f"a fault inside ringfence ({type(error).__name__})",
        }
    return {"id": request_id, "line": number, "error": facts}, True
