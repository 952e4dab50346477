"""Hostile texts: how long the gate takes for each at 1, 10 and 100 KB, and how that grows.

    python benchmarks/hostile.py [--only WORD] [--names context] [--rival N] [--mb N]

The texts are in `hostile_texts.py`. Times are processor time (other programs do not count), the least of a few turns,
each on a text not seen before. Growth is 100 KB over 10 KB: 10 is linear. The `--rival` slowest are read by Presidio
with a small spaCy model too; the `--mb` slowest by the gate at 1 MB. Last: does a gate whose time runs out say so?
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from gate_peers import gate, presidio
from hostile_texts import KINDS, Maker, many_messages
from rich.console import Console
from rich.table import Table

from ringfence.gate import Gate
from ringfence.request import Request

KB = 1024
_TURNS = {1: 3, 10: 3, 100: 2}


@dataclass(frozen=True, kw_only=True)
class Timed:
    """Milliseconds by size in KB."""

    name: str
    ms: dict[int, float]

    @property
    def growth(self) -> float:
        return self.ms[100] / self.ms[10]


def timed(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return 1000 * (time.process_time() - started)


def measure(name: str, make: Maker, reader: Gate) -> Timed:
    def once(kb: int, turn: int) -> float:
        request = Request.from_text(make(kb * KB) + " " + "z" * turn)
        return timed(lambda: reader.read(request))

    return Timed(
        name=name,
        ms={kb: min(once(kb, turn) for turn in range(turns)) for kb, turns in _TURNS.items()},
    )


def fails_closed(make: Maker) -> str:
    """What a gate says of 100 KB when it has five milliseconds."""
    labels = gate("off", ms=5).read(Request.from_text(make(100 * KB))).labels
    return "unscanned" if "unscanned" in labels else f"OPEN ({', '.join(labels) or 'no label'})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", metavar="WORD", help="texts with this in their name")
    parser.add_argument("--names", default="context", choices=("off", "context", "full", "any"))
    parser.add_argument("--rival", type=int, default=0, metavar="N")
    parser.add_argument("--mb", type=int, default=3, metavar="N")
    options = parser.parse_args()
    reader, console = gate(options.names), Console(width=120)
    reader.read(Request.from_text("Anna Berg lives in Leeds."))
    chosen = {name: make for name, make in KINDS.items() if options.only in name}
    results = sorted(
        (measure(name, make, reader) for name, make in chosen.items()), key=lambda t: -t.ms[100]
    )
    made = Table("text", "1 KB ms", "10 KB ms", "100 KB ms", "growth", title="Hostile texts")
    for result in results:
        times = (f"{result.ms[kb]:.1f}" for kb in _TURNS)
        made.add_row(result.name, *times, f"{result.growth:.1f}")
    console.print(made)
    slow = [r for r in results if r.ms[100] >= 20]
    console.print(f"slowest: {results[0].name}, {results[0].ms[100]:.0f} ms for 100 KB")
    if slow:
        worst = max(slow, key=lambda r: r.growth)
        console.print(f"steepest of those over 20 ms: {worst.name}, {worst.growth:.1f} times")
    for result in results[: options.mb]:
        request = Request.from_text(chosen[result.name](1024 * KB))
        console.print(f"1 MB of {result.name}: {timed(partial(reader.read, request)):.0f} ms")
    for count in (1000, 10_000):
        request = many_messages(count)
        console.print(f"{count} tool messages: {timed(partial(reader.read, request)):.0f} ms")
    _beside_presidio(console, results[: options.rival], chosen)
    answers = {name: fails_closed(make) for name, make in chosen.items()}
    late = [f"{name}: {answer}" for name, answer in answers.items() if answer != "unscanned"]
    console.print(f"with 5 ms for 100 KB: {len(answers) - len(late)} of {len(answers)} `unscanned`")
    for line in late:
        console.print(f"  {line}")


def _beside_presidio(console: Console, results: list[Timed], makers: dict[str, Maker]) -> None:
    if not results:
        return
    rival = presidio("small")
    rival.says("Anna Berg lives in Leeds.")
    for result in results:
        make = makers[result.name]
        short, long = (timed(partial(rival.says, make(kb * KB))) for kb in (10, 100))
        console.print(
            f"{result.name}: presidio small {short:.0f} and {long:.0f} ms (growth {long / short:.1f}), "
            f"ours {result.ms[10]:.0f} and {result.ms[100]:.0f} ms (growth {result.growth:.1f})"
        )


if __name__ == "__main__":
    main()
