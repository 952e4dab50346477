"""What must hold of every Decision, stated a second time and held against it.

For a point this computes, from the policy as written, which models may answer and in which order. It is slow and plain
where `ringfence.decide` is quick and explains itself; the two share the rules' matching and the price of a call, and
nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from ringfence.costs import expected_usd
from ringfence.review.point import Point
from ringfence.review.profiles import facts
from ringfence.review.written import models_as_written
from ringfence.rules import Policy, Rule, matching_rules
from ringfence.types import Decision, Outcome, Size, TaskKind

CLAIMS = (
    "clearance",
    "rules",
    "capability",
    "context_window",
    "retired",
    "network",
    "health",
    "budget",
    "route",
)
"""Of each candidate: it is cleared for the labels, no matching rule is against it, and so on."""

Names = frozenset[str]
ROOM = 256
"""Tokens for the answer that must fit a window when the request sets no limit."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """What the rules that match make of a point."""

    kind: TaskKind
    route: tuple[Any, ...]
    permitted: Names
    caps_usd: tuple[Decimal, ...]
    cap_output: int | None
    matching: tuple[str, ...]
    denied: bool


@dataclass(slots=True)
class Expected:
    """Claim → the models of which it holds; and the models that may answer, in order."""

    holds: dict[str, Names]
    order: tuple[str, ...]
    answers: list[str] = field(default_factory=list)
    limit: int | None = None


class Claims:
    """The claims of one policy. What depends on a part of a point alone is worked out once."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.names = frozenset(policy.models)
        self._written = models_as_written(policy)
        self._rules: dict[object, Ruled] = {}
        self.cleared = cache(self._cleared)
        self._windows = cache(self._window)
        self._able = cache(self._can)
        self._costs = cache(self._cost)
        self._orders = cache(self._order)
        closed = policy.document.network.mode == "none"
        self._reachable = frozenset(
            n for n, m in self._written.items() if not (closed and m.locality == "cloud")
        )

    # -- each claim

    def _cleared(self, labels: tuple[str, ...]) -> Names:
        return frozenset(name for name, model in self._written.items() if model.may_see(labels))

    def _can(self, needs: frozenset[str]) -> Names:
        return frozenset(n for n in self.names if needs <= capabilities(self.policy, n))

    def _window(self, tokens: int, room: int) -> Names:
        models = self.policy.models
        return frozenset(n for n in models if tokens + room <= models[n].facts.context_window)

    def _in_service(self, point: Point) -> Names:
        today, models = point.now.date(), self.policy.models
        return frozenset(
            n for n in models if not ((day := models[n].facts.retires) and day <= today)
        )

    def _cost(self, size: Size, kind: TaskKind, limit: int | None) -> Mapping[str, Decimal]:
        models = self.policy.models
        return {name: expected_usd(models[name].facts, size, kind, limit) for name in models}

    def ruled(self, point: Point) -> Ruled:
        """What the matching rules say. A rule that narrows counts under the task as read and as ruled."""
        key = (id(point.profile), point.labels, point.kind, point.size.input_tokens, point.now)
        if key not in self._rules:
            self._rules[key] = self._rule(point)
        return self._rules[key]

    def _rule(self, point: Point) -> Ruled:
        as_read = as_ruled = self._matching(point, point.kind)
        kind = next((rule.task for rule in as_read if rule.task is not None), point.kind)
        if kind is not point.kind:
            as_ruled = self._matching(point, kind)
        narrowing = [*as_read, *(rule for rule in as_ruled if rule not in as_read)]
        own = next((rule.route for rule in as_ruled if rule.route), None)
        caps = [rule.cap for rule in narrowing if rule.cap]
        denied = any(rule.deny for rule in narrowing)
        return Ruled(
            kind=kind,
            route=own or self.policy.route(kind)[1],
            permitted=frozenset(
                n for n in self.names if not denied and self._permits(n, narrowing)
            ),
            caps_usd=tuple(cap.usd for cap in caps if cap.usd is not None),
            cap_output=min((cap.output_tokens for cap in caps if cap.output_tokens), default=None),
            matching=tuple(rule.name for rule in narrowing),
            denied=denied,
        )

    def _matching(self, point: Point, kind: TaskKind) -> tuple[Rule, ...]:
        about = facts(point.profile, point.labels, kind, point.size.input_tokens, now=point.now)
        return matching_rules(self.policy, about)

    def _permits(self, name: str, rules: Sequence[Rule]) -> bool:
        called = {name, self._written[name].locality}
        return all(
            called.isdisjoint(rule.forbid) and (not rule.only or not called.isdisjoint(rule.only))
            for rule in rules
        )

    def _order(
        self,
        route: tuple[Any, ...],
        wanted: str | None,
        size: Size,
        kind: TaskKind,
        limit: int | None,
    ) -> tuple[str, ...]:
        costs = self._costs(size, kind, limit)
        order = [] if (first := self._asked_for(wanted)) is None else [first]
        for group in route:
            order += [group] if isinstance(group, str) else sorted(group, key=costs.__getitem__)
        return tuple(dict.fromkeys(order))

    def _asked_for(self, wanted: str | None) -> str | None:
        if wanted is None or wanted in self.names:
            return wanted
        for name, model in self.policy.models.items():
            if wanted in (model.spec_model, model.spec_model.split("/", 1)[1], model.served):
                return name
        return None

    # -- all of them

    def expected(self, point: Point) -> Expected:
        """Which models may answer, in order, and which claim each model meets."""
        size, ruled = point.size, self.ruled(point)
        limits = [n for n in (ruled.cap_output, size.max_output_tokens) if n is not None]
        limit = min(limits, default=None)
        costs = self._costs(size, ruled.kind, limit)
        in_caps = frozenset(
            n for n in ruled.permitted if all(costs[n] <= cap for cap in ruled.caps_usd)
        )
        order = self._orders(ruled.route, point.profile.request.model, size, ruled.kind, limit)
        holds = {
            "clearance": self.cleared(point.labels),
            "rules": in_caps if ruled.caps_usd else ruled.permitted,
            "capability": self._able(size.needs),
            "context_window": self._windows(size.input_tokens, size.max_output_tokens or ROOM),
            "retired": self._in_service(point),
            "network": self._reachable,
            "health": self.names - point.down,
            "route": frozenset(order),
        }
        eligible = frozenset.intersection(*holds.values())
        holds["budget"] = self._affordable(point, [n for n in order if n in eligible], costs)
        answers = [name for name in order if name in eligible and name in holds["budget"]]
        return Expected(holds=holds, order=order, answers=answers, limit=limit)

    def _affordable(
        self, point: Point, eligible: Sequence[str], costs: Mapping[str, Decimal]
    ) -> Names:
        """Who fits every budget; and when the first choice does not, what the budget then says."""
        budgets = self.policy.document.budgets
        if not point.spent:
            return self.names
        short = {
            name: {
                budgets[item.budget].then
                for item in point.spent
                if costs[name] and costs[name] > budgets[item.budget].usd - item.usd
            }
            for name in self.names
        }
        then = short[eligible[0]] if eligible else set()
        fitting = frozenset(name for name in self.names if not short[name])
        if "deny" in then:
            return frozenset()
        if "local" in then:
            return frozenset(n for n in fitting if self._written[n].locality == "local")
        return fitting

    def faults(self, decision: Decision, point: Point) -> Iterator[tuple[str, str]]:
        """(claim, what is wrong) for all that does not hold of a Decision; nothing when it is right."""
        expected = self.expected(point)
        kept = [candidate.model for candidate in decision.candidates]
        if kept != expected.answers:
            yield from _wrong_candidates(kept, expected)
        if decision.max_output_tokens != expected.limit:
            yield "rules", f"the output limit is {decision.max_output_tokens}, not {expected.limit}"
        if (decision.outcome is Outcome.ROUTE) != bool(kept) or bool(decision.refusal) == bool(
            kept
        ):
            yield "decision", "its outcome does not fit its candidates"
        dropped = {item.model: item.filter for item in decision.dropped}
        if len(dropped) + len(kept) != len(self.names) or not self.names.issuperset(kept):
            yield "decision", "a model is neither a candidate nor dropped, or both"
        for name, by in dropped.items():
            if name in expected.holds[by] and not (by == "budget" and expected.answers != kept):
                yield by, f"{name} is dropped by it, and passes it"


def _wrong_candidates(kept: Sequence[str], expected: Expected) -> Iterator[tuple[str, str]]:
    for name in kept:
        broken = [claim for claim in CLAIMS if name not in expected.holds[claim]]
        for claim in broken:
            yield claim, f"{name} is a candidate against it"
    for name in expected.answers:
        if name not in kept:
            yield "decision", f"{name} is left out, and nothing is against it"
    if sorted(kept) == sorted(expected.answers):
        yield "route", "the candidates are not in the order of the route"


def capabilities(policy: Policy, name: str) -> frozenset[str]:
    """What a model can do, of the needs that a request may have."""
    can = policy.models[name].facts
    return frozenset(
        need
        for need, able in (
            ("tools", can.tools != "none"),
            ("vision", can.vision),
            ("audio", can.audio),
            ("files", can.files),
            ("json_schema", can.json_schema or can.tools == "constrained"),
        )
        if able
    )
