"""How well the task of a request is read, on sources that training never saw, beside other routers.

    python benchmarks/tasks.py --data FILE [--folds 9] [--texts benchmarks/training]

Sources are dealt into folds; each fold is classified by a model trained without any of its sources, packed and read
back as it would ship. `--folds 27` leaves one source out at a time and takes longer. Peers that are not installed are
skipped: litellm's complexity router (in the `cloud` extra), `pip install byok-router apicrusher-lite` for the others.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringfence.request import Request
from ringfence.tasks import classify
from ringfence.tasks.fitting import Example, balance, fit, tabulate
from ringfence.tasks.model import Classifier, decode
from ringfence.tasks.train import by_wording, example, pack, rows
from ringfence.types import Size, TaskKind, Tier

TIERS = tuple(Tier)
CHARS_A_TOKEN = 4.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a router said of a row; `kind` is None for routers that know tiers only."""

    tier: Tier
    kind: TaskKind | None = None
    confidence: float = 1.0


def request_of(row: Mapping[str, Any], *, signals: bool) -> tuple[Request, Size]:
    tools = [{"type": "function", "function": tool} for tool in (row.get("tools") or []) if signals]
    request = Request.parse({"messages": row["messages"], **({"tools": tools} if tools else {})})
    chars = row.get("n_chars") or sum(len(message["content"]) for message in row["messages"])
    return request, Size(input_tokens=int((chars + len(json.dumps(tools))) / CHARS_A_TOKEN))


def ours(
    data: Sequence[Mapping[str, Any]], models: Mapping[str, Classifier], *, signals: bool, raw: bool
) -> list[Answer]:
    """`raw` takes the most probable kind; otherwise doubt goes up, as it does in the product."""
    answers = []
    for row in data:
        request, size = request_of(row, signals=signals)
        doubt = {"min_confidence": 0.0} if raw else {}
        task = classify(request, size, classifier=models[row["source"]], **doubt)
        answers.append(Answer(tier=task.tier, kind=task.kind, confidence=task.confidence))
    return answers


def left_out(
    data: Sequence[Mapping[str, Any]], own: Sequence[Example], folds: int
) -> dict[str, Classifier]:
    """Source → a model that was trained without it."""
    sources = sorted({row["source"] for row in data})
    examples = by_wording([*map(example, data), *own])
    table = tabulate(examples)
    models = {}
    for fold in range(folds):
        out = sources[fold::folds]
        keep = [index for index, e in enumerate(examples) if e.source not in out]
        rest = [examples[index] for index in keep]
        weights = fit(table.take(keep), [e.kind for e in rest], balance(rest))
        models.update(dict.fromkeys(out, decode(pack(weights, {}))))
        print(f"\rfold {fold + 1} of {folds}", end="", file=sys.stderr)
    print(file=sys.stderr)
    return models


def peers() -> dict[str, Callable[[Request], Tier]]:
    """The other routers that are installed."""
    found: dict[str, Callable[[Request], Tier]] = {"always standard": lambda _: Tier.STANDARD}
    for name, load in (
        ("litellm complexity router", _litellm),
        ("byok-router (tokenrouter)", _tokenrouter),
        ("apicrusher-lite", _apicrusher),
    ):
        try:
            found[name] = load()
        except ImportError as missing:
            print(f"{name}: not installed ({missing.name})", file=sys.stderr)
    return found


def _litellm() -> Callable[[Request], Tier]:
    import os

    os.environ.update(LITELLM_MODE="PRODUCTION", LITELLM_LOCAL_MODEL_COST_MAP="True")
    from litellm.router_strategy.complexity_router.complexity_router import ComplexityRouter

    router = ComplexityRouter("auto", None, derive_savings_baseline=False)  # type: ignore[arg-type]

    def answer(request: Request) -> Tier:
        system = "\n".join(m.text for m in request.messages if m.role == "system")
        tier = router.classify(request.messages[-1].text, system or None)[0]
        name = str(getattr(tier, "value", tier)).lower()
        if name in ("complex", "reasoning"):
            return Tier.COMPLEX
        return Tier.STANDARD if name == "medium" else Tier.SIMPLE

    return answer


def _tokenrouter() -> Callable[[Request], Tier]:
    from tokenrouter.classifier import classify_sync  # type: ignore[import-not-found]

    levels = {
        "simple": Tier.SIMPLE,
        "low": Tier.SIMPLE,
        "complex": Tier.COMPLEX,
        "high": Tier.COMPLEX,
    }
    return lambda request: levels.get(
        str(classify_sync(list(request.body["messages"])).complexity), Tier.STANDARD
    )


def _apicrusher() -> Callable[[Request], Tier]:
    from apicrusher_lite import Router  # type: ignore[import-not-found]

    router = Router()

    def answer(request: Request) -> Tier:
        score = router.analyze_complexity(list(request.body["messages"]))
        # Below 0.3 it takes the cheap model; it has no third tier, so the upper half of the rest counts as one.
        return Tier.SIMPLE if score < 0.3 else Tier.STANDARD if score < 0.65 else Tier.COMPLEX

    return answer


def report(name: str, data: Sequence[Mapping[str, Any]], answers: Sequence[Answer]) -> str:
    truth = [TaskKind(row["kind"]) for row in data]
    tier = [t.tier is a.tier for t, a in zip(truth, answers, strict=True)]
    kind = [t is a.kind for t, a in zip(truth, answers, strict=True)]
    hard = [a.tier for t, a in zip(truth, answers, strict=True) if t is TaskKind.COMPLEX]
    screen = [a.tier for t, a in zip(truth, answers, strict=True) if t is TaskKind.GUI]
    easy = [a.tier for t, a in zip(truth, answers, strict=True) if t.tier is Tier.SIMPLE]
    by_source: dict[str, list[bool]] = {}
    for row, good in zip(data, tier, strict=True):
        by_source.setdefault(row["source"], []).append(good)
    knows = any(a.kind for a in answers)
    cells = [
        _pct(tier),
        f"{statistics.mean(statistics.mean(v) for v in by_source.values()):.3f}",
        _pct(kind) if knows else "–",
        _pct([t is not Tier.COMPLEX for t in hard]),
        _pct([t is Tier.SIMPLE for t in hard]),
        _pct([t is not Tier.COMPLEX for t in screen]),
        _pct([t is Tier.SIMPLE for t in easy]),
        f"{_ece(kind, answers):.3f}" if knows else "–",
        f"{_covered(kind, answers):.3f}" if knows else "–",
        f"{_covered(tier, answers):.3f}" if knows else "–",
    ]
    return f"{name:34s} " + " ".join(f"{cell:>9s}" for cell in cells)


def _pct(values: Sequence[bool]) -> str:
    return f"{statistics.mean(values):.3f}" if values else "–"


def _ece(good: Sequence[bool], answers: Sequence[Answer], bins: int = 10) -> float:
    total = 0.0
    for index in range(bins):
        inside = [
            (a.confidence, g)
            for a, g in zip(answers, good, strict=True)
            if index / bins < a.confidence <= (index + 1) / bins
        ]
        if inside:
            gap = statistics.mean(c for c, _ in inside) - statistics.mean(g for _, g in inside)
            total += abs(gap) * len(inside) / len(answers)
    return total


def _covered(good: Sequence[bool], answers: Sequence[Answer], share: float = 0.7) -> float:
    """Accuracy on the `share` of rows that the router is surest of."""
    pairs = sorted(zip(answers, good, strict=True), key=lambda pair: -pair[0].confidence)
    return statistics.mean(g for _, g in pairs[: int(len(pairs) * share)])


def latency(data: Sequence[Mapping[str, Any]], model: Classifier, characters: int = 10_000) -> str:
    """Each text is timed four times, as new each time, and its best time kept: the machine's other work is not ours."""
    texts = [m["content"] for row in data for m in row["messages"] if len(m["content"]) > 1500][
        :200
    ]
    requests = [Request.from_text((text * 8)[:characters]) for text in texts]
    size, best = Size(input_tokens=characters // 4), [float("inf")] * len(requests)
    for _ in range(4):  # the first round warms up and is beaten by the next
        forgetful = Classifier(dense=model.dense, hashed=model.hashed, header=model.header)
        for index, request in enumerate(requests):
            start = time.perf_counter()
            classify(request, size, classifier=forgetful)
            best[index] = min(best[index], (time.perf_counter() - start) * 1000)
    best.sort()
    p50, p95 = best[len(best) // 2], best[int(len(best) * 0.95)]
    return f"one classify at {characters:,} characters: p50 {p50:.2f} ms, p95 {p95:.2f} ms"


def per_source(data: Sequence[Mapping[str, Any]], answers: Sequence[Answer]) -> None:
    print("\nby source: rows, kind, tier (after doubt)")
    groups: dict[str, list[tuple[TaskKind, Answer]]] = {}
    for row, answer in zip(data, answers, strict=True):
        groups.setdefault(row["source"], []).append((TaskKind(row["kind"]), answer))
    for source, pairs in sorted(groups.items()):
        kind = statistics.mean(t is a.kind for t, a in pairs)
        tier = statistics.mean(t.tier is a.tier for t, a in pairs)
        print(f"  {source:28s} {len(pairs):4d}  {kind:.2f}  {tier:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--texts", type=Path, default=Path("benchmarks/training"))
    parser.add_argument("--folds", type=int, default=9)
    arguments = parser.parse_args()
    data = [json.loads(line) for line in arguments.data.read_text().splitlines()]
    models = left_out(data, rows(arguments.texts), arguments.folds)
    heads = [
        "tier",
        "by-source",
        "kind",
        "cplx→low",
        "cplx→easy",
        "gui→low",
        "easy-kept",
        "ECE",
        "kind@70%",
        "tier@70%",
    ]
    print(f"{'':34s} " + " ".join(f"{head:>9s}" for head in heads))
    for name, answer in peers().items():
        requests = [request_of(row, signals=True)[0] for row in data]
        print(report(name, data, [Answer(tier=answer(request)) for request in requests]))
    final: list[Answer] = []
    for name, signals, raw in (
        ("ours, text only, most probable", False, True),
        ("ours, with signals, most probable", True, True),
        ("ours, text only, doubt up", False, False),
        ("ours, with signals, doubt up", True, False),
    ):
        final = ours(data, models, signals=signals, raw=raw)
        print(report(name, data, final))
    print(latency(data, next(iter(models.values()))))
    per_source(data, final)


if __name__ == "__main__":
    main()
