"""The taint store (I5): which texts and conversations carry labels, as keyed hashes and never as text.

A remembered text comes back as a whole (white space normalised), or by any passage of 50 characters of it: by the grams
that `ringfence.gate.fingerprints` chooses. Grams that the tenant's unlabelled traffic carried before are not kept, nor
are those of the licences of installed packages (`ringfence.records.public`).

**Before, and only before.** What was said unlabelled first is known outside already, and marking it would call every
licence header sensitive. What was labelled first stays so: a request that carries it is labelled, so it is not
unlabelled traffic; and one that was read a moment too early, while the answer was still on its way, finds the marks
when it is noted, and those grams are left out of the note. Both happen in one transaction that holds the write lock,
so the two sets never share a gram, in whatever order processes come. The text as a whole is remembered in any case.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, delete, insert, select, text

from ringfence.cache import TextCache
from ringfence.gate import TaintMatch
from ringfence.gate.fingerprints import MIN_SPAN, read
from ringfence.records import unlabelled
from ringfence.records.marks import Hasher, Marks, among, pack, unpack
from ringfence.records.public import public_grams
from ringfence.records.store import Store
from ringfence.records.tables import meta, taint, to_ms

if TYPE_CHECKING:
    from ringfence.records.marks import Grams, Known

_CACHED_GRAMS = 4_000_000
"""Of texts seen lately, in each process (32 MB)."""
_MAX_TENANTS = 256
"""Whose marks a process holds at a time."""
_SLACK = timedelta(hours=1)
"""Marks live so much longer than the policy says, and are renewed when less is left: not at every resending."""
_PURGE_AFTER = timedelta(days=1)


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """What is to be remembered: a text or a conversation, with its labels, and the conversation it stood in."""

    kind: str
    tenant: bytes
    whole: bytes
    conversation: bytes | None
    labels: frozenset[str]
    grams: Grams


class TaintStore:
    """Remembers the labels of what models answered to labelled requests, and of conversations that held them."""

    def __init__(
        self, store: Store, key: bytes, *, clock: Callable[[], datetime] = _utc_now
    ) -> None:
        self.store = store
        self._hasher = Hasher(key)
        self._clock = clock
        self._lock = threading.Lock()
        self._tenants: dict[str, Marks] = {}
        self._grams: TextCache[Grams] = TextCache(_CACHED_GRAMS)
        self._kept: TextCache[int] = TextCache()
        self._noted: TextCache[int] = TextCache()
        self._oldest_note = 0

    # -- looking up

    def labels_of(
        self, *, tenant: str, texts: Sequence[str], conversation_id: str | None
    ) -> tuple[TaintMatch, ...]:
        """The labels that come back, each with the place in the text that brings them.

        Raises:
            RecordError: when the store cannot be read.
        """
        with self.store.read() as connection:
            marks = self.marks(connection, tenant)
        if not marks:
            return ()
        now = to_ms(self._clock())
        found: list[TaintMatch] = []
        labels = marks.whole(self.conversation_mark(tenant, conversation_id), now)
        if labels:
            found.append(TaintMatch(labels=tuple(sorted(labels))))
        for index, value in enumerate(texts):
            found += self._in_text(marks, tenant, index, value, now)
        return tuple(found)

    def _in_text(
        self, marks: Marks, tenant: str, index: int, value: str, now: int
    ) -> Iterator[TaintMatch]:
        whole = marks.whole(self.text_mark(tenant, value), now)
        if whole:
            yield TaintMatch(index=index, labels=tuple(sorted(whole)), end=len(value))
        grams = self.grams(tenant, value)
        known = marks.known(grams, now)
        if not known.any():
            return
        for span in read(value).spans(known):
            labels = marks.labels(grams[span.first : span.last + 1], now) - whole
            if labels:
                yield TaintMatch(
                    index=index, labels=tuple(sorted(labels)), start=span.start, end=span.end
                )

    def marks(self, connection: Connection, tenant: str) -> Marks:
        """The tenant's marks, with the rows that came since the last look. What is forgotten begins a new epoch."""
        with self._lock:
            epoch = int(connection.scalar(_EPOCH) or 0)
            marks = self._tenants.pop(tenant, None)
            if marks is None or marks.epoch != epoch:
                marks = Marks(epoch)
                self._kept = TextCache()
            new = {"of": self.tenant_mark(tenant), "last": marks.last_id}
            marks.add(connection.execute(_NEW_ROWS, new).all())
            self._tenants[tenant] = marks
            if len(self._tenants) > _MAX_TENANTS:
                del self._tenants[next(iter(self._tenants))]
            return marks

    # -- remembering

    def remember(
        self,
        *,
        tenant: str,
        texts: Mapping[str, Iterable[str]],
        conversation_id: str | None,
        conversation_labels: Iterable[str],
        now: datetime,
        days: int,
    ) -> None:
        """Remember, for a number of days, that texts and the conversation they belong to carry labels.

        Args:
            tenant: whose they are.
            texts: each text with its labels. Those of fewer than 50 characters are not kept: chance would match them.
            conversation_id: the conversation, if it has an id.
            conversation_labels: what the conversation as a whole carries.
            now: the moment.
            days: how long.

        Raises:
            RecordError: when it cannot be written.
        """
        wanted = self._not_yet_kept(
            [
                *self._of_texts(tenant, texts, conversation_id),
                *self._of_conversation(tenant, conversation_id, conversation_labels),
            ],
            tenant,
            until=to_ms(now + timedelta(days=days)),
        )
        if not wanted:
            return
        expires = to_ms(now + timedelta(days=days) + _SLACK)
        with self.store.write() as connection:
            _purge(connection, now)
            barred = _barred(connection, wanted)
            for mark in wanted:
                _keep(connection, mark, barred, now=to_ms(now), expires=expires)
        for mark in wanted:
            self._kept.put(self._key_of(mark), expires)

    def _of_texts(
        self, tenant: str, texts: Mapping[str, Iterable[str]], conversation_id: str | None
    ) -> Iterator[_Mark]:
        for value, labels in texts.items():
            if len(_normal(value)) >= MIN_SPAN:
                yield _Mark(
                    kind="text",
                    tenant=self.tenant_mark(tenant),
                    whole=self.text_mark(tenant, value),
                    conversation=self.conversation_mark(tenant, conversation_id),
                    labels=frozenset(labels),
                    grams=self.grams(tenant, value)[_own(value)],
                )

    def _of_conversation(
        self, tenant: str, conversation_id: str | None, labels: Iterable[str]
    ) -> Iterator[_Mark]:
        mark = self.conversation_mark(tenant, conversation_id)
        if mark is not None:
            yield _Mark(
                kind="conversation",
                tenant=self.tenant_mark(tenant),
                whole=mark,
                conversation=mark,
                labels=frozenset(labels),
                grams=unpack(b""),
            )

    def _not_yet_kept(self, marks: Iterable[_Mark], tenant: str, until: int) -> list[_Mark]:
        """An agent resends its labelled history every call; what this process kept lately need not be kept again."""
        with self.store.read() as connection:
            self.marks(connection, tenant)  # a new epoch empties `_kept`
        return [
            mark
            for mark in marks
            if mark.labels and (self._kept.get(self._key_of(mark)) or 0) < until
        ]

    def _key_of(self, mark: _Mark) -> bytes:
        labels = ",".join(sorted(mark.labels))
        return self._kept.key(mark.whole.hex(), (mark.conversation or b"").hex(), labels)

    def note_unlabelled(self, *, tenant: str, texts: Iterable[str]) -> None:
        """Note what unlabelled traffic carries, so that it is not marked when a labelled answer repeats it.

        Raises:
            RecordError: when it cannot be written.
        """
        import numpy as np

        keys = {self._noted.key(tenant, value): value for value in texts}
        new = {
            key: self.grams(tenant, value)
            for key, value in keys.items()
            if (self._noted.get(key) or -1) < self._oldest_note
        }
        grams = np.unique(np.concatenate([unpack(b""), *new.values()]))
        if len(grams):
            with self.store.write() as connection:
                free = grams[~self.marks(connection, tenant).known(grams, to_ms(self._clock()))]
                row = unlabelled.note(connection, self.tenant_mark(tenant), free)
                self._oldest_note = unlabelled.oldest(connection)
            for key in new:
                self._noted.put(key, row)

    # -- hashes

    def grams(self, tenant: str, value: str) -> Grams:
        key = self._grams.key(tenant, value)
        grams = self._grams.get(key)
        if grams is None:
            grams = self._hasher.grams(tenant, value)
            self._grams.put(key, grams, weight=len(grams) + 16)
        return grams

    def text_mark(self, tenant: str, value: str) -> bytes:
        return self._hasher.of("text", tenant, _normal(value))

    def conversation_mark(self, tenant: str, conversation_id: str | None) -> bytes | None:
        if conversation_id is None:
            return None
        return self._hasher.of("conversation", tenant, conversation_id)

    def tenant_mark(self, tenant: str) -> bytes:
        return self._hasher.of("tenant", tenant, "")


def _normal(value: str) -> str:
    return " ".join(value.split())


def _own(value: str) -> Known:
    """Which grams of a text are not those of a licence."""
    import numpy as np

    public = public_grams()
    return np.array([gram not in public for gram in read(value).grams()], dtype=bool)


def _barred(connection: Connection, marks: Sequence[_Mark]) -> Grams:
    """The grams that unlabelled traffic of the tenant carried before."""
    import numpy as np

    grams = np.concatenate([mark.grams for mark in marks])
    return unlabelled.carried(connection, marks[0].tenant, grams)


def _keep(connection: Connection, mark: _Mark, barred: Grams, *, now: int, expires: int) -> None:
    """Write a mark, in the place of older rows of the same text: labels gather, and the longer life wins."""
    old = connection.execute(_SAME, {"mark": mark.whole, "now": now}).all()
    # What belongs to several conversations belongs to none: forgetting one must not take it from the others.
    alone = all(row.conversation == mark.conversation for row in old)
    connection.execute(_DROP_SAME, {"mark": mark.whole})
    add_row(
        connection,
        tenant=mark.tenant,
        kind=mark.kind,
        mark=mark.whole,
        conversation=mark.conversation if alone else None,
        labels=mark.labels.union(*(json.loads(row.labels) for row in old)),
        expires=max([expires, *(row.expires for row in old)]),
        grams=mark.grams[~among(mark.grams, barred)],
    )


def add_row(connection: Connection, *, labels: Iterable[str], grams: Grams, **values: Any) -> None:
    import numpy as np

    row = {**values, "labels": json.dumps(sorted(labels)), "grams": pack(np.unique(grams))}
    connection.execute(_ADD, row)


def begin_epoch(connection: Connection) -> None:
    """Tell all processes that rows are gone, so that they read the rest anew."""
    connection.execute(_BEGIN_EPOCH)


def _purge(connection: Connection, now: datetime) -> None:
    """Delete what has expired, about once a day: every purge makes all processes read anew."""
    if connection.scalar(_ANY_BEFORE, {"moment": to_ms(now - _PURGE_AFTER)}) is not None:
        connection.execute(_PURGE, {"moment": to_ms(now)})
        begin_epoch(connection)


_COLUMNS = (taint.c.id, taint.c.mark, taint.c.labels, taint.c.expires, taint.c.grams)
_NEW_ROWS = select(*_COLUMNS).where(
    taint.c.tenant == bindparam("of"), taint.c.id > bindparam("last")
)
_EPOCH = select(meta.c.value).where(meta.c.name == "taint_epoch")
_BEGIN_EPOCH = text(
    "INSERT INTO meta (name, value) VALUES ('taint_epoch', '1') "
    "ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)"
)
_SAME = select(taint.c.labels, taint.c.expires, taint.c.conversation).where(
    taint.c.mark == bindparam("mark"), taint.c.expires > bindparam("now")
)
_DROP_SAME = delete(taint).where(taint.c.mark == bindparam("mark"))
_ADD = insert(taint)
_ANY_BEFORE = select(taint.c.id).where(taint.c.expires <= bindparam("moment")).limit(1)
_PURGE = delete(taint).where(taint.c.expires <= bindparam("moment"))
