"""What a tenant's unlabelled traffic carried: grams that are not worth marking. The newest million; the oldest go.

A gram never stands here and among the marks: see `ringfence.records.taint`, whose transactions these are part of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from ringfence.records.marks import among, pack, unpack
from ringfence.records.tables import unlabelled

if TYPE_CHECKING:
    from ringfence.records.marks import Grams

MAX_GRAMS = 1 << 20
"""Of a tenant: 8 MB in the file, some 6 MB of distinct text. One that is gone costs a false alarm, never a leak."""


def note(connection: Connection, tenant: bytes, grams: Grams) -> int:
    """Add grams, and let the oldest go. Returns the id of the row."""
    total = (connection.scalar(_TOTAL, {"of": tenant}) or 0) + len(grams)
    row = {"tenant": tenant, "total": total, "grams": pack(grams)}
    added = connection.execute(_ADD, row).inserted_primary_key
    connection.execute(_LET_GO, {"of": tenant, "until": total - MAX_GRAMS})
    return int(added[0]) if added else 0


def oldest(connection: Connection) -> int:
    """The id from which on rows are still there."""
    return int(connection.scalar(_OLDEST) or 0)


def carried(connection: Connection, tenant: bytes, grams: Grams) -> Grams:
    """Those of the grams that unlabelled traffic carried, ascending."""
    import numpy as np

    ordered = np.unique(grams)
    shared = [unpack(b"")]
    for raw in connection.scalars(_GRAMS, {"of": tenant}):
        theirs = unpack(raw)
        shared.append(theirs[among(theirs, ordered)])
    return np.unique(np.concatenate(shared))


_TOTAL = select(func.max(unlabelled.c.total)).where(unlabelled.c.tenant == bindparam("of"))
_ADD = insert(unlabelled)
_LET_GO = delete(unlabelled).where(
    unlabelled.c.tenant == bindparam("of"), unlabelled.c.total <= bindparam("until")
)
_OLDEST = select(func.min(unlabelled.c.id))
_GRAMS = select(unlabelled.c.grams).where(unlabelled.c.tenant == bindparam("of"))
