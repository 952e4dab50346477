"""How a window is told: code and public reports use the same words as cases, and need more to count as one."""

from __future__ import annotations

import re

_CODE_SIGNS = "();="
_REPORTED = re.compile(
    r"\b(?:said|announced|reported|according to|told reporters|spokes(?:man|woman|person)|newspaper|bbc|cnn|reuters"
    r"|published|review(?:er)?|novel|film|movie)\b",
    re.IGNORECASE,
)
_OURS = re.compile(
    r"\b(?:we|our|ours|us|i|i'm|my|me|you|your|confidential|privileged|internal|embargo\w*|unannounced"
    r"|not (?:yet )?public|unaudited|draft|do not|don't)\b",
    re.IGNORECASE,
)
_NEVER_PUBLIC = frozenset({"CLINICAL", "CLASSIFIED", "HR_MATTER", "CLIENT_FINANCIAL"})
"""Families whose cases say "reported" themselves: patients, sources, witnesses, borrowers."""

IN_LESSON, IN_CODE, IN_NEWS = 4.0, 6.0, 5.0
"""In units of the model's score: what such a window must have beyond the threshold."""


def is_code(window: str) -> bool:
    """Whether the signs of programs stand thick in the window."""
    return sum(map(window.count, _CODE_SIGNS)) * 30 >= len(window)


def is_public(window: str) -> bool:
    """Whether a window reports on others and speaks of nobody's own affairs."""
    return _REPORTED.search(window) is not None and _OURS.search(window) is None


def may_be_public(family: str) -> bool:
    """Whether news tells of such things too."""
    return family not in _NEVER_PUBLIC
