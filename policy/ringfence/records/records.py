"""What the router asks of the record: it stands up at once, and opens the file when there is something in it for it.

Deciding alone writes no ledger, so that it needs no writable disk. A file that is not there holds no taint and no
spending; one that is there and cannot be read is an error, never ignored.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ringfence.errors import RecordError
from ringfence.gate import TaintMatch
from ringfence.records.accepted import AcceptedSerials
from ringfence.records.keys import VARIABLE, check_key, ledger_path, load_key
from ringfence.records.windows import window
from ringfence.request import Caller, Request
from ringfence.rules import Policy
from ringfence.rules.schema import Budget
from ringfence.rules.schema import Records as RecordsSpec
from ringfence.types import JSON, UNSCANNED, Attempt, Completion, Decision, PolicyRef, Spent

if TYPE_CHECKING:
    from ringfence.records.events import Event
    from ringfence.records.ledger import AttemptLog, Ledger
    from ringfence.records.release import Scope
    from ringfence.records.store import Durability
    from ringfence.rules.schema import TaintSpec

log = logging.getLogger("ringfence.records")


class Records:
    """The ledger, the key and the taint store of a process. Safe for threads.

    They outlive a change of the policy: what a policy says of one call comes in with that call.
    """

    def __init__(self, path: Path, *, durability: Durability, env: Mapping[str, str]) -> None:
        self.path = path
        self.durability = durability
        self.taint = LazyTaint(self)
        self._env = env
        self._lock = threading.RLock()
        self._key: bytes | None = None
        self._opened: Ledger | None = None
        self._accepted: deque[PolicyRef] = deque(maxlen=16)

    @classmethod
    def of(cls, spec: RecordsSpec, *, env: Mapping[str, str]) -> Self:
        """The records that a policy names (`records.path`, else the user's data folder). Nothing is opened yet."""
        return cls(ledger_path(spec), durability=spec.durability, env=env)

    def ledger(self) -> Ledger:
        """The open ledger; a failure to open it is tried again at the next use.

        Raises:
            RecordError: which says what is in the way and what to do.
        """
        with self._lock:
            if self._opened is None:
                from ringfence.records.ledger import Ledger  # SQLAlchemy: 0.4 s

                key = self._key = load_key(self._env)
                self._opened = Ledger.open(self.path, durability=self.durability, key=key)
            return self._opened

    def known_ledger(self) -> Ledger | None:
        """The ledger if there is one yet: who only reads must not make it."""
        return self.ledger() if self._opened is not None or self.path.exists() else None

    def fingerprint(self, body: JSON) -> str:
        """A keyed hash of a request's content (I4, I6), equal for equal JSON; without a key file, in this process."""
        text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.blake2b(text.encode(), key=self._hash_key()[:64], digest_size=24).hexdigest()

    def spent(self, budgets: Sequence[Budget], caller: Caller, now: datetime) -> tuple[Spent, ...]:
        """What each budget has used for a caller in its running window."""
        ledger = self.known_ledger() if budgets else None
        if ledger is not None:
            return ledger.spent(budgets, caller, now)
        return tuple(
            Spent(budget=index, usd=Decimal(0), resets_at=window(budget.every, now)[1])
            for index, budget in enumerate(budgets)
        )

    def begin(
        self,
        policy: Policy,
        request: Request,
        decision: Decision,
        *,
        reserve: Decimal | None = None,
        now: datetime | None = None,
    ) -> Call:
        """Record a call before it is made and reserve its cost (I8, I11). Without `reserve`, the dearest candidate's.

        Raises:
            BudgetExceeded: when the reservation would pass a limit.
            RecordError: when it cannot be recorded; always for a labelled request or a policy with budgets, else
                unless `records.unwritable` is `allow`.
            TrustError: when a newer policy was accepted before this one served.
        """
        budgets = policy.document.budgets
        try:
            self._accept(policy)
            ledger = self.ledger()
            call_id = ledger.begin(
                decision, caller=request.caller, reserve=reserve, budgets=budgets, now=now
            )
        except RecordError as error:
            if decision.labels or budgets or policy.document.records.unwritable == "refuse":
                raise
            log.warning("an unlabelled call goes unrecorded, as the policy allows: %s", error)
            return Call()
        expected = {item.model: item.expected_usd for item in decision.candidates}
        return Call(call_id, ledger, expected=expected)

    def _accept(self, policy: Policy) -> None:
        """No call under a signed policy whose serial is not remembered: the next start could take an older one.

        Those remembered here before stay good: a call that began under one ends under it, when a newer one has come.
        """
        if policy.approval is not None and policy.ref not in self._accepted:
            AcceptedSerials.of(policy.document.records, self._env).remember(policy.ref)
            self._accepted.append(policy.ref)

    def refused(self, request: Request, decision: Decision, *, now: datetime | None = None) -> None:
        """Record a decision that led to no call. A failure to is logged: there is no call to hold back.

        Raises:
            RecordError: when the request is `unscanned` and the ledger fails: then the ledger, which holds the taint
                that the gate looks up, is why, and its remedy is the one to show.
        """
        try:
            self.ledger().refused(decision, caller=request.caller, now=now)
        except RecordError as error:
            if UNSCANNED in decision.labels:
                raise
            log.warning("a refusal goes unrecorded: %s", error)

    def remember(
        self,
        request: Request,
        labels: Iterable[str],
        texts: Mapping[str, Iterable[str]],
        *,
        now: datetime,
        days: int,
    ) -> None:
        """Make labels stick for some days: to the request's conversation, and to texts of it or of its answer (I5).

        Raises:
            RecordError: when they cannot be stored; the answer must then be held back.
        """
        if texts or request.conversation_id is not None:
            self.ledger().taint.remember(
                tenant=request.caller.tenant,
                texts=texts,
                conversation_id=request.conversation_id,
                conversation_labels=labels,
                now=now,
                days=days,
            )

    def note_unlabelled(self, request: Request, texts: Iterable[str]) -> None:
        """Note what unlabelled traffic carries. A failure to is logged: it can only cost a false alarm later."""
        try:
            self.ledger().taint.note_unlabelled(tenant=request.caller.tenant, texts=texts)
        except RecordError as error:
            log.warning("unlabelled text goes unnoted: %s", error)

    def note(self, event: Event) -> None:
        """Record an event. A failure to is logged: what it tells has happened already."""
        try:
            self.ledger().note(event)
        except RecordError as error:
            log.warning("%s goes unrecorded: %s", event.action, error)

    def release(
        self, spec: TaintSpec, scope: Scope, *, labels: Iterable[str] | None, event: Event
    ) -> Event:
        """Take labels off what is in a scope, as far as `taint.declassify` allows it, and record that.

        Raises:
            Denied: when the policy does not allow it; the attempt is recorded.
            RecordError: when the ledger cannot be written.
        """
        from ringfence.records.release import permission, release

        return release(
            self.ledger().taint,
            scope,
            labels=None if labels is None else frozenset(labels),
            may=permission(spec, event.actor),
            event=event,
        )

    def check_key(self) -> None:
        """Stop a start with a key that the ledger was not made with: every text would then pass for unlabelled (I5).

        Raises:
            RecordError: with what to do.
        """
        if self.path.exists():
            check_key(self.path, self._env)

    def close(self) -> None:
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def _hash_key(self) -> bytes:
        with self._lock:
            if self._key is None:
                self._key = self._load_or_make_up()
            return self._key

    def _load_or_make_up(self) -> bytes:
        """On a disk that keeps nothing, a key of this process will do to decide; the ledger asks for the real one."""
        try:
            return load_key(self._env)
        except RecordError:
            if self._env.get(VARIABLE):
                raise
            return secrets.token_bytes(32)


class LazyTaint:
    """The gate's view of the taint store. Without a ledger nothing carries labels yet."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def labels_of(
        self, *, tenant: str, texts: Sequence[str], conversation_id: str | None
    ) -> Sequence[TaintMatch]:
        """See `TaintStore.labels_of`. A ledger that cannot be read raises, and the gate then says `unscanned`."""
        ledger = self._records.known_ledger()
        if ledger is None:
            return ()
        return ledger.taint.labels_of(tenant=tenant, texts=texts, conversation_id=conversation_id)


class Call:
    """One call that is being made: hears of its attempts, and writes how it ended. Without an id it only listens."""

    def __init__(
        self,
        call_id: str | None = None,
        ledger: Ledger | None = None,
        *,
        expected: Mapping[str, Decimal] | None = None,
    ) -> None:
        self.id = call_id
        self._ledger = ledger
        self._expected = expected or {}
        self._attempts: AttemptLog | None = None
        if ledger is not None and call_id is not None:
            self._attempts = ledger.attempts(call_id)

    def started(self, model: str) -> None:
        """A model is about to be called.

        Raises:
            RecordError: when that cannot be written; the attempt must not be made (I11).
        """
        if self._attempts is not None:
            self._attempts.started(model)

    def ended(self, attempt: Attempt) -> None:
        if self._attempts is not None:
            self._attempts.ended(attempt)

    def settle(self, completion: Completion) -> None:
        """Write the answer's cost and usage in the reservation's place."""
        failed = (attempt.usd for attempt in completion.attempts if attempt.error is not None)
        self._write(
            usd=completion.usd + sum(failed, Decimal(0)),
            usage=completion.usage,
            attempts=completion.attempts,
            outcome="answered",
            model=completion.model,
            ms=completion.ms.get("total", 0.0),
        )

    def fail(self, outcome: str) -> None:
        """Write that the call ended without an answer: `outcome` is an error's code, or `cancelled`.

        A call cut off while a model works is billed all the same, nobody knows how much: its expected cost counts,
        else who hangs up before the end would never meet a budget (I8).
        """
        if self._attempts is None:
            return
        attempts = self._attempts.ended_attempts
        spent = sum((attempt.usd for attempt in attempts), Decimal(0))
        if self._attempts.under_way is not None:
            spent += self._expected.get(self._attempts.under_way, Decimal(0))
        self._write(usd=spent, attempts=attempts, outcome=outcome)

    def _write(self, **result: Any) -> None:
        """The row from before the call stands (I11): an answer that is paid for is not thrown away over its ending."""
        if self._ledger is None or self.id is None:
            return
        try:
            self._ledger.settle(self.id, **result)
        except RecordError as error:
            log.warning("call %s is not settled, its reservation stands: %s", self.id, error)
