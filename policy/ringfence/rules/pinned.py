"""Files that a policy names beside itself: each held against the digest that stands in the policy (I6, I7)."""

from __future__ import annotations

from pathlib import Path

from ringfence.rules.sources import Unreadable, read_file
from ringfence.trust import digest_of


class BadFile(Exception):
    """The file cannot be used; the message says why, and what to write or do instead."""


def read_pinned(path: Path, digest: str | None, *, most: int) -> bytes:
    """The bytes of a file, if they are the pinned ones.

    Args:
        path: where it is; the policy's paths count from its own folder.
        digest: `sha256:…`, as the policy writes it.
        most: bytes that it may have.

    Raises:
        BadFile: it cannot be read, is too large, is not pinned, or is not the file that is pinned.
    """
    try:
        content = read_file(path, most=most)
    except Unreadable as error:
        raise BadFile(f"the file {error}; its path counts from the policy's folder") from None
    if len(content) > most:
        raise BadFile(f"the file is over {most:,} bytes")
    actual = digest_of(content)
    if digest is None:
        raise BadFile(f"not pinned; write beside it 'digest: {actual}'")
    if digest != actual:
        raise BadFile(
            f"not the file that is pinned here: it has digest {actual}; review it and write that, or restore the file"
        )
    return content
