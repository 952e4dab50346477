"""How each model has fared lately, over all processes that share the ledger: what their circuit breakers have seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select

from ringfence.records.tables import attempts, calls, to_ms
from ringfence.records.windows import day_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The tries of one model in a period."""

    tries: int = 0
    failures: int = 0
    failing: int = 0
    """How many of the last tries failed in a row."""
    last_error: str | None = None
    """Of the newest failure, its word: `timeout`, `rate_limit`, …"""


def recent_health(connection: Connection, since: datetime) -> Mapping[str, Health]:
    """Model → its tries in calls that began at `since` or later and have ended."""
    newest_first = (
        select(attempts.c.model, attempts.c.error)
        .join(calls, calls.c.id == attempts.c.call_id)
        .where(calls.c.day >= day_of(since), calls.c.started >= to_ms(since))
        .where(calls.c.finished.is_not(None))
        .order_by(calls.c.started.desc(), attempts.c.n.desc())
    )
    found: dict[str, Health] = {}
    for model, error in connection.execute(newest_first):
        health = found.get(model, Health())
        failed = error is not None
        found[model] = replace(
            health,
            tries=health.tries + 1,
            failures=health.failures + failed,
            failing=health.failing + (failed and health.failing == health.tries),
            last_error=health.last_error or error,
        )
    return found
