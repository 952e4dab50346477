"""Taint: how often unrelated requests match, what editing does to recall, and what looking costs.

    python benchmarks/taint.py [--requests N] [--labelled N] [--warm-up N] [--seed N] [--show]

The texts are what any machine with Python has: the sources of the standard library and of installed packages (their
first lines too, where licences and imports stand), their documentation and licences, and logs made up here. Packages
are dealt into three heaps, so that no package is in two of them: what unlabelled traffic carried before (`--warm-up`),
what models answered to labelled requests, and the unrelated requests. A match counts even where two packages share a
passage word for word, as copied code and templates do; `--show` prints the passages.

Two kinds of labelled texts are measured apart: files as a tool gives them, from the same heap of sources and logs (the
trap), and notes that a model might write about people, made up here.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import sysconfig
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ringfence.gate import TaintMatch
from ringfence.gate.fingerprints import read
from ringfence.records import Ledger

KEY = bytes(range(32))
NOW = datetime.now(UTC)
SIZE = 2000
"""Characters of a text, answers and requests alike."""
HEAPS = ("warm-up", "labelled", "unrelated")
KINDS = ("code", "prose", "logs")
_PROSE = {".md", ".rst", ".txt"}
_LICENCES = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "METADATA")


@dataclass(frozen=True, slots=True)
class Piece:
    kind: str
    text: str


# -- texts


def packages() -> dict[str, list[Path]]:
    """Top-level package → its files. A distribution's licences and description go with it."""
    found: dict[str, list[Path]] = {}
    for name in ("stdlib", "purelib", "platlib"):
        root = Path(sysconfig.get_paths()[name])
        for path in sorted(root.rglob("*")):
            inside = path.relative_to(root)
            if name == "stdlib" and "site-packages" in inside.parts:
                continue
            if _kind(path) and path.is_file() and path.stat().st_size < 200_000:
                top = inside.parts[0].split("-")[0].removesuffix(".py").lower()
                found.setdefault(top, []).append(path)
    return found


def _kind(path: Path) -> str | None:
    if path.suffix == ".py":
        return "code"
    prose = path.suffix in _PROSE or path.name.startswith(_LICENCES)
    return "prose" if prose else None


def heaps(seed: int) -> dict[str, list[Piece]]:
    """Texts of each heap, shuffled. Of a file its beginning, and one more place."""
    draw = random.Random(seed)
    dealt: dict[str, list[Piece]] = {heap: [] for heap in HEAPS}
    for files in packages().values():
        heap = draw.choices(HEAPS, weights=(2, 1, 4))[0]
        for path in draw.sample(files, min(len(files), 120)):
            text = path.read_text(errors="replace")
            kind = _kind(path) or ""
            starts = {0, draw.randrange(max(1, len(text) - SIZE))}
            dealt[heap] += [Piece(kind, text[start : start + SIZE]) for start in starts]
    for number, heap in enumerate(HEAPS):
        count = len(dealt[heap]) // 4
        dealt[heap] += [Piece("logs", log(draw, number)) for _ in range(count)]
        draw.shuffle(dealt[heap])
    return dealt


_LEVELS = ("DEBUG", "INFO", "INFO", "INFO", "WARNING", "ERROR")
_SERVICES = (
    ("billing", "ledger", "invoice", "tariff"),
    ("search", "index", "shard", "query"),
    ("mail", "queue", "bounce", "relay"),
)
_EVENTS = (
    "request {n} finished with status {s} in {ms} ms",
    "connection to {host} closed by peer after {ms} ms, retrying in {d} s",
    "{name}: cache miss for key {h}, loading from {host}",
    "worker {d} took job {h} ({name}), {n} jobs left in the queue",
    "slow statement ({ms} ms): SELECT * FROM {name} WHERE id = {n}",
    "{name} reloaded configuration from /etc/{name}/{name}.yaml, {d} changes",
)


def log(draw: random.Random, service: int) -> str:
    """Lines as services write them; the three heaps have services of their own and the same framework."""
    moment = NOW - timedelta(seconds=draw.randrange(10_000_000))
    lines: list[str] = []
    while sum(map(len, lines)) < SIZE:
        moment += timedelta(milliseconds=draw.randrange(5000))
        name = draw.choice(_SERVICES[service])
        event = draw.choice(_EVENTS).format(
            n=draw.randrange(10**6),
            s=draw.choice((200, 200, 201, 404, 500)),
            ms=draw.randrange(4000),
            d=draw.randrange(40),
            h=f"{draw.getrandbits(64):016x}",
            host=f"10.{draw.randrange(256)}.{draw.randrange(256)}.{draw.randrange(256)}",
            name=name,
        )
        lines.append(
            f"{moment.isoformat()} {draw.choice(_LEVELS)} [{name}-{draw.randrange(9)}] {event}"
        )
    return "\n".join(lines)[:SIZE]


# -- the store


def remember(ledger: Ledger, texts: Sequence[str]) -> None:
    for text in texts:
        ledger.taint.remember(
            tenant="t",
            texts={text: ("pii",)},
            conversation_id=None,
            conversation_labels=(),
            now=NOW,
            days=30,
        )


def matches(ledger: Ledger, text: str) -> Sequence[TaintMatch]:
    return ledger.taint.labels_of(tenant="t", texts=[text], conversation_id=None)


def ledgers() -> Iterator[Ledger]:
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1000):
            with Ledger.open(Path(folder) / f"{number}.sqlite", key=KEY) as ledger:
                yield ledger


# -- what is printed


def false_matches(options: argparse.Namespace, fresh: Iterator[Ledger], console: Console) -> None:
    dealt = heaps(options.seed)
    warm = [piece.text for piece in dealt["warm-up"][: options.warm_up]]
    files = [piece.text for piece in dealt["labelled"][: options.labelled]]
    unrelated = dealt["unrelated"][: options.requests]
    draw = random.Random(options.seed)
    notes = [note(draw) for _ in range(options.labelled)]
    table = Table(title=f"{len(unrelated):,} unrelated requests of {SIZE:,} characters: matches")
    columns = ("labelled texts", "unlabelled before", "marks", *KINDS, "all", "one in")
    for column in columns:
        table.add_column(column, justify="right")
    for name, labelled in (("notes", notes), ("files", files)):
        for noted in ([], warm):
            ledger = next(fresh)
            for text in noted:
                ledger.taint.note_unlabelled(tenant="t", texts=[text])
            remember(ledger, labelled)
            hits = [(piece, found) for piece in unrelated if (found := matches(ledger, piece.text))]
            counts = [sum(piece.kind == kind for piece, _ in hits) for kind in KINDS]
            totals = [sum(piece.kind == kind for piece in unrelated) for kind in KINDS]
            table.add_row(
                f"{len(labelled):,} {name}",
                f"{len(noted):,}",
                f"{marks(ledger):,}",
                *(f"{count} of {total:,}" for count, total in zip(counts, totals, strict=True)),
                str(len(hits)),
                f"{len(unrelated) / len(hits):,.0f}" if hits else f"> {len(unrelated):,}",
            )
            for piece, found in hits if options.show else ():
                passages = [piece.text[match.start : match.end] for match in found]
                console.print(f"{name} {len(noted):,} {piece.kind}", passages, markup=False)
    console.print(table)


_WHO = (
    "The patient",
    "The client",
    "Our tenant",
    "The pupil",
    "The colleague",
    "His mother",
    "The board",
)
_DID = (
    "was seen on",
    "called again on",
    "signed the papers on",
    "left the ward on",
    "complained on",
)
_WHAT = (
    "{day} and said that the pain in the {part} had come back after {n} quiet weeks",
    "{day}, for the sum of {n} thousand, before the letter of the {part} office had arrived",
    "{day}; the {part} was better, the sleep was not, and {n} milligrams were agreed upon",
    "{day} about the {part} of the house, which {n} people had promised to look at",
)
_PARTS = ("knee", "tax", "roof", "heart", "back", "land", "school", "left hand")


def note(draw: random.Random) -> str:
    """Sentences about people that nobody else wrote."""
    said: list[str] = []
    while sum(map(len, said)) < SIZE:
        day = f"{draw.randrange(1, 29)} {draw.choice(('March', 'May', 'June', 'October'))}"
        what = draw.choice(_WHAT).format(
            day=day, part=draw.choice(_PARTS), n=draw.randrange(2, 400)
        )
        said.append(f"{draw.choice(_WHO)} {draw.choice(_DID)} {what}.")
    return " ".join(said)[:SIZE]


def marks(ledger: Ledger) -> int:
    with ledger.taint.store.read() as connection:
        rows = connection.exec_driver_sql("SELECT sum(length(grams)) / 8 + count(*) FROM taint")
        return int(rows.scalar() or 0)


EDITS: dict[str, Callable[[str], str]] = {
    "as it was": lambda text: text,
    "wrapped anew": lambda text: textwrap.fill(text, 40),
    "without white space": lambda text: "".join(text.split()),
    "escaped (JSON)": json.dumps,
    "escaped twice (JSON)": lambda text: json.dumps(json.dumps(text)),
    "quoted mail": lambda text: "> " + textwrap.fill(text, 60).replace("\n", "\n> "),
    "markdown list, bold": lambda text: "- **" + text.replace(". ", ".**\n- **") + "**",
    "capitals": str.upper,
    "curly quotes": lambda text: text.replace('"', "“").replace("'", "’"),
    "one word in ten left out": lambda text: " ".join(
        word for number, word in enumerate(text.split()) if number % 10 != 9
    ),
    "one word in five left out": lambda text: " ".join(
        word for number, word in enumerate(text.split()) if number % 5 != 4
    ),
}
LENGTHS = (50, 60, 100, 300)


def recall(options: argparse.Namespace, fresh: Iterator[Ledger], console: Console) -> None:
    """Of passages of labelled texts inside unrelated ones, how many bring their labels back."""
    dealt = heaps(options.seed)
    draw = random.Random(options.seed)
    code = [piece for piece in dealt["labelled"] if piece.kind == "code"][:200]
    labelled, around = (
        [*code, *(Piece("prose", note(draw)) for _ in range(200))],
        dealt["unrelated"],
    )
    ledger = next(fresh)
    remember(ledger, [piece.text for piece in labelled])
    for kind in ("prose", "code"):
        table = Table(title=f"recall, passages of {kind}: per cent that bring their labels back")
        table.add_column("edited")
        for length in LENGTHS:
            table.add_column(f"{length} characters", justify="right")
        for name, edit in EDITS.items():
            row = []
            for length in LENGTHS:
                texts = [piece.text for piece in labelled if piece.kind == kind]
                tries = [_passage(draw, text, length) for text in texts if len(text) >= 400]
                found = sum(
                    bool(matches(ledger, f"{draw.choice(around).text[:300]}\n{edit(passage)}\n"))
                    for passage in tries
                )
                row.append(f"{100 * found / max(1, len(tries)):.1f}")
            table.add_row(name, *row)
        console.print(table)


def _passage(draw: random.Random, text: str, length: int) -> str:
    start = draw.randrange(len(text) - length)
    return text[start : start + length]


def speed(options: argparse.Namespace, fresh: Iterator[Ledger], console: Console) -> None:
    """Milliseconds of processor time, the least of a few turns on texts not seen before; and of the same text again."""
    dealt = heaps(options.seed)
    text = "\n".join(piece.text for piece in dealt["unrelated"] if piece.kind != "logs")
    table = Table(title="milliseconds of a look at one text of a request")
    for column in ("marks", "1 KB", "10 KB", "100 KB", "100 KB again", "note 1 KB", "keep 1 KB"):
        table.add_column(column, justify="right")
    for wanted in (0, 100_000, 1_000_000):
        ledger = next(fresh)
        fill(ledger, wanted)
        cells = [
            least(partial(matches, ledger), [text[n * 7 :][: size * 1024] for n in range(5)])
            for size in (1, 10, 100)
        ]
        cells.append(least(partial(matches, ledger), [text[: 100 * 1024]] * 6))
        pages = [text[n * 1024 :][:1024] for n in range(200, 220)]
        cells.append(
            least(lambda page, to=ledger: to.taint.note_unlabelled(tenant="t", texts=[page]), pages)
        )
        cells.append(least(lambda page, to=ledger: remember(to, [page[::-1]]), pages))
        table.add_row(f"{wanted:,}", *(f"{cell:.2f}" for cell in cells))
    console.print(table)


def fill(ledger: Ledger, wanted: int) -> None:
    """Marks of made-up words."""
    draw = random.Random(1)
    while wanted > 0:
        text = "".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=50_000))
        remember(ledger, [text])
        wanted -= len(read(text).starts)


def least(work: Callable[[str], object], texts: Sequence[str]) -> float:
    times = []
    for text in texts:
        started = time.process_time()
        work(text)
        times.append(1000 * (time.process_time() - started))
    return min(times)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--labelled", type=int, default=300)
    parser.add_argument("--warm-up", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print the passages that matched")
    parser.add_argument("--only", choices=("false", "recall", "speed"))
    options = parser.parse_args()
    console = Console(width=140)
    fresh = ledgers()
    for name, part in (("false", false_matches), ("recall", recall), ("speed", speed)):
        if options.only in (None, name):
            part(options, fresh, console)
    return 0


if __name__ == "__main__":
    sys.exit(main())
