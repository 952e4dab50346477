"""The HMAC key of hashes in the record: from the environment, else a file that only this user can read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import platformdirs

from ringfence import keyfile
from ringfence.errors import RecordError
from ringfence.keyfile import BadKey

VARIABLE = "RINGFENCE_HMAC_KEY"


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
    path = (folder or default_folder()) / "hmac.key"
    try:
        if written := env.get(VARIABLE):
            return keyfile.parse(written, VARIABLE)
        return keyfile.read(path) if path.exists() else keyfile.create(path)
    except BadKey as error:
        raise RecordError(str(error)) from None
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise RecordError(
            f"the HMAC key {path} cannot be used ({reason}): make its folder writable, or set {VARIABLE} to "
            f"{keyfile.MIN_BYTES * 2} hexadecimal digits (openssl rand -hex {keyfile.MIN_BYTES})"
        ) from None
