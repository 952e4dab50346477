"""Fits `policy/ringfence/gate/regulated/judge.json` to the project's cases, and measures it with whole files left out.

    python benchmarks/regulated/judge.py [--write]

Only texts in which nothing but the regulated recogniser has a say count, each by its most telling window. The model
was not trained on any of them. Ridge-penalised logistic regression by Newton's method: the same input gives the same
weights.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ringfence.gate import Gate
from ringfence.gate.regulated import cues, judge, recognizer
from ringfence.gate.regulated.lesson import is_lesson
from ringfence.request import Request
from ringfence.rules import parse_policy

sys.path.insert(0, str(Path(__file__).parents[1]))
from gate import joined
from gate_peers import POLICY

ROOT = Path(__file__).parents[2]
FILES = ("structured", "structured-2", "regulated", "regulated-2", "mixed")
TARGET = ROOT / "policy/ringfence/gate/regulated/judge.json"
PENALTY, STEPS = 2.0, 40
THRESHOLD = -0.3
"""In logits: where a case missed and a lesson called one weigh about alike."""


@dataclass(frozen=True)
class Example:
    file: str
    sensitive: bool
    values: tuple[float, ...]
    fired: bool
    """Whether it would be found without a judge."""
    cued: bool
    """Whether its cues are enough, whatever the judge says."""


def examples() -> list[Example]:
    gate = Gate(parse_policy(POLICY.format(names="context", ms=60_000)))
    found = []
    for file in FILES:
        for line in (ROOT / f"benchmarks/cases/{file}.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            text = joined(row["text"])
            findings = gate.read(Request.from_text(text)).findings
            if any(finding.recognizer != "regulated" for finding in findings):
                continue
            example = _example(file, row["label"] == "sensitive", text)
            if example is not None:
                found.append(example)
    return found


def _example(file: str, sensitive: bool, text: str) -> Example | None:
    lesson = cache(lambda: is_lesson(text))
    cued = bool(cues.points(text))
    best: tuple[float, Example] | None = None
    for start, end in recognizer._windows(len(text)):
        window = text[start:end]
        seen = recognizer.evidence(window, lesson, cued)
        if seen is None:
            continue
        values = judge.features(window, margin=seen.margin, points=seen.points)
        telling = max(seen.margin, 6 * (seen.points - 1))
        fired = seen.margin > 0 or bool(seen.cued)
        if best is None or telling > best[0]:
            best = telling, Example(file, sensitive, values, fired, bool(seen.cued))
    return best[1] if best else None


def fit(rows: Sequence[Example]) -> tuple[Any, float]:
    """Weights of the features as they are, and the bias."""
    values = np.array([row.values for row in rows])
    truth = np.array([row.sensitive for row in rows], float)
    middle, spread = values.mean(axis=0), values.std(axis=0) + 1e-9
    x = np.c_[(values - middle) / spread, np.ones(len(rows))]
    ridge = np.eye(x.shape[1]) * PENALTY
    ridge[-1, -1] = 0
    w = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-x @ w))
        w -= np.linalg.solve((x.T * (p * (1 - p))) @ x + ridge, x.T @ (p - truth) + ridge @ w)
    each = w[:-1] / spread
    return each, float(w[-1] - each @ middle)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="write judge.json")
    options = parser.parse_args()
    rows = examples()
    print("file left out    cases kept, before → after   clean called cases, before → after")
    for file in FILES:
        out = [row for row in rows if row.file == file]
        each, bias = fit([row for row in rows if row.file != file])
        kept = {
            sensitive: (
                sum(row.fired for row in out if row.sensitive is sensitive),
                sum(
                    row.cued or (float(np.dot(each, row.values)) + bias > THRESHOLD)
                    for row in out
                    if row.sensitive is sensitive
                ),
                sum(row.sensitive is sensitive for row in out),
            )
            for sensitive in (True, False)
        }
        print(f"{file:16} {kept[True]}   {kept[False]}  (of)")
    each, bias = fit(rows)
    found = {
        "each": [round(float(weight), 4) for weight in each],
        "bias": round(bias, 4),
        "threshold": THRESHOLD,
    }
    if options.write:
        TARGET.write_text(json.dumps(found) + "\n")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
