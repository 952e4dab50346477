"""What a dictionary of 100,000 phrases costs: to make, to load, and for texts of three sizes.

    python benchmarks/dictionary.py [--phrases N]

All names are invented syllables. Beside each text stands the gate without the dictionary, names off, in the same run.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from ringfence.gate import Gate
from ringfence.gate.dictionary import spans
from ringfence.request import Request
from ringfence.rules import dictionaries, parse_policy
from ringfence.rules.dictionaries import Dictionary

KEY = b"benchmark" * 4
POLICY = """\
ringfence: 1
name: benchmark
models: {local: {model: 'ollama_chat/qwen3.5:9b'}}
routes: {simple: [local]}
gate: {names: off, limits: {ms: 60000}}
"""
PROSE = (
    "The committee met in the old hall, and the minutes record who spoke and what was agreed upon. "
)


def best(work: Callable[[], object], turns: int = 7) -> float:
    """Milliseconds of the fastest of some turns."""
    times = []
    for _ in range(turns):
        started = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - started))
    return min(times)


def found(dictionary: Dictionary, text: str) -> int:
    return sum(1 for _ in spans(dictionary, text))


def read_anew(gate: Gate, text: str, turns: Iterator[int]) -> None:
    """A new text each time: one seen before is not read again."""
    gate.read(Request.from_text(f"{text} {next(turns)}"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--phrases", type=int, default=100_000)
    rng = random.Random(1)
    syllables = [a + b for a in "bcdfghklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er")]

    def word() -> str:
        return "".join(rng.choice(syllables) for _ in range(rng.randint(2, 4))).capitalize()

    first_names = [word() for _ in range(2000)]
    names = [f"{rng.choice(first_names)} {word()}" for _ in range(parser.parse_args().phrases)]
    started = time.perf_counter()
    raw = dictionaries.make(names, KEY)
    print(f"made in {time.perf_counter() - started:.2f} s, {len(raw):,} bytes")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "names.dict"
        path.write_bytes(raw)
        print(f"loaded in {best(lambda: dictionaries.read(path.read_bytes(), KEY), 3):.0f} ms")
    dictionary = dictionaries.read(raw, KEY)
    gate = Gate(parse_policy(POLICY))
    gate.warm()
    texts: dict[str, Callable[[int], str]] = {
        "prose": lambda size: (PROSE * (size * 12))[: size * 1024],
        "varied words": lambda size: " ".join(word() for _ in range(size * 140)).lower(),
        "first names only": lambda size: " ".join(
            rng.choice(first_names) for _ in range(size * 140)
        ),
    }
    for name, make in texts.items():
        for size in (1, 10, 100):
            text = make(size)[: size * 1024]
            alone = best(partial(found, dictionary, text))
            whole = best(partial(read_anew, gate, text, iter(range(100))), 5)
            print(
                f"  {name:18} {size:4} KB: dictionary {alone:8.2f} ms, the gate beside it {whole:8.2f} ms"
            )


if __name__ == "__main__":
    main()
