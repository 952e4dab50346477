"""How well the gate tells sensitive texts from clean ones, and how fast, beside other detectors in one run.

    python benchmarks/gate.py [--data FILE] [--names context] [--peers-python PATH] [--only NAME …] [--no-speed]

FILE is JSONL with `text`, `label` (`sensitive` or `clean`), `kinds` and `source`; without it the project's own
cases are read. A text counts as sensitive when any label stands on it. Leak: a sensitive text without a label.
False alarm: a clean text with one. Ranges are 95 % Wilson intervals. Beside ours run Presidio with a blank, a small and
(where it is installed) a medium spaCy model, and what `requirements-peers.txt` lists, with `--peers-python`.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gate_speed
from gate_peers import Detector, Missing, detectors
from rich.console import Console
from rich.table import Table

from ringfence.cli.evaluation import Rate, Row, Tally, judge

CASES = Path(__file__).parent / "cases"
OWN = tuple(
    CASES / f"{name}.jsonl"
    for name in ("structured", "regulated", "structured-2", "regulated-2", "mixed")
)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One detector's line in the last table; milliseconds a text in the middle."""

    name: str
    leak: Rate
    false_alarm: Rate
    p50: float


def rows_of(paths: Sequence[Path], limit: int | None) -> list[dict[str, Any]]:
    lines = [line for path in paths for line in path.read_text("utf-8").splitlines()]
    rows = [json.loads(line) for line in lines][:limit]
    return [row | {"text": joined(row["text"])} for row in rows]


def joined(text: str) -> str:
    """A text with its `{{join:a|b}}` pieces put together (`benchmarks/cases/README.md`)."""
    return re.sub(r"\{\{join:(.*?)\}\}", lambda m: m[1].replace("|", ""), text, flags=re.DOTALL)


def measure(detector: Detector, rows: Sequence[dict[str, Any]]) -> Measured:
    """Print one detector's rates overall, by kind and by source."""
    tally, times = Tally(), []
    for row in rows:
        found, ms = detector.says(row["text"])
        times.append(ms)
        tally.add(judge(Row.parse(row, default_id=""), ["labelled"] if found else [], []))
    p50 = statistics.median(times)
    print(f"\n{detector.name}: p50 {p50:.2f} ms, mean {statistics.mean(times):.2f} ms a text")
    for by, group, *rates in tally.rows():
        for what, rate in zip(("leak", "false alarm"), rates, strict=True):
            if rate.total:
                print(f"  {what:12} {by:7} {group:44} {rate} of {rate.total}", flush=True)
    return Measured(name=detector.name, leak=tally.leak(), false_alarm=tally.false_alarm(), p50=p50)


def table(measured: Sequence[Measured]) -> Table:
    """Detector × leak, false alarms, time, and time beside ours (over 1: slower than ours)."""
    made = Table("detector", "leak", "false alarms", "p50 ms", "× ours", title="All together")
    for column in made.columns[3:]:
        column.justify = "right"
    ours = next((line.p50 for line in measured if line.name == "ours"), math.nan)
    for line in measured:
        made.add_row(
            line.name,
            str(line.leak),
            str(line.false_alarm),
            f"{line.p50:.2f}",
            f"{line.p50 / ours:.2f}",
        )
    return made


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--names", default="context", choices=("off", "context", "full", "any"))
    parser.add_argument("--peers-python", metavar="PATH", help="the interpreter that has the peers")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="run detectors with these names")
    parser.add_argument("--no-speed", action="store_true", help="leave out the times by size")
    parser.add_argument("--limit", type=int, help="read so many texts only")
    options = parser.parse_args()
    rows = rows_of([options.data] if options.data else OWN, options.limit)
    measured = []
    for name, make in detectors(options.names, options.peers_python):
        if options.only and not any(wanted in name for wanted in options.only):
            continue
        try:
            measured.append(measure(make(), rows))
        except Missing as error:
            print(f"\n{name}: skipped, {error}")
    if not options.no_speed:
        Console(width=120).print(gate_speed.table())
    Console(width=120).print(table(measured))


if __name__ == "__main__":
    main()
