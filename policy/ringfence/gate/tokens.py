"""The words of a text, folded, each with its place: worked out once a text and asked by many recognisers."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")
_ODD = re.compile(r"[^\x00-\x7f]+")


def fold(text: str) -> str:
    """Without accents, `ß` as `ss`; case is kept (it shows where words of an identifier meet)."""
    return text if text.isascii() else _ODD.sub(lambda match: _plain(match.group()), text)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("ß", "ss")


def words(text: str) -> list[str]:
    """Lower case; camelCase and snake_case are split."""
    return [word.lower() for word in _WORD.findall(fold(text))]


def lowered(text: str) -> str:
    """`text` in lower case, of the same length: İ and its like, which grow, stay as they are."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(c if len(c.lower()) != 1 else c.lower() for c in text)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Word `i` stands at `starts[i]` to `ends[i]` of the text as it came."""

    words: list[str]
    starts: list[int]
    ends: list[int]


def tokens(value: str) -> Tokens:
    """All words of a text, in order."""
    folded, back = (value, None) if value.isascii() else _with_places(value)
    found: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _WORD.finditer(folded):
        start, end = match.span()
        found.append(match.group().lower())
        starts.append(start)
        ends.append(end)
    if back is not None:
        starts, ends = [back(at) for at in starts], [back(at) for at in ends]
    return Tokens(found, starts, ends)


def _with_places(value: str) -> tuple[str, Callable[[int], int]]:
    """The folded text, and where a place of it stands in the original."""
    pieces: list[str] = []
    places = [0]
    shifts = [0]
    done = made = 0
    for match in _ODD.finditer(value):
        plain = _plain(match.group())
        pieces += (value[done : match.start()], plain)
        made += match.start() - done + len(plain)
        done = match.end()
        if done - made != shifts[-1]:
            places.append(made)
            shifts.append(done - made)
    pieces.append(value[done:])
    folded = "".join(pieces)

    def back(at: int) -> int:
        return at + shifts[bisect_left(places, at + 1) - 1]

    return folded, back
