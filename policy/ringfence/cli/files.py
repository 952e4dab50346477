"""Files written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from ringfence.errors import BadRequest


def replace_file(path: Path, content: bytes) -> None:
    """Write a file by way of a draft beside it, so that a reader sees the old one or the new one.

    Raises:
        BadRequest: when it cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise BadRequest(
            f"{path}: cannot be written ({error.strerror or 'unknown reason'}); name a file elsewhere"
        ) from None
