"""Words with wildcards: `*` stands for any characters or none, `?` for one. All of it runs in linear time.

A pattern is its parts between the stars, each of a fixed length. The leftmost place for each part in turn is enough:
if the rest does not fit behind it, it fits behind no later one. So nothing is ever tried twice.
"""

from __future__ import annotations

import re

_WILD = re.compile(r"[*?]")


def is_glob(word: str) -> bool:
    """Whether a word has a wildcard."""
    return _WILD.search(word) is not None


def prefix(word: str) -> str:
    """What every match begins with."""
    return _WILD.split(word)[0]


def literal(word: str) -> str:
    """The longest run without wildcards, which every match contains."""
    return max(_WILD.split(word), key=len)


class Glob:
    """One pattern, read once."""

    def __init__(self, pattern: str) -> None:
        first, *rest = pattern.split("*")
        self._first = _part(first)
        self._middle = tuple(_part(part) for part in rest[:-1] if part)
        self._last = _part(rest[-1]) if rest else None
        self._last_length = len(rest[-1]) if rest else 0
        self._parts = tuple(_part(part) for part in pattern.split("*") if part)

    def matches(self, text: str) -> bool:
        """Whether the pattern is the whole text."""
        if self._last is None:
            return self._first.fullmatch(text) is not None
        begun = self._first.match(text)
        if begun is None:
            return False
        position = _after(self._middle, text, begun.end())
        end = len(text) - self._last_length
        return position is not None and position <= end and self._last.match(text, end) is not None

    def found_in(self, text: str) -> bool:
        """Whether a part of the text matches."""
        return _after(self._parts, text, 0) is not None


def _part(part: str) -> re.Pattern[str]:
    return re.compile(re.escape(part).replace(r"\?", "."), re.DOTALL)


def _after(parts: tuple[re.Pattern[str], ...], text: str, position: int) -> int | None:
    """Where the last of the parts ends, each looked for after the one before; None when one is missing."""
    for part in parts:
        found = part.search(text, position)
        if found is None:
            return None
        position = found.end()
    return position
