"""A progress bar on stderr while a terminal watches, and nothing otherwise."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """`write` prints a line of output above the bar; `advance` counts one item of so many bytes."""

    write: Callable[[str], None]
    advance: Callable[[int], None]


@contextmanager
def progress(total: int | None, *, items: str, shown: bool = True) -> Iterator[Progress]:
    """A bar over `total` bytes (None: unknown), that also counts `items` ("lines", "files")."""
    if not (shown and sys.stderr.isatty()):
        yield Progress(write_line, lambda _: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.fields[done]} " + items),
        BarColumn(),
        DownloadColumn(),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Bar(*columns, console=console, redirect_stdout=False, transient=True) as bar:
        task = bar.add_task("", total=total, done="0")
        done = 0

        def advance(size: int) -> None:
            nonlocal done
            done += 1
            bar.update(task, advance=size, done=f"{done:,}")

        def above(line: str) -> None:
            bar.console.print(line, markup=False, highlight=False, soft_wrap=True)

        yield Progress(above if sys.stdout.isatty() else write_line, advance)


def write_line(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
