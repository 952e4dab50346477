"""Digests of exact bytes, and the pin that names one."""

from __future__ import annotations

import hashlib

from ringfence.errors import TrustError


def digest_of(content: bytes) -> str:
    """The digest of exact bytes, as `sha256:` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def check_pin(actual: str, pinned: str | None, *, source: str) -> None:
    """Refuse a policy whose digest is not the pinned one; no pin, no check.

    Raises:
        TrustError: naming both digests.
    """
    if pinned is not None and actual != pinned.strip():
        raise TrustError(
            f"{source}: this is not the pinned policy. It has digest {actual}, and {pinned.strip()} is pinned. "
            "Restore the approved file, or review this one and pin it with: ringfence policy pin FILE"
        )
