"""A team's own words and patterns from the policy, and its `allow:` entries. Patterns run on RE2, in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import re2

from ringfence.gate.dictionary import spans
from ringfence.gate.recognizer import Hit, Text
from ringfence.rules.dictionaries import Dictionary
from ringfence.rules.schema import Allow, CustomLabel

CONTEXT_REACH = 60
"""Characters on either side of a hit in which one of its `context` words has to stand."""


class _Pattern(Protocol):
    def finditer(self, text: str) -> Iterable[re.Match[str]]: ...


def _words(words: Sequence[str]) -> re.Pattern[str] | None:
    if not words:
        return None
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)


def _regex(source: str | None) -> _Pattern | None:
    if source is None:
        return None
    options = re2.Options()
    options.log_errors = False
    return re2.compile(source, options)  # type: ignore[no-any-return]


class CustomWords:
    """One entry of `labels.custom`. Its label counts whatever the packs."""

    def __init__(self, spec: CustomLabel, dictionary: Dictionary | None = None) -> None:
        self.name = f"custom:{spec.name}"
        self.label = spec.label
        self._entity = spec.name
        self._patterns = [p for p in (_words(spec.words), _regex(spec.regex)) if p is not None]
        self._dictionary = dictionary
        self._context = _words(spec.context)

    def find(self, text: Text) -> Iterator[Hit]:
        for start, end, why in self._places(text.value):
            if end > start and self._in_context(text, start, end):
                yield Hit(entity=self._entity, start=start, end=end, score=1.0, why=why)

    def _places(self, value: str) -> Iterator[tuple[int, int, str]]:
        for pattern in self._patterns:
            for match in pattern.finditer(value):
                yield match.start(), match.end(), "the policy's own words"
        if self._dictionary is not None:
            for start, end in spans(self._dictionary, value):
                yield start, end, "in the policy's dictionary"

    def _in_context(self, text: Text, start: int, end: int) -> bool:
        if self._context is None:
            return True
        around = (
            text.value[max(0, start - CONTEXT_REACH) : start]
            + " "
            + text.value[end : end + CONTEXT_REACH]
        )
        return self._context.search(f"{text.key} {around}") is not None


@dataclass(frozen=True, slots=True)
class Allowed:
    """Where a text holds something that the policy allows; a hit that lies inside it is no finding."""

    spans: tuple[tuple[int, int], ...]

    def covers(self, start: int, end: int) -> bool:
        return any(low <= start and end <= high for low, high in self.spans)


class AllowList:
    """All of `labels.allow`."""

    def __init__(self, entries: Iterable[Allow]) -> None:
        self._patterns = [
            pattern
            for entry in entries
            for pattern in (_words(entry.words), _regex(entry.regex))
            if pattern is not None
        ]

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def of(self, value: str) -> Allowed:
        return Allowed(tuple(m.span() for p in self._patterns for m in p.finditer(value)))
