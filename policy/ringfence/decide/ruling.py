"""What the policy's rules make of a request: its task, its route, and which of them narrow the choice of models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ringfence.request import Request
from ringfence.rules import Facts, Policy, Rule, matching_rules
from ringfence.rules.schema import Route
from ringfence.types import Findings, Size, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """All rules that match, and what they say."""

    task: Task
    """The task as ruled."""
    narrowing: tuple[Rule, ...]
    """The rules that match with the task as read or as ruled, in the policy's order: what narrows applies."""
    route: Route | None
    """Of the first rule that has one and matches the task as ruled."""
    matched: tuple[tuple[str, ...], ...]
    """The names of the rules that match the task as read, and as ruled, for the decision's id."""


def apply_rules(
    policy: Policy, request: Request, *, findings: Findings, task: Task, size: Size, now: datetime
) -> Ruling:
    """Ask the rules. A rule that changes the task hides no rule that narrows: those are asked under both tasks."""
    if not policy.document.rules:
        return Ruling(task=task, narrowing=(), route=None, matched=())
    facts = Facts(
        request, labels=findings.labels, task=task.kind, tokens=size.input_tokens, now=now
    )
    as_read = as_ruled = matching_rules(policy, facts)
    ruled = _ruled(as_read, task)
    if ruled.kind is not task.kind and policy.rules.tests_task:
        as_ruled = matching_rules(policy, facts.with_task(ruled.kind))
    either = {id(rule) for rule in (*as_read, *as_ruled)}
    return Ruling(
        task=ruled,
        narrowing=tuple(rule for rule in policy.rules.rules if id(rule) in either),
        route=next((rule.route for rule in as_ruled if rule.route is not None), None),
        matched=tuple(tuple(rule.name for rule in rules) for rules in (as_read, as_ruled)),
    )


def _ruled(rules: Sequence[Rule], task: Task) -> Task:
    for rule in rules:
        if rule.task is not None:
            reason = f"rule '{rule.name}' says so (was {task.kind} by {task.source})"
            return Task(kind=rule.task, confidence=1.0, source="rule", reasons=(reason,))
    return task
