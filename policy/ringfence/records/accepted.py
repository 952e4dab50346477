"""The serials that were accepted: a signed policy older than one of its name before it does not load (I7).

They are remembered in two ledgers: the one in the user's data folder, which no policy can move, and the one that the
policy names (`records.path`), which replicas may share. An older policy that names another ledger meets the first.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ringfence.errors import RecordError, TrustError
from ringfence.records.keys import default_folder, ledger_path, load_key
from ringfence.types import PolicyRef

if TYPE_CHECKING:
    from ringfence.records.store import Store
    from ringfence.rules.schema import Records as RecordsSpec


class AcceptedSerials:
    """What the ledgers at `paths` remember. A file that is not there remembers nothing."""

    def __init__(self, paths: tuple[Path, ...], env: Mapping[str, str]) -> None:
        self._paths = paths
        self._env = env

    @classmethod
    def of(cls, spec: RecordsSpec, env: Mapping[str, str]) -> AcceptedSerials:
        """Those that hold for a policy with this `records`."""
        paths = (default_folder() / "ledger.sqlite", ledger_path(spec))
        return cls(tuple(dict.fromkeys(paths)), env)

    def check(self, ref: PolicyRef) -> None:
        """Refuse a policy that is older than an accepted one, or has its serial and other bytes. Writes nothing.

        Raises:
            TrustError: which names both.
            RecordError: when a ledger that is there cannot be read.
        """
        self.missing_from(ref)

    def remember(self, ref: PolicyRef, *, now: datetime | None = None) -> None:
        """Accept a policy: from now on no older one loads.

        Raises:
            TrustError: when it is itself older than an accepted one.
            RecordError: when that cannot be written.
        """
        missing = self.missing_from(ref)
        if not missing:
            return
        from ringfence.records.store import Store  # SQLAlchemy: 0.4 s

        key = load_key(self._env)
        for path in missing:
            with contextlib.closing(Store.open(path, durability="full", key=key)) as store:
                _accept(store, ref, now or datetime.now(UTC))

    def missing_from(self, ref: PolicyRef) -> list[Path]:
        """The ledgers that do not know this policy yet. Raises like `check`."""
        return [path for path in self._paths if not _knows(path, ref)]


def _knows(path: Path, ref: PolicyRef) -> bool:
    """Reads one row, without the database library."""
    try:
        if not path.exists():
            return False
        uri = f"{path.resolve().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=5)) as connection:
            return _judge(path, ref, connection.execute(_HIGHEST, (ref.name,)).fetchone())
    except (sqlite3.Error, OSError) as error:
        if "no such table" in str(
            error
        ):  # a ledger of an earlier format, or a database that is not ours
            return False
        from ringfence.records.store import explain

        raise RecordError(explain(path, str(error))) from None


def _judge(path: Path, ref: PolicyRef, highest: tuple[int, str] | None) -> bool:
    """Whether the policy is the last that was accepted; raises when it is older, or another of the same serial."""
    if highest is None or highest[0] < ref.serial:
        return False
    serial, digest = highest
    if serial > ref.serial:
        raise TrustError(
            f"{ref.source}: policy {ref.name} has serial {ref.serial}, and serial {serial} was accepted here before "
            f"(the ledger {path} remembers it): an older policy does not come back. Restore the newer file; to "
            f"return to what the older one says, have it signed with a serial above {serial}"
        )
    if digest != ref.digest:
        raise TrustError(
            f"{ref.source}: policy {ref.name} with serial {serial} was accepted here before with other bytes (the "
            f"ledger {path} remembers {digest}, this one has {ref.digest}). Give every change a serial of its own: "
            f"write 'serial: {serial + 1}', then pin and sign again"
        )
    return True


def _accept(store: Store, ref: PolicyRef, now: datetime) -> None:
    """Add the row under the write lock, so that of many processes the highest serial wins."""
    from sqlalchemy import insert, select

    from ringfence.records.tables import accepted, to_ms

    highest = (
        select(accepted.c.serial, accepted.c.digest)
        .where(accepted.c.name == ref.name)
        .order_by(accepted.c.serial.desc())
        .limit(1)
    )
    with store.write() as connection:
        row = connection.execute(highest).one_or_none()
        if not _judge(store.path, ref, None if row is None else (row.serial, row.digest)):
            connection.execute(
                insert(accepted),
                {"name": ref.name, "serial": ref.serial, "digest": ref.digest, "at": to_ms(now)},
            )


_HIGHEST = "SELECT serial, digest FROM accepted WHERE name = ? ORDER BY serial DESC LIMIT 1"
