"""What following the policy's file costs a request, and how long taking a changed one takes.

    python benchmarks/reload.py

Each figure is the median of rounds, in one process, on a policy of two models and a short request that was read before.
"""

from __future__ import annotations

import logging
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ringfence import Router, reloading, standing

POLICY = """
ringfence: 1
name: benchmark
serial: {serial}
models:
  near: {{model: openai/stand-in, base_url: "http://127.0.0.1:9/v1", locality: local, context_window: 32768}}
  far: {{model: openai/stand-in, base_url: "https://models.example/v1", {priced}}}
gate: {{names: "off"}}
routes: {{standard: [far, near]}}
records: {{path: "{ledger}"}}
"""
TEXT = "What is rust?"


def policy_text(serial: int, ledger: Path) -> str:
    priced = "price: {input: 1, output: 4}, context_window: 32768"
    return POLICY.format(serial=serial, ledger=ledger, priced=priced)


def median_us(work: Callable[[], object], *, times: int, rounds: int = 15) -> float:
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(times):
            work()
        found.append((time.perf_counter() - began) / times * 1e6)
    return statistics.median(found)


def main() -> None:
    logging.disable()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "policy.yaml"
        ledger = Path(folder) / "ledger.db"
        path.write_text(policy_text(1, ledger))
        with Router.from_policy(path) as following, Router.from_policy(path, reload=False) as fixed:
            for router in (following, fixed):
                router.decide(TEXT)
            print(
                f"decide, fixed policy          {median_us(lambda: fixed.decide(TEXT), times=300):10.1f} µs"
            )
            print(
                f"decide, following the file    {median_us(lambda: following.decide(TEXT), times=300):10.1f} µs"
            )
            holds = following._standing

            def hold() -> None:
                with holds.hold() as held:
                    held.take()

            print(f"taking and leaving a bundle   {median_us(hold, times=10_000):10.2f} µs")
            reloader = holds._reloader
            assert reloader is not None
            files = len(reloader._seen.of)
            reloader._settled = True
            bundle = holds.now()
            look = median_us(lambda: reloader.look(bundle), times=300)
            print(
                f"a look at {files} files, unchanged {look:11.1f} µs, at most {1 / standing.LOOK_S:.0f} a second"
            )
            print(
                f"a changed policy in force     {reload_us(following, path, ledger) / 1000:10.1f} ms"
            )


def reload_us(router: Router, path: Path, ledger: Path) -> float:
    """The request that notices: load, verify, stand up, record, swap, decide."""
    standing.LOOK_S, reloading.QUIET_S = 0.0, 0.0
    found = []
    for serial in range(2, 42):
        beside = path.with_suffix(".new")
        beside.write_text(policy_text(serial, ledger))
        os.replace(beside, path)
        began = time.perf_counter()
        assert router.decide(TEXT).policy.serial == serial
        found.append((time.perf_counter() - began) * 1e6)
    return statistics.median(found)


if __name__ == "__main__":
    main()
