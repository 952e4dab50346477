"""Whether a text of the training templates stands in the development rows: none may.

    python benchmarks/copied.py --data FILE [--texts benchmarks/training] [--words 8]

Prints each run of words that a string of the templates shares with a row, and exits with 1 when there is one.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

_WORD = re.compile(r"\{[^}]*\}|\w+")


def strings(node: Any) -> Iterator[str]:
    """Every string of a YAML document."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from strings(value)


def runs(text: str, length: int) -> Iterator[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return (tuple(words[at : at + length]) for at in range(len(words) - length + 1))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--texts", type=Path, default=Path("benchmarks/training"))
    parser.add_argument("--words", type=int, default=8)
    arguments = parser.parse_args()
    rows = map(json.loads, arguments.data.read_text("utf-8").splitlines())
    seen = {
        run
        for row in rows
        for message in row["messages"]
        for run in runs(message["content"], arguments.words)
    }
    shared = {
        (path.name, " ".join(run))
        for path in sorted(arguments.texts.glob("*.yaml"))
        for text in strings(yaml.safe_load(path.read_text("utf-8")))
        for run in runs(text, arguments.words)
        if run in seen
    }
    for name, run in sorted(shared):
        print(f"{name}: {run}")
    print(f"{len(shared)} runs of {arguments.words} words shared", file=sys.stderr)
    return bool(shared)


if __name__ == "__main__":
    raise SystemExit(main())
