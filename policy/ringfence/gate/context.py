"""What stands around a candidate: the words before and after it, as a set that recognisers ask for their own words.

Two reaches. *near* is within about a hundred characters before or forty after; it is enough when the value itself is
distinctive or its checksum passes. *next* is the last few words of the same sentence, the JSON key, or the heading of
the column; it is enough for the right shape alone. Words are folded: lower case, no accents, camelCase and snake_case
split, so `nhsNumber`, `NHS_NUMBER` and "NHS number" are the same two words.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from ringfence.gate.recognizer import Text

BEFORE, AFTER = 100, 40
NEXT_CHARACTERS, NEXT_WORDS = 64, 8
_LOOK_BACK = 20_000
"""How far a column's heading is looked for."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")
_SENTENCE = re.compile(r"[.!?;]\s|\n")
_DELIMITERS = (",", "\t", ";", "|")
_CJK = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")


@dataclass(frozen=True, slots=True)
class Context:
    """The words about one candidate. `next_to` is a subset of `near` in meaning, not in value."""

    near: frozenset[str]
    next_to: frozenset[str]
    raw: str
    """The text before and after, folded; for scripts that write no spaces."""


def fold(text: str) -> str:
    """Without accents, `ß` as `ss`; case is kept (it shows where words of an identifier meet)."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("ß", "ss")


def words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(fold(text))]


def grams(found: list[str]) -> set[str]:
    """The words, and every two and three that follow one another, joined by a space."""
    result = set(found)
    result.update(f"{a} {b}" for a, b in pairwise(found))
    result.update(f"{a} {b} {c}" for a, b, c in zip(found, found[1:], found[2:], strict=False))
    return result


def around(value: str, start: int, end: int, key: str) -> Context:
    """The context of `value[start:end]`; `key` is the path of JSON keys that leads to the text."""
    before = value[max(0, start - BEFORE) : start]
    after = value[end : end + AFTER]
    close = before[-NEXT_CHARACTERS:]
    breaks = [match.end() for match in _SENTENCE.finditer(close) if match.end() < len(close) - 1]
    if breaks:
        close = close[breaks[-1] :]
    next_to = grams(words(close)[-NEXT_WORDS:])
    heading = column_heading(value, start) if "\n" in value else ""
    for label in (key, heading):
        if label:
            next_to |= grams(words(label))
    near = grams(words(before)) | grams(words(after)) | next_to
    raw = before + after if _CJK.search(before + after) else ""
    return Context(frozenset(near), frozenset(next_to), raw)


NOTHING = Context(frozenset(), frozenset(), "")


class Cued:
    """A text with the places of its context words, so that a number far from any of them costs next to nothing."""

    def __init__(self, text: Text, cues: frozenset[str]) -> None:
        self._text = text
        self._cues = cues
        self._always = bool(_CJK.search(text.value)) or not cues.isdisjoint(words(text.key))

    @cached_property
    def _places(self) -> list[int]:
        """Where the words stand. Folding that changes lengths shifts places a little; the reach allows for it."""
        folded = fold(self._text.value)
        return [m.start() for m in _WORD.finditer(folded) if m.group().lower() in self._cues]

    def around(self, start: int, end: int) -> Context:
        """The context, or `NOTHING` where none of the words is in reach."""
        value = self._text.value
        if not self._always and not self._in_reach(start, end):
            return NOTHING
        return around(value, start, end, self._text.key)

    def _in_reach(self, start: int, end: int) -> bool:
        places = self._places
        if not places:
            return False
        slack = 0 if self._text.value.isascii() else 100 + len(self._text.value) // 4
        index = bisect_left(places, start - BEFORE - slack - 20)
        if index < len(places) and places[index] <= end + AFTER + slack:
            return True
        return "\n" in self._text.value and bool(column_heading(self._text.value, start))


def column_heading(value: str, start: int) -> str:
    """The heading over a cell of a table in the text (CSV, TSV, markdown), or an empty string."""
    line_start = value.rfind("\n", max(0, start - 4000), start) + 1
    if line_start == 0:
        return ""
    row = value[line_start:start]
    for delimiter in _DELIMITERS:
        column = row.count(delimiter)
        if column == 0 and delimiter != "," and delimiter not in value[start : start + 200]:
            continue
        low = max(0, line_start - _LOOK_BACK)
        block = value.rfind("\n\n", low, line_start)
        block = block + 2 if block >= 0 else low
        heading_end = value.find("\n", block)
        heading = value[block:heading_end][:2000]
        line_end = value.find("\n", start)
        width = value[line_start : line_end if line_end >= 0 else start + 2000].count(delimiter)
        if block < line_start and width and heading.count(delimiter) == width:
            return heading.split(delimiter)[column]
    return ""
