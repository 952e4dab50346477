"""Where in a text the cues for names are worth trying: one RE2 pass over stretches of it.

Python's regexes cost some 50 ns a character and alternative; RE2 reads all the cues' beginnings at once and a hundred
times faster, but has no lookarounds. So it only says which cue could match in which stretch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

_STRETCH, _OVERLAP = 600, 160
_NAME_STARTS = r"[\p{Lu}\p{Lt}\p{Lo}]"


def trigger_of(pattern: str) -> str:
    """RE2 that matches wherever `pattern`, a Python regex with a group `name`, could.

    What stands before the name and the name's first letter; for names that come first, what stands behind them.
    """
    before, _, rest = pattern.partition("(?P<name>")
    if before:
        return _as_re2(before) + _NAME_STARTS
    return r"\p{L}" + _as_re2(rest[_closing(rest) + 1 :])


def finder(triggers: Iterable[str]) -> Any:
    """All triggers as one RE2 set."""
    import re2

    options = re2.Options()
    options.max_mem = 128 << 20
    options.log_errors = False
    found = re2.Set.SearchSet(options)
    for trigger in triggers:
        found.Add(f"(?m){trigger}")
    found.Compile()
    return found


def stretches(text: str, triggers: Any) -> Iterator[tuple[int, int, list[int]]]:
    """Start and end of overlapping stretches, with the triggers that stand in each."""
    for low in range(0, len(text), _STRETCH):
        start, end = max(0, low - _OVERLAP), min(len(text), low + _STRETCH)
        if indexes := triggers.Match(text[start:end]):
            yield start, end, sorted(indexes)


@lru_cache(maxsize=8)
def compiled(pattern: str) -> Any:
    """A plain RE2 pattern, compiled once, when it is first needed."""
    import re2

    return re2.compile(pattern)


def flat(verbose: str) -> str:
    """A pattern in Python's verbose syntax, without its layout."""
    return re.sub(r"(?<!\\)\s+", "", verbose).replace("\\ ", " ").replace(r"\#", "#")


def _as_re2(pattern: str) -> str:
    pattern = re.sub(r"\(\?<[=!][^)]*\)|\(\?![^)]*\)", "", pattern).replace("(?=", "(?:")
    pattern = re.sub(r"\\u([0-9a-fA-F]{4})", r"\\x{\1}", pattern)
    # RE2's \b and \w know ASCII alone; without the one and with all letters in the other it matches more, never less.
    return pattern.replace(r"\b", "").replace(r"\w", r"[\p{L}\p{N}_]")


def _closing(rest: str) -> int:
    """The place of the bracket that closes a group whose opening one stands just before `rest`."""
    depth, at, in_class = 1, 0, False
    while at < len(rest):
        sign = rest[at]
        if sign == "\\":
            at += 2
            continue
        in_class = sign == "[" or (in_class and sign != "]")
        if not in_class:
            depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0:
            return at
        at += 1
    return at
