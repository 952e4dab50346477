"""`ringfence doctor` on the record: whether it can be written, and how each model has fared lately."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ringfence.cli.check import Check, State
from ringfence.errors import RingfenceError

if TYPE_CHECKING:
    from ringfence.records.ledger import Ledger
    from ringfence.rules import Policy

RECENT = timedelta(minutes=15)


def examine_records(policy: Policy) -> Iterator[Check]:
    """The ledger, and what it tells of the models' health."""
    from ringfence.records import Records

    records = Records.of(policy.document.records, env=os.environ)
    try:
        ledger = records.known_ledger()
        if ledger is None:
            yield _new_ledger(records.path)
            return
        today = datetime.now(UTC).date()
        summary = ledger.summary(today.replace(day=1), today)
        calls = sum(row.calls for row in summary.rows)
        detail = f"{records.path}: {calls:,} calls settled this month, ${summary.usd:.4f}"
        if summary.unsettled:
            detail += f", {summary.unsettled} open or cut off"
        yield Check(area="records", name="ledger", state=State.OK, detail=detail)
        yield from _recent(policy, ledger)
    except (RingfenceError, sqlite3.Error) as error:
        what, _, remedy = str(error).partition(": ")
        yield Check(
            area="records",
            name="ledger",
            state=State.PROBLEM,
            detail=f"{what}; calls are refused",
            remedy=remedy or "see records in the policy",
        )
    finally:
        records.close()


def _recent(policy: Policy, ledger: Ledger) -> Iterator[Check]:
    """What the circuit breakers of the running processes have seen, as the ledger tells it."""
    from ringfence.dispatch import FAILURES_TO_OPEN, advice_on

    since = datetime.now(UTC) - RECENT
    for name, health in ledger.recent_health(since).items():
        if name not in policy.models:
            continue
        detail = f"{health.failures} of {health.tries} tries failed in the last quarter of an hour"
        if health.last_error:
            detail += f", the last {health.failing} in a row" if health.failing > 1 else ""
            detail += f"; newest failure: {health.last_error}"
        resting = health.failing >= FAILURES_TO_OPEN
        yield Check(
            area="breaker",
            name=name,
            state=State.WARNING if resting else State.OK,
            detail=detail,
            remedy=f"its endpoint rests between probes, and routes go on without it: {advice_on(health.last_error)}"
            if resting and health.last_error
            else "",
        )


def _new_ledger(path: Path) -> Check:
    """Whether a ledger can be made where it should be, without making one."""
    folder = next(parent for parent in path.parents if parent.exists())
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        detail = f"{path}: made at the first call"
        return Check(area="records", name="ledger", state=State.OK, detail=detail)
    return Check(
        area="records",
        name="ledger",
        state=State.PROBLEM,
        detail=f"{path}: {folder} is not writable; calls are refused",
        remedy=f"make {folder} writable, or set records.path in the policy to a file in a folder that is",
    )
