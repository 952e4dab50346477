"""Claims about the routing itself ("this is a simple task") are taken out before anything is read.

A claim may be true; it is just not evidence, since anyone who wants the cheap or the dear model can write it.
"""

from __future__ import annotations

import re

_CLAIM = re.compile(
    r"(?:\b(?:this|it|that|the (?:following|task|request|question|prompt))(?: \w+)? (?:is|'s)(?: (?:just|only|really|a|an|very|quite|extremely|super|so))* (?:simple|easy|trivial|basic|quick|low[- ]complexity|standard|complex|hard|difficult)(?: and \w+)?(?:,? \w+)? (?:task|question|request|prompt|query|job|one|classification)"
    r"|\b(?:simple|easy|trivial|basic) (?:task|question|request)s?\s*(?:[:,;!-]|$)"
    r"|\b(?:route|send|forward|assign|classify|treat|handle|label|mark|categori[sz]e)(?: \w+)? (?:this|it|me)(?: \w+)? (?:to|as|with|using|through)(?: \w+){0,3} (?:simple|cheap\w*|small\w*|fast\w*|basic|local|lowest|trivial|low[- ]?cost|mini|lite|tier)"
    r"|\b(?:use|pick|choose|select)(?: \w+){0,2} (?:cheap\w*|small\w*|lowest[- ]cost|tiny|budget|mini|lite) (?:model|tier|llm)"
    r"|\b(?:task|kind|tier|complexity|difficulty)[ _-]?(?:kind|type|level|tier)?\s*[:=]\s*(?:simple|low|easy|trivial)"
    r"|\bno (?:deep |complex |real )?(?:reasoning|thinking|thought) (?:is )?(?:needed|required|necessary)"
    r"|\bignore (?:all |any )?(?:previous|prior|other|the) (?:instructions?|routing|rules)"
    r")",
    re.I,
)  # fmt: skip


def without_claims(text: str) -> str:
    """The text without phrases that talk about how hard it is or where it should be sent."""
    cleaned = _CLAIM.sub(" ", text)
    return cleaned if cleaned.strip() else text
