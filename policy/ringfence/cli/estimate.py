"""`ringfence estimate`: what a request, or a month of a workload, is expected to cost, by the same decision (I9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from ringfence.cli import lines, output, reading
from ringfence.cli.options import (
    Callers,
    Json,
    Lines,
    PolicyDigest,
    PolicyFile,
    SourceFile,
    Text,
    TrustRootFile,
    make_router,
)
from ringfence.errors import BadRequest

if TYPE_CHECKING:
    from decimal import Decimal

    from ringfence.costs import Estimate
    from ringfence.costs.estimate import Bill, ModelEstimate


def estimate(
    *,
    source: SourceFile = None,
    text: Text = None,
    jsonl: Lines = None,
    workload: Annotated[
        str | None,
        typer.Option(
            "--workload", metavar="FILE|-", help="A workload as JSON: sessions a day and their mix."
        ),
    ] = None,
    policy: PolicyFile = None,
    policy_digest: PolicyDigest = None,
    trust_root: TrustRootFile = None,
    caller: Callers = None,
    as_json: Json = False,
) -> None:
    """Estimate what requests or a workload cost.

    What a request costs on each model, or what a workload costs a month. Nothing is sent.

    Examples:
      ringfence estimate request.json
      ringfence estimate --workload examples/workload.json
      ringfence estimate --text "Review this function: ..." --json

    A workload: {"sessions_per_day": 2000, "mix": [{"share": 0.45, "task": "simple"},
                 {"share": 0.4, "task": "standard"}, {"share": 0.15, "task": "complex", "labels": ["pii"]}]}
    """
    given = [item for item in (source, text, jsonl, workload) if item is not None]
    if len(given) != 1:
        raise BadRequest("give one of: a FILE, - for stdin, --text, --jsonl, --workload")
    if jsonl is not None:
        with make_router(policy, policy_digest, trust_root, caller) as router:
            code = lines.run(
                jsonl, lambda item: router.estimate(item).to_dict(), jobs=lines.DECIDING
            )
        raise typer.Exit(code)
    if workload is not None:
        request = reading.parse_object(reading.read_bytes(workload), place=workload)
        if "messages" in request:
            raise BadRequest("--workload takes a workload, not a request; leave the option out")
        request = request if "workload" in request else {"workload": request}
    else:
        request = reading.read_request(source, text)
    with make_router(policy, policy_digest, trust_root, caller) as router:
        found = router.estimate(request)
    if as_json:
        output.print_json(found.to_dict())
    else:
        _show(found)


def _show(found: Estimate) -> None:
    if found.bill is not None:
        _show_bill(found.bill)
    else:
        chosen = found.chosen.model if found.chosen else None
        output.print_table(
            ("", "model", "runs", "in", "out p50", "out p90", "usd p50", "usd p90", ""),
            [_row(model, chosen) for model in found.models],
            numbers=("in", "out p50", "out p90", "usd p50", "usd p90"),
        )
    output.console().print()
    for assumption in found.assumptions:
        output.print_text(f"* {assumption}\n")


def _row(model: ModelEstimate, chosen: str | None) -> tuple[str, ...]:
    from ringfence.types import money

    return (
        "→" if model.model == chosen else "",
        model.model,
        model.locality.value,
        f"{model.input_tokens:,}",
        f"{model.output_tokens.p50:,}",
        f"{model.output_tokens.p90:,}",
        f"${money(model.usd_p50)}",
        f"${money(model.usd_p90)}",
        "" if model.eligible else "may not answer",
    )


def _show_bill(bill: Bill) -> None:
    output.print_facts(
        [
            ("a month", f"${bill.monthly_usd:,.2f}"),
            ("a year", f"${bill.yearly_usd:,.2f}"),
            ("a session", f"${bill.per_session_usd:.4f}"),
        ]
    )
    output.console().print()
    output.print_table(
        ("share", "task", "labels", "model", "runs", "usd a session", "usd a month", ""),
        _route_rows(bill),
        numbers=("share", "usd a session", "usd a month"),
    )
    output.console().print()
    output.print_table(
        ("all of it on", "usd a month", "the mix saves", ""),
        [
            (
                other.model,
                _dollars(other.monthly_usd),
                _dollars(other.saving_usd),
                "" if other.saving_pct is None else f"{other.saving_pct} %",
            )
            for other in bill.alternatives
        ],
        numbers=("usd a month", "the mix saves"),
    )
    _show_break_even(bill)


def _show_break_even(bill: Bill) -> None:
    even = bill.break_even
    for share in (even.local_share, even.cloud_share):
        if share is not None and share.hardware:
            output.console().print()
            output.print_text(f"{share.what}: ${share.monthly_usd:,.2f} a month\n")
            rows = [(row.title, row.sum) for row in share.hardware]
            output.print_table(("hardware", "pays for itself"), rows)
    for remark in even.notes:
        output.print_text(f"* {remark}\n")


def _dollars(usd: Decimal) -> str:
    return f"{'-' if usd < 0 else ''}${abs(usd):,.2f}"


def _route_rows(bill: Bill) -> Iterator[tuple[str, ...]]:
    for route in bill.by_route:
        yield (
            f"{route.share:.0%}",
            route.task.value,
            ", ".join(route.labels),
            route.model or "none",
            route.locality.value if route.locality else "",
            f"${route.per_session_usd:.4f}",
            f"${route.monthly_usd:,.2f}",
            route.reason,
        )
