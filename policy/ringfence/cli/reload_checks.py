"""`ringfence doctor` on programs that run: whether they took the last change of the policy, as the ledger tells it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ringfence.cli.check import Check, State
from ringfence.errors import RingfenceError

if TYPE_CHECKING:
    from ringfence.records.events import Event
    from ringfence.rules import Policy

RECENT = timedelta(days=1)


def examine_reloads(policy: Policy | None) -> Iterator[Check]:
    """The newest change that a running program took or refused. Without a policy, as the usual ledger tells it."""
    event = _last(policy)
    if event is None or datetime.now(UTC) - event.at > RECENT:
        return
    when = f"{event.at:%Y-%m-%d %H:%M:%S} UTC"
    if event.outcome == "done":
        detail = f"taken by a running program at {when}: serial {event.facts['serial']}"
        yield Check(area="policy", name="last change", state=State.OK, detail=detail)
        return
    yield Check(
        area="policy",
        name="last change",
        state=State.WARNING,
        detail=f"refused by a running program at {when} ({_why(event.facts)}); it goes on with serial "
        f"{event.facts['serial']}, {event.policy_digest}",
        remedy="mend the file (ringfence policy check); programs that run try it again every few seconds",
    )


def _last(policy: Policy | None) -> Event | None:
    from ringfence.records import Records
    from ringfence.reloading import ACTION
    from ringfence.rules.schema import Records as Spec

    records = Records.of(policy.document.records if policy else Spec(), env=os.environ)
    try:
        ledger = records.known_ledger()
        return ledger.last_event(ACTION) if ledger is not None else None
    except (RingfenceError, sqlite3.Error):
        return None  # the check of the ledger itself says what is wrong with it
    finally:
        records.close()


def _why(facts: Any) -> str:
    return f"{facts['code']}, {facts['at']}" if facts["at"] else str(facts["code"])
