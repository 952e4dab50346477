"""What a call costs beside its peers: one upstream on loopback that answers at once, one run, the same 1 KB prompts.

    python benchmarks/dispatch.py [--calls 400] [--rounds 4] [--json]
    python benchmarks/dispatch.py --soak 100000

Contenders: bare httpx, the openai SDK, `litellm.acompletion`, `litellm.Router`; ours twice, as dispatch alone (given a
Decision) and as the whole `Router.acomplete` with texts seen before (gate, decision, ledger row before and after).
Each round lets every contender make its calls in turn, at 1, 16 and 128 at once, so that noise on the machine falls
on all of them alike: read the ratios. Added: to the p50 of bare httpx. CPU: of this process, all threads. First token:
the time until a stream's first piece of text.

`--soak` makes calls of which one in fifty fails upstream, in portions, and prints the process's memory after each.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from upstream import instant_upstream

# Before the imports below: no peer may ask the network for anything.
os.environ["LITELLM_MODE"] = "PRODUCTION"
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

CONCURRENCY = (1, 16, 128)
TEXTS = 16
FAIL_EVERY = 50
PORTIONS = 10

Contender = Callable[[str], Awaitable[object]]
Stream = Callable[[str], AsyncIterator[object]]


def prompts() -> list[str]:
    """A few different texts of one kilobyte, plain enough to carry no label."""
    words = "Rewrite this sentence in plainer English: the ferry crosses the bay twice a day in summer. "
    return [f"Variant {n}. {words * 12}"[:1024] for n in range(TEXTS)]


class Ours:
    """Our two contenders over one router."""

    def __init__(self, url: str, folder: Path) -> None:
        from ringfence import Router

        policy = folder / "policy.yaml"
        policy.write_text(
            f"""
ringfence: 1
name: benchmark
models:
  near: {{model: openai/stand-in, base_url: "{url}", locality: local, context_window: 32768}}
routes: {{standard: [near]}}
records: {{path: "{folder / "ledger.db"}"}}
"""
        )
        self.router = Router.from_policy(policy)
        self._dispatcher = self.router._standing.now().dispatcher
        self._given: dict[str, Any] = {}

    def prepare(self, texts: list[str]) -> None:
        """Take the decisions that dispatch alone is given; the gate has then read every leaf once."""
        from ringfence import Request

        for text in texts:
            decision = self.router.decide(text)
            assert not decision.labels, "a labelled prompt would be remembered, which costs more"
            self._given[text] = (decision, Request.from_text(text))

    async def whole(self, text: str) -> object:
        return await self.router.acomplete(text)

    async def dispatch(self, text: str) -> object:
        decision, request = self._given[text]
        return await self._dispatcher.complete(decision, request, record=Unrecorded())

    async def stream_whole(self, text: str) -> AsyncIterator[object]:
        async for chunk in self.router.astream(text):
            yield chunk.text

    async def stream_dispatch(self, text: str) -> AsyncIterator[object]:
        decision, request = self._given[text]
        async for piece in self._dispatcher.stream(decision, request, record=Unrecorded()):
            yield piece


class Unrecorded:
    """Dispatch alone tells nobody of its attempts."""

    def started(self, model: str) -> None:
        """Nothing to note."""

    def ended(self, attempt: object) -> None:
        """Nothing to note."""


def said(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def contenders(url: str, ours: Ours) -> tuple[dict[str, Contender], dict[str, Stream]]:
    """Everyone, with the settings that make them quickest: connections kept, retries off."""
    import httpx
    import litellm
    import openai

    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    client = httpx.AsyncClient(trust_env=False, limits=limits, timeout=60)
    sdk = openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0)
    litellm.suppress_debug_info = True
    params: dict[str, Any] = {"model": "openai/stand-in", "api_base": url, "api_key": "none"}
    router = litellm.Router(
        model_list=[{"model_name": "near", "litellm_params": {**params, "max_retries": 0}}],
        num_retries=0,
    )

    async def bare(text: str) -> object:
        body = {"model": "stand-in", "messages": said(text)}
        return (await client.post(f"{url}/chat/completions", json=body)).json()

    async def bare_stream(text: str) -> AsyncIterator[object]:
        body = {"model": "stand-in", "messages": said(text), "stream": True}
        async with client.stream("POST", f"{url}/chat/completions", json=body) as response:
            async for line in response.aiter_lines():
                if line.startswith("data: {"):
                    choices = json.loads(line[6:])["choices"]
                    yield choices and choices[0]["delta"].get("content")

    async def sdk_stream(text: str) -> AsyncIterator[object]:
        made = await sdk.chat.completions.create(model="stand-in", messages=said(text), stream=True)  # type: ignore[call-overload]
        async for chunk in made:
            yield chunk.choices and chunk.choices[0].delta.content

    async def litellm_stream(text: str) -> AsyncIterator[object]:
        made = await litellm.acompletion(messages=said(text), stream=True, max_retries=0, **params)
        async for chunk in made:
            yield chunk.choices and chunk.choices[0].delta.content

    calls: dict[str, Contender] = {
        "bare httpx": bare,
        "ours, dispatch alone": ours.dispatch,
        "ours, whole": ours.whole,
        "openai SDK": lambda text: sdk.chat.completions.create(
            model="stand-in",
            messages=said(text),  # type: ignore[arg-type]
        ),
        "litellm.acompletion": lambda text: litellm.acompletion(
            messages=said(text), max_retries=0, **params
        ),
        "litellm.Router": lambda text: router.acompletion(model="near", messages=said(text)),
    }
    streams: dict[str, Stream] = {
        "bare httpx": bare_stream,
        "ours, dispatch alone": ours.stream_dispatch,
        "ours, whole": ours.stream_whole,
        "openai SDK": sdk_stream,
        "litellm.acompletion": litellm_stream,
    }
    return calls, streams


# -- measuring


async def burst(
    call: Contender, texts: list[str], count: int, at_once: int
) -> tuple[list[float], float, float]:
    """Milliseconds of each of `count` calls, so many at once; then calls a second, and CPU milliseconds a call."""
    waiting = iter(range(count))
    times: list[float] = []

    async def worker() -> None:
        for n in waiting:
            started = time.perf_counter()
            await call(texts[n % len(texts)])
            times.append((time.perf_counter() - started) * 1000)

    began, cpu = time.perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(min(at_once, count)):
            group.create_task(worker())
    seconds, busy = time.perf_counter() - began, time.process_time() - cpu
    return times, count / seconds, 1000 * busy / count


async def first_token(stream: Stream, text: str) -> float:
    """Milliseconds until the first piece of text that is not empty; the rest is read to its end."""
    started, first = time.perf_counter(), 0.0
    async for piece in stream(text):
        if piece and not first:
            first = (time.perf_counter() - started) * 1000
    return first


async def measure(url: str, folder: Path, calls: int, rounds: int) -> dict[str, Any]:
    texts = prompts()
    ours = Ours(url, folder)
    ours.prepare(texts)
    everyone, streams = contenders(url, ours)
    for call in everyone.values():
        await burst(call, texts, 40, 16)
    result: dict[str, Any] = {}
    for at_once in CONCURRENCY:
        times: dict[str, list[float]] = {name: [] for name in everyone}
        rates: dict[str, list[float]] = {name: [] for name in everyone}
        busy: dict[str, list[float]] = {name: [] for name in everyone}
        for _ in progress(range(rounds), f"{at_once} at once"):
            for name, call in everyone.items():
                gc.collect()
                each, rate, cpu = await burst(call, texts, calls, at_once)
                times[name] += each
                rates[name].append(rate)
                busy[name].append(cpu)
        result[f"{at_once} at once"] = summary(times, {"calls_s": rates, "cpu_ms": busy})
    firsts: dict[str, list[float]] = {name: [] for name in streams}
    for n in progress(range(rounds * 50), "first tokens"):
        for name, stream in streams.items():
            firsts[name].append(await first_token(stream, texts[n % TEXTS]))
    result["first token"] = summary(firsts, {})
    await ours.router.aclose()
    return result


def summary(
    times: dict[str, list[float]], by_round: dict[str, dict[str, list[float]]]
) -> dict[str, dict[str, float]]:
    """p50, p95, p99 in ms, what the p50 adds to bare httpx's and how many times it is; medians of what rounds gave."""
    bare = statistics.median(times["bare httpx"])
    rows = {}
    for name, values in times.items():
        cuts = statistics.quantiles(values, n=100)
        rows[name] = {
            "p50_ms": cuts[49],
            "p95_ms": cuts[94],
            "p99_ms": cuts[98],
            "added_ms": cuts[49] - bare,
            "times_httpx": cuts[49] / bare,
        }
        rows[name] |= {key: statistics.median(values[name]) for key, values in by_round.items()}
    return rows


async def soak(url: str, folder: Path, calls: int) -> dict[str, Any]:
    """Calls in ten portions, one in fifty of them failing upstream; the process's memory after each portion."""
    texts = prompts()
    ours = Ours(url, folder)
    ours.prepare(texts)
    failed = 0

    async def call(text: str) -> object:
        nonlocal failed
        try:
            return await ours.whole(text)
        except Exception:
            failed += 1
            return None

    memory = []
    for _ in progress(range(PORTIONS), "soak"):
        await burst(call, texts, calls // PORTIONS, 16)
        gc.collect()
        memory.append(resident_mb())
    await ours.router.aclose()
    settled = memory[1:]  # the first portion fills caches and pools
    growth = settled[-1] / settled[0] - 1
    return {"calls": calls, "failed": failed, "resident_mb": memory, "growth_pct": 100 * growth}


def resident_mb() -> float:
    """Of this process, from /proc (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def progress(steps: range, what: str) -> Iterator[int]:
    for step in steps:
        if sys.stderr.isatty():
            print(f"\r\033[K{what}: {step + 1} of {len(steps)}", end="", file=sys.stderr)
        yield step
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)


# -- showing


COLUMNS = {
    "p50 ms": "p50_ms", "p95": "p95_ms", "p99": "p99_ms", "added": "added_ms", "× httpx": "times_httpx",
    "calls/s": "calls_s", "CPU ms": "cpu_ms",
}  # fmt: skip


def show(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    for title, rows in result.items():
        columns = {name: key for name, key in COLUMNS.items() if key in rows["bare httpx"]}
        table = Table(title=title)
        table.add_column("", no_wrap=True)
        for name in columns:
            table.add_column(name, justify="right", no_wrap=True)
        for name, row in rows.items():
            table.add_row(name, *(f"{row[key]:,.2f}" for key in columns.values()))
        Console().print(table)


@contextmanager
def a_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description="What a call costs beside its peers.")
    parser.add_argument("--calls", type=int, default=400, help="calls a contender and round")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--soak", type=int, metavar="CALLS", help="only this: memory over CALLS")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    options = parser.parse_args()
    with (
        instant_upstream(fail_every=FAIL_EVERY if options.soak else 0) as url,
        a_folder() as folder,
    ):
        if options.soak:
            result = asyncio.run(soak(url, folder, options.soak))
        else:
            result = asyncio.run(measure(url, folder, options.calls, options.rounds))
    if options.json or options.soak:
        print(json.dumps(result, indent=2))
    else:
        show(result)


if __name__ == "__main__":
    main()
