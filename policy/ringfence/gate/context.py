"""What stands around a candidate: which words that a recogniser asks for stand before and after it.

Two reaches. *near* is within about a hundred characters before or forty after; it is enough when the value itself is
distinctive or its checksum passes. *next* is the last few words of the same sentence, the JSON key, or the heading of
the column; it is enough for the right shape alone. Words are folded: lower case, no accents, camelCase and snake_case
split, so `nhsNumber`, `NHS_NUMBER` and "NHS number" are the same two words.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ringfence.gate.recognizer import Text
from ringfence.gate.tables import Headings
from ringfence.gate.tokens import words

BEFORE, AFTER = 100, 40
NEXT_CHARACTERS, NEXT_WORDS = 64, 8
FAR = 260
"""How far back the words may stand for a value that is only pointed at."""

_MEASURES = frozenset(
    (
        "count",
        "balance",
        "total",
        "type",
        "status",
        "size",
        "thickness",
        "length",
        "amount",
        "price",
        "limit",
        "days",
    )
)
"""A column that ends so holds no identifier: `account_balance`, `plate_thickness`."""
_SENTENCE = re.compile(r"[.!?;]\s|\n")
_POINTER = re.compile(
    r"(?i)(?:(?:^|[.;!?:\n]\s{0,3}|\b(?:the|its|my|his|her|their|new|old|full|correct|right|current|updated|actual"
    r"|replacement|die|das|neue|alte|la|le|el|nouveau|nouvelle|nueva|nuevo|nuovo|nuova)\s)"
    r"(?:new |old |full |correct |neue |alte |nuevo |nouveau )?(?:number|no\.|one|nummer|nr\.|num[eé]ro|n[uú]mero)"
    r"(?: on (?:it|the \w{1,12}))?|\bit|\b(?:old|new|neu|alt|nuevo|nouveau|vecchio|nuovo))"
    r"\s?(?:is now|was|is|ist|lautet|est|es|reads|now reads|:|=)\s?[\"'“]?$"
)
_CJK = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")


@dataclass(frozen=True, slots=True)
class Context:
    """The phrases about one candidate. `next_to` is a subset of `near`."""

    near: frozenset[str]
    next_to: frozenset[str]
    raw: str
    """The text before and after, where its script writes no spaces; else empty."""


NOTHING = Context(frozenset(), frozenset(), "")


class Phrases:
    """What a recogniser asks for: words, and phrases of two and three words, folded."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self.all = frozenset(phrases)
        self.first = frozenset(phrase.partition(" ")[0] for phrase in self.all)
        self.scripts = tuple(phrase for phrase in self.all if not phrase.isascii())

    def among(self, found: list[str]) -> frozenset[str]:
        """Those that stand in a list of words."""
        return frozenset(phrase for at in range(len(found)) for phrase in self.starting(found, at))

    def starting(self, found: list[str], at: int) -> Iterable[str]:
        """Those that start at one place of a list of words."""
        if found[at] not in self.first:
            return
        for size in (1, 2, 3):
            phrase = " ".join(found[at : at + size])
            if phrase in self.all and at + size <= len(found):
                yield phrase


class Cues:
    """The phrases that stand in a text, with their places: a value far from all of them costs next to nothing."""

    def __init__(self, text: Text, phrases: Phrases) -> None:
        self._text = text
        self._phrases = phrases

    def around(self, start: int, end: int) -> Context:
        """The context of `value[start:end]`; `NOTHING` where none of the phrases is in reach."""
        value = self._text.value
        next_to = self._above | self._heading(start)
        near = set(next_to)
        places, found = self._places, self._found
        first = bisect_left(places, start - BEFORE)
        last = bisect_right(places, end + AFTER, first)
        if first < last:
            sentence = -1
            for at in range(first, last):
                phrase, phrase_end, word = found[at]
                if phrase_end <= start:
                    near.add(phrase)
                    if sentence < 0:
                        sentence = self._sentence(start)
                    if word >= sentence:
                        next_to |= {phrase}
                elif places[at] >= end and phrase_end <= end + AFTER:
                    near.add(phrase)
        if not next_to:
            next_to = self._pointed_at(start)
            near |= next_to
        raw = (
            value[max(0, start - BEFORE) : start] + value[end : end + AFTER]
            if self._unspaced
            else ""
        )
        if raw and not _CJK.search(raw):
            raw = ""
        return Context(frozenset(near), next_to, raw) if near or raw else NOTHING

    def _pointed_at(self, start: int) -> frozenset[str]:
        """Those of the sentences before, where only "the new number is" stands right before the value."""
        places, found = self._places, self._found
        first, last = bisect_left(places, start - FAR), bisect_left(places, start)
        if first == last or not _POINTER.search(self._text.value, max(0, start - 48), start):
            return frozenset()
        return frozenset(phrase for phrase, _, _ in found[first:last])

    @cached_property
    def _unspaced(self) -> bool:
        value = self._text.value
        return not value.isascii() and _CJK.search(value) is not None

    @cached_property
    def _above(self) -> frozenset[str]:
        """Those in the key that leads to the text."""
        return self._phrases.among(words(self._text.key))

    @cached_property
    def _found(self) -> list[tuple[str, int, int]]:
        """Phrase, where it ends, and the number of its first word; in the order of `_places`."""
        known = self._text.tokens
        first, starting = self._phrases.first, self._phrases.starting
        return [
            (phrase, known.ends[at + phrase.count(" ")], at)
            for at, word in enumerate(known.words)
            if word in first
            for phrase in starting(known.words, at)
        ]

    @cached_property
    def _places(self) -> list[int]:
        starts = self._text.tokens.starts
        return [starts[word] for _, _, word in self._found]

    def _sentence(self, start: int) -> int:
        """The number of the first word that is next to a value: of its sentence, one of the last few."""
        low = max(0, start - NEXT_CHARACTERS)
        for match in _SENTENCE.finditer(self._text.value, low, start):
            if match.end() < start - 1:
                low = match.end()
        starts = self._text.tokens.starts
        return max(bisect_left(starts, low), bisect_left(starts, start) - NEXT_WORDS)

    def _heading(self, start: int) -> frozenset[str]:
        heading = self._headings.over(start) if self._headings else ""
        found = words(heading) if heading else []
        return frozenset() if not found or found[-1] in _MEASURES else self._phrases.among(found)

    @cached_property
    def _headings(self) -> Headings | None:
        return Headings(self._text.value) if "\n" in self._text.value else None
