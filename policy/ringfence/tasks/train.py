"""Trains the built-in classifier: `python -m ringfence.tasks.train --data FILE [--texts FOLDER] [--out FILE]`.

Deterministic: the same data gives the same bytes. The data's rows stay outside; the model's file records their digest
and the names of their sources.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ringfence.tasks.compose import compose
from ringfence.tasks.fitting import Example, Weights, balance, fit, tabulate
from ringfence.tasks.model import KINDS, encode
from ringfence.tasks.view import cut
from ringfence.tasks.words import shipped
from ringfence.types import TaskKind

TEMPERATURE = 0.52
"""What divides the scores so that confidence is honest; measured on sources left out (docs/classifier.md)."""


def rows(path: Path) -> list[Example]:
    """Read labelled requests (`messages`, `kind`, `source`): a JSONL file, or a folder of templates."""
    if path.is_dir():
        return [example(row) for row in compose(path)]
    return [example(json.loads(line)) for line in path.read_text().splitlines() if line]


def example(row: Mapping[str, Any]) -> Example:
    """A labelled request as the classifier reads it: the user's turn and the system prompt."""
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


def by_wording(examples: Sequence[Example]) -> list[Example]:
    """Without `long_context`, which is a matter of size and not of wording."""
    long = KINDS.index(TaskKind.LONG_CONTEXT)
    return [each for each in examples if each.kind != long]


def train(examples: Sequence[Example]) -> Weights:
    """Fit the weights."""
    return fit(tabulate(examples), [e.kind for e in examples], balance(examples))


def pack(weights: Weights, facts: Mapping[str, Any]) -> bytes:
    """The model's file. Rounded well above the noise of different processors' sums, so that its bytes are the same."""
    import numpy as np

    step = round(float(np.abs(weights.hashed).max()) / 127, 5)
    hashed = np.clip(np.round(weights.hashed / step), -127, 127).astype(np.int8)
    header = {"step": step, "dense_rows": len(weights.dense), "temperature": TEMPERATURE, **facts}
    return encode(np.round(weights.dense, 3).astype(np.float32), hashed, header)


def main(argv: Sequence[str] | None = None) -> int:
    """Train on `--data` and on our own `--texts`, and write the model."""
    parser = argparse.ArgumentParser(prog="python -m ringfence.tasks.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="JSONL of labelled requests")
    parser.add_argument(
        "--texts", type=Path, default=Path("benchmarks/training"), help="our own templates"
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "data" / "model.bin")
    arguments = parser.parse_args(argv)
    examples = by_wording([*rows(arguments.data), *rows(arguments.texts)])
    facts = {
        "data": {path.name: _digest(path) for path in _files(arguments.data, arguments.texts)},
        "words": shipped().header["made_from"],
        "sources": sorted({example.source for example in examples}),
        "examples": len(examples),
    }
    arguments.out.write_bytes(pack(train(examples), facts))
    sys.stdout.write(f"{len(examples)} texts, {len(facts['sources'])} sources -> {arguments.out}\n")
    return 0


def _files(data: Path, texts: Path) -> list[Path]:
    return [data, *sorted(texts.glob("*.yaml"))]


def _digest(path: Path) -> str:
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
