"""The live marks of one tenant in memory: sorted once, searched in microseconds, kept up by reading new rows only.

A mark is a keyed hash: of a gram of a text, or of a text or a conversation as a whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ringfence.gate.fingerprints import read

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Grams = NDArray[np.int64]
    Known = NDArray[np.bool_]

_GRAM_BYTES = 8
"""Of a gram's keyed hash. Two grams share one by chance once in 2⁶⁴."""


class Hasher:
    """Keyed hashes of what a tenant said. Without the key they tell nothing and match nothing."""

    def __init__(self, key: bytes) -> None:
        self._key = key[:64]  # blake2b's limit

    def of(self, kind: str, tenant: str, value: str) -> bytes:
        """One value. The parts' lengths are hashed too, so that no two triples read the same."""
        digest = hashlib.blake2b(key=self._key, digest_size=16)
        for part in (kind, tenant, value):
            raw = part.encode(errors="surrogatepass")
            digest.update(len(raw).to_bytes(8, "big"))
            digest.update(raw)
        return digest.digest()

    def grams(self, tenant: str, text: str) -> Grams:
        """The chosen grams of a text, in its order."""
        keyed = hashlib.blake2b(key=self.of("grams", tenant, ""), digest_size=_GRAM_BYTES)
        hashes = bytearray()
        for gram in read(text).grams():
            digest = keyed.copy()
            digest.update(gram)
            hashes += digest.digest()
        return unpack(bytes(hashes))


@dataclass(frozen=True, slots=True)
class Kept:
    """One row of the store: the labels that its marks carry, and until when (UTC milliseconds)."""

    labels: tuple[str, ...]
    expires: int


class Marks:
    """What of a tenant's rows is needed to look texts up. One thread adds; others may look up meanwhile."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch
        self.last_id = 0
        self._rows: list[Kept] = []
        self._whole: dict[bytes, list[Kept]] = {}
        self._index: tuple[Grams, NDArray[np.int32]] | None = None

    def __bool__(self) -> bool:
        return bool(self._rows)

    def add(self, rows: Sequence[Any]) -> None:
        """Take in rows of the store: `id`, `mark`, `labels`, `expires`, `grams`."""
        import numpy as np

        grams, owners = [], []
        for row in rows:
            kept = Kept(tuple(json.loads(row.labels)), row.expires)
            grams.append(unpack(row.grams))
            owners.append(np.full(len(grams[-1]), len(self._rows), dtype=np.int32))
            self._rows.append(kept)
            self._whole.setdefault(row.mark, []).append(kept)
            self.last_id = max(self.last_id, row.id)
        if rows:
            self._insert(np.concatenate(grams), np.concatenate(owners))

    def _insert(self, grams: Grams, owners: NDArray[np.int32]) -> None:
        import numpy as np

        order = np.argsort(grams)
        grams, owners = grams[order], owners[order]
        if self._index is not None:
            known, their_owners = self._index
            at = np.searchsorted(known, grams)
            grams, owners = np.insert(known, at, grams), np.insert(their_owners, at, owners)
        self._index = (grams, owners)

    def whole(self, mark: bytes | None, now: int) -> frozenset[str]:
        """The labels of a text or conversation as a whole."""
        return _labels(self._whole.get(mark, ()), now) if mark else frozenset()

    def known(self, grams: Grams, now: int) -> Known:
        """Which of the grams carry labels."""
        import numpy as np

        if self._index is None or not among(grams, self._index[0]).any():
            return np.zeros(len(grams), dtype=bool)
        marks, owners = self._index
        expires = np.array([row.expires for row in self._rows], dtype=np.int64)
        return among(grams, marks[expires[owners] > now])

    def labels(self, grams: Grams, now: int) -> frozenset[str]:
        """The labels that any of the grams carries."""
        import numpy as np

        if self._index is None:
            return frozenset()
        marks, owners = self._index
        low = np.searchsorted(marks, grams, side="left").tolist()
        high = np.searchsorted(marks, grams, side="right").tolist()
        places = [place for span in set(zip(low, high, strict=True)) for place in range(*span)]
        return _labels((self._rows[owner] for owner in np.unique(owners[places]).tolist()), now)


def _labels(rows: Iterable[Kept], now: int) -> frozenset[str]:
    return frozenset(label for row in rows if row.expires > now for label in row.labels)


def among(grams: Grams, ordered: Grams) -> Known:
    """Which grams stand in an ascending array."""
    import numpy as np

    if not len(ordered):
        return np.zeros(len(grams), dtype=bool)
    at = np.searchsorted(ordered, grams)
    at[at == len(ordered)] = 0
    known: Known = ordered[at] == grams
    return known


def pack(grams: Grams) -> bytes:
    return grams.astype("<i8").tobytes()


def unpack(raw: bytes) -> Grams:
    import numpy as np

    return np.frombuffer(raw, dtype="<i8").astype(np.int64)
