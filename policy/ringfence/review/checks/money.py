"""Budgets and caps: whether anything fits them, and whether they ever act."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ringfence.costs import expected_usd
from ringfence.review.checks.conditions import kinds_of
from ringfence.review.checks.noticed import NamedRoute, Noticed, quoted, routes_of
from ringfence.rules import Policy
from ringfence.rules.schema import Budget
from ringfence.types import Locality, Size, TaskKind

_SMALLEST = Size(input_tokens=1)
_DAYS = {"day": 31, "month": 1}
"""How often a budget starts anew in the longest month."""


def budgets(policy: Policy) -> Iterator[Noticed]:
    """RF301, RF303 and RF304: budgets that act from the first call, at a wall, or never."""
    for index, budget in enumerate(policy.document.budgets):
        path = ("budgets", index)
        fits_none = [
            route.title
            for route in routes_of(policy)
            if (priced := _priced(policy, route)) and min(priced) > budget.usd
        ]
        if fits_none:
            yield Noticed(
                "RF301",
                (*path, "usd"),
                f"the budget is smaller than the smallest call to a priced model of {', '.join(fits_none)}",
            )
        if budget.then == "local":
            yield from _walls(policy, (*path, "then"))
        for other, tighter in enumerate(policy.document.budgets):
            if other != index and _acts_first(tighter, budget, earlier=other < index):
                yield Noticed(
                    "RF304",
                    path,
                    f"budget {other + 1} (per {tighter.per} every {tighter.every}) is always spent before this one",
                )
                break


def _walls(policy: Policy, path: tuple[str | int, ...]) -> Iterator[Noticed]:
    without = [
        route.title
        for route in routes_of(policy)
        if all(policy.models[name].locality is not Locality.LOCAL for name in route.names)
    ]
    if without:
        yield Noticed("RF303", path, f"no local model is left for {', '.join(without)}")


def _acts_first(tighter: Budget, budget: Budget, *, earlier: bool) -> bool:
    """Whether `tighter` is spent whenever `budget` would be; of two that are alike the earlier is kept."""
    if tighter.per != budget.per:
        return False
    most = tighter.usd * (_DAYS[tighter.every] if budget.every == "month" else 1)
    if tighter.every == "month" and budget.every == "day":
        most = tighter.usd
    return most < budget.usd or (most == budget.usd and earlier)


def caps(policy: Policy) -> Iterator[Noticed]:
    """RF302: caps that refuse what they were to make cheaper."""
    for index, rule in enumerate(policy.document.rules):
        if rule.cap is None or rule.cap.usd is None:
            continue
        kinds, limit = kinds_of(rule), rule.cap.output_tokens
        refused = [
            route.title
            for route in routes_of(policy)
            if (route.kind is None or kinds is None or route.kind in kinds)
            and min(_costs(policy, route, limit)) > rule.cap.usd
        ]
        if refused:
            yield Noticed(
                "RF302",
                ("rules", index, "cap"),
                f"no model of {', '.join(refused)} is expected to stay under the cap of rule {quoted((rule.name,))}",
            )


def _priced(policy: Policy, route: NamedRoute) -> list[Decimal]:
    return [usd for usd in _costs(policy, route) if usd > 0]


def _costs(policy: Policy, route: NamedRoute, limit: int | None = None) -> list[Decimal]:
    kind = route.kind or TaskKind.SIMPLE
    return [expected_usd(policy.models[name].facts, _SMALLEST, kind, limit) for name in route.names]
