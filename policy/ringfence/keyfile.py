"""Keys for hashes, written in hexadecimal digits: out of a variable, or in a file that only this user can read."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

MIN_BYTES = 32


class BadKey(Exception):
    """The key cannot be used. The message says why and what to do, and never shows it."""


def parse(text: str, place: str) -> bytes:
    """A key out of text; `place` names where it stood.

    Raises:
        BadKey: when it is none, or too short.
    """
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) < MIN_BYTES:
        raise BadKey(
            f"{place} is not a key: write at least {MIN_BYTES * 2} hexadecimal digits, for instance the output of "
            f"'openssl rand -hex {MIN_BYTES}'"
        )
    return key


def read(path: Path) -> bytes:
    """The key in a file.

    Raises:
        BadKey: when others can read it, or it holds no key.
        OSError: when it cannot be read.
    """
    with path.open(encoding="ascii", errors="replace") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise BadKey(f"the key {path} can be read by others: run 'chmod 600 {path}'")
        return parse(file.read(4096), str(path))


def create(path: Path) -> bytes:
    """Make a key file, whole or not at all: of many processes that start together, one wins and all get its key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
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
    return read(path)
