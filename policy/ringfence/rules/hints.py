"""What somebody may have meant by a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` when something close is known, else nothing."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    close = close or [other for other in names if other.endswith(f".{name}")]
    return f"; did you mean '{close[0]}'?" if close else ""
