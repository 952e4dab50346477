"""One SQLite file, safe for many threads and processes: opening, transactions, and errors that say what to do."""

from __future__ import annotations

import hmac
import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine, create_engine, insert, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from ringfence.errors import RecordError
from ringfence.records.keys import another_key, fingerprint_of
from ringfence.records.tables import APPLICATION_ID, FIRST_KEPT, SCHEMA_VERSION, meta, metadata

Durability = Literal["normal", "full"]

BUSY_S = 10
"""How long a transaction waits for another process before the call is refused."""

# SQLite's message → what happened, and what to do. The message itself is not shown: it may name values.
_TROUBLES = (
    (("malformed", "not a database", "corrupt"), "is damaged", "move it away ('mv {path} {path}.bad'); "
     "a new one is made at the next call"),
    (("readonly", "read-only", "unable to open", "permission"), "cannot be written", "make the file and its folder "
     "writable, or set records.path in the policy to a file in a folder that is"),
    (("full",), "cannot grow", "free some disk space"),
    (("locked", "busy"), "is held by another process", "try again; if it stays so, look for a stuck process that has "
     "it open"),
)  # fmt: skip


class Store:
    """The file and its connections. Writes of one process queue on a lock; other processes wait on SQLite's."""

    def __init__(self, path: Path, durability: Durability) -> None:
        self.path = path
        self._durability = durability
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._engine = self._make_engine()

    @classmethod
    def open(cls, path: Path, *, durability: Durability, key: bytes) -> Store:
        """Open the file, making it (0600, its folder 0700) or checking that it is ours and was made with `key`.

        Raises:
            RecordError: for a damaged or foreign file, one that cannot be written, of a newer version, or made with
                another key.
        """
        _prepare_file(path)
        store = cls(path, durability)
        try:
            store._use_wal()
            with store.write() as connection:
                _check_owner(connection, path)
                _check_key(connection, path, key)
        except BaseException:
            store.close()
            raise
        return store

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its start: what it reads stays true until it commits."""
        self._mind_fork()
        with self._lock, self._explained(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for SELECTs, each of which sees the last commit."""
        self._mind_fork()
        with self._explained(), self._engine.connect() as connection:
            yield connection

    def close(self) -> None:
        self._engine.dispose(close=self._pid == os.getpid())

    def _mind_fork(self) -> None:
        """A forked child must not touch its parent's connections; it gets its own."""
        if self._pid != os.getpid():
            self._engine.dispose(close=False)
            self._lock = threading.Lock()
            self._pid = os.getpid()

    def _make_engine(self) -> Engine:
        return create_engine(
            "sqlite+pysqlite://",
            creator=self._connect,
            poolclass=QueuePool,
            pool_size=8,
            max_overflow=-1,
            pool_use_lifo=True,
            hide_parameters=True,  # an error's text must not carry a row's values (I4)
        )

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=BUSY_S,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=64,
        )
        connection.execute(f"PRAGMA synchronous={self._durability}")
        return connection

    def _use_wal(self) -> None:
        with self.read() as connection:
            if connection.exec_driver_sql("PRAGMA journal_mode").scalar() != "wal":
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise RecordError(explain(self.path, str(error))) from None


def explain(path: Path, message: str) -> str:
    """What a database's complaint means for this file, and what to do about it."""
    for words, what, remedy in _TROUBLES:
        if any(word in message.lower() for word in words):
            return f"the ledger {path} {what}: {remedy.format(path=path)}"
    return (
        f"the ledger {path} cannot be used: move it away ('mv {path} {path}.bad') if this stays so"
    )


def _prepare_file(path: Path) -> None:
    """Make the file before SQLite does, so that nobody else can read it for even a moment."""
    if path.is_dir():
        raise RecordError(
            f"the ledger {path} is a folder: move it away, or name a file in records.path of the policy"
        )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o077:
                os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise RecordError(
            f"the ledger {path} cannot be written ({reason}): make the file and its folder writable, or set "
            "records.path in the policy to a file in a folder that is"
        ) from None


def _check_owner(connection: Connection, path: Path) -> None:
    """Make the tables of a new file, or those that an older one lacks.

    One that is not ours, or that a newer ringfence wrote, is refused.
    """
    version = connection.exec_driver_sql("PRAGMA user_version").scalar() or 0
    owner = connection.exec_driver_sql("PRAGMA application_id").scalar()
    if version == 0 and owner == 0 and not inspect(connection).get_table_names():
        metadata.create_all(connection)
        connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")
    elif owner != APPLICATION_ID:
        raise RecordError(
            f"the ledger {path} is a database of another program: name another file in records.path of the policy"
        )
    elif version > SCHEMA_VERSION:
        raise RecordError(
            f"the ledger {path} was written by a newer ringfence (format {version}, this one knows "
            f"{SCHEMA_VERSION}): upgrade ringfence, or name another file in records.path of the policy"
        )
    elif FIRST_KEPT <= version < SCHEMA_VERSION:
        metadata.create_all(connection)  # later formats only add tables
        connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")
    elif version < SCHEMA_VERSION:
        raise RecordError(
            f"the ledger {path} is of an earlier format ({version}, this ringfence writes {SCHEMA_VERSION}) that no "
            f"release had: move it away ('mv {path} {path}.old') to start a new one; its taint stays behind"
        )


def _check_key(connection: Connection, path: Path, key: bytes) -> None:
    """A store is bound to its HMAC key: under another one no stored hash would ever match, and taint be lost (I5)."""
    check = fingerprint_of(key)
    stored = connection.scalar(select(meta.c.value).where(meta.c.name == "key_check"))
    if stored is None:
        connection.execute(insert(meta).values(name="key_check", value=check))
    elif not hmac.compare_digest(stored, check):
        raise another_key(path)
