"""Text → numbers, the same way in training and at run time.

Dense: the mean of its words' vectors (of the whole text, and again of its first and last sentence, where instructions
stand; and of the system prompt, apart), each of one length; the counts of marks that show shape (code, formulae, log
lines); and cues, words that name an activity ("summarise", "audit"), counted at both ends of the text.
Sparse: the words and word pairs themselves, hashed, of the whole and again of each of these sentences; each counts once
however often it is repeated, so padding gains little.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p
from typing import TYPE_CHECKING

from ringfence.tasks.cues import CUES, SHAPES
from ringfence.tasks.literals import Literals

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ringfence.tasks.words import Words

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

BUCKETS = 1 << 15
"""Hash buckets of words and word pairs, in each block."""
BLOCKS = 4

EDGE = 30
"""Words of the first and of the last sentence that count again as the instruction."""
_SHORT, _LAST = 28, 300
"""Characters: a shorter sentence ("Answer:", "Yes or no?") is taken with its neighbour; a longer last one is cut."""
SYSTEM_CHARS = 500

_CUES, _SHAPES = Literals(CUES), Literals(SHAPES)
_CUE_HEAD, _CUE_TAIL = 220, 180
_NUMBERS = ("", "1", "10", "100", "2000")
"""What stands for a number of so many digits: which number it is says nothing of the task."""
_MIX = 0x9E3779B1
_PAIR = 0x5BD1E995
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。？！])|\n+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """A text as numbers: the `dense` vector, and the `buckets` that its words fall in with the weight of each.

    There are `BLOCKS` times `BUCKETS` buckets: for the whole, its head, its tail and the system prompt.
    """

    dense: Floats
    buckets: Ints
    weights: Floats


def extract(words: Words, text: str, *, length: int, system: str = "") -> Features:
    """The features of a user's turn (already cut to what is read; `length` before) and of its system prompt."""
    import numpy as np

    lower = text.lower()
    tokens, first, last = _read(words, lower)
    role = words.ids(_plain(system[:SYSTEM_CHARS].lower()))
    vectors = words.vectors(tokens)
    dense = np.concatenate(
        (
            _mean(vectors),
            _mean(vectors[:first]),
            _mean(vectors[len(tokens) - last :]),
            _mean(words.vectors(role)),
            _numbers(text, lower, length=length, words=len(tokens), system=bool(system)),
        )
    )
    buckets, weights = _buckets(tokens, first, last, role[: 2 * EDGE])
    return Features(dense=dense, buckets=buckets, weights=weights)


def _read(words: Words, lower: str) -> tuple[list[int], int, int]:
    """The words of a text, and how many of them stand in its first and in its last sentence."""
    end, start = _first_end(lower), _last_start(lower)
    head = words.ids(_plain(lower[:end]))
    if end <= start:
        tail = words.ids(_plain(lower[start:]))
        tokens = head + words.ids(_plain(lower[end:start])) + tail
    else:  # one sentence, or two that are short
        tokens = head if end == len(lower) else words.ids(_plain(lower))
        tail = words.ids(_plain(lower[start:])) if start else tokens
    return tokens, min(len(head), EDGE), min(len(tail), EDGE)


def _first_end(text: str) -> int:
    """Where the first sentence or line ends, with its neighbours until it says something."""
    for found in _SENTENCE_END.finditer(text):
        if len(text[: found.start()].strip()) >= _SHORT:
            return found.start()
    return len(text)


def _last_start(text: str) -> int:
    """Where the last sentence or line begins, with its neighbours until it says something."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text, max(0, len(text) - _LAST))]
    for start in reversed(ends):
        if len(text[start:].strip()) >= _SHORT:
            return start
    return max(0, len(text) - _LAST) if len(text) > 2 * _LAST else 0


def _plain(lower: str) -> list[str]:
    found = _TOKEN.findall(lower)
    return [_NUMBERS[min(len(word), 4)] if word[0] in "0123456789" else word for word in found]


def _mean(vectors: Floats) -> Floats:
    """The direction of the sum, four long so that it weighs with the shapes; zero for no words."""
    import numpy as np

    total = vectors.sum(axis=0)
    length = float(total @ total) ** 0.5
    scale: float = 4.0 / length if length else 0.0
    mean: Floats = np.multiply(total, scale, dtype=np.float32)
    return mean


def _buckets(
    tokens: Sequence[int], first: int, last: int, role: Sequence[int]
) -> tuple[Ints, Floats]:
    """The buckets of each block's words and word pairs, once each, and 1/√(how many the block has) for each."""
    import numpy as np

    words, pairs = _hashed(tokens)
    start = len(tokens) - last
    blocks = (
        np.concatenate((words, pairs)),
        np.concatenate((words[:first], pairs[: max(first - 1, 0)])) + BUCKETS,
        np.concatenate((words[start:], pairs[start:])) + 2 * BUCKETS,
        np.concatenate(_hashed(role)) + 3 * BUCKETS,
    )
    found = np.sort(np.concatenate(blocks))
    fresh = np.empty(len(found), dtype=np.bool_)
    fresh[:1] = True
    np.not_equal(found[1:], found[:-1], out=fresh[1:])
    found = found[fresh]
    counts = np.diff(np.searchsorted(found, np.arange(BLOCKS + 1) * BUCKETS))
    return found, np.repeat(np.maximum(counts, 1) ** -0.5, counts).astype(np.float32)


def _hashed(tokens: Sequence[int]) -> tuple[Ints, Ints]:
    """The buckets of words and of pairs of neighbours."""
    import numpy as np

    rows = np.array(tokens, dtype=np.int64)
    both = np.concatenate((rows, rows[:-1] * _PAIR + rows[1:] + 1)) * _MIX & 0xFFFFFFFF
    both = (both ^ (both >> 15)) & (BUCKETS - 1)
    return both[: len(rows)], both[len(rows) :]


def _numbers(text: str, lower: str, *, length: int, words: int, system: bool) -> Floats:
    import numpy as np

    cues = _cues(lower)
    short = length < 320
    nothing = [0.0] * len(cues)
    values = (
        *_shape(text, length=length, words=words, system=system),
        *(cues if short else nothing),
        *(nothing if short else cues),
    )
    return np.asarray(values, dtype=np.float32)


def _cues(lower: str) -> list[float]:
    ends = lower
    if len(lower) > _CUE_HEAD + _CUE_TAIL:
        ends = lower[:_CUE_HEAD] + "\n" + lower[-_CUE_TAIL:]
    return [min(len(stems), 2) / 2 for stems in _CUES.in_text(ends)]


def _shape(text: str, *, length: int, words: int, system: bool) -> tuple[float, ...]:
    size = max(len(text), 1)
    lines = text.count("\n") + 1
    counts = [sum(map(text.count, marks)) for marks in _SHAPES.in_text(text)]
    return (
        log1p(length) / 8.0,
        log1p(words) / 6.0,
        log1p(lines) / 4.0,
        log1p(size / lines) / 6.0,
        sum(map(text.count, "0123456789")) / size * 4,
        float(text.isascii()),
        float(text.islower()),
        float(text.rstrip().endswith(("?", "？"))),
        float(system),
        float(length < 60),
        float(length < 320),
        float(length > 1200),
        *(min(count, 8) / 8 for count in counts),
        *(float(count > 0) for count in counts),
    )
