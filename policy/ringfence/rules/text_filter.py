"""Which of many rules could match by the words in a text, without looking for each word on its own.

One pattern holds the words of all rules; where it is found, four patterns hold a quarter of the rules each, and so on
down. A text that has none of the words is looked at once; one that has a word of one rule, a few times more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import re2

_FEW = 4
"""Rules that are asked one by one, and parts that more are split into."""
_BYTES = 64 * 1024 * 1024
"""Memory that a pattern may take; rules whose words need more are asked of every text."""


class Wanted(NamedTuple):
    """A rule's position, and the case-folded words of which a text must contain one for the rule to match."""

    position: int
    words: tuple[str, ...]


class TextFilter:
    """Rules that are told apart by words."""

    def __init__(self, rules: Sequence[Wanted]) -> None:
        self._positions = [rule.position for rule in rules]
        self._pattern = _pattern(rules)
        self._parts: list[TextFilter] = []
        if len(rules) > _FEW:
            size = -(-len(rules) // _FEW)
            starts = range(0, len(rules), size)
            self._parts = [TextFilter(rules[start : start + size]) for start in starts]

    def possible(self, text: str) -> Iterator[int]:
        """The positions of rules that could match a case-folded text, and perhaps of some that cannot."""
        if self._pattern is not None and self._pattern.search(text) is None:
            return
        if not self._parts:
            yield from self._positions
        for part in self._parts:
            yield from part.possible(text)


def _pattern(rules: Sequence[Wanted]) -> Any:
    words = sorted({word for rule in rules for word in rule.words})
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _BYTES
    try:
        return re2.compile("|".join(re2.escape(word) for word in words), options)
    except re2.error:
        return None
