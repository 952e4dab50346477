"""A linear model over hashed words: adds the cases that no listed wording catches. It can only add (issue 5).

`weights.json` is written by `benchmarks/regulated/train.py`; the file names what it was trained on, with digests.
"""

from __future__ import annotations

import base64
import json
import math
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

BUCKETS = 1 << 15
# A command of TeX (`\\left`, `\\right`) is no word of the text.
_TOKEN = re.compile(r"\\[a-z]+(?=[\s{(\[\\_^$|.])|[^\W\d_]+(?:['’\-][^\W\d_]+)*|\d+|[$€£%?:/#]")
VOCABULARY_VALUE = 0.35
"""What one feature of the vocabulary counts, beside words that share a length of one."""
_SUBJECTS = (
    "symptom", "disease", "treatment", "clinic", "legal", "deal", "results", "classified", "hr", "special", "minor",
    "secretive", "business", "money",
)  # fmt: skip
_MANNERS = ("me", "us", "them", "lesson", "request", "fiction", "public", "code", "exact", "events")
_LONG_WORD = 7
"""Words this long also count by their beginning and endings: -itis and -ectomy tell of a field in words never seen."""
_UNSPACED = ("\u3040", "\ud7a3")
"""Kana, Han and Hangul."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What `weights.json` holds: one row of `matrix` a bucket, one column a family."""

    families: tuple[str, ...]
    bias: Any
    thresholds: Any
    matrix: Any


def features(window: str) -> tuple[set[int], set[int]]:
    """Two sets of buckets: a window's words, pairs and endings; and its vocabulary by subject and manner."""
    words: set[int] = set()
    seen: dict[str, set[str]] = {}
    before = "^"
    tokens = list(_tokens(window))
    for token in tokens:
        buckets, groups, shape = _token(token)
        words.update(buckets)
        words.add(_pair(before, shape))
        for group in groups:
            seen.setdefault(group, set()).add(token)
        before = shape
    return words, {_bucket(name) for name in _vocabulary(seen, len(tokens))}


def scores(window: str, *, stricter: float = 0.0) -> Mapping[str, float]:
    """Families whose score passes its threshold, with the probability that the model gives.

    `stricter` raises the thresholds, in logits.
    """
    weights = load()
    words, vocabulary = features(window)
    if not words:
        return {}
    rows = weights.matrix
    logits = (
        rows[[*words]].sum(axis=0) / math.sqrt(len(words))
        + rows[[*vocabulary]].sum(axis=0) * VOCABULARY_VALUE
        + weights.bias
    )
    needed = weights.thresholds.clip(min=_least(len(words))) + stricter
    passed = (logits > needed).nonzero()[0].tolist()
    return {weights.families[i]: 1 / (1 + math.exp(-min(float(logits[i]), 30.0))) for i in passed}


def _least(features: int) -> float:
    """The least score that a window of so few features must reach, in logits: few words say little.

    About 8, 20 and 40 words; a chance of eight in ten, of a half, and of three in ten.
    """
    if features < 20:
        return 1.4
    if features < 50:
        return 0.0
    return -0.85 if features < 100 else -math.inf


@lru_cache(maxsize=1)
def load() -> Weights:
    """The shipped weights."""
    import numpy as np

    data = json.loads(resources.files(__package__).joinpath("weights.json").read_text("utf-8"))
    packed = np.frombuffer(zlib.decompress(base64.b64decode(data["packed"])), dtype=np.int8)
    matrix = packed.reshape(BUCKETS, len(data["families"])) * np.array(data["scales"], np.float32)
    return Weights(
        families=tuple(data["families"]),
        bias=np.array(data["bias"]),
        thresholds=np.array(data["thresholds"]),
        matrix=matrix.astype(np.float32),
    )


@lru_cache(maxsize=50_000)
def _token(token: str) -> tuple[tuple[int, ...], tuple[str, ...], str]:
    """A token's own buckets, its groups, and how it is written in pairs: digits count by their number."""
    if token[0].isdigit():
        shape = "0" * min(len(token), 4)
        return (_bucket(shape),), (), shape
    parts: tuple[str, ...] = ()
    if len(token) >= _LONG_WORD:
        parts = (f"~{token[-4:]}", f"~{token[-6:]}", f"{token[:5]}~")
    return tuple(_bucket(name) for name in (token, *parts)), _groups(token), token


def _vocabulary(seen: Mapping[str, set[str]], count: int) -> Iterator[str]:
    """Names of features: how much of each subject, each manner, and their meetings."""
    sizes = {group: len(words) for group, words in seen.items()}
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


def _tokens(window: str) -> Iterator[str]:
    """Words and numbers; of scripts that write without spaces, pairs of characters."""
    for token in _TOKEN.findall(window.lower().replace("’", "'")):
        if _UNSPACED[0] <= token[0] <= _UNSPACED[1]:
            yield from (token[i : i + 2] for i in range(max(1, len(token) - 1)))
        elif token[0] != "\\":
            yield token


@lru_cache(maxsize=100_000)
def _pair(before: str, token: str) -> int:
    return _bucket(f"{before} {token}")


def _bucket(name: str) -> int:
    return zlib.crc32(name.encode("utf-8", "surrogatepass")) % BUCKETS
