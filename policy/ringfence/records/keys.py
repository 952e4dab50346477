"""The HMAC key of hashes in the record: from the environment, else a file that only this user can read."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from ringfence.errors import RecordError

VARIABLE = "RINGFENCE_HMAC_KEY"
MIN_BYTES = 32


def default_folder() -> Path:
    """Where the ledger and the key live unless told otherwise: the user's data folder."""
    return platformdirs.user_data_path("ringfence")


def load_key(env: Mapping[str, str], *, folder: Path | None = None) -> bytes:
    """The key: `RINGFENCE_HMAC_KEY` (64 or more hexadecimal digits), else `hmac.key` in the data folder.

    The file is made at the first use, whole or not at all: of many processes that start together, one wins and all
    get its key. Replicas that share a store share the variable.

    Raises:
        RecordError: for a key that is malformed, readable by others, or cannot be stored. It is never shown.
    """
    written = env.get(VARIABLE)
    if written:
        return _parse(written, VARIABLE)
    path = (folder or default_folder()) / "hmac.key"
    try:
        return _read(path) if path.exists() else _create(path)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise RecordError(
            f"the HMAC key {path} cannot be used ({reason}): make its folder writable, or set {VARIABLE} to "
            f"{MIN_BYTES * 2} hexadecimal digits (openssl rand -hex {MIN_BYTES})"
        ) from None


def _parse(text: str, place: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) < MIN_BYTES:
        raise RecordError(
            f"{place} is not a key: write at least {MIN_BYTES * 2} hexadecimal digits, for instance the output of "
            f"'openssl rand -hex {MIN_BYTES}'"
        )
    return key


def _read(path: Path) -> bytes:
    with path.open(encoding="ascii", errors="replace") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise RecordError(f"the HMAC key {path} can be read by others: run 'chmod 600 {path}'")
        return _parse(file.read(4096), str(path))


def _create(path: Path) -> bytes:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".hmac.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(MIN_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first: its key is the key
            os.link(draft, path)
    finally:
        draft.unlink()
    return _read(path)
