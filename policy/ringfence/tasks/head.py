"""A light head on the shipped classifier, fitted to an organisation's own labelled requests (`ringfence tasks fit`).

The shipped scores stay; the head adds a linear function of two vectors to them, of the whole text and of its first
words. It is fitted with a penalty that pulls it to nothing, so that few rows change little.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ringfence.request import Request
from ringfence.rules.fitted_file import MAGIC
from ringfence.tasks.features import extract
from ringfence.tasks.fitting import Example
from ringfence.tasks.injection import without_claims
from ringfence.tasks.model import HEAD, KINDS, Classifier
from ringfence.tasks.view import look
from ringfence.tasks.words import shipped
from ringfence.trust import digest_of
from ringfence.types import TaskKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PENALTIES = (0.01, 0.03, 0.1, 0.3)
"""Candidates for the L2 penalty; cross-validation takes the one whose held-out rows are likeliest."""
FOLDS = 5
_STEPS, _RATE, _MOMENTUM = 150, 0.5, 0.9
_STEP = 1e-4
"""Weights are rounded to this: well above the noise of different processors' sums."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What is added to the shipped model's scores."""

    weights: NDArray[np.float32] = field(repr=False)
    """The first `HEAD` dense features, with a last row for the bias × kinds."""
    header: Mapping[str, Any] = field(repr=False)
    """The digests of the shipped model and of the data, rows by kind, the penalty, what was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A head with what cross-validation says of it: accuracy of kind and tier on rows left out, before and after."""

    head: Head
    rows: int
    folds: int
    kind_before: float
    kind_after: float
    tier_before: float
    tier_after: float

    @property
    def helps(self) -> bool:
        return self.kind_after > self.kind_before and self.tier_after >= self.tier_before


def labelled(request: Request, kind: TaskKind, *, source: str) -> Example:
    """A request whose kind somebody knows, as the classifier reads it."""
    view = look(request)
    return Example(
        text=without_claims(view.text),
        system=view.system,
        length=view.length,
        kind=KINDS.index(kind),
        source=source,
    )


def fit_head(
    examples: Sequence[Example], model: Classifier, *, facts: Mapping[str, Any] | None = None
) -> Fitted:
    """Fit a head to labelled requests; deterministic. Sources are left out whole where there are at least `FOLDS`.

    Args:
        examples: from `labelled`.
        model: the shipped classifier.
        facts: what the file's header shall say besides.
    """
    import numpy as np

    features, offset = _table(examples, model)
    truth = np.asarray([example.kind for example in examples])
    folds = _folds(examples)
    held_out = {p: _held_out(features, offset, truth, folds, penalty=p) for p in PENALTIES}
    penalty = max(PENALTIES, key=lambda p: (_likelihood(held_out[p], truth), p))
    weights = np.round(_descend(features, offset, truth, penalty=penalty) / _STEP) * _STEP
    before, after = offset.argmax(axis=1), held_out[penalty].argmax(axis=1)
    counts = {kind.value: int((truth == place).sum()) for place, kind in enumerate(KINDS)}
    header = {"rows": counts, "penalty": penalty, **(facts or {})}
    return Fitted(
        head=Head(weights=weights.astype(np.float32), header=header),
        rows=len(examples),
        folds=len(set(folds)),
        kind_before=float((before == truth).mean()),
        kind_after=float((after == truth).mean()),
        tier_before=_same_tier(before, truth),
        tier_after=_same_tier(after, truth),
    )


def encode(head: Head) -> bytes:
    """The file's bytes: a magic line, a JSON line, the weights."""
    line = json.dumps(dict(head.header), sort_keys=True, ensure_ascii=False).encode()
    return MAGIC + line + b"\n" + head.weights.astype("<f4").tobytes()


def decode(raw: bytes) -> Head:
    """The inverse of `encode`.

    Raises:
        ValueError: the bytes are no head of this version.
    """
    import numpy as np

    if not raw.startswith(MAGIC):
        raise ValueError("not a file that 'ringfence tasks fit' wrote")
    end = raw.index(b"\n", len(MAGIC))
    header = json.loads(raw[len(MAGIC) : end])
    weights = np.frombuffer(raw, dtype="<f4", offset=end + 1)
    if weights.size != (HEAD + 1) * len(KINDS) or not np.isfinite(weights).all():
        raise ValueError("the file is cut off or damaged")
    return Head(weights=weights.reshape(-1, len(KINDS)), header=header)


def with_fitted(model: Classifier, raw: bytes) -> Classifier:
    """The classifier with the head of a file on top; it names the file's digest in every reading.

    Raises:
        ValueError: as `decode`.
    """
    return model.with_head(decode(raw).weights, digest=digest_of(raw))


def _table(examples: Sequence[Example], model: Classifier) -> tuple[Floats, Floats]:
    """The dense features with a column of ones, and the shipped model's log-odds."""
    import numpy as np

    words = shipped()
    dense, offset = [], []
    for e in examples:
        features = extract(words, e.text, length=e.length, system=e.system)
        dense.append(np.append(features.dense[:HEAD], 1.0))
        offset.append(model.probabilities(e.text, length=e.length, system=e.system))
    return np.asarray(dense), np.log(np.maximum(np.asarray(offset), 1e-6))


def _folds(examples: Sequence[Example]) -> list[int]:
    """A fold for each row: its source's when there are enough sources, else by turns."""
    sources = sorted({example.source for example in examples})
    if len(sources) >= FOLDS:
        return [sources.index(example.source) % FOLDS for example in examples]
    return [row % FOLDS for row in range(len(examples))]


def _held_out(
    features: Floats, offset: Floats, truth: Any, folds: Sequence[int], *, penalty: float
) -> Floats:
    """The scores of each row from a head that was fitted without its fold."""
    import numpy as np

    scores, at = offset.copy(), np.asarray(folds)
    for fold in sorted(set(folds)):
        rest, out = at != fold, at == fold
        weights = _descend(features[rest], offset[rest], truth[rest], penalty=penalty)
        scores[out] += features[out] @ weights
    return scores


def _descend(features: Floats, offset: Floats, truth: Any, *, penalty: float) -> Floats:
    """Softmax regression on top of `offset`, by gradient descent with momentum: convex, so the start is nothing."""
    import numpy as np

    target = np.eye(len(KINDS))[truth]
    scale = 1.0 / max(float((features**2).sum(axis=1).mean()), 1.0)
    weights = np.zeros((features.shape[1], len(KINDS)))
    speed = np.zeros_like(weights)
    for _ in range(_STEPS):
        slope = features.T @ (_softmax(offset + features @ weights) - target) / len(target)
        speed = _MOMENTUM * speed - _RATE * scale * (slope + penalty * weights)
        weights = weights + speed
    return weights


def _softmax(scores: Floats) -> Floats:
    import numpy as np

    odds: Floats = np.exp(scores - scores.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    return odds


def _likelihood(scores: Floats, truth: Any) -> float:
    """Mean log-probability of the true kinds, rounded so that ties are ties everywhere."""
    import numpy as np

    odds = _softmax(scores)[np.arange(len(truth)), truth]
    return round(float(np.log(np.maximum(odds, 1e-9)).mean()), 6)


def _same_tier(said: Any, truth: Any) -> float:
    import numpy as np

    tiers = np.asarray([list(type(kind.tier)).index(kind.tier) for kind in KINDS])
    return float((tiers[said] == tiers[truth]).mean())
