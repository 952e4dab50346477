"""What a text tells beside what it asks: a question in front releases itself, and no case that stands behind it."""

from __future__ import annotations

import re

from ringfence.gate.regulated import lesson, subject

_BLOCK = re.compile(r"\n[ \t>]{0,8}\n")
_PIECE = re.compile(
    r"(?:(?! [-–—] )(?:[\"“„«‚'][^\"”“»’'.?!\n]{1,40}[\"”“»’']"
    r"|[^.?!:\n\"“”„«»「」。？！：]|[.:!?](?![\s\"“”„«»)\]]|$)))"
    r"{1,2000}[.?!:。？！：]{0,8}"
)
"""A sentence, or what stands on one side of a colon, of a longer quotation or of a line's end."""
_INSTRUCTS = re.compile(
    r"^\W*(?:(?:and|also|then|please|pls|thanks|bitte|por favor|s'il vous plaît)\b[\s,.:!]*){0,3}"
    r"(?:keep|make|use|include|add|avoid|focus|answer|reply|rewrite|rephrase|reword|translate|summari[sz]e|fix|correct"
    r"|proof-?read|check|review|shorten|improve|simplify|polish|format|turn|leave|put|step by step"
    r"|thanks?|thank you|for (?:example|instance)|examples?|e\.g|here (?:is|are))\b",
    re.IGNORECASE,
)
_PARTICULAR = re.compile(
    r"(?<!/)(?<!\bor )\b(?:he|she|his|her|him)\b(?!/| or )|\b(?:mr|mrs|ms|dr|(?-i:Frau|Herr|M\.|Mme|Sra?))\b"
    r"|[$£€] ?\d|\d ?(?:%|[€£$]|k\b|m\b|mg\b|mcg\b|million|percent)|\d{3,}|\d[-/ ]?(?:yo|y/o|year)"
    r"|(?-i:\b[A-Z]\d|//[A-Z]|^\W{0,4}[A-Z]{4,}[A-Z -]{0,30}[-–—:])|\bproject (?-i:[A-Z])"
    r"|\b(?:the|this|that) (?:\w+ ){1,6}?(?:was|were|had|has been)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?<=[a-z,] )(?!(?:English|Spanish|French|German|Italian|Portuguese|Dutch|Polish|Russian|Chinese|Japanese|Arabic"
    r"|Agreement|Part(?:y|ies)|Information|Company|Employ\w+|Client|Customer|Landlord|Tenant|Buyer|Seller|State)\b)"
    r"[A-Z][a-z]{2,}"
)
_NOUNS_ARE_CAPITAL = re.compile(
    r"\b(?:der|die|das|und|ist|ein|eine[mnrs]?|mit|für|was|wie|den|dem)\b", re.IGNORECASE
)
_WHICHEVER = re.compile(
    r"\ban? (?:borrower|lender|customer|employee|employer|company|firm|student|taxpayer|person|shareholder|investor)"
    r" (?:has|is|earns|owes|owns|pays|buys|may|can|must|who)\b",
    re.IGNORECASE,
)
_OURS = re.compile(r"\b(?:we|our|ours|us|my|mine)\b", re.IGNORECASE)
"""What a question about a subject has no need of: an amount, an age, a name, us, her."""


def told(text: str) -> str:
    """The text without the sentences that only ask: those which open as a question or a task, and name nobody."""
    form = lesson.is_form(text)
    return _PIECE.sub(lambda found: _without_question(found[0], form), text)


def paragraphs(text: str) -> list[str]:
    """Its paragraphs, where there are several."""
    blocks = [block for block in _BLOCK.split(text) if block.strip()]
    return blocks if len(blocks) > 1 else []


def is_made_up(text: str, told: str) -> bool:
    """Whether it is a word problem, a game or about whichever borrower: people invented to be told of."""
    return lesson.is_problem(text) or subject.is_play(text) or _WHICHEVER.search(told) is not None


def _without_question(piece: str, form: bool) -> str:
    return " " if _only_asks(piece, form) else lesson.without_opening(piece)


def _only_asks(piece: str, form: bool) -> bool:
    ours = _OURS.search(piece) is not None
    if lesson.asks_for_story(piece):
        return not ours
    if _is_particular(piece):
        return False
    if lesson.is_general(piece):
        return True
    if ours:
        return False
    return form or lesson.asks(piece) or _INSTRUCTS.search(piece) is not None


def _is_particular(piece: str) -> bool:
    return _PARTICULAR.search(piece) is not None or (
        _NAMED.search(piece) is not None and _NOUNS_ARE_CAPITAL.search(piece) is None
    )
