"""What dispatch does under faults: thousands of random schedules, and how soon a cancelled call's connection is gone.

    python benchmarks/faults.py [--schedules 5000] [--first-seed 0] [--cancellations 50] [--json]

A schedule is one call with labels or without, candidates in some order, cleared or not, as if deciding were broken, and
faults to come at stand-in servers on loopback (OpenAI's and Ollama's formats). Its sockets are real, its clock is not:
it jumps to the next timer when there is nothing to do, so that time-outs cost nothing and a busy machine fires none
early. Exit 1 when a labelled byte reached a model that is not cleared for it, a call outlived its deadline, or anything
was left open.

Cancellation is on the real clock: from `task.cancel()` to the moment when the server sees its connection closed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from dispatch_bench import Bench
from fault_schedules import DEADLINE_S, Summary, run_all
from wires import WIRES, model_at

from ringfence.drill.formats import Reply
from ringfence.drill.server import ModelServer
from ringfence.errors import RingfenceError


def summary_of(summary: Summary) -> dict[str, Any]:
    labelled = sum(bool(outcome.schedule.labels) for outcome in summary.outcomes)
    return {
        "schedules": len(summary.outcomes),
        "labelled": labelled,
        "requests": sum(summary.faults.values()),
        "faults_sent": sum(n for fault, n in summary.faults.items() if fault != "none"),
        "kinds_of_fault": len(summary.faults) - 1,
        "ended": dict(Counter(outcome.ended for outcome in summary.outcomes)),
        "labelled_bytes_at_the_cloud": summary.labelled_bytes,
        "leaks": summary.leaks,
        "plain_requests_at_the_cloud": summary.plain_bytes,
        "deadline_s": DEADLINE_S,
        "longest_s": round(max(outcome.seconds for outcome in summary.outcomes), 3),
        "wrong": summary.wrong,
        "tasks_left": summary.tasks_left,
        "connections_left": summary.connections_left,
        "took_s": round(summary.seconds, 1),
    }


def is_good(found: dict[str, Any]) -> bool:
    bad = ("labelled_bytes_at_the_cloud", "leaks", "wrong", "tasks_left", "connections_left")
    return not any(found[key] for key in bad)


async def cancellation_ms(wire: str, times: int) -> list[float]:
    """Milliseconds until the server sees the connection of a cancelled stream closed, after its first piece."""
    found = []
    for _ in range(times):
        server = ModelServer()
        server.always(Reply(fault="chatter"))
        bench = Bench({"m": model_at(wire, server)}, fallback={"deadline_s": 60})
        task = asyncio.create_task(_read(bench))
        while not server.sent:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.02)
        cancelled = time.perf_counter()
        task.cancel()
        await asyncio.wait([task])
        if not await asyncio.to_thread(server.client_left.wait, 10):
            raise SystemExit(f"{wire}: the connection stayed open")
        found.append((server.left_at - cancelled) * 1000)
        await bench.dispatcher.aclose()
        server.close()
    return found


async def _read(bench: Bench) -> None:
    try:
        async for _ in bench.stream():
            await asyncio.sleep(0.001)
    except RingfenceError as error:
        raise SystemExit(str(error)) from None


def cancellations(times: int) -> dict[str, dict[str, float]]:
    from ringfence.dispatch.litellm_library import load_litellm

    warnings.simplefilter("ignore")
    load_litellm()
    rows = {}
    for wire in WIRES:
        ms = asyncio.run(cancellation_ms(wire, times))
        rows[wire] = {"p50_ms": round(statistics.median(ms), 2), "max_ms": round(max(ms), 2)}
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--schedules", type=int, default=5000)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--cancellations", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()

    def progress(done: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done} of {args.schedules} schedules", end="", file=sys.stderr)

    seeds = range(args.first_seed, args.first_seed + args.schedules)
    found = summary_of(run_all(seeds, progress=progress))
    found["cancellation"] = cancellations(args.cancellations) if args.cancellations else {}
    if args.json:
        print(json.dumps(found))
    else:
        for key, value in found.items():
            print(f"{key.replace('_', ' '):28} {value}")
    sys.exit(0 if is_good(found) else 1)


if __name__ == "__main__":
    main()
