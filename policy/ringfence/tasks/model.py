"""The built-in classifier: a linear model over word vectors and shapes, in one small file, loaded on first use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ringfence.cache import TextCache
from ringfence.tasks.features import BLOCKS, BUCKETS, extract
from ringfence.tasks.words import shipped
from ringfence.types import TaskKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KINDS = tuple(TaskKind)
HEAD = 192
"""Dense features that a fitted head looks at: the vectors of the whole text and of its first words."""
MAGIC = b"ringfence-tasks-1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifier:
    """Weights and the facts of their training."""

    dense: NDArray[np.float32] = field(repr=False)
    """Dense features, with a last row for the bias × kinds."""
    hashed: NDArray[np.float32] = field(repr=False)
    """Buckets of all blocks × kinds, whole numbers in units of the header's `step`."""
    header: Mapping[str, Any] = field(repr=False)
    """Temperature, the digests of the data and of the word vectors, the sources' names."""
    head: NDArray[np.float32] | None = field(default=None, repr=False)
    """What an organisation fitted on top: the first `HEAD` dense features, with a last row for the bias × kinds."""
    fitted: str | None = None
    """The digest of the head's file."""
    _known: TextCache[tuple[float, ...]] = field(default_factory=TextCache, repr=False)
    """In an agent's loop of tool calls the turn that names the task stays the same."""

    def probabilities(self, text: str, *, length: int, system: str = "") -> tuple[float, ...]:
        """The calibrated probability of each kind, in the order of `KINDS`."""
        key = self._known.key(text, str(length), system)
        known = self._known.get(key)
        if known is None:
            self._known.put(key, known := self._probabilities(text, length, system))
        return known

    def _probabilities(self, text: str, length: int, system: str) -> tuple[float, ...]:
        import numpy as np

        features = extract(shipped(), text, length=length, system=system)
        score = (features.dense @ self.dense[:-1] + self.dense[-1]).astype(np.float64)
        score += features.weights @ self.hashed[features.buckets] * self.header["step"]
        score /= self.header["temperature"]
        if self.head is not None:
            score += features.dense[:HEAD] @ self.head[:-1] + self.head[-1]
        odds = np.exp(score - score.max())
        return tuple((odds / odds.sum()).tolist())

    def with_head(self, head: NDArray[np.float32], *, digest: str) -> Classifier:
        """The same with a head on top (`ringfence.tasks.head`)."""
        return Classifier(
            dense=self.dense, hashed=self.hashed, header=self.header, head=head, fitted=digest
        )


@lru_cache(maxsize=1)
def built_in() -> Classifier:
    """The shipped model, read once."""
    return decode(files("ringfence.tasks").joinpath("data/model.bin").read_bytes())


def encode(
    dense: NDArray[np.float32], hashed: NDArray[np.int8], header: Mapping[str, Any]
) -> bytes:
    """The file's bytes: a magic line, a JSON line, then the weights."""
    line = json.dumps(header, sort_keys=True, ensure_ascii=False).encode()
    return MAGIC + line + b"\n" + dense.astype("<f4").tobytes() + hashed.tobytes()


def decode(raw: bytes) -> Classifier:
    """The inverse of `encode`."""
    import numpy as np

    if not raw.startswith(MAGIC):
        raise ValueError("not a task model of this version")
    end = raw.index(b"\n", len(MAGIC))
    header = json.loads(raw[len(MAGIC) : end])
    kinds, rows = len(KINDS), header["dense_rows"]
    dense = np.frombuffer(raw, dtype="<f4", count=rows * kinds, offset=end + 1)
    hashed = np.frombuffer(raw, dtype=np.int8, offset=end + 1 + dense.nbytes)
    return Classifier(
        dense=dense.reshape(rows, kinds),
        hashed=hashed.reshape(BLOCKS * BUCKETS, kinds).astype(np.float32),
        header=header,
    )
