"""Cheap questions to a text that spare dear ones. Each is a scan at C speed, and never says no where the answer is yes."""

from __future__ import annotations

import re
from collections.abc import Iterable

_DIGIT = re.compile(r"[0-9]")


def has_digit(value: str) -> bool:
    return _DIGIT.search(value) is not None


def has_any(value: str, parts: Iterable[str]) -> bool:
    return any(part in value for part in parts)


def longest_word(value: str) -> int:
    """Characters of the longest stretch without white space."""
    return max(map(len, value.split()), default=0)
