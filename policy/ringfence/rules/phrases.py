"""How a phrase of a dictionary is read, in the list and in a text alike: as folded words.

Case, accents, apostrophes, the `'s` of a possessive, invisible characters and what stands between the words do not
count: `Zoë O'Brien`, `ZOE OBRIEN'S` and `zoë_o’brien` are the same two words. Every Chinese, Japanese or Korean
character is a word of its own, since those scripts do not part words by spaces, or put endings behind names.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

MAX_WORDS = 12

_ALONE = (
    "\u3005\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
# Marks that belong to the letter before them, which Python does not count as letters; and what cannot be seen.
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0711\u0730-\u074a"
    "\u0900-\u0963\u0966-\u0dff\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
)
_UNSEEN = "\u00ad\u200b-\u200f\u2060\ufeff"
_APOSTROPHES = "'’ʼ＇"
_LETTER = rf"[^\W_{_ALONE}]"
_WORD = re.compile(
    rf"[{_ALONE}]|{_LETTER}+(?:(?:[{_MARKS}{_UNSEEN}]|[{_APOSTROPHES}](?={_LETTER})){_LETTER}*)*"
)
_ASCII_WORD = re.compile(r"[A-Za-z0-9]+(?:'[A-Za-z0-9]+)*")
_POSSESSIVE = re.compile(rf"[{_APOSTROPHES}][sS]$")
_DROPPED = re.compile(rf"[{_APOSTROPHES}{_UNSEEN}\u0640]")
_NOT_DECOMPOSED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)
_BROKEN = re.compile(r"(?:[-\u2010]|(?<=\u00ad))[ \t]*\r?\n[ \t]*")
MAX_GAP = 16
"""Characters between two words of a phrase: white space, punctuation, markup; more is another matter."""


def words_in(text: str, start: int = 0) -> Iterator[re.Match[str]]:
    """The words of a text from a place on, as they stand; `fold` makes them comparable."""
    return (_ASCII_WORD if text.isascii() else _WORD).finditer(text, start)


def folded_words(text: str) -> list[str]:
    """The words of a phrase, folded."""
    return [word for match in words_in(text) if (word := fold(match.group()))]


@dataclass(frozen=True, slots=True)
class Reading:
    """A text to look for phrases in, and where its characters stood before broken words were put together."""

    text: str
    _cuts: tuple[int, ...] = ()
    """Places in `text` behind which something was taken out, ascending."""
    _taken: tuple[int, ...] = ()
    """Characters taken out up to and with each cut."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A span of `text` in the characters of the original."""
        return self._back(start), self._back(end - 1) + 1

    def _back(self, place: int) -> int:
        cut = bisect_right(self._cuts, place)
        return place + (self._taken[cut - 1] if cut else 0)


def readings(text: str) -> Iterator[Reading]:
    """A text as it stands, and when lines end in hyphens, once more with the broken words put together."""
    yield Reading(text)
    pieces, cuts, taken, at, length = [], [], [], 0, 0
    for match in _BROKEN.finditer(text):
        pieces.append(text[at : match.start()])
        length += match.start() - at
        at = match.end()
        cuts.append(length)
        taken.append(at - length)
    if cuts:
        yield Reading("".join([*pieces, text[at:]]), tuple(cuts), tuple(taken))


def fold(word: str) -> str:
    """A word without what does not count."""
    if word.isascii() and word.isalnum():
        return word.lower()
    word = _DROPPED.sub("", _POSSESSIVE.sub("", word))
    bare = unicodedata.normalize("NFKD", word).casefold()
    plain = "".join(char for char in bare if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", plain.translate(_NOT_DECOMPOSED))
