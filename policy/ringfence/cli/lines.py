"""`--jsonl`: one request a line in, one answer a line out, in order, in parallel; a bad line does not stop the rest."""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from ringfence.cli import reading
from ringfence.errors import BadRequest, RingfenceError

Work = Callable[[Mapping[str, Any]], Mapping[str, Any]]

DECIDING = min(4, os.cpu_count() or 1)
"""Threads for work that computes: more would only take turns."""
WAITING = 16
"""Threads for work that waits for models."""


def run(source: str, work: Work, *, jobs: int) -> int:
    """Answer every line. Returns the exit code: 1 when any line was an error."""
    failed = 0
    with _open(source) as file, _progress(source) as (write, advance):
        for answer, size, is_error in _in_order(file, work, jobs):
            write(json.dumps(answer, ensure_ascii=False))
            advance(size)
            failed += is_error
    return 1 if failed else 0


@contextmanager
def _open(source: str) -> Iterator[BinaryIO]:
    if source == "-":
        yield sys.stdin.buffer
    else:
        with reading.open_file(Path(source)) as file:
            yield file


def _in_order(
    file: BinaryIO, work: Work, jobs: int
) -> Iterator[tuple[Mapping[str, Any], int, bool]]:
    """Answers in the order of the lines; few lines are read ahead, so that memory stays bounded."""
    waiting: deque[tuple[int, Future[tuple[Mapping[str, Any], bool]]]] = deque()
    with ThreadPoolExecutor(jobs, thread_name_prefix="jsonl") as pool:
        try:
            for number, raw, size in reading.lines_of(file):
                waiting.append((size, pool.submit(_answer, number, raw, work)))
                if len(waiting) >= jobs * 4:
                    yield _first(waiting)
            while waiting:
                yield _first(waiting)
        finally:
            pool.shutdown(cancel_futures=True)


def _first(
    waiting: deque[tuple[int, Future[tuple[Mapping[str, Any], bool]]]],
) -> tuple[Mapping[str, Any], int, bool]:
    size, future = waiting.popleft()
    answer, is_error = future.result()
    return answer, size, is_error


def _answer(number: int, raw: bytes, work: Work) -> tuple[Mapping[str, Any], bool]:
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


@contextmanager
def _progress(source: str) -> Iterator[tuple[Callable[[str], None], Callable[[int], None]]]:
    """How to write a line and count its bytes: plain, or above a progress bar when a terminal watches."""
    if not sys.stderr.isatty():
        yield _write, lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    total = None if source == "-" else Path(source).stat().st_size
    columns = (
        TextColumn("{task.fields[done]} lines"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("bytes"),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, redirect_stdout=False, transient=True) as progress:
        task = progress.add_task("", total=total, done=0)
        done = 0

        def advance(size: int) -> None:
            nonlocal done
            done += 1
            progress.update(task, advance=size, done=f"{done:,}")

        def above(line: str) -> None:
            progress.console.print(line, markup=False, highlight=False, soft_wrap=True)

        yield (above if sys.stdout.isatty() else _write), advance


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
