"""`ringfence drill`: rehearse outages on the real policy, with stand-ins in the models' places."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ringfence.cli import output
from ringfence.cli.options import Json, PolicyDigest, PolicyFile, TrustRootFile
from ringfence.cli.progress import progress
from ringfence.types import TaskKind, money

if TYPE_CHECKING:
    from ringfence.drill import Outcome
    from ringfence.rules import Policy


def drill(
    *,
    route: Annotated[
        list[TaskKind] | None,
        typer.Option("--route", help="Rehearse this route only. May be given several times."),
    ] = None,
    deadline: Annotated[
        float,
        typer.Option(
            min=0.5,
            max=600,
            help="Seconds that a call may take, in the place of fallback.deadline_s; the policy's when that is less.",
        ),
    ] = 5.0,
    policy: PolicyFile = None,
    policy_digest: PolicyDigest = None,
    trust_root: TrustRootFile = None,
    as_json: Json = False,
) -> None:
    """Rehearse outages on your policy before they happen.

    Servers on loopback take the place of every model, speak its provider's format, and fail: connections refused, a
    hang, 429, 500, garbage, a stream that drips, an expired key. Each route is asked something plain and something
    sensitive, while its first choice fails, then its second with the first down, and so on. No key is used, nothing
    leaves this machine, and no record is written.

    Examples:
      ringfence drill --policy ringfence.yaml
      ringfence drill --route complex --route codegen
      ringfence drill --json | jq '.outcomes[] | select(.answered_by == null)'

    Each cell names the model that answered, how long that took and what it cost. Exits with 1 when a request found no
    way, or when a byte of a labelled one reached an endpoint that is not cleared for it.
    """
    from ringfence.drill import scenes
    from ringfence.in_force import policy_in_force

    loaded = policy_in_force(policy, env=os.environ, digest=policy_digest, trust_root=trust_root)
    seconds = min(deadline, loaded.document.fallback.deadline_s)
    planned = [scene for scene in scenes(loaded) if not route or scene.route in route]
    outcomes = asyncio.run(_play(loaded, planned, seconds, quiet=as_json))
    order = {id(scene): place for place, scene in enumerate(planned)}
    outcomes.sort(key=lambda outcome: order[id(outcome.scene)])
    passed = all(outcome.passed for outcome in outcomes)
    if as_json:
        output.print_json(
            {
                "ok": passed,
                "policy": loaded.ref.to_dict(),
                "deadline_s": seconds,
                "labelled_bytes_out": sum(outcome.bytes_out for outcome in outcomes),
                "outcomes": [outcome.to_dict() for outcome in outcomes],
            }
        )
    else:
        _show(loaded, outcomes, seconds)
    raise typer.Exit(0 if passed else 1)


async def _play(
    policy: Policy, planned: list[Any], seconds: float, *, quiet: bool
) -> list[Outcome]:
    from ringfence.drill import rehearse

    outcomes = []
    with progress(len(planned), items="scenes", shown=not quiet) as bar:
        async for outcome in rehearse(policy, planned, deadline_s=seconds):
            outcomes.append(outcome)
            bar.advance(1)
    return outcomes


def _show(policy: Policy, outcomes: Sequence[Outcome], seconds: float) -> None:
    from ringfence.drill import FAULTS

    rows = []
    for (kind, traffic, failing), group in groupby(outcomes, key=_row):
        cells = {outcome.scene.fault.name: _cell(outcome) for outcome in group}
        rows.append((kind, traffic, failing, *(cells[fault.name] for fault in FAULTS)))
    output.print_table(("route", "request", "failing", *(fault.name for fault in FAULTS)), rows)
    stuck = [outcome for outcome in outcomes if outcome.answered_by is None]
    out = sum(outcome.bytes_out for outcome in outcomes)
    written = policy.document.fallback.deadline_s
    output.console().print()
    output.print_text(
        f"{len(outcomes) - len(stuck)} of {len(outcomes)} rehearsed calls were answered; "
        f"labelled bytes at endpoints not cleared for them: {out}\n"
    )
    if seconds < written:
        output.print_text(
            f"a call had {seconds:g} s here, {written:g} s under fallback.deadline_s: a hang costs more there\n"
        )
    for (kind, traffic, _), group in groupby(stuck, key=_row):
        output.print_text(
            f"no way for a {traffic} request on route '{kind}': {_advice(list(group))}\n"
        )


def _row(outcome: Outcome) -> tuple[str, str, str]:
    scene = outcome.scene
    return scene.route.value, scene.traffic.value, scene.failing or "-"


def _cell(outcome: Outcome) -> str:
    if outcome.bytes_out:
        return f"LEAK: {outcome.bytes_out} bytes"
    if outcome.answered_by is None:
        return "NO WAY"
    return f"{outcome.answered_by} {outcome.ms / 1000:.2f} s ${money(outcome.usd)}"


def _advice(stuck: Sequence[Outcome]) -> str:
    scene = stuck[0].scene
    if scene.failing is None:
        return f"no model is eligible at all ({stuck[0].error}); 'ringfence route' tells why"
    if scene.alone:
        return f"every eligible model is where {scene.failing} is; add one on another endpoint"
    faults = ", ".join(outcome.scene.fault.name for outcome in stuck)
    return f"{scene.failing} failing ({faults}) left no time or try; see fallback.attempts and --deadline"
