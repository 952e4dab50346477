"""Softmax regression over dense and hashed features, in plain numpy: the same data gives the same weights."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ringfence.tasks.features import BLOCKS, BUCKETS, extract
from ringfence.tasks.model import KINDS
from ringfence.tasks.words import shipped

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

EPOCHS = 6
BATCH = 64
DENSE_RATE, HASHED_RATE = 0.03, 0.12
DENSE_DECAY, HASHED_DECAY = 2e-3, 1e-4
"""Rates and L2 penalties; chosen by leave-one-source-out (docs/classifier.md)."""
OWN = 8.0
"""How much more a family of our own texts weighs than a source: they are broader, and say better what was asked."""
_FLOOR = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One labelled text. `length` is its real length in characters, where the text is an excerpt."""

    text: str = field(repr=False)
    system: str = field(repr=False)
    length: int
    kind: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Many texts as numbers: `dense` with a last column of ones, and each text's buckets with their weight."""

    dense: Floats
    indices: tuple[Ints, ...]
    values: tuple[Floats, ...]

    def take(self, rows: Sequence[int]) -> Table:
        return Table(
            dense=self.dense[list(rows)],
            indices=tuple(self.indices[row] for row in rows),
            values=tuple(self.values[row] for row in rows),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A fitted model before it is rounded: features × kinds."""

    dense: Floats
    hashed: Floats

    def scores(self, table: Table) -> Floats:
        import numpy as np

        hashed = [v @ self.hashed[i] for i, v in zip(table.indices, table.values, strict=True)]
        total: Floats = table.dense @ self.dense + np.asarray(hashed)
        return total


def tabulate(examples: Sequence[Example]) -> Table:
    """The features of each example."""
    import numpy as np

    words = shipped()
    dense, indices, values = [], [], []
    for e in examples:
        features = extract(words, e.text, length=e.length, system=e.system)
        dense.append(np.append(features.dense, 1.0))
        indices.append(features.buckets)
        values.append(features.weights.astype(np.float64))
    return Table(
        dense=np.asarray(dense, dtype=np.float64), indices=tuple(indices), values=tuple(values)
    )


def balance(examples: Sequence[Example]) -> Floats:
    """Weights of mean 1: kinds alike, and a source by the root of its size within its kind, ours `OWN` times that."""
    import numpy as np

    groups = Counter((e.kind, e.source) for e in examples)
    mass = {
        (kind, source): count**0.5 * (OWN if source.startswith("own/") else 1.0)
        for (kind, source), count in groups.items()
    }
    total: defaultdict[int, float] = defaultdict(float)
    for (kind, _), share in mass.items():
        total[kind] += share
    raw = [mass[e.kind, e.source] / groups[e.kind, e.source] / total[e.kind] for e in examples]
    even: Floats = np.asarray(raw) * (len(raw) / sum(raw))
    return even


def fit(table: Table, kinds: Sequence[int], weights: Floats) -> Weights:
    """AdaGrad over small batches in an order that is shuffled the same way every time."""
    import numpy as np

    truth = np.eye(len(KINDS))[list(kinds)]
    model = Weights(
        dense=np.zeros((table.dense.shape[1], len(KINDS))),
        hashed=np.zeros((BLOCKS * BUCKETS, len(KINDS))),
    )
    seen = Weights(
        dense=np.full_like(model.dense, _FLOOR), hashed=np.full_like(model.hashed, _FLOOR)
    )
    order, shuffle = list(range(len(truth))), random.Random(0)  # noqa: S311 — an order, not a secret
    for epoch in range(EPOCHS):
        shuffle.shuffle(order)
        pace = 1.0 - epoch / EPOCHS
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            batch = table.take(rows)
            _step(batch, truth[rows], weights[rows, None], model=model, seen=seen, pace=pace)
    return model


def _step(
    batch: Table, truth: Floats, weights: Floats, *, model: Weights, seen: Weights, pace: float
) -> None:
    import numpy as np

    score = model.scores(batch)
    odds = np.exp(score - score.max(axis=1, keepdims=True))
    slope = (odds / odds.sum(axis=1, keepdims=True) - truth) * weights / len(truth)
    dense = batch.dense.T @ slope + DENSE_DECAY * model.dense
    seen.dense[:] += dense**2
    model.dense[:] -= pace * DENSE_RATE * dense / np.sqrt(seen.dense)

    sizes = [len(indices) for indices in batch.indices]
    touched, place = np.unique(np.concatenate(batch.indices), return_inverse=True)
    shares = np.concatenate(batch.values)[:, None] * np.repeat(slope, sizes, axis=0)
    slopes = [np.bincount(place, shares[:, kind], len(touched)) for kind in range(len(KINDS))]
    hashed: Floats = np.stack(slopes, axis=1) + HASHED_DECAY * model.hashed[touched]
    seen.hashed[touched] += hashed**2
    model.hashed[touched] -= pace * HASHED_RATE * hashed / np.sqrt(seen.hashed[touched])
