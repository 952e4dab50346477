"""Which of many literal strings a text holds, in one pass (RE2's sets of patterns)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any


class Literals:
    """Groups of literal strings. The pass over a text takes microseconds however many there are."""

    def __init__(self, groups: Sequence[Sequence[str]]) -> None:
        self._groups = groups
        self._all = [
            (group, literal) for group, literals in enumerate(groups) for literal in literals
        ]

    def in_text(self, text: str) -> list[list[str]]:
        """For each group, those of its literals that the text holds."""
        found: list[list[str]] = [[] for _ in self._groups]
        # Half of a surrogate pair is in no literal: its three bytes are passed over.
        for index in sorted(self._set.Match(text.encode("utf-8", "surrogatepass")) or ()):
            group, literal = self._all[index]
            found[group].append(literal)
        return found

    @cached_property
    def _set(self) -> Any:
        import re2

        patterns = re2.Set.SearchSet()
        for _, literal in self._all:
            patterns.Add(re2.escape(literal))
        patterns.Compile()
        return patterns
