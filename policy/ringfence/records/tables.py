"""The tables of the ledger file. Money is whole nano-dollars, times are UTC milliseconds, days are `2026-11-24`.

Whole nano-dollars add up exactly in the database; one call's cost is off by less than a billionth of a dollar.
"""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    event,
)

SCHEMA_VERSION = 3
FIRST_KEPT = 2
"""Files of this format and later ones are brought up to date when they are opened."""
APPLICATION_ID = 0x52464E47
"""`RFNG`: how the file says that it is ours (`PRAGMA application_id`)."""

NANO = Decimal(1_000_000_000)

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

calls = Table(
    "calls",
    metadata,
    # Written before the call (I11):
    Column("id", String, primary_key=True),
    Column("decision_id", String, nullable=False),
    Column("request_id", String, nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("day", String, nullable=False),
    Column("tenant", String, nullable=False),
    Column("team", String, nullable=False),
    Column("user", String, nullable=False),
    Column("key_id", String, nullable=False),
    Column("labels", String, nullable=False),
    Column("entities", String, nullable=False),
    Column("task", String, nullable=False),
    Column("task_source", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("model", String),
    Column("locality", String),
    Column("candidates", String, nullable=False),
    Column("dropped", String, nullable=False),
    Column("input_estimate", Integer, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("policy_digest", String, nullable=False),
    Column("catalog_digest", String, nullable=False),
    # Written after it:
    Column("finished", BigInteger),
    Column("result", String),
    Column("answered_by", String),
    Column("answered_in", String),
    Column("usd", BigInteger),
    Column("input_tokens", Integer),
    Column("output_tokens", Integer),
    Column("cached_tokens", Integer),
    Column("reasoning_tokens", Integer),
    Column("ms", Float),
    Index("calls_by_day", "day"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("call_id", String, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("model", String, nullable=False),
    Column("locality", String),
    Column("error", String),
    Column("status", Integer),
    Column("ms", Float),
    Column("usd", BigInteger),
)

spend = Table(
    "spend",
    metadata,
    # What each payer has spent on settled calls, kept as a sum so that a budget is checked in constant time.
    Column("per", String, primary_key=True),
    Column("tenant", String, primary_key=True),
    Column("who", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("usd", BigInteger, nullable=False),
)

reservations = Table(
    "reservations",
    metadata,
    # Calls under way: few rows, read in full by each budget check.
    Column("call_id", String, primary_key=True),
    Column("day", String, nullable=False),
    Column("tenant", String, nullable=False),
    Column("team", String, nullable=False),
    Column("user", String, nullable=False),
    Column("key_id", String, nullable=False),
    Column("usd", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
)

taint = Table(
    "taint",
    metadata,
    # A remembered text or conversation. Rows are only added and deleted: who has read up to an id has read them all.
    Column("id", Integer, primary_key=True),
    Column("tenant", LargeBinary, nullable=False),
    Column("kind", String, nullable=False),
    Column("mark", LargeBinary, nullable=False),
    Column("conversation", LargeBinary),
    Column("labels", String, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("grams", LargeBinary, nullable=False),
    Index("taint_by_tenant", "tenant", "id"),
    Index("taint_by_mark", "mark"),
    Index("taint_by_expiry", "expires"),
    sqlite_autoincrement=True,  # an id that was deleted does not come again
)

unlabelled = Table(
    "unlabelled",
    metadata,
    # Grams that unlabelled traffic carried; `total` counts those of the tenant up to this row, the oldest go.
    Column("id", Integer, primary_key=True),
    Column("tenant", LargeBinary, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("grams", LargeBinary, nullable=False),
    Index("unlabelled_by_tenant", "tenant", "total"),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    # What people did to the record: never changed, never deleted (two triggers hold that).
    Column("id", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("action", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("tenant", String, nullable=False),
    Column("because", String, nullable=False),
    Column("policy_digest", String, nullable=False),
    Column("facts", String, nullable=False),
    sqlite_autoincrement=True,
)
for _verb in ("UPDATE", "DELETE"):
    event.listen(
        events,
        "after_create",
        DDL(  # type: ignore[no-untyped-call]
            f"CREATE TRIGGER events_no_{_verb.lower()} BEFORE {_verb} ON events "
            "BEGIN SELECT RAISE(ABORT, 'events are never changed'); END"
        ),
    )

accepted = Table(
    "accepted",
    metadata,
    # Every signed policy that was ever put in force here, by name and serial: only added to, and only upwards.
    Column("name", String, primary_key=True),
    Column("serial", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", String, nullable=False),
    Column("at", BigInteger, nullable=False),
)
for _verb in ("UPDATE", "DELETE"):
    event.listen(
        accepted,
        "after_create",
        DDL(  # type: ignore[no-untyped-call]
            f"CREATE TRIGGER accepted_no_{_verb.lower()} BEFORE {_verb} ON accepted "
            "BEGIN SELECT RAISE(ABORT, 'an accepted serial is never taken back'); END"
        ),
    )
event.listen(
    accepted,
    "after_create",
    DDL(  # type: ignore[no-untyped-call]
        "CREATE TRIGGER accepted_upwards BEFORE INSERT ON accepted "
        "WHEN EXISTS (SELECT 1 FROM accepted WHERE name = NEW.name AND serial >= NEW.serial) "
        "BEGIN SELECT RAISE(ABORT, 'a serial never goes down'); END"
    ),
)


def to_nano(usd: Decimal) -> int:
    """A cost in nano-dollars."""
    return int((usd * NANO).to_integral_value(ROUND_HALF_EVEN))


def to_nano_up(usd: Decimal) -> int:
    """A reservation in nano-dollars: never less than what it stands for."""
    return int((usd * NANO).to_integral_value(ROUND_CEILING))


def from_nano(nano: int) -> Decimal:
    return Decimal(nano) / NANO


def to_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
