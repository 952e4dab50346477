"""What was spent, for people: by day, model and task, and which calls never got a result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, select

from ringfence.records.tables import calls, from_nano
from ringfence.types import money


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendRow:
    """The calls of one day, one answering model and one kind of task."""

    day: date
    model: str
    task: str
    calls: int
    usd: Decimal
    input_tokens: int
    output_tokens: int

    def to_dict(self) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(),
            "model": self.model,
            "task": self.task,
            "calls": self.calls,
            "usd": money(self.usd),
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A period's spend. `failed` calls got no answer; `unsettled` ones are still open, or were cut off."""

    rows: tuple[SpendRow, ...]
    failed: int
    refused: int
    unsettled: int

    @property
    def usd(self) -> Decimal:
        return sum((row.usd for row in self.rows), Decimal(0))

    def to_dict(self) -> dict[str, Any]:
        return {
            "usd": money(self.usd),
            "calls": sum(row.calls for row in self.rows),
            "failed": self.failed,
            "refused": self.refused,
            "unsettled": self.unsettled,
            "rows": [row.to_dict() for row in self.rows],
        }


def summarise(connection: Connection, since: date, until: date) -> Summary:
    """Sum up the calls that began from `since` to `until`, both included."""
    period = calls.c.day.between(since.isoformat(), until.isoformat())
    routed = calls.c.outcome == "route"
    finished = calls.c.finished.is_not(None)
    answerer = func.coalesce(calls.c.answered_by, calls.c.model)
    statement = (
        select(
            calls.c.day,
            answerer.label("model"),
            calls.c.task,
            func.count().label("calls"),
            func.coalesce(func.sum(calls.c.usd), 0).label("usd"),
            func.coalesce(func.sum(calls.c.input_tokens), 0).label("input_tokens"),
            func.coalesce(func.sum(calls.c.output_tokens), 0).label("output_tokens"),
        )
        .where(period, routed, finished)
        .group_by(calls.c.day, answerer, calls.c.task)
        .order_by(calls.c.day, answerer, calls.c.task)
    )
    rows = tuple(
        SpendRow(
            day=date.fromisoformat(row.day),
            model=row.model,
            task=row.task,
            calls=row.calls,
            usd=from_nano(row.usd),
            input_tokens=row.input_tokens,
            output_tokens=row.output_tokens,
        )
        for row in connection.execute(statement)
    )

    def count(*conditions: Any) -> int:
        return connection.execute(select(func.count()).where(period, *conditions)).scalar_one()

    return Summary(
        rows=rows,
        failed=count(routed, finished, calls.c.answered_by.is_(None)),
        refused=count(calls.c.outcome != "route"),
        unsettled=count(routed, ~finished),
    )
