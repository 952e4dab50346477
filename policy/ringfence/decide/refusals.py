"""What to say when no model is left: which error it is, what happened, why, and what to do now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ringfence.errors import (
    BudgetExceeded,
    Denied,
    NoModel,
    NotCleared,
    RingfenceError,
    Unavailable,
)
from ringfence.rules import Model, Policy, Rule
from ringfence.types import Decision, Outcome, Refusal, Spent, TaskKind, money


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A model and every filter that drops it, in order, as (filter, reason)."""

    model: Model
    in_route: bool
    failures: tuple[tuple[str, str], ...]

    def only(self, *filters: str) -> bool:
        """Whether the model is of the route and nothing but these filters drops it."""
        return (
            self.in_route
            and bool(self.failures)
            and all(name in filters for name, _ in self.failures)
        )


def refuse(
    policy: Policy,
    *,
    kind: TaskKind,
    rules: Sequence[Rule],
    labels: Sequence[str],
    verdicts: Sequence[Verdict],
    spent: Sequence[Spent],
) -> tuple[Outcome, Refusal]:
    """Why nothing is left, the most telling reason first: a rule, a model that is down, a budget, clearance."""
    for rule in rules:
        if rule.deny is not None:
            return Outcome.DENY, Refusal(
                code=Denied.code, message=rule.deny, facts={"rule": rule.name}
            )
    down = [verdict for verdict in verdicts if verdict.only("health")]
    if down:
        return Outcome.NONE, Refusal(code=Unavailable.code, message=_unavailable(down, labels))
    if any(verdict.only("budget") for verdict in verdicts):
        return Outcome.DENY, _budget(policy, spent)
    uncleared = [verdict for verdict in verdicts if verdict.only("clearance", "health", "budget")]
    if uncleared:
        return Outcome.DENY, _not_cleared(kind, uncleared, labels)
    return Outcome.NONE, Refusal(code=NoModel.code, message=_no_model(kind, verdicts))


def _unavailable(down: Sequence[Verdict], labels: Sequence[str]) -> str:
    states = "; ".join(f"{verdict.model.name}: {verdict.failures[0][1]}" for verdict in down)
    seen = f" that may see {', '.join(labels)}" if labels else ""
    return f"every model{seen} is down ({states}). Start it, or see: ringfence doctor"


def _budget(policy: Policy, spent: Sequence[Spent]) -> Refusal:
    tightest = min(spent, key=lambda item: policy.document.budgets[item.budget].usd - item.usd)
    budget = policy.document.budgets[tightest.budget]
    resets = tightest.resets_at.isoformat(timespec="seconds")
    return Refusal(
        code=BudgetExceeded.code,
        message=(
            f"the budget per {budget.per} every {budget.every} (${money(budget.usd)}) does not fit this call: "
            f"${money(tightest.usd)} is spent or reserved. Wait until {resets}, or raise it in the policy"
        ),
        facts={"limit": money(budget.usd), "spent": money(tightest.usd), "resets_at": resets},
    )


def _not_cleared(kind: TaskKind, uncleared: Sequence[Verdict], labels: Sequence[str]) -> Refusal:
    names = ", ".join(verdict.model.name for verdict in uncleared)
    missing = sorted({label for verdict in uncleared for label in _missing(verdict, labels)})
    return Refusal(
        code=NotCleared.code,
        message=(
            f"no model of route '{kind}' may see {', '.join(missing)} (not cleared: {names}). Give the route a local "
            "model, which may see everything: run 'ollama pull qwen3.5:9b', add 'local-9b: {model: "
            f"ollama_chat/qwen3.5:9b}}' to models and 'local-9b' to route '{kind}', then run 'ringfence policy check'. "
            "Or write a clearance with its reason for a model you trust"
        ),
        facts={"labels": missing},
    )


def _missing(verdict: Verdict, labels: Sequence[str]) -> tuple[str, ...]:
    return verdict.model.clearance.missing(labels, verdict.model.locality)


def _no_model(kind: TaskKind, verdicts: Sequence[Verdict]) -> str:
    reasons = "; ".join(
        f"{verdict.model.name}: {', '.join(reason for _, reason in verdict.failures)}"
        for verdict in verdicts
        if verdict.in_route and verdict.failures
    )
    return f"no model of route '{kind}' can serve this request ({reasons or 'the route is empty'}). Add one that can"


_ERRORS: dict[str, type[RingfenceError]] = {
    error.code: error for error in (Denied, NotCleared, BudgetExceeded, NoModel, Unavailable)
}


def as_error(decision: Decision) -> RingfenceError:
    """The error that `complete` raises for a decision without candidates."""
    refusal = decision.refusal
    if refusal is None:
        raise TypeError("only a refused decision is an error")
    error = _ERRORS[refusal.code](refusal.message, **refusal.facts)
    error.decision = decision
    return error
