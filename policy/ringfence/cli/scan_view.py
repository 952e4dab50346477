"""How `scan` shows what was found: facts and a table for one thing, a line a file for a folder, underlined on wish."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ringfence.cli import output
from ringfence.cli.progress import Progress
from ringfence.cli.scanning import Scanned, line_starts, string_at

if TYPE_CHECKING:
    from rich.text import Text

    from ringfence.types import Finding

LABELS_WIDTH = 24
AROUND = 30
"""Characters shown on either side of a finding in a line that is too long for the terminal."""


def show_one(item: Scanned, *, show_text: bool) -> None:
    """Labels, notes and a table of findings; the text with them underlined when asked."""
    facts = [("labels", ", ".join(item.labels) or "none")]
    output.print_facts([*facts, *(("note", remark) for remark in item.notes)])
    if item.findings:
        output.console().print()
        output.print_table(
            ("where", "entity", "label", "score", "recogniser", "why"),
            [
                (
                    "file" if item.is_file else _where(finding, at),
                    finding.entity,
                    finding.label,
                    f"{finding.score:.2f}",
                    finding.recognizer,
                    finding.why,
                )
                for finding, at in zip(item.findings, item.lines, strict=True)
            ],
            numbers=("score",),
            whole=("entity", "label", "recogniser"),
        )
    if show_text:
        _underline(item)


def _where(finding: Finding, at: tuple[int, int] | None) -> str:
    """Line and column of a plain text, else the JSON pointer and offsets."""
    if at is not None:
        return f"{at[0]}:{at[1]}"
    return f"{finding.path or '/'} {finding.start}–{finding.end}"


def show_folder(found: Iterable[Scanned], bar: Progress, *, show_text: bool) -> None:
    """A line for each file with labels, as it comes, and a line that sums up."""
    files = labelled = 0
    for item in found:
        files += 1
        bar.advance(item.size)
        if not item.labels:
            continue
        labelled += 1
        if labelled == 1:
            bar.write(f"{'labels':{LABELS_WIDTH}}  {'findings':>8}  file")
        labels = ", ".join(item.labels)
        place = output.printable(item.place)
        bar.write(f"{labels:{LABELS_WIDTH}}  {len(item.findings):8,}  {place}")
        if show_text:
            _underline(item)
    bar.write(f"{labelled:,} of {files:,} files carry labels")


def write_folder_json(found: Iterable[Scanned], bar: Progress) -> None:
    """`{"files": […], "labels": […]}`, each file written as it comes."""
    labels: set[str] = set()
    sys.stdout.write('{\n  "files": [')
    for number, item in enumerate(found):
        bar.advance(item.size)
        labels.update(item.labels)
        text = json.dumps(item.to_dict(), ensure_ascii=False, indent=2)
        sys.stdout.write((",\n" if number else "\n") + textwrap.indent(text, "    "))
    sys.stdout.write(f'\n  ],\n  "labels": {json.dumps(sorted(labels))}\n}}\n')


def _underline(item: Scanned) -> None:
    """The lines in which something was found, numbered, what was found underlined."""
    if item.is_file:
        return  # its characters are base64
    out = output.console()
    for path in dict.fromkeys(finding.path for finding in item.findings):
        text = string_at(item.request, path)
        spans = [(f.start, f.end) for f in item.findings if f.path == path and f.end > f.start]
        if not spans:
            continue
        out.print(f"\n{path}", style="dim", markup=False)
        for number, line in _marked_lines(text, spans, out.width):
            out.print(f"{number:>6} ", style="dim", end="", markup=False)
            out.print(line, soft_wrap=True)


def _marked_lines(
    text: str, spans: list[tuple[int, int]], width: int
) -> Iterator[tuple[int, Text]]:
    """Line number and marked line, for each line that a span touches."""
    from rich.text import Text

    starts = [*line_starts(text), len(text) + 1]
    for index in range(len(starts) - 1):
        begin, end = starts[index], starts[index + 1] - 1
        here = [(max(a, begin), min(b, end)) for a, b in spans if a < end and b > begin]
        if not here:
            continue
        marked = Text(output.printable(text[begin:end].replace("\r", "")))
        for first, last in here:
            marked.stylize("bold underline red", first - begin, last - begin)
        inside = [(first - begin, last - begin) for first, last in here]
        yield index + 1, marked if len(marked) <= width - 8 else _cut(marked, inside)


def _cut(line: Text, spans: list[tuple[int, int]]) -> Text:
    """A long line down to what stands around its findings."""
    from rich.text import Text

    shown = Text()
    end = 0
    for first, last in sorted(spans):
        begin = max(end, first - AROUND)
        if begin > end:
            shown.append(" … ")
        stop = max(end, min(len(line), last + AROUND))
        shown.append_text(line[begin:stop])
        end = stop
    return shown.append(" …") if end < len(line) else shown
