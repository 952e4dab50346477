"""How the shipped classifier reads the project's own cases, which it was never trained on.

    python benchmarks/task_cases.py [FILE]

FILE is JSONL with `kind`, `messages` and, where there are any, `tools`; the project's own cases without it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ringfence.costs import measure
from ringfence.request import Request
from ringfence.tasks import classify
from ringfence.types import TaskKind, Tier

CASES = Path(__file__).parent / "cases" / "tasks.jsonl"
WINDOWS = (8_192, 32_768, 203_000, 1_048_576, 2_000_000)
Read = tuple[TaskKind, TaskKind]
"""What a request is, and what it is read as."""


def read(row: Mapping[str, Any]) -> Read:
    request = Request.parse({key: row[key] for key in ("messages", "tools") if row.get(key)})
    task = classify(request, measure(request), windows=WINDOWS)
    return TaskKind(row["kind"]), task.kind


def share(pairs: Iterable[bool]) -> str:
    counted = list(pairs)
    return f"{sum(counted) / len(counted):.3f} of {len(counted)}" if counted else "–"


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else CASES
    reads = [read(json.loads(line)) for line in path.read_text("utf-8").splitlines()]
    of_tier = {tier: [(is_, as_) for is_, as_ in reads if is_.tier is tier] for tier in Tier}
    hard = of_tier[Tier.COMPLEX]
    print("kind                  ", share(is_ is as_ for is_, as_ in reads))
    print("tier                  ", share(is_.tier is as_.tier for is_, as_ in reads))
    print("complex tier → lower  ", share(as_.tier is not Tier.COMPLEX for _, as_ in hard))
    print("complex tier → simple ", share(as_.tier is Tier.SIMPLE for _, as_ in hard))
    print(
        "simple kept           ", share(as_.tier is Tier.SIMPLE for _, as_ in of_tier[Tier.SIMPLE])
    )
    print(
        "standard → simple     ",
        share(as_.tier is Tier.SIMPLE for _, as_ in of_tier[Tier.STANDARD]),
    )
    print(
        "standard → complex    ",
        share(as_.tier is Tier.COMPLEX for _, as_ in of_tier[Tier.STANDARD]),
    )


if __name__ == "__main__":
    main()
