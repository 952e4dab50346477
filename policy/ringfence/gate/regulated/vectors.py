"""Vectors of words in sixteen languages: a word never trained on stands where its neighbours stand.

`benchmarks/regulated/distil.py` makes `vectors.bin` from the weights of a multilingual sentence encoder (the file's
header names them). At run time it is a table: each word, or its longest known pieces, has a row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAGIC = b"ringfence-vectors-1\n"
START = "\u2581"
"""Marks a piece that begins a word."""
_LONGEST = 14
_PIECES = 4
"""Pieces that are looked for in a word; scripts without spaces come as whole clauses."""
_UNSPACED = "\u0e00"
_UNKNOWN_AFTER = 40
"""A "word" of Latin letters longer than this is a hash or an encoding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors:
    """Pieces of words and their rows; a vector is `rows[i] * scale`."""

    index: Mapping[str, int] = field(repr=False)
    rows: NDArray[np.int8] = field(repr=False)
    scale: NDArray[np.float32] = field(repr=False)
    header: Mapping[str, Any]

    def pieces(self, word: str) -> tuple[int, ...]:
        """The rows of one lower-case word: its own, or those of the longest known pieces from its start."""
        known = self.index.get(START + word)
        if known is not None:
            return (known,)
        unspaced = word[0] >= _UNSPACED
        if len(word) > _UNKNOWN_AFTER and not unspaced:
            return ()
        found: list[int] = []
        start = 0
        while start < len(word) and (unspaced or len(found) < _PIECES):
            end, row = self._longest(word, start)
            if row is not None:
                found.append(row)
            start = end
        return tuple(found)

    def _longest(self, word: str, start: int) -> tuple[int, int | None]:
        for end in range(min(len(word), start + _LONGEST), start, -1):
            piece = word[start:end]
            row = self.index.get(piece if start else START + piece)
            if row is None and word[0] >= _UNSPACED:
                row = self.index.get(START + piece if start else piece)
            if row is not None:
                return end, row
        return start + 1, None


def pooled(total: NDArray[np.float32], count: float) -> NDArray[np.float32]:
    """The direction of a sum of `count` vectors, and the logarithm of their number as one more dimension."""
    import numpy as np

    length = np.float32(max(float(np.sqrt(total @ total)), 1e-6))
    return np.append(total / length, np.float32(np.log1p(count)))


@lru_cache(maxsize=1)
def load() -> Vectors:
    """The shipped table."""
    return decode(resources.files(__package__).joinpath("vectors.bin").read_bytes())


def decode(raw: bytes) -> Vectors:
    """Magic line, JSON line (`count`, `dims`, `text_bytes`, where it is from), pieces one a line, scales, rows."""
    import numpy as np

    if not raw.startswith(MAGIC):
        raise ValueError("not a table of vectors of this version")
    end = raw.index(b"\n", len(MAGIC))
    header = json.loads(raw[len(MAGIC) : end])
    start = end + 1
    text = raw[start : start + header["text_bytes"]].decode()
    start += header["text_bytes"]
    scale = np.frombuffer(raw, dtype="<f4", count=header["dims"], offset=start)
    rows = np.frombuffer(raw, dtype=np.int8, offset=start + scale.nbytes)
    return Vectors(
        index={piece: row for row, piece in enumerate(text.split("\n"))},
        rows=rows.reshape(header["count"], header["dims"]),
        scale=scale,
        header=header,
    )
