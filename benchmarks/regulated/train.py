"""Fits `policy/ringfence/gate/regulated/weights.json`, or measures it with whole sources left out.

    python benchmarks/regulated/train.py [--data FOLDER] [--measure]

`--data` is a folder with `pii_dev.jsonl` and `routing_dev.jsonl`: their rows are trained on and measured, and nothing
of them but counts, sources and digests is kept. The same input gives the same bytes.
"""

from __future__ import annotations

import argparse
import base64
import bisect
import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ringfence.gate.regulated import cues, features, manner, model
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
COLUMNS = (*NAMES, model.ANY)
EPOCHS, RATE, DECAY = 10, 0.15, 1e-4
UNITS, NET_EPOCHS, NET_RATE, NET_DECAY, DROPPED, BATCH = 32, 30, 4e-3, 1e-3, 0.2, 128
OTHER_FAMILY = (
    0.15  # a case of one family is a weak counter-example of another: one text may be both
)
HARD = 2.0  # our own clean texts stand for much more of the same subjects than they number
FLOOR = -2.0  # score: below this a window is clean however few clean ones score so high
WINDOW, STEP = 1000, 700
ENOUGH = 40  # clean windows of a length that tell where its threshold lies
AUTHORS = {"more": 1, "world": 2, "talk": 3, "calm": 3, "abroad": 4, "plain": 4}
"""Which fold a file of ours is left out with; files without a suffix are the first."""


@dataclass(frozen=True)
class Example:
    text: str
    family: str | None
    source: str
    seen: features.Features
    ids: np.ndarray
    values: np.ndarray

    @property
    def truth(self) -> np.ndarray:
        known = [self.family == name for name in NAMES]
        return np.array([*known, self.family is not None], dtype=np.float64)

    @property
    def ours(self) -> bool:
        return self.source.startswith("own/")


@dataclass(frozen=True)
class Fitted:
    """What `model.Weights` holds, before it is rounded."""

    matrix: np.ndarray
    bias: np.ndarray
    hidden: np.ndarray
    out: np.ndarray

    def weights(self) -> model.Weights:
        return model.Weights(
            families=NAMES,
            bias=self.bias + NET_BIAS,
            thresholds=(0.0,) * (len(model.LENGTHS) + 1),
            matrix=self.matrix,
            hidden=self.hidden,
            out=self.out,
        )


def example(text: str, family: str | None, source: str) -> Example:
    seen = features.read(text)
    values = np.concatenate(
        [
            seen.counts / max(seen.counts.sum(), 1) ** 0.5,
            np.full(len(seen.vocabulary), model.VOCABULARY_VALUE),
        ]
    )
    ids = np.concatenate([seen.words, seen.vocabulary])
    return Example(
        text=text, family=family, source=source, seen=seen, ids=ids, values=values[:, None]
    )


def own() -> Iterator[Example]:
    """The corpus of this folder; each text also as its halves, since a window may hold only one."""
    for path in sorted((HERE / "corpus").glob("*.txt")):
        for line in path.read_text("utf-8").splitlines():
            text = line.replace("\\n", "\n")
            family = FAMILIES.get(path.stem.split("-")[0])
            source = f"own/{path.stem}"
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


def costs(examples: list[Example]) -> np.ndarray:
    """What an error costs, by example and column."""
    positives = sum(item.family is not None for item in examples)
    found = (len(examples) - positives) / max(positives, 1)
    rows = []
    for item in examples:
        other = OTHER_FAMILY if item.family else HARD if item.ours else 1.0
        rows.append(np.where(item.truth > 0, found, other))
    return np.array(rows)


def fit(examples: list[Example]) -> Fitted:
    """Both parts, each alone: summed logits of two models that err differently."""
    examples = [item for item in examples if len(item.ids)]
    truth, weight = np.array([item.truth for item in examples]), costs(examples)
    return Fitted(*fit_linear(examples, truth, weight), *fit_net(examples, truth, weight))


def fit_linear(
    examples: list[Example], truth: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Logistic regression, one against the rest for each family, by AdaGrad in a fixed order."""
    weights = np.zeros((features.BUCKETS, len(COLUMNS)))
    squares = np.full_like(weights, 1e-2)
    bias = np.full(len(COLUMNS), -2.0)
    bias_squares = np.full(len(COLUMNS), 1e-2)
    order = np.random.default_rng(7)
    for _ in range(EPOCHS):
        for index in order.permutation(len(examples)):
            item = examples[index]
            rows = weights[item.ids]
            guess = chance((rows * item.values).sum(axis=0) + bias)
            gradient = (guess - truth[index]) * weight[index]
            step = gradient * item.values + DECAY * rows
            seen = squares[item.ids] + step * step
            squares[item.ids] = seen
            weights[item.ids] = rows - RATE * step / np.sqrt(seen)
            bias_squares += gradient * gradient
            bias -= 0.1 * gradient / np.sqrt(bias_squares)
    return weights, bias


def fit_net(
    examples: list[Example], truth: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One hidden layer over the pooled vectors, by Adam with dropout in a fixed order."""
    inputs = np.array([[*item.seen.vector, 1.0] for item in examples])
    spread = inputs.std(axis=0)
    spread[-1] = 1.0
    inputs /= spread
    order = np.random.default_rng(7)
    params = [
        order.normal(0, inputs.shape[1] ** -0.5, (inputs.shape[1], UNITS)),
        order.normal(0, UNITS**-0.5, (UNITS, len(COLUMNS))),
    ]
    means = [np.zeros_like(p) for p in params]
    squares = [np.zeros_like(p) for p in params]
    count = 0
    for _ in range(NET_EPOCHS):
        shuffled = order.permutation(len(examples))
        for start in range(0, len(examples), BATCH):
            batch, count = shuffled[start : start + BATCH], count + 1
            given = inputs[batch]
            before = given @ params[0]
            alive = (order.random(before.shape) > DROPPED) / (1 - DROPPED) * (before > 0)
            units = before * alive
            gradient = (chance(units @ params[1] + NET_BIAS) - truth[batch]) * weight[batch]
            gradient /= len(batch)
            slopes = (
                given.T @ (gradient @ params[1].T * alive) + NET_DECAY * params[0],
                units.T @ gradient + NET_DECAY * params[1],
            )
            for i, slope in enumerate(slopes):
                means[i] = 0.9 * means[i] + 0.1 * slope
                squares[i] = 0.999 * squares[i] + 0.001 * slope * slope
                towards = means[i] / (1 - 0.9**count)
                params[i] -= NET_RATE * towards / (np.sqrt(squares[i] / (1 - 0.999**count)) + 1e-8)
    return params[0] / spread[:, None], params[1]


NET_BIAS = -2.0


def chance(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))


def fold_of(source: str, sources: list[str]) -> int:
    """Our own texts by author, other people's by source."""
    if source.startswith("own/"):
        return AUTHORS.get(source.rpartition("-")[2], 0)
    return sources.index(source) % 5


def left_out(examples: list[Example]) -> list[np.ndarray]:
    """Logits of every example by a model that saw nothing of its author or source."""
    sources = sorted({item.source for item in examples if not item.ours})
    folds = [fold_of(item.source, sources) for item in examples]
    result: list[np.ndarray] = [np.empty(0)] * len(examples)
    for fold in range(5):
        fitted = fit([item for item, f in zip(examples, folds, strict=True) if f != fold])
        weights = fitted.weights()
        for index, item in enumerate(examples):
            if folds[index] == fold:
                result[index] = model.logits(weights, item.seen)
    return result


def total(logits: np.ndarray) -> float:
    """The score of a window (see `model.scores`)."""
    return float(logits[-1] + logits[:-1].max())


def bonus(text: str, logits: np.ndarray) -> float:
    """What the manner of a text adds to its threshold (see `recognizer.py`)."""
    base = manner.IN_CODE if manner.is_code(text) else manner.IN_LESSON if is_lesson(text) else 0.0
    likely = [NAMES[i] for i in {*(logits[:-1] > 0).nonzero()[0], logits[:-1].argmax()}]
    open_to_news = manner.is_public(text) and all(map(manner.may_be_public, likely))
    return base + (manner.IN_NEWS if open_to_news else 0.0)


def place(item: Example) -> int:
    return bisect.bisect_right(model.LENGTHS, int(item.seen.counts.sum()))


def thresholds(
    examples: list[Example], held: list[np.ndarray], ours: float, others: float
) -> np.ndarray:
    """The score that at most these shares of clean windows of unseen authors pass, length by length.

    Our own clean texts are all about these subjects: they may be flagged more often than what people send.
    """
    scores: dict[tuple[bool, int], list[float]] = defaultdict(list)
    for item, logits in zip(examples, held, strict=True):
        if item.family is None:
            scores[item.ours, place(item)].append(total(logits) - bonus(item.text, logits))
    found = np.full(len(model.LENGTHS) + 1, FLOOR)
    for (own_text, length), values in scores.items():
        share = ours if own_text else others
        if len(values) >= ENOUGH:
            found[length] = max(found[length], np.quantile(values, 1 - share))
    return found


def judged(item: Example, logits: np.ndarray, limits: np.ndarray) -> tuple[bool, bool]:
    """What the recogniser would say of a text by these logits, and by the cues."""
    text, public = item.text, manner.is_public(item.text)
    by_model = total(logits) > limits[place(item)] + bonus(text, logits)
    needed = {
        name: cues.ENOUGH * (2 if public and manner.may_be_public(name) else 1) for name in NAMES
    }
    by_cues = any(p >= needed[f] for f, p in cues.points(text).items())
    return by_model, by_cues and not is_lesson(text)


def report(
    examples: list[Example], held: list[np.ndarray], limits: np.ndarray, by_file: bool
) -> None:
    """Leak by family and false alarms by source: the model alone, and with the cues, on sources left out."""
    rows: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for item, found in zip(examples, held, strict=True):
        by_model, by_cues = judged(item, found, limits)
        key = (
            f"leak  {item.source if by_file else item.family}"
            if item.family
            else f"false {item.source}"
        )
        miss = item.family is not None
        rows[key].append((by_model != miss, (by_model or by_cues) != miss))
    print("thresholds by length", limits.round(2).tolist())
    print(f"{'':44}{'n':>6}{'model':>8}{'both':>8}")
    for key, values in sorted(rows.items()):
        alone, both = (sum(column) / len(values) for column in zip(*values, strict=True))
        print(f"{key:44}{len(values):>6}{alone:>8.1%}{both:>8.1%}")


def write(fitted: Fitted, limits: np.ndarray, trained_on: dict[str, object]) -> None:
    scales = np.abs(fitted.matrix).max(axis=0) / 127
    packed = np.round(fitted.matrix / scales).astype(np.int8)
    packed[np.abs(packed) < 2] = 0
    document = {
        "trained_on": trained_on,
        "families": list(NAMES),
        "bias": [round(float(value), 4) for value in fitted.bias + NET_BIAS],
        "thresholds": [round(float(value), 4) for value in limits],
        "scales": [round(float(value), 8) for value in scales],
        "units": UNITS,
        "hidden": halves(fitted.hidden),
        "out": halves(fitted.out),
        "packed": base64.b64encode(zlib.compress(packed.tobytes(), 9)).decode(),
    }
    TARGET.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {TARGET.name}: {TARGET.stat().st_size:,} bytes")


def halves(values: np.ndarray) -> str:
    return base64.b64encode(values.astype("<f2").tobytes()).decode()


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
    parser.add_argument("--by-file", action="store_true", help="leaks by file, not by family")
    parser.add_argument(
        "--ours", type=float, default=0.06, help="share of our clean texts that may be flagged"
    )
    parser.add_argument("--others", type=float, default=0.01, help="share of other clean texts")
    options = parser.parse_args()
    examples = [*own(), *(development(options.data) if options.data else ())]
    trained_on: dict[str, object] = {
        path.name: digest(path) for path in sorted((HERE / "corpus").glob("*.txt"))
    }
    trained_on["vectors.bin"] = digest(TARGET.with_name("vectors.bin"))
    if options.data:
        trained_on |= {
            name: digest(options.data / name) for name in ("pii_dev.jsonl", "routing_dev.jsonl")
        }
        trained_on["sources"] = sorted({e.source for e in examples if not e.ours})
    held = left_out(examples)
    limits = thresholds(examples, held, options.ours, options.others)
    if options.measure:
        report(examples, held, limits, options.by_file)
        return
    write(fit(examples), limits, trained_on)


if __name__ == "__main__":
    main()
