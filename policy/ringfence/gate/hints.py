"""Cheap questions to a text that spare dear ones. Each is a scan at C speed that never wrongly says no."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_DIGIT = re.compile(r"[0-9]")


def has_digit(value: str) -> bool:
    return _DIGIT.search(value) is not None


def has_any(value: str, parts: Iterable[str]) -> bool:
    return any(part in value for part in parts)


def longest_word(value: str) -> int:
    """Characters of the longest stretch without white space."""
    return max(map(len, value.split()), default=0)


BEFORE, AFTER = 64, 128


def windows_about(value: str, parts: Iterable[str]) -> list[tuple[int, int]]:
    """Stretches about each place where one of `parts` stands, merged, in order."""
    places: list[int] = []
    for part in parts:
        at = value.find(part)
        while at >= 0:
            places.append(at)
            at = value.find(part, at + AFTER)
    windows: list[tuple[int, int]] = []
    for at in sorted(places):
        if windows and at - BEFORE <= windows[-1][1]:
            windows[-1] = (windows[-1][0], at + 2 * AFTER)
        else:
            windows.append((max(0, at - BEFORE), at + 2 * AFTER))
    return windows


def matches_about(
    pattern: re.Pattern[str], value: str, lower: str, parts: Iterable[str], *, digits: bool = False
) -> Iterator[re.Match[str]]:
    """Matches of a pattern that stand near one of `parts`; `digits` leaves out where there are none."""
    for low, high in windows_about(lower, parts):
        if not digits or _DIGIT.search(value, low, high):
            yield from pattern.finditer(value, low, high)


def either(words: str, separator: str | None = "|") -> frozenset[str]:
    """A set of words from one string, so that long lists stay readable in the source."""
    return frozenset(words.split(separator))
