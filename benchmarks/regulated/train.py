"""Fits `policy/ringfence/gate/regulated/weights.json`, or measures it with whole sources left out.

    python benchmarks/regulated/train.py [--data FOLDER] [--measure]

`--data` is a folder with `pii_dev.jsonl` and `routing_dev.jsonl`: their rows are trained on and measured, and nothing
of them but counts, sources and digests is kept. The same input gives the same bytes.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ringfence.gate.regulated import cues, manner, model
from ringfence.gate.regulated.lesson import is_lesson

HERE = Path(__file__).parent
TARGET = HERE.parents[1] / "policy/ringfence/gate/regulated/weights.json"
FAMILIES = {
    "clinical": "CLINICAL",
    "privileged": "PRIVILEGED",
    "deal": "DEAL",
    "results": "UNPUBLISHED_RESULTS",
    "classified": "CLASSIFIED",
    "hr": "HR_MATTER",
    "special": "SPECIAL_CATEGORY",
    "minor": "MINOR_RECORD",
    "confidential": "CONFIDENTIAL",
    "financial": "CLIENT_FINANCIAL",
}
NAMES = tuple(FAMILIES.values())
EPOCHS, RATE, DECAY = 12, 0.15, 1e-4
OTHER_FAMILY = (
    0.15  # a case of one family is a weak counter-example of another: one text may be both
)
HARD = 2.0  # our own clean texts stand for much more of the same subjects than they number
FLOOR = -1.4  # logits: below this a window is clean however few clean ones score so high
WINDOW, STEP = 1000, 700


@dataclass(frozen=True)
class Example:
    text: str
    family: str | None
    source: str
    ids: np.ndarray
    values: np.ndarray


def example(text: str, family: str | None, source: str) -> Example:
    words, vocabulary = (sorted(part) for part in model.features(text))
    values = [1 / max(len(words), 1) ** 0.5] * len(words) + [model.VOCABULARY_VALUE] * len(
        vocabulary
    )
    ids = np.array([*words, *vocabulary], dtype=np.int64)
    return Example(
        text=text, family=family, source=source, ids=ids, values=np.array(values)[:, None]
    )


def own() -> Iterator[Example]:
    """The corpus of this folder; each text also as its halves, since a window may hold only one."""
    for path in sorted((HERE / "corpus").glob("*.txt")):
        for number, line in enumerate(path.read_text("utf-8").splitlines()):
            text = line.replace("\\n", "\n")
            family = FAMILIES.get(path.stem.split("-")[0])
            source = f"own/{path.stem}/{number % 5}"
            yield example(text, family, source)
            if family and len(text) > 160:
                middle = text.find(". ", len(text) // 2 - 30)
                if middle > 0:
                    yield example(text[: middle + 1], family, source)
                    yield example(text[middle + 2 :], family, source)


def windows(text: str) -> Iterator[str]:
    for start in range(0, min(len(text), 20_000), STEP):
        yield text[start : start + WINDOW]


def development(folder: Path) -> Iterator[Example]:
    for line in (folder / "pii_dev.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        if "phi_note" in row["kinds"]:
            yield example(row["text"][:WINDOW], "CLINICAL", row["source"])
        elif row["label"] == "clean":
            for window in windows(row["text"]):
                yield example(window, None, row["source"])
    for line in (folder / "routing_dev.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        for message in row["messages"]:
            if isinstance(message.get("content"), str):
                for window in windows(message["content"]):
                    yield example(window, None, row["source"])


def fit(examples: list[Example]) -> tuple[np.ndarray, np.ndarray]:
    """Logistic regression, one against the rest for each family, by AdaGrad in a fixed order."""
    weights = np.zeros((model.BUCKETS, len(NAMES)), dtype=np.float64)
    squares = np.full_like(weights, 1e-2)
    bias = np.full(len(NAMES), -2.0)
    bias_squares = np.full(len(NAMES), 1e-2)
    order = np.random.default_rng(7)
    positives = sum(item.family is not None for item in examples)
    balance = (len(examples) - positives) / max(positives, 1) / 2
    for _ in range(EPOCHS):
        for index in order.permutation(len(examples)):
            item = examples[index]
            if not len(item.ids):
                continue
            truth = np.array([item.family == name for name in NAMES], dtype=np.float64)
            against = HARD if item.source.startswith("own/") else 1.0
            costs = np.where(
                truth > 0, balance * 2, against if item.family is None else OTHER_FAMILY
            )
            score = (weights[item.ids] * item.values).sum(axis=0) + bias
            gradient = (1 / (1 + np.exp(-np.clip(score, -30, 30))) - truth) * costs
            step = gradient * item.values + DECAY * weights[item.ids]
            squares[item.ids] += step * step
            weights[item.ids] -= RATE * step / np.sqrt(squares[item.ids])
            bias_squares += gradient * gradient
            bias -= 0.1 * gradient / np.sqrt(bias_squares)
    return weights, bias


def score(item: Example, weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    if not len(item.ids):
        return np.full(len(NAMES), -30.0)
    return (weights[item.ids] * item.values).sum(axis=0) + bias


def left_out(examples: list[Example]) -> list[np.ndarray]:
    """Scores of every example by a model that saw nothing of its source (of its fifth, for our own texts)."""
    sources = sorted({item.source for item in examples})
    group = {
        name: int(name[-1]) if name.startswith("own/") else sources.index(name) % 5
        for name in sources
    }
    result: list[np.ndarray] = [np.empty(0)] * len(examples)
    for fold in range(5):
        weights, bias = fit([item for item in examples if group[item.source] != fold])
        for index, item in enumerate(examples):
            if group[item.source] == fold:
                result[index] = score(item, weights, bias)
    return result


def thresholds(examples: list[Example], held: list[np.ndarray], share: float) -> np.ndarray:
    """The score that at most `share` of clean windows of unseen sources pass, family by family."""
    clean = np.array([s for item, s in zip(examples, held, strict=True) if item.family is None])
    return np.maximum(np.quantile(clean, 1 - share, axis=0), FLOOR)


def judged(text: str, margins: np.ndarray) -> tuple[bool, bool]:
    """What the recogniser would say of a text by a model with these margins, and by the cues."""
    lesson, public = is_lesson(text), manner.is_public(text)
    stricter = manner.IN_CODE if manner.is_code(text) else manner.IN_LESSON if lesson else 0.0
    open_to_news = np.array([public and manner.may_be_public(name) for name in NAMES])
    by_model = bool((margins > stricter + np.where(open_to_news, 3.0, 0.0)).any())
    needed = {
        name: cues.ENOUGH * (2 if public and manner.may_be_public(name) else 1) for name in NAMES
    }
    return by_model, not lesson and any(p >= needed[f] for f, p in cues.points(text).items())


def report(examples: list[Example], held: list[np.ndarray], limits: np.ndarray) -> None:
    """Leak by family and false alarms by source: the model alone, and with the cues, on sources left out."""
    rows: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for item, found in zip(examples, held, strict=True):
        by_model, by_cues = judged(item.text, found - limits)
        key = (
            f"leak  {item.family}"
            if item.family
            else f"false {item.source.rsplit('/', 1)[0] if item.source.startswith('own') else item.source}"
        )
        miss = item.family is not None
        rows[key].append((by_model != miss, (by_model or by_cues) != miss))
    print("thresholds", dict(zip(NAMES, limits.round(2).tolist(), strict=True)))
    print(f"{'':44}{'n':>6}{'model':>8}{'both':>8}")
    for key, values in sorted(rows.items()):
        alone, both = (sum(column) / len(values) for column in zip(*values, strict=True))
        print(f"{key:44}{len(values):>6}{alone:>8.1%}{both:>8.1%}")


def write(
    weights: np.ndarray, bias: np.ndarray, limits: np.ndarray, trained_on: dict[str, object]
) -> None:
    scales = np.abs(weights).max(axis=0) / 127
    packed = np.round(weights / scales).astype(np.int8)
    packed[np.abs(packed) < 2] = 0
    document = {
        "trained_on": trained_on,
        "families": list(NAMES),
        "bias": [round(float(value), 4) for value in bias],
        "thresholds": [round(float(value), 4) for value in limits],
        "scales": [round(float(value), 8) for value in scales],
        "packed": base64.b64encode(zlib.compress(packed.tobytes(), 9)).decode(),
    }
    TARGET.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {TARGET.name}: {TARGET.stat().st_size:,} bytes")


def digest(path: Path) -> str:
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder with pii_dev.jsonl and routing_dev.jsonl")
    parser.add_argument(
        "--measure", action="store_true", help="print error rates on sources left out"
    )
    parser.add_argument(
        "--share", type=float, default=0.004, help="clean windows a family may flag"
    )
    options = parser.parse_args()
    examples = [*own(), *(development(options.data) if options.data else ())]
    trained_on: dict[str, object] = {
        path.name: digest(path) for path in sorted((HERE / "corpus").glob("*.txt"))
    }
    if options.data:
        trained_on |= {
            name: digest(options.data / name) for name in ("pii_dev.jsonl", "routing_dev.jsonl")
        }
        trained_on["sources"] = sorted(
            {e.source for e in examples if not e.source.startswith("own/")}
        )
    held = left_out(examples)
    limits = thresholds(examples, held, options.share)
    if options.measure:
        report(examples, held, limits)
        return
    write(*fit(examples), limits, trained_on)


if __name__ == "__main__":
    main()
