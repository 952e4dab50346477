"""Eight real requests through the real MCP server, and what each would have cost elsewhere. Run by `make demo`.

Starts `ringfence-mcp` as a client would (a process of its own, stdio, the official MCP client), with the policy in
`examples/policy.yaml` and the requests in `examples/requests/`. Its ledger and log live in `.demo/`, new at each run.
Nothing here is canned: every figure is from the server's answers.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import CallToolResult, TextContent
from pydantic import AnyUrl
from rich.console import Console
from rich.markup import escape
from rich.status import Status
from rich.table import Table

EXAMPLES = Path(__file__).resolve().parent
STATE = EXAMPLES.parent / ".demo"
WIDE = 130
"""Columns from which the table has room for the reasons."""

WORDS = {
    "connect": "does not answer (is Ollama running?)",
    "timeout": "took too long",
    "auth": "refused the key",
}

GUIDE_MIX = {
    # The hybrid routing guide's system of 2,000 sessions a day ("The Math on Hybrid Savings").
    "sessions_per_day": 2000,
    "mix": [
        {"share": 0.40, "task": "simple", "model": "flash-lite"},
        {"share": 0.45, "task": "standard", "model": "sonnet"},
        {"share": 0.10, "task": "standard", "labels": ["pii"]},
        {"share": 0.05, "task": "complex", "model": "opus"},
    ],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One request's answer, or the error in its place."""

    name: str
    answer: Mapping[str, Any]
    error: str = ""


async def demo(console: Console) -> int:
    """Run all of it. Returns how many requests failed."""
    started = time.perf_counter()
    shutil.rmtree(STATE / "data", ignore_errors=True)
    STATE.mkdir(mode=0o700, exist_ok=True)
    async with AsyncExitStack() as stack:
        log = stack.enter_context((STATE / "server.log").open("w"))
        streams = await stack.enter_async_context(stdio_client(server(), errlog=log))
        session = await stack.enter_async_context(ClientSession(*streams))
        await session.initialize()
        console.print(
            f"ringfence-mcp greeted us after {time.perf_counter() - started:.2f} s", style="dim"
        )
        policy = await read_policy(session)
        # Asked for first: a month's plan is for endpoints that are up, and the requests may find one that is not.
        estimate = await session.call_tool("estimate_cost", {"workload": GUIDE_MIX})
        rows = await send_all(session, console)
    wide = console.width >= WIDE
    console.print(table_of(rows, policy, wide=wide))
    for row in () if wide else rows:
        console.print(f"{row.name}: {reason_of(row, policy)}")
    for line in remarks(rows, policy):
        console.print(line, style="dim")
    if estimate.isError:
        console.print(f"\nestimate_cost failed: {escape(text_of(estimate))}", style="red")
    else:
        show_estimate(estimate.structuredContent or {}, console)
    failures = sum(bool(row.error) for row in rows) + bool(estimate.isError)
    console.print(
        f"\n{len(rows)} requests, {failures} failed, {time.perf_counter() - started:.1f} s in all"
    )
    return failures


def server() -> StdioServerParameters:
    """The real server, with this process's environment (and so its keys), and a data folder of its own."""
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "ringfence_mcp", "--policy", str(EXAMPLES / "policy.yaml"), "--caller", "demo"],
        env={**os.environ, "XDG_DATA_HOME": str(STATE / "data")},
    )


async def read_policy(session: ClientSession) -> dict[str, Any]:
    """The policy in force as the server describes it: its models, where they are, and their prices."""
    (content,) = (await session.read_resource(AnyUrl("ringfence://policy"))).contents
    described: dict[str, Any] = json.loads(getattr(content, "text", "{}"))
    return described


async def send_all(session: ClientSession, console: Console) -> list[Row]:
    """The requests, one after the other; on a terminal the server's progress shows which one is at work."""
    paths = sorted((EXAMPLES / "requests").glob("*.json"))
    with console.status("starting") as status:
        return [
            await send(session, path, f"{n}/{len(paths)} {path.stem}", status)
            for n, path in enumerate(paths, 1)
        ]


async def send(session: ClientSession, path: Path, where: str, status: Status) -> Row:
    async def tell(progress: float, total: float | None, message: str | None) -> None:
        status.update(f"{where}: {message}")

    status.update(where)
    request = json.loads(path.read_text())
    result = await session.call_tool("route_and_complete", request, progress_callback=tell)
    error = text_of(result) if result.isError else ""
    return Row(name=path.stem, answer=result.structuredContent or {}, error=error)


def text_of(result: CallToolResult) -> str:
    return "\n".join(part.text for part in result.content if isinstance(part, TextContent))


def table_of(rows: Sequence[Row], policy: Mapping[str, Any], *, wide: bool) -> Table:
    """One row a request. The reasons need room; a narrow terminal gets them as lines below."""
    table = Table(title="\nEight requests", title_justify="left", show_lines=wide)
    for column in ("request", "labels", "task", "model"):
        table.add_column(column)
    for column in ("cost", "dearest", "ms"):
        table.add_column(column, justify="right", no_wrap=True)
    if wide:
        table.add_column("why this model, and how its answer begins", ratio=1)
    for row in rows:
        reason = (reason_of(row, policy),) if wide else ()
        table.add_row(*cells(row, policy), *reason)
    return table


def cells(row: Row, policy: Mapping[str, Any]) -> tuple[str, ...]:
    if row.error:
        return (row.name, "", "", "[red]failed[/]", "", "", "")
    answer = row.answer
    dearest, there = on_the_dearest(answer["usage"], policy)
    return (
        row.name,
        ", ".join(answer["labels"]) or "[dim]none[/]",
        answer["decision"]["task"]["kind"],
        f"{answer['model']}\n[dim]{answer['locality']}[/]",
        dollars(Decimal(answer["usd"])),
        f"{dollars(there)}\n[dim]{dearest}[/]",
        f"{answer['ms']['total']:,.0f}",
    )


def reason_of(row: Row, policy: Mapping[str, Any]) -> str:
    if row.error:
        return f"[red]{escape(row.error)}[/]"
    said = beginning(row.answer)
    return f"{escape(why(row.answer, policy))}\n[dim italic]{escape(said)}[/]"


def on_the_dearest(usage: Mapping[str, int], policy: Mapping[str, Any]) -> tuple[str, Decimal]:
    """The model of the policy on which a call of just these tokens costs most, and what it costs there."""

    def usd(name: str) -> Decimal:
        price = policy["models"][name]["usd_per_million_tokens"]
        tokens = usage["input_tokens"] * Decimal(price["input"]) + usage["output_tokens"] * Decimal(
            price["output"]
        )
        return tokens / 1_000_000

    dearest = max(policy["models"], key=usd)
    return dearest, usd(dearest)


def why(answer: Mapping[str, Any], policy: Mapping[str, Any]) -> str:
    """Which models stood before the one that answered, and why they did not."""
    reasons = []
    uncleared = [
        drop["model"] for drop in answer["decision"]["dropped"] if drop["filter"] == "clearance"
    ]
    if uncleared:
        reasons.append(f"no cloud is cleared for {', '.join(answer['labels'])}")
    keyless = [attempt["model"] for attempt in answer["attempts"] if attempt["error"] == "no_key"]
    if keyless:
        variables = dict.fromkeys(policy["models"][name]["key"] or name for name in keyless)
        reasons.append(f"no cloud key ({', '.join(variables)})")
    for attempt in answer["attempts"]:
        if attempt["error"] not in (None, "no_key"):
            reasons.append(
                f"{attempt['model']} {WORDS.get(attempt['error'], attempt['error'].replace('_', ' '))}"
            )
    down = [drop["model"] for drop in answer["decision"]["dropped"] if drop["filter"] == "health"]
    reasons.extend(f"{name} is known to be down" for name in down)
    return "; ".join(reasons) or "the first choice of its route"


def beginning(answer: Mapping[str, Any], most: int = 70) -> str:
    said = answer["text"] or json.dumps([call["function"] for call in answer["tool_calls"]])
    line = " ".join(said.split())
    return line if len(line) <= most else f"{line[:most]}…"


def remarks(rows: Sequence[Row], policy: Mapping[str, Any]) -> list[str]:
    """What a reader should know of these rows: why so many are embedded, and what that proves."""
    embedded = [row for row in rows if not row.error and is_embedded(row.answer["model"], policy)]
    if not embedded:
        return []
    keyless = {
        policy["models"][attempt["model"]]["key"] or attempt["model"]
        for row in embedded
        for attempt in row.answer["attempts"]
        if attempt["error"] == "no_key"
    }
    lines = [
        f"{len(embedded)} of {len(rows)} were answered by the embedded model. Its 135M parameters prove that the path "
        "works; they say nothing about quality."
    ]
    if keyless:
        lines.append(
            f"Set one of these keys and unlabelled requests go to the clouds: {', '.join(sorted(keyless))}."
        )
    lines.append(
        "Run Ollama with qwen3.5:9b and it answers in the embedded model's place, labelled requests too."
    )
    return lines


def is_embedded(name: str, policy: Mapping[str, Any]) -> bool:
    return str(policy["models"][name]["model"]).startswith("embedded/")


def show_estimate(estimate: Mapping[str, Any], console: Console) -> None:
    console.print(
        "\nThe guide's mix: 2,000 sessions a day, each 100,000 tokens in and 10,000 out",
        style="italic",
    )
    table = Table()
    for column in ("share", "task", "labels", "model", "where"):
        table.add_column(column)
    for column in ("sessions", "$ a session", "$ a month"):
        table.add_column(column, justify="right")
    for route in estimate["by_route"]:
        table.add_row(
            f"{route['share']:.0%}",
            route["task"],
            ", ".join(route["labels"]) or "[dim]none[/]",
            route["model"] or f"[red]none:[/] {escape(route['reason'])}",
            route["locality"] or "",
            f"{route['sessions_per_month']:,.0f}",
            route["per_session_usd"],
            f"{Decimal(route['monthly_usd']):,.2f}",
        )
    table.add_section()
    table.add_row(
        "100%", "", "", "", "", "", "", f"[bold]{Decimal(estimate['monthly_usd']):,.2f}[/]"
    )
    console.print(table)
    terms = [
        f"{route['sessions_per_month']:,.0f} × ${route['per_session_usd']}"
        for route in estimate["by_route"]
    ]
    console.print(f"{' + '.join(terms)} = ${Decimal(estimate['monthly_usd']):,.2f} a month")
    for other in estimate["alternatives"]:
        if other["model"] in ("sonnet", "opus"):
            console.print(
                f"all on {other['model']}: ${Decimal(other['monthly_usd']):,.2f} a month; "
                f"the mix saves {other['saving_pct']:.1f}%"
            )
    console.print(
        "The guide says $18,000–22,000 and 35–55%; its own prices and shares add up to the sum above.",
        style="dim",
    )


def dollars(usd: Decimal) -> str:
    return "$0" if not usd else f"${usd:.5f}"


def main() -> int:
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    return 1 if asyncio.run(demo(console)) else 0


if __name__ == "__main__":
    raise SystemExit(main())
