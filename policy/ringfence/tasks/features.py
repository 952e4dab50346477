"""Text → numbers, the same way in training and at run time.

The mean of its words' vectors (of the whole text, and again of its first and last words, where instructions stand;
and of the system prompt, apart), each of unit length, and the counts of a few marks that show shape: code, formulae,
log lines, options. A text's means do not grow with its length, so padding weighs no more than what it says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import log1p
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ringfence.tasks.words import Words

    Floats = NDArray[np.float32]

EDGE = 24
"""Words at each end that count again as the instruction."""
SYSTEM_CHARS = 500

_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")

# Each shape is the sum of its marks' counts: cheap enough to take on every call.
SHAPES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("fence", ("```",)),
    ("python", ("def ", "import ", "self.", "return ", "print(", "elif ")),
    ("c-like", ("#include", "public ", "void ", "();", "= new ", "=> ", "function ", "const ", "//", "&&")),
    ("block", ("{\n", ";\n", "):\n")),
    ("diff", ("\n+", "\n-", "@@ ", "diff --git")),
    ("trace", ("Traceback", "Exception", "Error:", "\n  File ", "\tat ")),
    ("formula", ("$", "\\frac", "\\", "^{", "^2", "_{")),
    ("equals", (" = ", "=", "≤", "≥")),
    ("level", ("INFO", "WARN", "ERROR", "DEBUG", "FATAL", "info:", "error:")),
    ("clock", (":0", ":1", ":2", ":3", ":4", ":5")),
    ("bullet", ("\n- ", "\n* ", "\n1.", "\n2.", "\n• ")),
    ("option", ("(A)", "(B)", "\nA)", "\nA.", "\nB.", "- Yes", "Options")),
    ("json", ('{"', '":', '["')),
    ("markup", ("</", "/>")),
    ("colon line", (":\n",)),
    ("url", ("http", "www.")),
    ("quote", ('"', "“")),
    ("bracket", ("[", "<", "{")),
    ("assert", ("assert ", ">>> ", "Input:", "Output:", "input:", "Example")),
    ("question", ("?", "？")),
    ("sentence", (". ", "。")),
    ("comma", (",",)),
)  # fmt: skip


def extract(words: Words, text: str, *, length: int, system: str = "") -> Floats:
    """The features of a user's turn (already cut to what is read; `length` before) and of its system prompt."""
    import numpy as np

    tokens = words.ids(_TOKEN.findall(text.lower()))
    role = words.ids(_TOKEN.findall(system[:SYSTEM_CHARS].lower()))
    vectors = words.vectors(tokens)
    return np.concatenate(
        (
            _mean(vectors),
            _mean(vectors[:EDGE]),
            _mean(vectors[-EDGE:]),
            _mean(words.vectors(role)),
            _shape(text, length=length, words=len(tokens), system=bool(system)),
        )
    )


def _mean(vectors: Floats) -> Floats:
    """The direction of the sum, four long so that it weighs with the shapes; zero for no words."""
    total = vectors.sum(axis=0)
    length = float(total @ total) ** 0.5
    return total * (4.0 / length) if length else total


def _shape(text: str, *, length: int, words: int, system: bool) -> Floats:
    import numpy as np

    size = max(len(text), 1)
    lines = text.count("\n") + 1
    counts = [sum(map(text.count, marks)) for _, marks in SHAPES]
    values: Sequence[float] = (
        log1p(length) / 8.0,
        log1p(words) / 6.0,
        log1p(lines) / 4.0,
        log1p(size / lines) / 6.0,
        sum(map(text.count, "0123456789")) / size * 4,
        float(text.isascii()),
        float(text.islower()),
        float(text.rstrip().endswith(("?", "？"))),
        float(system),
        float(length < 60),
        float(length > 1200),
        *(min(count, 8) / 8 for count in counts),
        *(float(count > 0) for count in counts),
    )
    return np.asarray(values, dtype=np.float32)
