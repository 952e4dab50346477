"""What the verbs print: JSON or text on stdout, one error block on stderr; colours and lines on a terminal only."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ringfence.types import Decision

json_wanted = False
"""Whether this run was asked for `--json`; set by that option, read when an error is shown."""

PLAIN_WIDTH = 160
"""Columns of a table that goes into a file or a pipe."""


def console(*, stderr: bool = False) -> Console:
    """A console that is plain when it is not a terminal. `NO_COLOR` and `TERM=dumb` are rich's to honour."""
    from rich.console import Console

    file = sys.stderr if stderr else sys.stdout
    return Console(
        file=file, width=None if file.isatty() else PLAIN_WIDTH, highlight=False, emoji=False
    )


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def print_text(text: str) -> None:
    """Write text as it is to a pipe; on a terminal without the control codes that could drive it."""
    sys.stdout.write(printable(text) if sys.stdout.isatty() else text)
    sys.stdout.flush()


def printable(text: str) -> str:
    """Text that cannot move the cursor or rename the window: control characters become `·`."""
    return "".join(char if char.isprintable() or char in "\n\t" else "·" for char in text)


def note(message: str) -> None:
    """A remark for a person, beside the output."""
    sys.stderr.write(message + "\n")


def show_error(code: str, message: str, decision: Decision | None = None) -> None:
    """`error: …` on stderr, further lines indented; with `--json` also as data on stdout."""
    if json_wanted:
        error: dict[str, Any] = {"code": code, "message": message}
        print_json({"error": error} | ({"decision": decision.to_dict()} if decision else {}))
    first, *rest = message.splitlines() or [code]
    sys.stderr.write("\n".join([f"error: {first}", *(f"  {line}" for line in rest)]) + "\n")


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numbers: Sequence[str] = (),
    whole: Sequence[str] = (),
) -> None:
    """A table. Cells are text, never markup.

    The columns named in `numbers` are set to the right; those and the ones in `whole` are never broken into lines.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    out = console()
    table = Table(
        box=box.SIMPLE_HEAD if out.is_terminal else None,
        pad_edge=False,
        show_edge=False,
        header_style="bold",
    )
    for column in columns:
        table.add_column(
            column,
            justify="right" if column in numbers else "left",
            no_wrap=column in numbers or column in whole,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    _print(out, table)


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Name and value, one a line, the values in one column."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in facts:
        grid.add_row(name, Text(printable(value)))
    _print(console(), grid)


def _print(out: Console, table: Table) -> None:
    """Print a table, without the blanks that would end its lines in a file."""
    if out.is_terminal:
        out.print(table)
        return
    with out.capture() as captured:
        out.print(table)
    lines = captured.get().splitlines()
    sys.stdout.write("".join(line.rstrip() + "\n" for line in lines))
