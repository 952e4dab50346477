"""Tables inside a text (CSV, TSV, markdown): the heading over a cell."""

from __future__ import annotations

from dataclasses import dataclass

_DELIMITERS = (",", "\t", ";", "|")
_LOOK_BACK = 20_000
"""How far a column's heading is looked for."""
_LINE = 4000
"""A cell further into its line is not looked up."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line with the first line of its block, and the delimiters that both have equally often."""

    start: int
    block: int
    heading: str
    delimiters: tuple[str, ...]


class Headings:
    """The headings of one text. Asked from left to right, it looks at each line once."""

    def __init__(self, value: str) -> None:
        self._value = value
        self._line = _Line(-1, 0, "", ())

    def over(self, start: int) -> str:
        """The heading over the cell at `start`, or an empty string."""
        value = self._value
        line_start = value.rfind("\n", max(0, start - _LINE), start) + 1
        if line_start == 0:
            return ""
        if line_start != self._line.start:
            self._line = self._read(line_start)
        if not self._line.delimiters:
            return ""
        row, behind = value[line_start:start], value[start : start + 200]
        for delimiter in self._line.delimiters:
            column = row.count(delimiter)
            if column or delimiter == "," or delimiter in behind:
                return self._line.heading.split(delimiter)[column]
        return ""

    def _read(self, start: int) -> _Line:
        value = self._value
        block = self._block(start)
        stop = value.find("\n", block)
        heading = value[block:stop][:2000]
        if block >= start or not heading:
            return _Line(start, block, "", ())
        end = value.find("\n", start, start + _LINE + 2000)
        row = value[start : end if end >= 0 else start + _LINE + 2000]
        delimiters = tuple(d for d in _DELIMITERS if d in row and row.count(d) == heading.count(d))
        return _Line(start, block, heading, delimiters)

    def _block(self, start: int) -> int:
        """Where the paragraph of a line begins, as far back as is looked."""
        low = max(0, start - _LOOK_BACK)
        known = self._line
        since = known.start - 1 if low < known.start < start else low
        at = self._value.rfind("\n\n", max(low, since), start)
        if at >= 0:
            return at + 2
        return max(low, known.block) if since > low else low
