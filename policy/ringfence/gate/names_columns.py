"""Names in a table inside a text (CSV, TSV, markdown): a cell under a heading that names people."""

from __future__ import annotations

import re
from collections.abc import Iterator

_HEADING = re.compile(
    r"(?i)^\W*(?:(?:full|first|last|given|family|middle|maiden|patient|customer|client|employee|student|tenant|guest"
    r"|member)[ _]?name|surname|forename|name|patient|employee|tenant|student|client|customer|pupil|vorname|nachname"
    r"|nom|pr[ée]nom|nombre|apellidos?|nome|cognome|naam|achternaam|imi[ęe]|nazwisko|jm[ée]no|p[řr][íi]jmen[íi]"
    r"|姓名|氏名|이름|성명|имя|фамилия|фио)\W*$"
)
_PLAIN = re.compile(r"(?i)^\W*(?:name|nom|nombre|nome|naam)\W*$")
"""Headings over things too: there a cell counts only as two words that begin with a known given name."""
_DELIMITERS = ",\t;|"
_ROWS = 3
_LONGEST = 600


def cells(text: str) -> Iterator[tuple[int, int, bool]]:
    """Start and end of the cells under such headings in the first rows, and whether the heading is over things too."""
    at = 0
    columns: list[tuple[int, bool]] = []
    delimiter, rows = "", 0
    for line in text.splitlines(keepends=True):
        if columns and rows < _ROWS and delimiter in line:
            rows += line.strip(" |-:\t\n") != ""
            yield from _in_row(line, at, delimiter, columns)
        elif len(line) <= _LONGEST:
            delimiter, columns = _columns(line)
            rows = 0
        at += len(line)


def _columns(line: str) -> tuple[str, list[tuple[int, bool]]]:
    delimiter = max(_DELIMITERS, key=line.count)
    parts = line.split(delimiter)
    if len(parts) < 2:
        return "", []
    found = [
        (index, _PLAIN.match(part) is not None)
        for index, part in enumerate(parts)
        if _HEADING.match(part)
    ]
    return delimiter, found


def _in_row(
    line: str, at: int, delimiter: str, columns: list[tuple[int, bool]]
) -> Iterator[tuple[int, int, bool]]:
    parts = line.split(delimiter)
    for column, plain in columns:
        if column < len(parts):
            before = at + sum(len(part) + 1 for part in parts[:column])
            value = parts[column]
            start = before + len(value) - len(value.lstrip(" \"'"))
            end = before + len(value.rstrip(" \"'\r\n"))
            if start < end:
                yield start, end, plain
