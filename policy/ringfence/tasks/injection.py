"""Claims about the routing itself ("this is a simple task") are taken out before anything is read.

A claim may be true; it is just not evidence, since anyone who wants the cheap or the dear model can write it.
"""

from __future__ import annotations

import re

_LEVEL = r"(?:simple|easy|trivial|basic|quick|low[- ]complexity|standard|complex|hard|difficult)"
_CHEAP = r"(?:cheap\w*|small\w*|lowest[- ]cost|tiny|budget|mini|lite)"
_CLAIMS = (
    r"\b(?:this|it|that|the (?:following|task|request|question|prompt))(?: \w+)? (?:is|'s)"
    r"(?: (?:just|only|really|a|an|very|quite|extremely|super|so))* "
    + _LEVEL
    + r"(?: and \w+)?(?:,? \w+)?"
    r" (?:task|question|request|prompt|query|job|one|classification)",
    r"\b(?:simple|easy|trivial|basic) (?:task|question|request)s?\s*(?:[:,;!-]|$)",
    r"\b(?:route|send|forward|assign|classify|treat|handle|label|mark|categori[sz]e)(?: \w+)? (?:this|it|me)(?: \w+)?"
    r" (?:to|as|with|using|through)(?: \w+){0,3}"
    r" (?:simple|" + _CHEAP + r"|fast\w*|basic|local|lowest|trivial|low[- ]?cost|tier)",
    r"\b(?:use|pick|choose|select)(?: \w+){0,2} " + _CHEAP + r" (?:model|tier|llm)",
    r"\b(?:task|kind|tier|complexity|difficulty)[ _-]?(?:kind|type|level|tier)?\s*[:=]\s*(?:simple|low|easy|trivial)",
    r"\bno (?:deep |complex |real )?(?:reasoning|thinking|thought) (?:is )?(?:needed|required|necessary)",
    r"\bignore (?:all |any )?(?:previous|prior|other|the) (?:instructions?|routing|rules)",
)
_CLAIM = re.compile("|".join(_CLAIMS), re.I)
_HINTS = (
    *("simple", "easy", "trivial", "basic", "cheap", "lowest", "small", "difficult"),
    *("reasoning", "thinking", "ignore"),
)
_AROUND = 90
"""Characters about a hint in which a whole claim fits: the slow pattern is tried there alone."""


def without_claims(text: str) -> str:
    """The text without phrases that talk about how hard it is or where it should be sent."""
    lower = text.lower()
    if len(lower) != len(text):
        return _cleaned(text)
    if not any(hint in lower for hint in _HINTS):
        return text
    kept: list[str] = []
    done = 0
    for hint in sorted(_places(lower)):
        if hint >= done:
            start, end = max(done, hint - _AROUND), min(len(text), hint + _AROUND)
            kept += [text[done:start], _CLAIM.sub(" ", text[start:end])]
            done = end
    cleaned = "".join(kept) + text[done:]
    return cleaned if cleaned.strip() else text


def _cleaned(text: str) -> str:
    """The slow way, for the few texts whose lower case is of another length."""
    cleaned = _CLAIM.sub(" ", text)
    return cleaned if cleaned.strip() else text


def _places(lower: str) -> set[int]:
    places: set[int] = set()
    for hint in _HINTS:
        at = lower.find(hint)
        while at >= 0:
            places.add(at)
            at = lower.find(hint, at + 1)
    return places
