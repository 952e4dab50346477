"""The taint store (I5): which texts and conversations carry labels, as keyed hashes and never as text.

A text matches as a whole message, its white space normalised. Texts of fewer than 50 characters are not kept: they
would match by chance.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Row, bindparam, delete, insert, select

from ringfence.records.store import Store
from ringfence.records.tables import taint, to_ms

MIN_CHARACTERS = 50
_AT_ONCE = 500
"""Marks in one query; SQLite takes 999 parameters everywhere."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class TaintStore:
    """Remembers the labels of what models answered to labelled requests, and of conversations that held them."""

    def __init__(
        self, store: Store, key: bytes, *, clock: Callable[[], datetime] = _utc_now
    ) -> None:
        self._store = store
        self._key = key[:64]  # blake2b's limit
        self._clock = clock

    def labels_of(
        self, *, tenant: str, texts: Sequence[str], conversation_id: str | None
    ) -> tuple[tuple[int | None, tuple[str, ...]], ...]:
        """The labels that come back: (index into `texts`, or None for the conversation; labels, sorted).

        Raises:
            RecordError: when the store cannot be read.
        """
        with self._store.read() as connection:
            if connection.execute(_ANY).first() is None:
                return ()
            places = self._places(tenant, texts, conversation_id)
            marks = list(places)
            found: list[Row[tuple[bytes, str, int]]] = []
            for start in range(0, len(marks), _AT_ONCE):
                values = {"marks": marks[start : start + _AT_ONCE], "now": to_ms(self._clock())}
                found += connection.execute(_FIND, values).all()
        hits = [
            (place, tuple(json.loads(row.labels))) for row in found for place in places[row.mark]
        ]
        return tuple(sorted(hits, key=lambda hit: -1 if hit[0] is None else hit[0]))

    def add(
        self,
        *,
        tenant: str,
        text: str,
        labels: Iterable[str],
        conversation_id: str | None,
        now: datetime,
        days: int,
    ) -> None:
        """Remember that a text, and the conversation it belongs to, carry labels for a number of days.

        Raises:
            RecordError: when it cannot be written.
        """
        added = set(labels)
        marks = self._places(tenant, [text], conversation_id)
        if not added or not marks:
            return
        expires = to_ms(now + timedelta(days=days))
        with self._store.write() as connection:
            connection.execute(_EXPIRE, {"moment": to_ms(now)})
            known = {
                row.mark: row
                for row in connection.execute(_FIND, {"marks": list(marks), "now": to_ms(now)})
            }
            rows = []
            for mark in marks:
                old = known.get(mark)
                all_labels = sorted(added | set(json.loads(old.labels)) if old else added)
                rows.append(
                    {
                        "mark": mark,
                        "tenant": self._hash("tenant", tenant, ""),
                        "labels": json.dumps(all_labels),
                        "expires": max(expires, old.expires if old else 0),
                    }
                )
            connection.execute(_KEEP, rows)

    def forget(
        self, *, tenant: str, text: str | None = None, conversation_id: str | None = None
    ) -> int:
        """Forget a text, a conversation, or (given neither) all of a tenant. Returns how many marks went."""
        if text is None and conversation_id is None:
            statement = delete(taint).where(taint.c.tenant == self._hash("tenant", tenant, ""))
        else:
            marks = list(self._places(tenant, [] if text is None else [text], conversation_id))
            statement = delete(taint).where(taint.c.mark.in_(marks))
        with self._store.write() as connection:
            return int(connection.execute(statement).rowcount)

    def _places(
        self, tenant: str, texts: Sequence[str], conversation_id: str | None
    ) -> dict[bytes, list[int | None]]:
        """Mark → where it stands: indexes of equal texts, or None for the conversation."""
        places: dict[bytes, list[int | None]] = {}
        for index, text in enumerate(texts):
            normal = " ".join(text.split())
            if len(normal) >= MIN_CHARACTERS:
                places.setdefault(self._hash("text", tenant, normal), []).append(index)
        if conversation_id is not None:
            places[self._hash("conversation", tenant, conversation_id)] = [None]
        return places

    def _hash(self, kind: str, tenant: str, value: str) -> bytes:
        """A keyed hash. The parts' lengths are hashed too, so that no two triples read the same."""
        digest = hashlib.blake2b(key=self._key, digest_size=16)
        for part in (kind, tenant, value):
            raw = part.encode(errors="surrogatepass")
            digest.update(len(raw).to_bytes(8, "big"))
            digest.update(raw)
        return digest.digest()


_ANY = select(taint.c.mark).limit(1)
_FIND = select(taint.c.mark, taint.c.labels, taint.c.expires).where(
    taint.c.mark.in_(bindparam("marks", expanding=True)), taint.c.expires > bindparam("now")
)
_EXPIRE = delete(taint).where(taint.c.expires <= bindparam("moment"))
_KEEP = insert(taint).prefix_with("OR REPLACE")
