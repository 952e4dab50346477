"""The built-in classifier: a linear model over word vectors and shapes, in one small file, loaded on first use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ringfence.tasks.features import extract
from ringfence.tasks.words import shipped
from ringfence.types import TaskKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KINDS = tuple(TaskKind)
MAGIC = b"ringfence-tasks-1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifier:
    """Weights (features + a last row for the bias × kinds) and the facts of their training."""

    weights: NDArray[np.float32] = field(repr=False)
    header: Mapping[str, Any] = field(repr=False)
    """Temperature, the digests of the data and of the word vectors, the sources' names."""

    def probabilities(self, text: str, *, length: int, system: str = "") -> tuple[float, ...]:
        """The calibrated probability of each kind, in the order of `KINDS`."""
        import numpy as np

        features = extract(shipped(), text, length=length, system=system)
        score = (features @ self.weights[:-1] + self.weights[-1]) / self.header["temperature"]
        odds = np.exp(score.astype(np.float64) - score.max())
        return tuple((odds / odds.sum()).tolist())


@lru_cache(maxsize=1)
def built_in() -> Classifier:
    """The shipped model, read once."""
    return decode(files("ringfence.tasks").joinpath("data/model.bin").read_bytes())


def encode(weights: NDArray[np.float32], header: Mapping[str, Any]) -> bytes:
    """The file's bytes: a magic line, a JSON line, then the weights."""
    line = json.dumps(header, sort_keys=True, ensure_ascii=False).encode()
    return MAGIC + line + b"\n" + weights.astype("<f4").tobytes()


def decode(raw: bytes) -> Classifier:
    """The inverse of `encode`."""
    import numpy as np

    if not raw.startswith(MAGIC):
        raise ValueError("not a task model of this version")
    end = raw.index(b"\n", len(MAGIC))
    weights = np.frombuffer(raw, dtype="<f4", offset=end + 1).reshape(-1, len(KINDS))
    return Classifier(weights=weights, header=json.loads(raw[len(MAGIC) : end]))
