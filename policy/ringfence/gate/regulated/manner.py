"""How a window is told: code and public reports use the same words as cases, and need more to count as one."""

from __future__ import annotations

import re

_CODE_SIGNS = "();="
_NOT_IN_PROSE = "={}"
"""A list of (a), (b), (c) has none of them."""
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
_STATEMENT = re.compile(
    r"^[ \t]{0,40}(?:#include\b|#define\b|import [\w.{]|from [\w.]+ import\b|def \w+\(|func \w+\(|class \w+[:({]"
    r"|return\b|(?:static|public|private) \w|(?:const|let|var) \w+ ?[=:]|(?:unsigned|uint\d+_t|u8|int|char|void) \*?\w+"
    r"|package \w+;?$|(?:async )?function \w+\(|[\w.]+\([^\n]{0,200}\); {0,8}$)",
    re.MULTILINE,
)
_QUERY = re.compile(r"^[ \t]{0,40}(?:SELECT|WITH)\b[^\n]{0,300}?\bFROM\b", re.MULTILINE)
_STATEMENTS = 2
_LOGGED = re.compile(
    r"^(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec) {1,2}\d{1,2} \d\d:\d\d:\d\d "
    r"|\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^\n]{0,24}(?:INFO|WARN|ERROR|DEBUG|TRACE|FATAL)|type=[A-Z_]{3,} msg=)",
    re.IGNORECASE | re.MULTILINE,
)
_NEVER_PUBLIC = frozenset({"CLINICAL", "CLASSIFIED", "HR_MATTER", "CLIENT_FINANCIAL"})
"""Families whose cases say "reported" themselves: patients, sources, witnesses, borrowers."""

IN_LESSON, IN_CODE, IN_NEWS = 4.0, 6.0, 5.0
"""In units of the model's score: what such a window must have beyond the threshold."""


def is_code(window: str) -> bool:
    """Whether the signs of programs stand thick in the window."""
    return sum(map(window.count, _CODE_SIGNS)) * 30 >= len(window)


def is_program(window: str) -> bool:
    """Whether it is code, by its signs or by how its lines begin."""
    return (
        (is_code(window) and any(sign in window for sign in _NOT_IN_PROSE))
        or len(_STATEMENT.findall(window)) >= _STATEMENTS
        or _QUERY.search(window) is not None
    )


def is_log(window: str) -> bool:
    """Whether lines of a machine's log stand in it."""
    return len(_LOGGED.findall(window)) >= _STATEMENTS


def is_public(window: str) -> bool:
    """Whether a window reports on others and speaks of nobody's own affairs."""
    return _REPORTED.search(window) is not None and _OURS.search(window) is None


def may_be_public(family: str) -> bool:
    """Whether news tells of such things too."""
    return family not in _NEVER_PUBLIC
