"""`remarks`: what a careful reviewer would ask about a policy that loads. Pure: a policy and a day in, remarks out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from typing_extensions import override

from ringfence.errors import Problem
from ringfence.review.checks import looking, models, money, network, rules
from ringfence.review.checks.noticed import Noticed
from ringfence.review.codes import Severity, codes
from ringfence.rules import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing to change, or to answer for. Lines and columns count from 1."""

    code: str
    severity: Severity
    file: str
    line: int
    column: int
    message: str
    remedy: str

    @override
    def __str__(self) -> str:
        return f"{self.place}: {self.severity} {self.code}: {self.message}. {self.remedy[0].upper()}{self.remedy[1:]}"

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def to_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity.value,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "message": self.message,
            "remedy": self.remedy,
        }


def remarks(policy: Policy, today: date) -> tuple[Remark, ...]:
    """Everything noticed, in the order of the file."""
    return in_order(remark(policy, noticed) for noticed in _notice(policy, today))


def in_order(found: Iterable[Remark]) -> tuple[Remark, ...]:
    return tuple(sorted(set(found), key=lambda r: (r.file, r.line, r.column, r.code, r.message)))


def remark(policy: Policy, noticed: Noticed) -> Remark:
    """What was noticed, with the place that it is about and what its code says to do."""
    code = codes()[noticed.code]
    place = _place(policy, noticed)
    return Remark(
        code=code.code,
        severity=code.severity,
        file=place.file,
        line=place.line,
        column=place.column,
        message=noticed.message,
        remedy=code.remedy,
    )


def _place(policy: Policy, noticed: Noticed) -> Problem:
    if policy.places is not None:
        return policy.places.problem(noticed.path, noticed.message)
    return Problem(file=policy.ref.source, line=1, column=1, message=noticed.message)


def _notice(policy: Policy, today: date) -> Iterator[Noticed]:
    yield from models.routes(policy, today)
    yield from models.unused(policy)
    yield from models.retiring(policy, today)
    yield from models.attempts(policy)
    yield from models.clearances(policy)
    yield from models.catalogued(policy)
    yield from models.labels(policy)
    yield from rules.shadowed(policy)
    yield from rules.never_match(policy)
    yield from rules.needless(policy)
    yield from rules.refuse(policy)
    yield from rules.claimed(policy)
    yield from money.budgets(policy)
    yield from money.caps(policy)
    yield from looking.gate(policy)
    yield from looking.allowed(policy)
    yield from looking.custom(policy)
    yield from looking.released(policy)
    yield from network.expiry(policy, today)
    yield from network.hosts(policy)
    yield from network.offline(policy)
