"""What the tests of a policy reached: its rules, routes, models and custom labels, and the lines of the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ringfence.decide.ruling import apply_rules
from ringfence.request import Request
from ringfence.rules import Policy
from ringfence.rules.conditions import narrows
from ringfence.types import Decision, Findings, Task

Part = tuple[str, str]
"""A kind (`rule`, `route`, `model`, `custom label`) and a name."""
Reached = frozenset[Part]


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """A part of the policy, where it stands, and whether a test reached it."""

    kind: str
    name: str
    file: str
    line: int
    reached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """All parts of one policy."""

    parts: tuple[Covered, ...]

    @property
    def missed(self) -> tuple[Covered, ...]:
        return tuple(part for part in self.parts if not part.reached)

    @property
    def percent(self) -> float:
        return 100 * (1 - len(self.missed) / len(self.parts))

    def to_dict(self) -> dict[str, Any]:
        return {
            "percent": round(self.percent, 1),
            "parts": len(self.parts),
            "missed": [
                {"kind": part.kind, "name": part.name, "file": part.file, "line": part.line}
                for part in self.missed
            ],
        }


def reached_by(
    policy: Policy,
    request: Request,
    *,
    findings: Findings,
    task: Task,
    decision: Decision,
    now: datetime,
) -> Reached:
    """What one decision reached: the rules that acted, the route that served, the candidates, the custom labels found.

    A rule acts when it matches and narrows, or is the first that chooses. A route serves unless a rule denies first.
    """
    ruling = apply_rules(policy, request, findings=findings, task=task, size=decision.size, now=now)
    by_name = {rule.name: rule for rule in policy.document.rules}
    acted = {rule.name for rule in ruling.narrowing if narrows(rule)}
    for names, effect in zip(ruling.matched, ("task", "route"), strict=False):
        acted.update([name for name in names if getattr(by_name[name], effect)][:1])
    parts = {("rule", name) for name in acted}
    denied = decision.refusal is not None and decision.refusal.code == "denied"
    if ruling.route is None and not denied:
        parts.add(("route", policy.route(decision.task.kind)[0].value))
    parts |= {("model", candidate.model) for candidate in decision.candidates}
    parts |= {("custom label", finding.entity) for finding in findings.findings}
    return frozenset(parts)


def coverage(policy: Policy, reached: Iterable[Reached]) -> Coverage:
    """All parts of the policy, after all results."""
    touched = frozenset(part for parts in reached for part in parts)
    return Coverage(
        parts=tuple(
            _covered(policy, kind, name, path, (kind, name) in touched)
            for kind, name, path in _parts(policy)
        )
    )


def _parts(policy: Policy) -> Iterator[tuple[str, str, tuple[str | int, ...]]]:
    document = policy.document
    for name in document.models:
        yield "model", name, ("models", name)
    for index, custom in enumerate(document.labels.custom):
        yield "custom label", custom.name, ("labels", "custom", index)
    for kind in document.routes:
        yield "route", kind.value, ("routes", kind.value)
    for index, rule in enumerate(document.rules):
        yield "rule", rule.name, ("rules", index)


def _covered(
    policy: Policy, kind: str, name: str, path: tuple[str | int, ...], reached: bool
) -> Covered:
    place = policy.places.problem(path, "") if policy.places else None
    file, line = (place.file, place.line) if place else (policy.ref.source, 0)
    return Covered(kind=kind, name=name, file=file, line=line, reached=reached)
