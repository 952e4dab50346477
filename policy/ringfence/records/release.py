"""Taking labels off again: forgetting and declassifying, where the policy allows it, each with its event (I5).

To forget is to delete marks: what is answered again is marked again. To declassify is to say that the text may be
known: it counts as unlabelled traffic from then on, as far as no label is left on it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, bindparam, delete, or_, select

from ringfence.errors import Denied
from ringfence.records import unlabelled
from ringfence.records.events import Event, record
from ringfence.records.marks import unpack
from ringfence.records.tables import taint, to_ms
from ringfence.records.taint import TaintStore, add_row, begin_epoch
from ringfence.rules.schema import TaintSpec
from ringfence.types import Clearance, Locality

if TYPE_CHECKING:
    from ringfence.records.marks import Grams


FORGET, DECLASSIFY = "taint.forget", "taint.declassify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is to be released: a text (with all its passages), a conversation (with its texts), or all of a tenant."""

    kind: Literal["text", "conversation", "all"]
    value: str = ""


@dataclass(frozen=True, slots=True)
class _Hit:
    """A row that is in the scope: which of its grams are, and whether its mark as a whole is."""

    row: Any
    grams: Grams
    rest: Grams
    whole: bool

    @property
    def marks(self) -> int:
        return len(self.grams) + self.whole


def permission(spec: TaintSpec, actor: str) -> Clearance:
    """The labels that the policy lets an account of the operating system take off."""
    entries = [entry for entry in spec.declassify if not entry.users or actor in entry.users]
    return Clearance(
        everything=any(entry.labels == "all" for entry in entries),
        labels=frozenset(
            label for entry in entries if entry.labels != "all" for label in entry.labels
        ),
    )


def release(
    store: TaintStore,
    scope: Scope,
    *,
    labels: frozenset[str] | None,
    may: Clearance,
    event: Event,
) -> Event:
    """Take labels off what is in the scope, and record that it was done, or that it was refused.

    Args:
        store: the tenant's marks are in it.
        scope: what.
        labels: which labels; None takes all of them off.
        may: which labels the policy allows to be taken off.
        event: who, when, why, and whether it is to forget or to declassify; its facts are filled in here.

    Returns:
        The event as it was recorded: `marks`, `labels`, `scope`.

    Raises:
        Denied: when a label that would go may not. Nothing goes, then.
        RecordError: when the store cannot be written.
    """
    with store.store.write() as connection:
        hits = [
            hit
            for hit in _hits(connection, store, scope, event)
            if hit.marks and (labels is None or labels & set(json.loads(hit.row.labels)))
        ]
        there = {label for hit in hits for label in json.loads(hit.row.labels)}
        going = there if labels is None else there & labels
        # Where a gate that failed said `unscanned`, taking that off is for who may take everything off.
        missing = may.missing(going, Locality.LOCAL)
        marks = 0 if missing else sum(hit.marks for hit in hits)
        facts = {"scope": scope.kind, "marks": marks, "labels": sorted(going)}
        event = replace(event, facts=facts, outcome="refused" if missing else "done")
        record(connection, event)
        if not missing:
            for hit in hits:
                _take_off(connection, hit, going)
            begin_epoch(connection)
            if event.action == DECLASSIFY:
                _free(connection, store, hits, event)
    if missing:
        raise Denied(
            f"the policy does not allow {event.actor} to take off {', '.join(missing)}: let 'taint.declassify' of the "
            "policy name the labels (and the account under 'users'), or ask somebody who may. The attempt is recorded",
            rule="taint.declassify",
        )
    return event


def _hits(connection: Connection, store: TaintStore, scope: Scope, event: Event) -> Iterator[_Hit]:
    import numpy as np

    of = {"of": store.tenant_mark(event.tenant), "now": to_ms(event.at)}
    if scope.kind == "text":
        mark = store.text_mark(event.tenant, scope.value)
        wanted = store.grams(event.tenant, scope.value)
        for row in connection.execute(_LIVE, of).all():
            grams = unpack(row.grams)
            inside = np.isin(grams, wanted)
            yield _Hit(row, grams[inside], grams[~inside], row.mark == mark)
        return
    statement = _LIVE
    if scope.kind == "conversation":
        of["conversation"] = store.conversation_mark(event.tenant, scope.value)
        statement = _OF_CONVERSATION
    for row in connection.execute(statement, of).all():
        yield _Hit(row, unpack(row.grams), unpack(b""), True)


def _take_off(connection: Connection, hit: _Hit, going: set[str]) -> None:
    """Put rows in a row's place: what is outside the scope keeps its labels, what is inside the ones that stay."""
    row, labels = hit.row, set(json.loads(hit.row.labels))
    connection.execute(_DELETE, {"row": row.id})
    same = {
        "tenant": row.tenant,
        "kind": row.kind,
        "conversation": row.conversation,
        "expires": row.expires,
    }
    whole, nothing = (row.mark, b"") if hit.whole else (b"", row.mark)
    if labels - going:
        add_row(connection, labels=labels - going, grams=hit.grams, mark=whole, **same)
    if nothing or len(hit.rest):
        add_row(connection, labels=labels, grams=hit.rest, mark=nothing, **same)


def _free(connection: Connection, store: TaintStore, hits: list[_Hit], event: Event) -> None:
    import numpy as np

    grams = np.unique(np.concatenate([unpack(b""), *(hit.grams for hit in hits)]))
    marks = store.marks(connection, event.tenant)
    unlabelled.note(
        connection,
        store.tenant_mark(event.tenant),
        grams[~marks.known(grams, to_ms(event.at))],
    )


_LIVE = select(taint).where(taint.c.tenant == bindparam("of"), taint.c.expires > bindparam("now"))
_OF_CONVERSATION = _LIVE.where(
    or_(
        taint.c.conversation == bindparam("conversation"), taint.c.mark == bindparam("conversation")
    )
)
_DELETE = delete(taint).where(taint.c.id == bindparam("row"))
