"""What was worked out from a text before: an agent resends its whole history, and only what is new in it may cost.

Keys are keyed hashes with a key of this process; the texts themselves are not kept (I4).
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class TextCache(Generic[T]):
    """The last texts, each with a value that is not None, up to `size` in weight. Threads may share it."""

    def __init__(self, size: int = 8192) -> None:
        self._size = size
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, tuple[T, int]] = OrderedDict()
        self._weight = 0

    def key(self, *parts: str) -> bytes:
        """The keyed hash of some texts; lengths are hashed too, so that no two tuples read the same."""
        digest = hashlib.blake2b(key=self._key, digest_size=16)
        for part in parts:
            raw = part.encode("utf-8", "surrogatepass")
            digest.update(len(raw).to_bytes(8, "big"))
            digest.update(raw)
        return digest.digest()

    def get(self, key: bytes) -> T | None:
        with self._lock:
            found = self._known.get(key)
            if found is None:
                return None
            self._known.move_to_end(key)
            return found[0]

    def put(self, key: bytes, value: T, *, weight: int = 1) -> None:
        with self._lock:
            _, before = self._known.pop(key, (None, 0))
            self._known[key] = (value, weight)
            self._weight += weight - before
            while self._weight > self._size:
                _, (_, freed) = self._known.popitem(last=False)
                self._weight -= freed
