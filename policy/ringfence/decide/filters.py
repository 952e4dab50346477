"""The filters that a model must pass, each one function: a reason to drop it, or None to keep it.

`FILTERS` is their order; a dropped model is reported by the first that drops it. Clearance is first, because it is
the one that must never be wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ringfence.decide import clearance
from ringfence.rules import Model, Policy, Rule
from ringfence.types import Locality, Size, State, money


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything the filters look at besides the model."""

    policy: Policy
    labels: tuple[str, ...]
    size: Size
    rules: tuple[Rule, ...]
    """The rules that match this request."""
    state: State
    expected: Mapping[str, Decimal]
    """Model name → US dollars that the call is expected to cost."""


Filter = Callable[[Model, Question], str | None]

_OUTPUT_ROOM = 256
"""Tokens of a window kept for the answer when the caller sets no limit."""


def by_clearance(model: Model, question: Question) -> str | None:
    missing = clearance.missing(model, question.labels)
    return f"not cleared for {', '.join(missing)}" if missing else None


def by_rules(model: Model, question: Question) -> str | None:
    names = (model.name, model.locality.value)
    for rule in question.rules:
        if rule.deny is not None:
            return f"rule '{rule.name}' denies the request"
        if any(name in rule.forbid for name in names):
            return f"rule '{rule.name}' forbids it"
        if rule.only and not any(name in rule.only for name in names):
            return f"rule '{rule.name}' allows only {', '.join(rule.only)}"
        limit = rule.cap.usd if rule.cap else None
        if limit is not None and question.expected[model.name] > limit:
            return f"expected cost is over the cap of rule '{rule.name}' (${money(limit)})"
    return None


def by_capability(model: Model, question: Question) -> str | None:
    facts = model.facts
    can = {
        "tools": facts.tools != "none",
        "vision": facts.vision,
        "audio": facts.audio,
        "files": facts.files,
        "json_schema": facts.json_schema or facts.tools == "constrained",
    }
    lacking = sorted(need for need in question.size.needs if not can[need])
    return f"cannot do {', '.join(lacking)}" if lacking else None


def by_context_window(model: Model, question: Question) -> str | None:
    room = question.size.max_output_tokens or _OUTPUT_ROOM
    needed = question.size.input_tokens + room
    window = model.facts.context_window
    return f"needs {needed:,} tokens, its window is {window:,}" if needed > window else None


def by_retired(model: Model, question: Question) -> str | None:
    retires = model.facts.retires
    if retires is None or question.state.now.date() < retires:
        return None
    return f"retired on {retires}"


def by_network(model: Model, question: Question) -> str | None:
    if question.policy.document.network.mode == "none" and model.locality is Locality.CLOUD:
        return "the policy allows no network (network.mode: none)"
    return None


def by_health(model: Model, question: Question) -> str | None:
    return question.state.health.get(model.name)


def by_budget(model: Model, question: Question) -> str | None:
    """Drop what would pass a budget. What the policy then does with the rest is `ringfence.decide.budgets`."""
    expected = question.expected[model.name]
    for spent in question.state.spent if expected else ():
        budget = question.policy.document.budgets[spent.budget]
        left = budget.usd - spent.usd
        if expected > left:
            return (
                f"the budget per {budget.per} every {budget.every} has ${money(max(left, Decimal(0)))} left of "
                f"${money(budget.usd)}, and the call is expected to cost ${money(expected)}"
            )
    return None


FILTERS: tuple[tuple[str, Filter], ...] = (
    ("clearance", by_clearance),
    ("rules", by_rules),
    ("capability", by_capability),
    ("context_window", by_context_window),
    ("retired", by_retired),
    ("network", by_network),
    ("health", by_health),
    ("budget", by_budget),
)
