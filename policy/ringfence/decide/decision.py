"""`decide`: every model through every filter, the kept ones in the order of the task's route."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal

from ringfence.costs import expected_usd
from ringfence.decide.filters import FILTERS, Question
from ringfence.decide.refusals import Verdict, refuse
from ringfence.decide.ruling import Ruling, apply_rules
from ringfence.request import Request
from ringfence.rules import Model, Policy, Rule
from ringfence.rules.schema import Route
from ringfence.types import (
    Candidate,
    Decision,
    Dropped,
    Findings,
    Locality,
    Outcome,
    Size,
    State,
    Task,
    TaskKind,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The request and its names: `id` for people, `fingerprint` a keyed hash of its content for replays (I6)."""

    request: Request
    id: str
    fingerprint: str


def decide(
    policy: Policy, ask: Ask, *, findings: Findings, task: Task, size: Size, state: State
) -> Decision:
    """Which models may answer, in order, and why each other one may not.

    The same arguments give the same Decision, byte for byte (I6). A refusal is a Decision too: it has no candidates,
    and `refusal` says which error `complete` raises.
    """
    ruled = apply_rules(policy, ask.request, findings=findings, task=task, size=size, now=state.now)
    rules, task = ruled.narrowing, ruled.task
    route_of, route = (task.kind, ruled.route) if ruled.route else policy.route(task.kind)
    limit = _output_limit(rules, size)
    expected = {
        name: expected_usd(model.facts, size, task.kind, limit)
        for name, model in policy.models.items()
    }
    question = Question(
        policy=policy,
        labels=findings.labels,
        size=size,
        rules=rules,
        state=state,
        expected=expected,
    )
    order = _rank(route, expected, preferred=_preferred(policy, ask.request.model))
    verdicts = [
        _judge(model, question, in_route=name in order) for name, model in policy.models.items()
    ]
    verdicts = _enforce_budgets(verdicts, order, question)
    kept = {verdict.model.name: verdict.model for verdict in verdicts if not verdict.failures}
    candidates = tuple(
        Candidate(model=name, locality=kept[name].locality, expected_usd=expected[name])
        for name in order
        if name in kept
    )
    outcome, refusal = Outcome.ROUTE, None
    if not candidates:
        outcome, refusal = refuse(
            policy,
            kind=route_of,
            rules=rules,
            labels=findings.labels,
            verdicts=verdicts,
            spent=state.spent,
        )
    return Decision(
        id=_identify(policy, ask, findings, ruled, state),
        request_id=ask.id,
        labels=findings.labels,
        findings=findings.findings,
        task=task,
        size=size,
        candidates=candidates,
        dropped=tuple(_dropped(verdicts, route_of)),
        outcome=outcome,
        policy=policy.ref,
        catalog_digest=policy.catalog.digest,
        max_output_tokens=limit,
        refusal=refusal,
        notes=_notes(policy, ask.request, findings, task, route_of),
    )


def _output_limit(rules: Sequence[Rule], size: Size) -> int | None:
    caps = [rule.cap.output_tokens for rule in rules if rule.cap and rule.cap.output_tokens]
    if size.max_output_tokens is not None:
        caps.append(size.max_output_tokens)
    return min(caps, default=None)


def _preferred(policy: Policy, wanted: str | None) -> str | None:
    """The policy's model that a request asks for, by its name here or the provider's name for it."""
    if wanted is None or wanted in policy.models:
        return wanted
    for name, model in policy.models.items():
        if wanted in (model.spec_model, model.spec_model.split("/", 1)[1], model.served):
            return name
    return None


def _rank(
    route: Route, expected: Mapping[str, Decimal], *, preferred: str | None
) -> tuple[str, ...]:
    """The route's models: the preferred first, then group by group, inside a group the cheaper expected cost."""
    order: list[str] = [preferred] if preferred is not None else []
    for group in route:
        names = (group,) if isinstance(group, str) else group
        order.extend(sorted(names, key=lambda name: expected[name]))
    return tuple(dict.fromkeys(order))


def _judge(model: Model, question: Question, *, in_route: bool) -> Verdict:
    failures = [(name, reason) for name, keep in FILTERS if (reason := keep(model, question))]
    return Verdict(model=model, in_route=in_route, failures=tuple(failures))


def _enforce_budgets(
    verdicts: list[Verdict], order: Sequence[str], question: Question
) -> list[Verdict]:
    """When the first choice does not fit a budget, do what the budget says.

    `downgrade` leaves the models that fit, `local` only the local ones, `deny` none.
    """
    by_name = {verdict.model.name: verdict for verdict in verdicts}
    eligible = (by_name[name] for name in order)
    first = next((v for v in eligible if not v.failures or v.only("budget")), None)
    if first is None or not first.failures:
        return verdicts
    cost = question.expected[first.model.name]
    budgets = question.policy.document.budgets
    then = {
        budgets[spent.budget].then
        for spent in question.state.spent
        if cost > budgets[spent.budget].usd - spent.usd
    }
    return [_with_budget(verdict, then) for verdict in verdicts]


def _with_budget(verdict: Verdict, then: Set[str]) -> Verdict:
    if "deny" in then:
        reason = "a budget is spent, and the policy then denies"
    elif "local" in then and verdict.model.locality is not Locality.LOCAL:
        reason = "a budget is spent, and the policy then keeps only local models"
    else:
        return verdict
    if any(name == "budget" for name, _ in verdict.failures):
        return verdict
    return Verdict(
        model=verdict.model,
        in_route=verdict.in_route,
        failures=(*verdict.failures, ("budget", reason)),
    )


def _dropped(verdicts: Iterable[Verdict], route_of: TaskKind) -> Iterable[Dropped]:
    for verdict in verdicts:
        if verdict.failures:
            name, reason = verdict.failures[0]
            yield Dropped(model=verdict.model.name, filter=name, reason=reason)
        elif not verdict.in_route:
            reason = f"not in the route of '{route_of}'"
            yield Dropped(model=verdict.model.name, filter="route", reason=reason)


def _notes(
    policy: Policy, request: Request, findings: Findings, task: Task, route_of: TaskKind
) -> tuple[str, ...]:
    notes = list(findings.notes)
    if route_of is not task.kind:
        notes.append(f"the policy has no route for '{task.kind}'; that of '{route_of}' serves")
    if request.model is not None and _preferred(policy, request.model) is None:
        notes.append("the preferred model is not in the policy; the route decides")
    return tuple(notes)


def _identify(policy: Policy, ask: Ask, findings: Findings, ruled: Ruling, state: State) -> str:
    """A decision's id: a digest of all that it depends on. Of caller and hour, that is which rules matched."""
    facts = [
        ask.fingerprint,
        policy.ref.digest,
        policy.catalog.digest,
        findings.labels,
        ruled.task.kind,
        ruled.matched,
        state.now.date().isoformat(),
        sorted(state.health.items()),
        [(spent.budget, str(spent.usd)) for spent in state.spent],
    ]
    return "dec_" + hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:24]
