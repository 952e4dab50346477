"""Trains the built-in classifier: `python -m ringfence.tasks.train --data FILE [--out FILE]`.

Deterministic: the same data gives the same bytes. The data's rows stay outside; the model's file records their digest
and the names of their sources. Every source weighs by the root of its size within its kind, every kind alike.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringfence.tasks.features import extract
from ringfence.tasks.model import KINDS, encode
from ringfence.tasks.view import cut
from ringfence.tasks.words import shipped
from ringfence.types import TaskKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STEPS = 400
RATE = 0.05
DECAY = 2e-3
"""L2 penalty; chosen by leave-one-source-out (docs/classifier.md)."""
OWN = Path(__file__).parent / "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One labelled text. `length` is its real length in characters, where the text is an excerpt."""

    text: str = field(repr=False)
    system: str = field(repr=False)
    length: int
    kind: int
    source: str


def rows(path: Path) -> list[Example]:
    """Read a JSONL file of requests with `kind` and `source`."""
    return [_example(json.loads(line)) for line in path.read_text().splitlines() if line]


def _example(row: Mapping[str, Any]) -> Example:
    by_role = {role: _texts(row["messages"], role) for role in ("user", "system")}
    text = by_role["user"][-1]
    return Example(
        text=cut(text),
        system="\n".join(by_role["system"]),
        length=row.get("n_chars", len(text)),
        kind=KINDS.index(TaskKind(row["kind"])),
        source=row["source"],
    )


def _texts(messages: Sequence[Mapping[str, str]], role: str) -> list[str]:
    return [message["content"] for message in messages if message["role"] == role]


def matrix(examples: Sequence[Example]) -> Floats:
    """One row of features an example, with a last column of ones."""
    import numpy as np

    words = shipped()
    table = [extract(words, e.text, length=e.length, system=e.system) for e in examples]
    return np.hstack([np.asarray(table, dtype=np.float64), np.ones((len(table), 1))])


def balance(examples: Sequence[Example]) -> Floats:
    """Weights of mean 1: kinds alike, and a source by the root of its size within its kind."""
    import numpy as np

    groups: dict[tuple[int, str], int] = {}
    for e in examples:
        groups[e.kind, e.source] = groups.get((e.kind, e.source), 0) + 1
    total: dict[int, float] = {}
    for (kind, _), count in groups.items():
        total[kind] = total.get(kind, 0.0) + count**0.5
    raw = [groups[e.kind, e.source] ** -0.5 / total[e.kind] for e in examples]
    return np.asarray(raw) * (len(raw) / sum(raw))


def fit(table: Floats, kinds: Sequence[int], weights: Floats) -> Floats:
    """Softmax regression by Adam over the whole table: convex, and the same every time."""
    import numpy as np

    truth = np.eye(len(KINDS))[list(kinds)]
    solution = np.zeros((table.shape[1], len(KINDS)))
    mean, square = np.zeros_like(solution), np.zeros_like(solution)
    for step in range(1, STEPS + 1):
        score = table @ solution
        odds = np.exp(score - score.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        slope = table.T @ ((odds - truth) * weights[:, None]) / len(table) + DECAY * solution
        mean = 0.9 * mean + 0.1 * slope
        square = 0.99 * square + 0.01 * slope**2
        rate = RATE * min(1.0, 2 * (1 - step / STEPS))
        solution -= rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return solution


def main(argv: Sequence[str] | None = None) -> int:
    """Train on `--data` and our own texts, and write the model."""
    import numpy as np

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="JSONL of labelled requests")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "data" / "model.bin")
    arguments = parser.parse_args(argv)
    files = [arguments.data, *sorted(OWN.glob("*.jsonl"))]
    examples = [example for path in files for example in rows(path)]
    solution = fit(matrix(examples), [e.kind for e in examples], balance(examples))
    # Rounded well above the noise of different processors' sums, so that the bytes are the same on each.
    header = {
        "temperature": 1.0,
        "data": {path.name: _digest(path) for path in files},
        "sources": sorted({example.source for example in examples}),
        "examples": len(examples),
    }
    arguments.out.write_bytes(encode(np.round(solution, 4).astype(np.float32), header))
    sys.stdout.write(
        f"{len(examples)} texts, {len(header['sources'])} sources -> {arguments.out}\n"
    )
    return 0


def _digest(path: Path) -> str:
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
