"""The bill of a workload: each entry of the mix where the policy sends it, and what else it could have cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

from ringfence.catalog import Hardware
from ringfence.costs.breakeven import BreakEven, break_even, cents, replacement, rounded
from ringfence.costs.estimate import (
    Alternative,
    Bill,
    Estimate,
    ModelEstimate,
    PricedModel,
    RouteBill,
    model_notes,
)
from ringfence.costs.output import OutputTokens
from ringfence.costs.pricing import token_cost
from ringfence.costs.workload import MixEntry, Workload
from ringfence.errors import BadRequest
from ringfence.types import Locality, money

_MONTHS = 12
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The model that a decision gives an entry of the mix, or None and why."""

    model: str | None
    reason: str = ""


Chooser = Callable[[MixEntry], Choice]
"""How the router hands its `decide` in (I9): the size of one call is `Workload.call`."""


def price_workload(
    workload: Workload,
    models: Sequence[PricedModel],
    *,
    choose: Chooser,
    hardware: Mapping[str, Hardware],
) -> Estimate:
    """Estimate a workload: every entry of its mix on the model that `choose` names for it.

    Args:
        workload: from `parse_workload`.
        models: the policy's.
        choose: the same `decide` as real calls take.
        hardware: the catalogue's.

    Raises:
        BadRequest: when the workload names a model or a machine that does not exist.
        UnknownPrice: for a model without a price.
    """
    named = {model.name: model for model in models}
    _check_names(workload, named, hardware)
    routes = tuple(_route(workload, entry, choose(entry), named) for entry in workload.mix)
    monthly = sum((route.monthly_usd for route in routes), Decimal(0))
    rows = {name: _session(workload, model) for name, model in named.items()}
    used = [named[route.model] for route in routes if route.model is not None]
    return Estimate(
        kind="workload",
        about=workload.to_dict(),
        chosen=rows.get(_largest(routes) or ""),
        models=tuple(rows.values()),
        assumptions=(
            *_assumptions(workload, routes, monthly),
            *model_notes(dict.fromkeys(model.facts for model in used)),
        ),
        bill=Bill(
            monthly_usd=monthly,
            yearly_usd=monthly * _MONTHS,
            per_session_usd=_exact(monthly / workload.sessions_per_month),
            by_route=routes,
            alternatives=_alternatives(workload, rows, monthly),
            break_even=_break_even(workload, routes, named, choose, hardware),
        ),
    )


def _check_names(
    workload: Workload, named: Mapping[str, PricedModel], hardware: Mapping[str, Hardware]
) -> None:
    for entry in workload.mix:
        if entry.model is not None and entry.model not in named:
            message = f"no such model in the policy; it has {', '.join(sorted(named))}"
            raise BadRequest(message, path=f"{entry.path}/model")
    for name in workload.hardware:
        if name not in hardware:
            message = f"no such hardware in the catalogue; it has {', '.join(sorted(hardware))}"
            raise BadRequest(message, path="/hardware")


def _route(
    workload: Workload, entry: MixEntry, choice: Choice, named: Mapping[str, PricedModel]
) -> RouteBill:
    sessions = workload.sessions_per_month * entry.share
    model = named[choice.model] if choice.model is not None else None
    session_usd = _session_usd(workload, model) if model else Decimal(0)
    return RouteBill(
        share=entry.share,
        task=entry.task,
        labels=entry.labels,
        model=choice.model,
        locality=model.locality if model else None,
        sessions_per_month=sessions,
        per_session_usd=session_usd,
        monthly_usd=sessions * session_usd,
        reason=choice.reason,
    )


def _session_usd(workload: Workload, model: PricedModel) -> Decimal:
    return token_cost(
        model.facts, workload.input_tokens_per_session, workload.output_tokens_per_session
    )


def _session(workload: Workload, model: PricedModel) -> ModelEstimate:
    """One session on one model: its tokens are given, so the median and nine in ten are the same."""
    out = workload.output_tokens_per_session
    usd = _session_usd(workload, model)
    return ModelEstimate(
        model=model.name,
        locality=model.locality,
        eligible=model.eligible,
        input_tokens=workload.input_tokens_per_session,
        output_tokens=OutputTokens(p50=out, p90=out),
        usd_p50=usd,
        usd_p90=usd,
    )


def _alternatives(
    workload: Workload, rows: Mapping[str, ModelEstimate], monthly: Decimal
) -> tuple[Alternative, ...]:
    found = [
        _alternative(name, row.usd_p50 * workload.sessions_per_month, monthly)
        for name, row in rows.items()
    ]
    return tuple(sorted(found, key=lambda alternative: -alternative.monthly_usd))


def _alternative(name: str, usd: Decimal, monthly: Decimal) -> Alternative:
    saving = usd - monthly
    pct = rounded(saving * 100 / usd, "0.1") if usd else None
    return Alternative(model=name, monthly_usd=usd, saving_usd=saving, saving_pct=pct)


def _break_even(
    workload: Workload,
    routes: Sequence[RouteBill],
    named: Mapping[str, PricedModel],
    choose: Chooser,
    hardware: Mapping[str, Hardware],
) -> BreakEven:
    """The local share priced where the same work goes without its labels, and the cloud share as it is."""
    cloud = sum((row.monthly_usd for row in routes if row.locality is Locality.CLOUD), Decimal(0))
    asked = tuple(hardware[key] for key in workload.hardware)
    everything = replacement(
        "all that this mix still spends in the cloud", cloud, asked or hardware.values()
    )
    own = [
        (entry, row)
        for entry, row in zip(workload.mix, routes, strict=True)
        if row.model is not None and row.locality is not Locality.CLOUD
    ]
    second = workload.sessions_per_day * workload.output_tokens_per_session / _DAY_SECONDS
    speed = int(second.to_integral_value(ROUND_CEILING))
    if not own:
        return break_even(None, everything, tokens_per_second=speed)
    spared = Decimal(0)
    for entry, row in own:
        unlabelled = choose(replace(entry, labels=(), model=None)).model
        if unlabelled is not None:
            spared += row.sessions_per_month * _session_usd(workload, named[unlabelled])
    needed = dict.fromkeys(key for _, row in own for key in named[row.model or ""].facts.runs_on)
    local = replacement(
        "what the sessions on your own models would cost where the same work goes without its labels",
        spared,
        asked or tuple(hardware[key] for key in needed),
    )
    return break_even(local, everything, tokens_per_second=speed)


def _largest(routes: Sequence[RouteBill]) -> str | None:
    shares: dict[str, Decimal] = {}
    for route in routes:
        if route.model is not None:
            shares[route.model] = shares.get(route.model, Decimal(0)) + route.share
    return max(shares, key=lambda name: shares[name], default=None)


def _assumptions(
    workload: Workload, routes: Sequence[RouteBill], monthly: Decimal
) -> tuple[str, ...]:
    sessions = workload.sessions_per_month
    call = workload.call
    said = [
        f"a month is {workload.days_per_month:f} days: {sessions:,f} sessions; a year is 12 months",
        f"a session takes {workload.input_tokens_per_session:,} tokens in and "
        f"{workload.output_tokens_per_session:,} out, in {workload.calls_per_session} calls of about "
        f"{call.input_tokens:,} in, which is what must fit a model's window",
        "no input is served from a provider's cache; local models cost nothing per token",
        *(_line(route, sessions) for route in routes),
        f"together ${cents(monthly):,} a month",
    ]
    unserved = sum((route.share for route in routes if route.model is None), Decimal(0))
    if unserved:
        said.append(f"{_percent(unserved)} of the sessions can go nowhere and cost nothing here")
    if any(route.labels for route in routes):
        said.append(
            "alternatives compare prices only: a model that is not cleared could not take the labelled share"
        )
    return (*said, *_guide_remark(routes, monthly, sessions))


def _line(route: RouteBill, sessions: Decimal) -> str:
    what = " with ".join(filter(None, (route.task.value, ", ".join(route.labels))))
    if route.model is None:
        return f"{_percent(route.share)} {what}: no model ({route.reason or 'none may answer'})"
    return (
        f"{_percent(route.share)} {what} on {route.model}: {_percent(route.share)} × {sessions:,f} sessions × "
        f"${money(route.per_session_usd)} = ${cents(route.monthly_usd):,} a month"
    )


_GUIDE_MIX = (("0.40", "0.014"), ("0.45", "0.45"), ("0.10", "0"), ("0.05", "0.75"))
"""Share and US dollars a session of the guide's mix: Flash-Lite, Sonnet 4.6, local Qwen 3.5, Opus 4.6."""


def _guide_remark(
    routes: Sequence[RouteBill], monthly: Decimal, sessions: Decimal
) -> tuple[str, ...]:
    mix = tuple((route.share, route.per_session_usd) for route in routes)
    if mix != tuple((Decimal(share), Decimal(usd)) for share, usd in _GUIDE_MIX):
        return ()
    if sessions != 60_000:
        return ()
    return (
        f"the guide writes $18,000–22,000 a month for this mix; its own prices per session add up to ${monthly:,.0f}, "
        "which saves 45 % against all-Sonnet ($27,000; the guide says 35 %) and 67 % against all-Opus ($45,000; the "
        "guide says 55 %)",
    )


def _percent(share: Decimal) -> str:
    return f"{money(share * 100)} %"


def _exact(usd: Decimal) -> Decimal:
    """Without the digits that a division drags along: a millionth of a cent is enough."""
    return rounded(usd, "0.00000001")
