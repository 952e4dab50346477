"""What of a text is compared when it comes back inside another: overlapping grams of it, the same in any company.

A text is first brought to what survives rewrapping, quoting, escaping and a change of case (`read`). Of its grams of
`K` characters some are chosen, by winnowing (Schleimer, Wilkerson and Aiken 2003) in its context-free form, closed
syncmers (Edgar 2021): a gram is chosen when the smallest hash of the `S`-grams in it stands at its beginning or its
end. That looks at nothing but the gram, so a passage chooses the same grams in every text that holds it; and of any
`K - S` neighbours one is chosen, so a passage of `GUARANTEE` characters holds at least one.

The hash that chooses needs no key: what is stored are keyed hashes of the grams (`ringfence.records`).
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

K, S = 16, 11
GUARANTEE = 2 * K - S - 1
"""A passage of so many characters that count holds a chosen gram. 50 characters of prose hold 35 to 45 that count."""

MIN_SPAN = 50
"""Characters of the shortest passage that carries labels (I5)."""
MIN_COUNTED = 40
"""Characters that count in about 50 of prose: a passage whose white space was taken out is measured by them."""
MAX_GAP = 16
"""What does not count, in a row, adds less than this to a passage's length: an indent does, a block of imports not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A passage: the first and last of its grams, and where it starts and ends in the text."""

    first: int
    last: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """The characters of a text that count, folded, and where each stood; and which grams were chosen."""

    codes: NDArray[np.uint32]
    places: NDArray[np.intp]
    starts: NDArray[np.intp]
    """Indexes into `codes` of the chosen grams, ascending."""

    def grams(self) -> Iterator[bytes]:
        """The chosen grams, to be hashed with a key and never kept."""
        raw = self.codes.astype("<u4").tobytes()
        return (raw[4 * start : 4 * (start + K)] for start in self.starts.tolist())

    def spans(self, known: NDArray[np.bool_]) -> Iterator[Span]:
        """The passages that known grams make up, where they may be long enough.

        A passage that came back reaches at least over its known grams, and at most to where it would hold the next
        gram, which is not known. One that is too short even so is a turn of phrase. Since no gram inside a passage of
        `MIN_SPAN` can be unknown, none such is lost.
        """
        if not known.any():
            return
        length = self._lengths()
        for first, last in _runs(known):
            low = int(self.starts[first - 1]) + 1 if first else 0
            after = last + 1 < len(self.starts)
            high = int(self.starts[last + 1]) + K - 2 if after else len(self.codes) - 1
            reach = int(length[high + 2] - length[low]) - 1
            if reach >= MIN_SPAN or high - low + 1 >= MIN_COUNTED:
                begin, end = self.starts[first], self.starts[last] + K - 1
                yield Span(
                    first=first,
                    last=last,
                    start=int(self.places[begin]),
                    end=int(self.places[end]) + 1,
                )

    def _lengths(self) -> NDArray[np.intp]:
        """How far into the text each character that counts stands, `MAX_GAP` at most for each step to the next.

        One more stands at either end, so that index `i + 1` is character `i`: what does not count on both sides of a
        passage may be part of it.
        """
        import numpy as np

        steps = np.minimum(np.diff(self.places), MAX_GAP)
        return np.concatenate(([0], np.cumsum(np.concatenate(([MAX_GAP], steps, [MAX_GAP])))))


def read(text: str) -> Reading:
    """The characters that count and the chosen grams of a text. Linear in its length."""
    import numpy as np

    raw = np.frombuffer(_unescaped(text).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    folded = _fold(raw)
    places = np.flatnonzero(folded)
    codes = folded[places]
    return Reading(codes=codes, places=places, starts=_chosen(codes))


# -- what counts

_JSON_ESCAPES = re.compile(r"(?:\\+u[0-9a-fA-F]{4})+|\\+[nrtbf]")
_HTML_ENTITIES = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_GAP, _NAME = r"[ \t]{1,8}", r"[\w.*$]++(?:[ \t]{1,8}as[ \t]{1,8}\w++)?"
_NAMES = rf"{_NAME}(?:[ \t]{{0,8}},[ \t]{{0,8}}{_NAME})*+"
_LIST = rf"\s*+{_NAME}(?:\s*+,\s*+{_NAME})*+\s*+(?:,\s*+)?"
_IMPORTS = re.compile(
    rf"^[ \t]*+(?:from{_GAP}[\w.]+{_GAP}import{_GAP}(?:\({_LIST}\)|{_NAMES})"
    rf"|import{_GAP}(?:static{_GAP})?{_NAMES}"
    rf"|import{_GAP}(?:\{{{_LIST}\}}|{_NAME}){_GAP}from{_GAP}[\"'][^\"'\n]{{1,100}}[\"']"
    r"|#[ \t]{0,8}include[ \t]{0,8}[<\"][^<>\"\n]{1,100}[>\"])[ \t]{0,8};?[ \t]{0,8}(?:[#/]{1,2} ?[\w:-]{0,40})?$",
    re.MULTILINE,
)
"""Lines that import names, in Python, Java, JavaScript, C and their kin: all programs begin with the same.

Names in a list with commas, and nothing else: no sentence hides in one."""
_SILENT = frozenset("\"'`´„‚\\*_~#>|-")
"""Quotes, backslashes, and the marks of markdown and of quoted mail; they come and go, as white space does."""


def _unescaped(text: str) -> str:
    """Escapes of JSON (of any depth) and HTML as what they stand for, in as many characters: places stay exact.

    A backslash before an `n` that means no line break loses its `n` too: in the stored text and in the copy alike.
    """
    if "\\" in text:
        text = _JSON_ESCAPES.sub(_padded(_json_escape), text)
    if "&" in text:
        text = _HTML_ENTITIES.sub(_padded(html.unescape), text)
    if "import" in text or "include" in text:
        text = _IMPORTS.sub(lambda match: " " * len(match.group()), text)
    return text


def _padded(meaning: Callable[[str], str]) -> Callable[[re.Match[str]], str]:
    def replacement(match: re.Match[str]) -> str:
        token = match.group()
        plain = meaning(token)
        return plain.ljust(len(token)) if len(plain) <= len(token) else token

    return replacement


def _json_escape(token: str) -> str:
    if "u" not in token:
        return "\n" if token.endswith("n") else ""
    digits = re.sub(r"\\+u", "", token)
    return bytes.fromhex(digits).decode("utf-16-be", "replace")


def _fold(raw: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Each character as it is compared; 0 for what does not count."""
    import numpy as np

    others = np.flatnonzero(raw > _LAST_ASCII)
    folded = _ascii()[np.minimum(raw, _LAST_ASCII)]
    kinds, index = np.unique(raw[others], return_inverse=True)
    folded[others] = np.array([_fold_one(code) for code in kinds.tolist()], dtype=np.uint32)[index]
    return folded


_LAST_ASCII = 127


@cache
def _ascii() -> NDArray[np.uint32]:
    import numpy as np

    return np.array([_fold_one(code) for code in range(_LAST_ASCII + 1)], dtype=np.uint32)


def _fold_one(code: int) -> int:
    """Lower case, without accents and compatibility forms; 0 for white space, quotes, dashes, marks and controls."""
    character = chr(code)
    if 0xAC00 <= code <= 0xD7A3:  # Hangul: its first jamo alone would lose the rest
        return code
    first = unicodedata.normalize("NFKD", character.casefold())[:1]
    if not first or first.isspace() or first in _SILENT:
        return 0
    return 0 if unicodedata.category(first) in _UNCOUNTED else ord(first)


_UNCOUNTED = frozenset({"Mn", "Me", "Cc", "Cf", "Cs", "Pd", "Pi", "Pf", "Zs", "Zl", "Zp"})


# -- which grams

_BASE = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def _chosen(codes: NDArray[np.uint32]) -> NDArray[np.intp]:
    import numpy as np

    if len(codes) < K:
        return np.empty(0, dtype=np.intp)
    order = _mixed(_rolling(codes.astype(np.uint64), S))
    width = K - S + 1
    least = _sliding_min(order, width)
    return np.flatnonzero((order[: len(least)] == least) | (order[width - 1 :] == least))


def _rolling(values: NDArray[np.uint64], width: int) -> NDArray[np.uint64]:
    """A polynomial hash of each run of `width` values, put together from runs of 1, 2, 4 and so on."""
    import numpy as np

    runs, size = values, 1
    result, done = None, 0
    while True:
        if width & size:
            tail = runs[done : done + len(values) - width + 1]
            factor = np.uint64(pow(_BASE, size, 1 << 64))
            result = tail if result is None else result[: len(tail)] * factor + tail
            done += size
        if done == width:
            assert result is not None  # noqa: S101  (width is at least 1)
            return result[: len(values) - width + 1]
        runs = runs[:-size] * np.uint64(pow(_BASE, size, 1 << 64)) + runs[size:]
        size *= 2


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Bits stirred, so that the order says nothing of the text (the finaliser of splitmix64)."""
    import numpy as np

    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _sliding_min(values: NDArray[np.uint64], width: int) -> NDArray[np.uint64]:
    import numpy as np

    least, size = values, 1
    while 2 * size <= width:
        least = np.minimum(least[:-size], least[size:])
        size *= 2
    rest = width - size
    return np.minimum(least[:-rest], least[rest:]) if rest else least


def _runs(known: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """First and last index of each run of True."""
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate(([False], known, [False])).astype(np.int8)))
    for first, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        yield first, end - 1
