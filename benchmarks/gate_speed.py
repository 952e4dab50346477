"""How long the gate takes for 1, 10 and 100 KB of several kinds of text, beside Presidio with a small spaCy model.

    python benchmarks/gate_speed.py [--sizes 1 10 100]

A text is *new* once and *seen* afterwards: the gate remembers leaves. Milliseconds are the least of a few turns; the
ratios beside them say how many times as long Presidio takes (it remembers nothing, so `seen` has the same rival).
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Sequence

from gate_peers import Detector, gate, presidio
from rich.console import Console
from rich.table import Table

from ringfence.gate import Gate
from ringfence.request import Request

SIZES = (1, 10, 100)
WORDS = (
    "committee", "minutes", "harbour", "window", "garden", "signal", "method", "result", "evening", "market", "teacher",
    "engine", "paper", "river", "column", "question", "answer", "season", "kitchen", "letter", "weather", "bridge",
    "village", "record", "morning", "project", "machine", "station", "summer",
)  # fmt: skip
PEOPLE = ("Anna Berg", "Tomás Rivera", "Priya Nair", "Colin Ashworth", "Mei Tanaka", "Femi Adeyemi")
CODE = '''\
def merge_{n}(left: list[int], right: list[int]) -> list[int]:
    """Two sorted lists as one."""
    out, i = [], 0
    for value in right:
        while i < len(left) and left[i] <= value:
            out.append(left[i])
            i += 1
        out.append(value)
    return out + left[i:{n}]


'''


def prose(rng: random.Random) -> str:
    words = " ".join(rng.choices(WORDS, k=rng.randint(7, 16)))
    return f"The {words}{rng.choice((', ', ' and '))}{rng.choice(WORDS)}. "


def mail(rng: random.Random) -> str:
    """What names are read in: people, and something personal about some of them."""
    told = (
        "was born on 3 May 1984",
        "lives in Leeds",
        "called about the invoice",
        "sent the slides",
    )
    return f"{rng.choice(PEOPLE)} {rng.choice(told)}. {prose(rng)}"


def chat(rng: random.Random) -> str:
    turn = {
        "id": rng.randrange(10**6),
        "role": rng.choice(("user", "assistant")),
        "content": prose(rng),
        "created": 1_700_000_000 + rng.randrange(10**6),
    }
    return json.dumps(turn) + ",\n"


def code(rng: random.Random) -> str:
    return CODE.format(n=rng.randrange(1000))


def logs(rng: random.Random) -> str:
    return (
        f"2026-03-{rng.randint(10, 28)}T{rng.randint(10, 23)}:{rng.randint(10, 59)}:07.{rng.randrange(999):03d}Z INFO "
        f"worker-{rng.randrange(9)} request_id={rng.getrandbits(64):016x} path=/v1/items/{rng.randrange(10**5)} "
        f"status={rng.choice((200, 404, 500))} took={rng.randrange(900)}ms\n"
    )


KINDS: dict[str, Callable[[random.Random], str]] = {
    "prose": prose,
    "mail": mail,
    "chat JSON": chat,
    "code": code,
    "logs": logs,
}


def text_of(kind: str, kb: int, seed: int) -> str:
    """A text of one kind and size; no two seeds give the same."""
    rng, made, size = random.Random(seed), [], 0
    while size < kb * 1024:
        made.append(KINDS[kind](rng))
        size += len(made[-1])
    text = "".join(made)[: kb * 1024]
    return f"[{text[:-2]}]" if kind == "chat JSON" else text


def table(sizes: Sequence[int] = SIZES) -> Table:
    """Kind and size × Presidio, ours without names (new, seen) and with them, with ratios."""
    made = Table(
        "text", "KB", "presidio small ms",
        "names off: new ms", "×", "seen ms", "×", "names context: new ms", "×",
        title="Time by size",
    )  # fmt: skip
    for column in made.columns[1:]:
        column.justify = "right"
    rival, off, context = presidio("small"), gate("off"), gate("context")
    context.read(Request.from_text("Anna Berg wrote to the office on Tuesday."))
    rival.says("Anna Berg wrote to the office on Tuesday.")
    for kind in KINDS:
        for kb in sizes:
            made.add_row(*_row(kind, kb, rival, off, context))
    return made


def _row(kind: str, kb: int, rival: Detector, off: Gate, context: Gate) -> Sequence[str]:
    turns = 5 if kb < 100 else 3
    theirs = min(rival.says(text_of(kind, kb, seed))[1] for seed in range(turns if kb < 100 else 1))
    new, seen = zip(*(_read(off, text_of(kind, kb, seed)) for seed in range(turns)), strict=True)
    named = [_read(context, text_of(kind, kb, seed))[0] for seed in range(turns)]
    cells = [f"{theirs:.0f}"]
    for ms in (min(new), min(seen), min(named)):
        cells += [f"{ms:.2f}", f"{theirs / ms:.1f}"]
    return kind, str(kb), *cells


def _read(made: Gate, text: str) -> tuple[float, float]:
    request = Request.from_text(text)
    times = []
    for _ in range(2):
        started = time.perf_counter()
        made.read(request)
        times.append(1000 * (time.perf_counter() - started))
    return times[0], times[1]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="KB")
    Console(width=120).print(table(parser.parse_args().sizes))


if __name__ == "__main__":
    main()
