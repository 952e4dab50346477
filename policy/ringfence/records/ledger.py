"""The ledger: a row before each call and its result after it, each in one transaction (I8, I10, I11).

A reservation holds the expected cost from `begin` to `settle`, and counts as spent meanwhile. A process that dies in
between leaves it behind: it counts until `hold_s` after `begin` (default: longer than any deadline that a policy may
set, so no call under way ever loses its own), then it lapses. The row stays, without a result, as the proof that
the call may have been made; a result that comes after all is counted in full.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from ringfence.errors import RecordError
from ringfence.records import budgets as purse
from ringfence.records import summary as reports
from ringfence.records.events import Event, newest, record
from ringfence.records.recent import Health, recent_health
from ringfence.records.store import Durability, Store
from ringfence.records.tables import (
    attempts as attempts_table,
)
from ringfence.records.tables import (
    calls,
    reservations,
    spend,
    to_ms,
    to_nano,
    to_nano_up,
)
from ringfence.records.taint import TaintStore
from ringfence.records.windows import PAYERS, day_of, payer
from ringfence.request import Caller
from ringfence.rules.schema import Budget
from ringfence.types import Attempt, Decision, Spent, Usage

HOLD_S = 3900
"""`fallback.deadline_s` is at most 3,600 s; five minutes more for clocks and slow endings."""

_PLAIN_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")


class Ledger:
    """The record of one installation. Safe for threads; many processes may share the file."""

    def __init__(self, store: Store, key: bytes) -> None:
        self._store = store
        self._key = key
        self.taint = TaintStore(store, key)

    @classmethod
    def open(cls, path: Path, *, durability: Durability = "normal", key: bytes) -> Ledger:
        """Open or make the ledger file.

        Args:
            path: the SQLite file. It is made with mode 0600, its folder with 0700.
            durability: `full` waits for the disk at each commit, so that rows survive a power cut too.
            key: the HMAC key (`ringfence.records.load_key`). The file remembers which key made it.

        Raises:
            RecordError: which says what is in the way and what to do.
        """
        return cls(Store.open(path, durability=durability, key=key), key)

    @property
    def path(self) -> Path:
        return self._store.path

    def begin(
        self,
        decision: Decision,
        *,
        caller: Caller,
        reserve: Decimal | None = None,
        budgets: Sequence[Budget] = (),
        now: datetime | None = None,
        hold_s: float = HOLD_S,
    ) -> str:
        """Write the decision's row and reserve the cost of its call, or raise and write nothing.

        Args:
            decision: what will be done. Its findings are stored as counts by entity.
            caller: who asks, as the door knows it.
            reserve: the most that the call is expected to cost. None: the dearest candidate's expected cost, so
                that a fallback stays inside the reservation.
            budgets: the policy's, checked in the same transaction.
            now: the moment of the call, which fixes the day it counts to.
            hold_s: seconds after which the reservation of a dead process lapses.

        Returns:
            The call's id.

        Raises:
            BudgetExceeded: when the reservation would pass a limit.
            RecordError: when the row cannot be written.
        """
        now = now or datetime.now(UTC)
        expected = [candidate.expected_usd for candidate in decision.candidates]
        held = to_nano_up(max(expected, default=Decimal(0)) if reserve is None else reserve)
        row = self._row(decision, caller, now, held)
        with self._store.write() as connection:
            if held or budgets:
                connection.execute(_LAPSE, {"moment": to_ms(now)})
                purse.check(connection, budgets, caller, now, reserve=held)
            connection.execute(_BEGIN, row)
            if held:
                hold = {column: row[column] for column in _HOLDER}
                expires = to_ms(now) + int(hold_s * 1000)
                connection.execute(
                    _RESERVE, {**hold, "call_id": row["id"], "usd": held, "expires": expires}
                )
        return str(row["id"])

    def refused(self, decision: Decision, *, caller: Caller, now: datetime | None = None) -> str:
        """Write the row of a decision that led to no call: denied, or no model. It is finished at once."""
        now = now or datetime.now(UTC)
        code = decision.refusal.code if decision.refusal else decision.outcome.value
        row = self._row(decision, caller, now, 0)
        row |= {"finished": row["started"], "result": code, "usd": 0}
        with self._store.write() as connection:
            connection.execute(_BEGIN, row)
        return str(row["id"])

    def attempts(self, call_id: str) -> AttemptLog:
        """The recorder that dispatch tells of each attempt of a call."""
        return AttemptLog(self._store, call_id)

    def settle(
        self,
        call_id: str,
        *,
        usd: Decimal,
        usage: Usage | None = None,
        attempts: Sequence[Attempt] = (),
        outcome: str,
        model: str | None = None,
        ms: float = 0.0,
        now: datetime | None = None,
    ) -> None:
        """Write what became of a call; the real cost takes the reservation's place. A second time does nothing.

        Args:
            call_id: what `begin` returned.
            usd: the cost of the call, attempts that failed included.
            usage: tokens of the answer; none when there was no answer.
            attempts: every attempt, in order.
            outcome: `answered`, or the code of the error that ended the call.
            model: the model that answered.
            ms: how long the call took.
            now: the moment; the system's when None.

        Raises:
            RecordError: when it cannot be written, or there is no such call.
        """
        answered = next((attempt for attempt in attempts if attempt.error is None), None)
        result = {
            "finished": to_ms(now or datetime.now(UTC)),
            "result": outcome,
            "answered_by": model,
            "answered_in": answered.locality.value if answered and model else None,
            "usd": to_nano(usd),
            "ms": ms,
            **(usage or Usage()).to_dict(),
        }
        with self._store.write() as connection:
            call = connection.execute(_PENDING, {"call": call_id}).one_or_none()
            if call is None:
                raise RecordError(f"the ledger {self.path} has no call with this id to settle")
            if call.finished is not None:
                return
            connection.execute(_SETTLE, {"call": call_id, **result})
            if call.reserved:
                connection.execute(_RELEASE, {"call": call_id})
            _count(connection, call, to_nano(usd))
            _write_attempts(connection, call_id, attempts)

    def spent(
        self, budgets: Sequence[Budget], caller: Caller, now: datetime | None = None
    ) -> tuple[Spent, ...]:
        """What each budget has used for a caller: settled cost and live reservations of the running window."""
        if not budgets:
            return ()
        with self._store.read() as connection:
            return purse.spent_on(connection, budgets, caller, now or datetime.now(UTC))

    def note(self, event: Event) -> None:
        """Add an event to the audit log."""
        with self._store.write() as connection:
            record(connection, event)

    def last_event(self, action: str) -> Event | None:
        """The newest event of a kind in the audit log."""
        with self._store.read() as connection:
            return newest(connection, action)

    def summary(self, since: date, until: date) -> reports.Summary:
        """What was spent from one UTC day to another, both included, by day, model and task."""
        with self._store.read() as connection:
            return reports.summarise(connection, since, until)

    def recent_health(self, since: datetime) -> Mapping[str, Health]:
        """How each model has fared in calls that began at `since` or later, in every process that shares the file."""
        with self._store.read() as connection:
            return recent_health(connection, since)

    def close(self) -> None:
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _row(
        self, decision: Decision, caller: Caller, now: datetime, reserved: int
    ) -> dict[str, Any]:
        entities = Counter(finding.entity for finding in decision.findings)
        dropped: dict[str, list[str]] = {}
        for drop in decision.dropped:
            dropped.setdefault(drop.filter, []).append(drop.model)
        return {
            "id": "call_" + secrets.token_hex(12),
            "decision_id": decision.id,
            "request_id": self._safe_id(decision),
            "started": to_ms(now),
            "day": day_of(now),
            "tenant": caller.tenant,
            "team": caller.team or "",
            "user": caller.user or "",
            "key_id": caller.key_id or "",
            "labels": json.dumps(decision.labels),
            "entities": json.dumps(entities, sort_keys=True),
            "task": decision.task.kind.value,
            "task_source": decision.task.source,
            "outcome": decision.outcome.value,
            "model": decision.model,
            "locality": decision.locality.value if decision.locality else None,
            "candidates": json.dumps([candidate.model for candidate in decision.candidates]),
            "dropped": json.dumps(dropped),
            "input_estimate": decision.size.input_tokens,
            "reserved": reserved,
            "policy_digest": decision.policy.digest,
            "catalog_digest": decision.catalog_digest,
        }

    def _safe_id(self, decision: Decision) -> str:
        """The request's id as it is, unless it may carry content: then its keyed hash (I4)."""
        found_in_id = any(finding.path == "/id" for finding in decision.findings)
        if _PLAIN_ID.fullmatch(decision.request_id) and not found_in_id:
            return decision.request_id
        hashed = hashlib.blake2b(decision.request_id.encode(), key=self._key[:64], digest_size=12)
        return "hmac:" + hashed.hexdigest()


class AttemptLog:
    """Hears of each attempt of one call while it is made.

    The call's row already names the model that is tried first, so only a fallback writes a row before its bytes
    leave (I11); `Ledger.settle` then writes all attempts with their results.
    """

    def __init__(self, store: Store, call_id: str) -> None:
        self._store = store
        self._call_id = call_id
        self._started = 0
        self._under_way: str | None = None
        self._ended: list[Attempt] = []

    @property
    def ended_attempts(self) -> tuple[Attempt, ...]:
        """The attempts that are over, in order: what `settle` wants when a call is cut short."""
        return tuple(self._ended)

    @property
    def under_way(self) -> str | None:
        """The model that was called and has not answered yet."""
        return self._under_way

    def started(self, model: str) -> None:
        """A model is about to be called.

        Raises:
            RecordError: when that cannot be written; the attempt must not be made.
        """
        self._started += 1
        if self._started > 1:
            row = {"call_id": self._call_id, "n": self._started, "model": model}
            with self._store.write() as connection:
                connection.execute(_START_ATTEMPT, row)
        self._under_way = model

    def ended(self, attempt: Attempt) -> None:
        self._under_way = None
        self._ended.append(attempt)


_HOLDER = ("day", "tenant", "team", "user", "key_id")
_BEGIN = insert(calls)
_RESERVE = insert(reservations)
_LAPSE = delete(reservations).where(reservations.c.expires <= bindparam("moment"))
_RELEASE = delete(reservations).where(reservations.c.call_id == bindparam("call"))
_PENDING = select(*(calls.c[name] for name in _HOLDER), calls.c.finished, calls.c.reserved).where(
    calls.c.id == bindparam("call")
)
_SETTLE = update(calls).where(calls.c.id == bindparam("call"))
_START_ATTEMPT = insert(attempts_table)
_FORGET_ATTEMPTS = delete(attempts_table).where(attempts_table.c.call_id == bindparam("call"))
# Two statements that SQLAlchemy compiles once; its ON CONFLICT construct it compiles at every use (0.2 ms).
_OPEN_PURSE = insert(spend).prefix_with("OR IGNORE").values(usd=0)
_COUNT = (
    update(spend)
    .where(
        spend.c.per == bindparam("payer"),
        spend.c.tenant == bindparam("of"),
        spend.c.who == bindparam("name"),
        spend.c.day == bindparam("on"),
    )
    .values(usd=spend.c.usd + bindparam("cost"))
)


def _count(connection: Connection, call: Any, usd: int) -> None:
    """Add a cost to each payer's sum, on the day the call began: there it was reserved."""
    if usd == 0:
        return
    caller = Caller(tenant=call.tenant, team=call.team, user=call.user, key_id=call.key_id)
    purses = [
        {"per": per, "tenant": call.tenant, "who": payer(per, caller), "day": call.day}
        for per in PAYERS
    ]
    connection.execute(_OPEN_PURSE, purses)
    connection.execute(
        _COUNT,
        [
            {"payer": p["per"], "of": p["tenant"], "name": p["who"], "on": p["day"], "cost": usd}
            for p in purses
        ],
    )


def _write_attempts(connection: Connection, call_id: str, attempts: Sequence[Attempt]) -> None:
    """Replace what was written when attempts started. An attempt's reason stays out: a provider words it (I4)."""
    if len(attempts) > 1:
        connection.execute(_FORGET_ATTEMPTS, {"call": call_id})
    rows = [
        {
            "call_id": call_id,
            "n": n,
            "model": attempt.model,
            "locality": attempt.locality.value,
            "error": attempt.error,
            "status": attempt.status,
            "ms": attempt.ms,
            "usd": to_nano(attempt.usd),
        }
        for n, attempt in enumerate(attempts, 1)
    ]
    if rows:
        connection.execute(_START_ATTEMPT, rows)
