"""What somebody may have meant by a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice

_LONGEST = 100
_CONSIDERED = 700
"""Names that are compared: a hint must not cost seconds in a policy of thousands."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` when something close is known, else nothing."""
    if len(name) > _LONGEST:
        return ""
    names = list(islice(known, _CONSIDERED))
    close = difflib.get_close_matches(name, names, n=1)
    close = close or [other for other in names if other.endswith(f".{name}")]
    return f"; did you mean '{close[0]}'?" if close else ""


def quoted(name: str, hint: str) -> str:
    """A name as the file has it, where it is a slip for a known one; what is like none may be a secret (I4)."""
    return f" '{name}'" if hint else ""
