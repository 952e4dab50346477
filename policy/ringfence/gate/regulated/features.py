"""What the regulated model sees of a window: hashed words and pairs, vocabulary by subject and manner, a vector."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from ringfence.gate.regulated import vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BUCKETS = 1 << 15
# Signs of vowels and accents that are no letters to `re`: without them Hindi, Thai and pointed Arabic fall apart.
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0962\u0963\u0981-\u0983\u09bc-\u09cd"
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
)
# A command of TeX (`\\left`, `\\right`) is no word of the text.
_TOKEN = re.compile(
    r"\\[a-z]+(?=[\s{(\[\\_^$|.])"
    rf"|[^\W\d_]+(?:[{_MARKS}'’-]+[^\W\d_]+)*[{_MARKS}]*|\d+|[$€£%?:/#]"
)
_SUBJECTS = (
    "symptom", "disease", "treatment", "clinic", "legal", "deal", "results", "classified", "hr", "special", "minor",
    "secretive", "business", "money",
)  # fmt: skip
_MANNERS = ("me", "us", "them", "lesson", "request", "fiction", "public", "code", "exact", "events")
GROUPS = (*_SUBJECTS, *_MANNERS)
_LONG_WORD = 7
"""Words this long also count by their beginning and endings: -itis and -ectomy tell of a field in words never seen."""
_UNSPACED = (("\u0e00", "\u0e7f"), ("\u3040", "\ud7a3"))
"""Thai; kana, Han and Hangul: of scripts that write without spaces, pairs of characters count as words."""
_PAIR = 2_654_435_761
"""Knuth's multiplier, to hash two hashes into one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What the model is trained on."""

    words: NDArray[np.int64]
    """Buckets of words, their endings and pairs."""
    counts: NDArray[np.float32]
    """How often each of them stands there: each word and each pair counts once, endings meet."""
    vocabulary: NDArray[np.int64]
    """Buckets of how much of each subject and manner there is."""
    vector: NDArray[np.float32]
    """The words' vectors, pooled."""


@dataclass(frozen=True, slots=True)
class Token:
    buckets: tuple[int, ...]
    code: int
    groups: tuple[str, ...]
    rows: tuple[int, ...]


def read(window: str) -> Features:
    """A window's words, pairs and endings; its vocabulary by subject and manner; its vector."""
    import numpy as np

    tokens = split(window)
    known = {name: parse(name) for name in tokens}
    buckets = [bucket for token in known.values() for bucket in token.buckets]
    pairs = pair_buckets(np.array([known[name].code for name in tokens], np.uint64))
    words, counts = np.unique(
        np.concatenate([np.array(buckets, np.int64), pairs]), return_counts=True
    )
    rows = [row for token in known.values() for row in token.rows]
    table = vectors.load()
    sizes: dict[str, int] = {}
    for token in known.values():
        for group in token.groups:
            sizes[group] = sizes.get(group, 0) + 1
    return Features(
        words=words,
        counts=counts.astype(np.float32),
        vocabulary=vocabulary_buckets(sizes, len(tokens)),
        vector=vectors.pooled(table.rows[rows].sum(axis=0) * table.scale, len(rows)),
    )


def parse(name: str) -> Token:
    """A token's own buckets, its code in pairs, its groups and vectors: digits count by their number."""
    if name[0].isdigit():
        shape = "0" * min(len(name), 4)
        return Token((_bucket(shape),), _code(shape), (), ())
    parts: tuple[str, ...] = (name,)
    if _unspaced(name):
        parts = tuple(name[i : i + 2] for i in range(max(1, len(name) - 1)))
    elif len(name) >= _LONG_WORD:
        parts = (name, f"~{name[-4:]}", f"~{name[-6:]}", f"{name[:5]}~")
    rows = vectors.load().pieces(name) if name[0].isalpha() else ()
    groups = tuple(group for group in _groups(name) if group in GROUPS)
    return Token(tuple(_bucket(part) for part in parts), _code(name), groups, rows)


def _unspaced(token: str) -> bool:
    return any(first <= token[0] <= last for first, last in _UNSPACED)


def pair_buckets(codes: NDArray[np.uint64]) -> NDArray[np.int64]:
    import numpy as np

    return np.unique((codes[:-1] * np.uint64(_PAIR) + codes[1:]) % np.uint64(BUCKETS)).astype(
        np.int64
    )


def vocabulary_buckets(sizes: dict[str, int], count: int) -> NDArray[np.int64]:
    import numpy as np

    return np.array([_bucket(name) for name in _vocabulary(sizes, count)], dtype=np.int64)


def _vocabulary(sizes: dict[str, int], count: int) -> Iterator[str]:
    """Names of features: how much of each subject, each manner, and their meetings."""
    sizes["medical"] = sum(sizes.get(name, 0) for name in _SUBJECTS[:4])
    manners = [name for name in _MANNERS if sizes.get(name)]
    for subject in ("medical", *_SUBJECTS):
        yield from _amounts(subject, sizes.get(subject, 0), count)
        if sizes.get(subject, 0) >= 2:
            yield from (f"#{subject}+{manner}" for manner in manners)
            if "lesson" not in manners:
                yield f"#{subject}-lesson"
    yield from (f"#{manner}" for manner in manners)
    yield from (f"#{manner}>3" for manner in manners if sizes[manner] >= 3)


def _amounts(subject: str, size: int, count: int) -> Iterator[str]:
    yield from (f"#{subject}>{step}" for step in (1, 2, 3, 5, 8, 13) if size >= step)
    if size >= 2:
        yield from (
            f"#{subject}%{share}" for share in (3, 6, 12, 25) if size * 100 >= share * count
        )


@lru_cache(maxsize=1)
def _groups_of() -> Mapping[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = {}
    text = resources.files(__package__).joinpath("words.txt").read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            name, _, words = line[1:].partition("]")
            for word in words.split():
                groups[word] = (*groups.get(word, ()), name)
    return groups


def _groups(token: str) -> tuple[str, ...]:
    known = _groups_of()
    if token in known:
        return known[token]
    for ending in ("s", "es", "ed", "d", "ing", "ly"):
        if token.endswith(ending) and len(token) - len(ending) >= 3:
            stem = token[: -len(ending)]
            if found := known.get(stem) or known.get(stem + "e" if ending == "ing" else ""):
                return found
    return ()


def split(window: str) -> list[str]:
    """Words, numbers and a few signs, in lower case."""
    found = _TOKEN.findall(window.lower().replace("’", "'"))
    return [token for token in found if token[0] != "\\"]


@lru_cache(maxsize=4_096)
def _bucket(name: str) -> int:
    return _code(name) % BUCKETS


def _code(name: str) -> int:
    return zlib.crc32(name.encode("utf-8", "surrogatepass"))
