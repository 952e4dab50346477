"""What was done to the record and to the policy: who, when, what kind, how much and why; never any content (I4).

Rows are only ever added, in the transaction of the deed itself, so that neither stands without the other.
"""

from __future__ import annotations

import getpass
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from ringfence.records.tables import events, to_ms
from ringfence.types import JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One deed. `actor` is the account of the operating system; `facts` are kinds, labels and counts."""

    action: str
    actor: str
    tenant: str
    because: str
    policy_digest: str
    at: datetime
    outcome: str = "done"
    facts: JSON

    def to_dict(self) -> dict[str, Any]:
        return {
            "at": self.at.isoformat(),
            "action": self.action,
            "outcome": self.outcome,
            "actor": self.actor,
            "tenant": self.tenant,
            "because": self.because,
            "policy_digest": self.policy_digest,
            **self.facts,
        }


def account() -> str:
    """The account that this process runs under; LOGNAME and its like may claim anything."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):  # Windows; an account without a name
        return getpass.getuser() if os.name == "nt" else f"uid {os.getuid()}"


def record(connection: Connection, event: Event) -> None:
    """Add an event, as part of the transaction of what it tells."""
    row = {name: getattr(event, name) for name in _PLAIN}
    connection.execute(_ADD, {**row, "at": to_ms(event.at), "facts": json.dumps(event.facts)})


def recorded(connection: Connection) -> tuple[Event, ...]:
    """All events, oldest first."""
    return tuple(_event(row) for row in connection.execute(_ALL))


def newest(connection: Connection, action: str) -> Event | None:
    """The last event of a kind; None when there is none."""
    row = connection.execute(_NEWEST, {"kind": action}).first()
    return None if row is None else _event(row)


def _event(row: Any) -> Event:
    return Event(
        **{name: getattr(row, name) for name in _PLAIN},
        at=datetime.fromtimestamp(row.at / 1000, UTC),
        facts=json.loads(row.facts),
    )


_PLAIN = ("action", "outcome", "actor", "tenant", "because", "policy_digest")
_ADD = insert(events)
_NEWEST = (
    select(events).where(events.c.action == bindparam("kind")).order_by(events.c.id.desc()).limit(1)
)
_ALL = select(events).order_by(events.c.id)
"""The audit chain of a later version hashes these rows in the order of their ids."""
