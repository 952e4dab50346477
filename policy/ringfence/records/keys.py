"""The HMAC key of hashes in the record: from the environment, a file that only this user can read, or the keyring.

Replicas that share a ledger share the key. A ledger remembers which key made it, and another one stops the start.
"""

from __future__ import annotations

import contextlib
import hmac
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from ringfence import keyfile
from ringfence.credentials import Credentials
from ringfence.errors import RecordError
from ringfence.keyfile import BadKey

if TYPE_CHECKING:
    from ringfence.rules.schema import Records

VARIABLE = "RINGFENCE_HMAC_KEY"


def default_folder() -> Path:
    """Where the ledger and the key live unless told otherwise: the user's data folder."""
    return platformdirs.user_data_path("ringfence")


def ledger_path(spec: Records) -> Path:
    """The ledger that a policy names, else the one in the user's data folder."""
    return Path(spec.path).expanduser() if spec.path else default_folder() / "ledger.sqlite"


def load_key(env: Mapping[str, str], *, folder: Path | None = None) -> bytes:
    """The key, 64 or more hexadecimal digits: from the environment, a file or the keyring; made where there is none.

    It is `RINGFENCE_HMAC_KEY` in the environment, else `hmac.key` in the data folder, else the keyring's entry of
    that name. Where none of them has one, the file is made, whole or not at all: of many processes that start
    together, one wins and all get its key. The keyring comes last since asking it takes a third of a second.

    Raises:
        RecordError: for a key that is malformed, readable by others, or cannot be stored. It is never shown.
    """
    path = _file(folder)
    with _explained(path):
        return find_key(env, folder=folder) or keyfile.create(path)


def find_key(env: Mapping[str, str], *, folder: Path | None = None) -> bytes | None:
    """The key as `load_key` gets it, or None where there is none yet."""
    path = _file(folder)
    with _explained(path):
        if written := env.get(VARIABLE):
            return keyfile.parse(written, VARIABLE)
        if path.exists():
            return keyfile.read(path)
        kept = Credentials(env).find(VARIABLE)
        return keyfile.parse(kept, f"{VARIABLE} in the keyring") if kept else None


def _file(folder: Path | None) -> Path:
    return (folder or default_folder()) / "hmac.key"


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except BadKey as error:
        raise RecordError(str(error)) from None
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise RecordError(
            f"the HMAC key {path} cannot be used ({reason}): make its folder writable, or set {VARIABLE} to "
            f"{keyfile.MIN_BYTES * 2} hexadecimal digits (openssl rand -hex {keyfile.MIN_BYTES})"
        ) from None


def fingerprint_of(key: bytes) -> str:
    """What a ledger remembers of its key; it tells nothing of it."""
    return hmac.digest(key, b"ringfence ledger key check", "sha256").hex()


def check_key(path: Path, env: Mapping[str, str]) -> None:
    """See that a ledger file was made with the key that is found here. Reads one row, without the database library.

    A file that cannot be read or is not ours is left to `Store.open`.

    Raises:
        RecordError: when it was made with another, or none is found.
    """
    with contextlib.suppress(sqlite3.Error), contextlib.closing(_open_to_read(path)) as connection:
        row = connection.execute("SELECT value FROM meta WHERE name = 'key_check'").fetchone()
        key = find_key(env) if row is not None else None
        if row is not None and (
            key is None or not hmac.compare_digest(str(row[0]), fingerprint_of(key))
        ):
            raise another_key(path)


def another_key(path: Path) -> RecordError:
    return RecordError(
        f"the ledger {path} was made with another HMAC key, so nothing that it remembers would be recognised: give "
        f"back the key it was made with ({VARIABLE} in the environment or keyring, or hmac.key in the data folder), or "
        "move the ledger away to start a new one"
    )


def _open_to_read(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)
