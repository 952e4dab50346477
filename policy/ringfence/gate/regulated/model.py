"""A linear model over hashed words and a small net over their vectors: adds the cases that no listed wording catches.

Their logits are summed. They can only add (issue 5). `weights.json` is written by `benchmarks/regulated/train.py`;
the file names what it was trained on, with digests.
"""

from __future__ import annotations

import base64
import bisect
import json
import math
import threading
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from ringfence.gate.regulated import features, vectors
from ringfence.gate.regulated.features import BUCKETS, GROUPS, Features

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VOCABULARY_VALUE = 0.35
"""What one feature of the vocabulary counts, beside words that share a length of one."""
LENGTHS = (20, 50, 100, 250)
"""Features of windows of about 8, 20, 40 and 100 words."""
ANY = "ANY"
"""The last column: regulated content of whatever family."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What `weights.json` holds. One column a family, and a last one for any of them."""

    families: tuple[str, ...]
    bias: NDArray[np.float32] = field(repr=False)
    thresholds: tuple[float, ...]
    """The least score of a window, by its length as `LENGTHS` has it."""
    matrix: NDArray[np.float32] = field(repr=False)
    """One row a bucket."""
    hidden: NDArray[np.float32] = field(repr=False)
    """One row a dimension of the vectors, and a last one for the bias."""
    out: NDArray[np.float32] = field(repr=False)
    """One row a hidden unit."""

    def threshold(self, count: int) -> float:
        """What the score of a window of so many features must pass: few words say little, many add up."""
        return self.thresholds[bisect.bisect_right(LENGTHS, count)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What the model makes of a window."""

    margin: float
    """Its score (the logit of regulated content of any kind plus that of the likeliest family) above the threshold."""
    chance: float
    families: tuple[str, ...]
    """The likely ones, at least one."""


def score(window: str) -> Scored | None:
    """What a window scores; None when there is no word in it."""
    tokens = features.split(window)
    if not tokens:
        return None
    found, count = _shared_sums().read(tokens)
    total = float(found[-1] + found[:-1].max())
    likely = set((found[:-1] > 0).nonzero()[0].tolist()) | {int(found[:-1].argmax())}
    weights = load()
    return Scored(
        margin=total - weights.threshold(count),
        chance=1 / (1 + math.exp(-max(min(total / 2, 30.0), -30.0))),
        families=tuple(weights.families[i] for i in sorted(likely)),
    )


@lru_cache(maxsize=1)
def load() -> Weights:
    """The shipped weights."""
    import numpy as np

    data = json.loads(resources.files(__package__).joinpath("weights.json").read_text("utf-8"))
    columns = len(data["families"]) + 1
    packed = np.frombuffer(zlib.decompress(base64.b64decode(data["packed"])), dtype=np.int8)
    scales = np.array(data["scales"], np.float32)
    return Weights(
        families=tuple(data["families"]),
        bias=np.array(data["bias"], np.float32),
        thresholds=tuple(data["thresholds"]),
        matrix=packed.reshape(BUCKETS, columns) * scales,
        hidden=_floats(data["hidden"]).reshape(-1, data["units"]),
        out=_floats(data["out"]).reshape(-1, columns),
    )


def _floats(text: str) -> NDArray[np.float32]:
    import numpy as np

    return np.frombuffer(base64.b64decode(text), dtype="<f2").astype(np.float32)


def logits(weights: Weights, seen: Features) -> NDArray[np.float32]:
    """One logit a family, and the last for any of them, from the features: how training sees it."""
    words = (weights.matrix[seen.words] * seen.counts[:, None]).sum(axis=0)
    return _logits(weights, words, float(seen.counts.sum()), seen.vocabulary, seen.vector)


def _logits(
    weights: Weights,
    words: NDArray[np.float32],
    count: float,
    vocabulary: NDArray[np.int64],
    vector: NDArray[np.float32],
) -> NDArray[np.float32]:
    linear = (
        words / math.sqrt(max(count, 1.0))
        + weights.matrix[vocabulary].sum(axis=0) * VOCABULARY_VALUE
        + weights.bias
    )
    hidden = (vector @ weights.hidden[:-1] + weights.hidden[-1]).clip(min=0)
    found: NDArray[np.float32] = linear + hidden @ weights.out
    return found


class Sums:
    """What each token met so far adds to a window, as rows of one table: a window is one gather and one sum."""

    ROOM, RESERVE = 20_000, 5_000
    """Tokens that the table holds, and how many the windows being read may bring."""

    def __init__(self, weights: Weights) -> None:
        import numpy as np

        self._weights = weights
        self._columns = weights.matrix.shape[1]
        self._dims = len(vectors.load().scale)
        self._table = np.zeros(
            (self.ROOM, self._columns + self._dims + 2 + len(GROUPS)), np.float32
        )
        self._codes = np.zeros(self.ROOM, np.uint64)
        self._index: dict[str, int] = {}
        self._lock = threading.Lock()

    @property
    def full(self) -> bool:
        return len(self._index) > self.ROOM - self.RESERVE

    def read(self, tokens: list[str]) -> tuple[NDArray[np.float32], int]:
        """The logits of a window, and how many features it has."""
        import numpy as np

        known = self._index.get
        rows = np.array([self._add(t) if (i := known(t)) is None else i for t in tokens], np.int64)
        pairs = features.pair_buckets(self._codes[rows])
        sums = self._table[np.unique(rows)].sum(axis=0)
        words, rest = sums[: self._columns], sums[self._columns :]
        vector, (buckets, pieces) = rest[: self._dims], rest[self._dims : self._dims + 2]
        sizes = {
            name: int(size)
            for name, size in zip(GROUPS, rest[self._dims + 2 :].tolist(), strict=True)
            if size
        }
        count = int(buckets) + len(pairs)
        return _logits(
            self._weights,
            words + self._weights.matrix[pairs].sum(axis=0),
            count,
            features.vocabulary_buckets(sizes, len(tokens)),
            vectors.pooled(vector, float(pieces)),
        ), count

    def _add(self, name: str) -> int:
        with self._lock:
            if name in self._index:
                return self._index[name]
            row, token, table = len(self._index), features.parse(name), vectors.load()
            entry = self._table[row]
            entry[: self._columns] = self._weights.matrix[[*token.buckets]].sum(axis=0)
            end = self._columns + self._dims
            entry[self._columns : end] = table.rows[[*token.rows]].sum(axis=0) * table.scale
            entry[end : end + 2] = len(token.buckets), len(token.rows)
            for group in token.groups:
                entry[end + 2 + GROUPS.index(group)] = 1
            self._codes[row] = token.code
            self._index[name] = row
            return row


_sums: Sums | None = None


def _shared_sums() -> Sums:
    global _sums  # noqa: PLW0603  (a table that is full is left to whoever still reads it)
    found = _sums
    if found is None or found.full:
        found = _sums = Sums(load())
    return found
