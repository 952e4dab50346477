"""How a window is told: as a case, or as a lesson, a form, a table.

`is_case` has the last word on what the model alone found: a logistic model over a few counts of how the window is told,
beside the model's score and the cues' points. `judge.json` is written by `benchmarks/regulated/judge.py` from the
project's cases, on which the model was not trained. What the cues found it does not touch: no learned verdict releases
anything; for them `is_general` and `is_made_up` are plain rules.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from ringfence.gate.names_setting import Settings
from ringfence.gate.regulated import lesson, manner, subject

_WORTH = ((50, 3.0), (120, 0.0))
_NEARLY = -1.5
"""The model's score above its threshold from which a window is worth a judgement: more where it has few characters."""
_MADE_UP = frozenset({"exercise", "example", "invented"})
_FEW, _SOME, _BARE, _EXAM = 2, 3, 5, 6
"""What `times` says of what is made up, of what is general, of that with no name or number in it, of an exam."""
_PER = 100
"""Counts are for so many words."""

_GENERAL = re.compile(
    r"\b(?:usually|often|typically|generally|commonly|rarely|normally|always|such as|e\.g\.|i\.e\.|for example"
    r"|for instance|(?:is|are) (?:defined|called)|refers? to|means that|known as|guidelines?|recommend(?:s|ed)?"
    r"|patients|people|employees|employers|companies|children|adults|students|clients|parties|issuers?|persons?|individuals"
    r"|somebody|someone|anyone|whoever|should|must|may|might|can be|(?:if|when) (?:an?|the|you)|difference between"
    r"|in general|the term|definition|chapter|lecture|module|newsletter|glossary|step by step|exercise|examples?"
    r"|explain|what (?:is|are)|how (?:to|do)|which)\b",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r"\b(?:i|i'm|i've|i'd|i'll|my|mine|we|we're|we've|our|ours|us|he|she|his|her|hers|him|he's|she's|pt|hx|c/o|yo|y/o"
    r"|this (?:patient|client|man|woman|gentleman|lady|boy|girl)"
    r"|the (?:patient|client|employee|claimant|plaintiff|complainant|borrower|child|deceased)|mr|mrs|ms|dr)\b",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"\b(?:\d{1,2}[./-]\d{1,2}(?:[./-]\d{2,4})?|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w* \d{1,2}"
    r"|\d{1,2}(?:st|nd|rd|th)? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*|today|yesterday|tomorrow|tonight"
    r"|this morning|(?:last|next) (?:night|week|month)|(?:mon|tues|wednes|thurs|fri)day)\b",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"[?？]|\b(?:explain|write|give me|list|describe|compare|translate|summari[sz]e|create|generate|draft"
    r"|(?:can|could) you|please)\b",
    re.IGNORECASE,
)
_HEADED = re.compile(
    r"^(?:from|to|cc|subject|re|date|betreff|von|an|objet|de|à|asunto|para)\s?:",
    re.IGNORECASE | re.MULTILINE,
)
_PAST = re.compile(
    r"\b\w{3,}ed\b|\b(?:was|were|had|did|went|said|told|came|got|took|gave|saw|left)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\b[A-Z][a-z]+ (?:[A-Z]\. )?[A-Z][a-z]+\b")
_NUMBER = re.compile(r"\d+")
_FUNCTION_WORD = re.compile(
    r"\b(?:the|of|and|to|a|in|is|was|for|that|on|with|he|she|it|as|at|by|be|not|this|are|from|but|have|has|had|or|an"
    r"|der|die|das|und|ist|nicht|mit|den|ein|eine|von|le|la|les|des|et|est|une|pour|dans|que|el|los|de|en|un|con|por"
    r"|il|che|di|per|non|het|een|van|niet|op|och|att|som|på|og|ikke|til|w|na|się|nie|jest|и|в|не|на|что|с|і|що|у)\b",
    re.IGNORECASE,
)
_ENGLISH = re.compile(r"\b(?:the|of|and|to|is|was|for|that|with|you|are)\b", re.IGNORECASE)
_SOME_ENGLISH = 6
"""Such words in a hundred of a text that is English: there other languages' "on" and "me" say nothing."""
_SCRIPT = re.compile(r"[\u0370-\u1fff\u3040-\ud7ff]")


def is_worth_it(window: str, margin: float) -> bool:
    """Whether the model's score comes near enough to its threshold, or in a short window passes it by far enough."""
    needed = (least for length, least in _WORTH if len(window) < length)
    return margin > next(needed, _NEARLY)


def features(window: str, *, margin: float, points: float) -> tuple[float, ...]:
    """How a window is told, as numbers of like size.

    Args:
        window: the text.
        margin: the model's score above its threshold, after what code, lessons and news must have beyond it.
        points: the points of its cues, in units of what is enough.
    """
    words = max(len(window.split()), 1)

    def share(pattern: re.Pattern[str], most: float) -> float:
        return min(_PER * len(pattern.findall(window)) / words, most)

    setting = Settings(window).at(0)
    return (
        max(min(margin, 12.0), -3.0),
        min(points, 4.0),
        share(_GENERAL, 8),
        share(_SOMEBODY, 12),
        0.0 if share(_ENGLISH, 40) > _SOME_ENGLISH else share(lesson.CASE_ABROAD, 12),
        share(_DAY, 5),
        float(setting == "public"),
        math.log(words),
        share(_NUMBER, 40),
        float(min(len(_ASKED.findall(window)), 4)),
        float(lesson.ASKS_ABROAD.search(window) is not None),
        float(_HEADED.search(window) is not None),
        share(_PAST, 10),
        share(_NAMED, 6),
        share(_FUNCTION_WORD, 40),
        float(_SCRIPT.search(window) is not None),
        float(manner.is_code(window)),
        sum(map(str.isdigit, window)) / len(window),
    )


def is_general(window: str) -> bool:
    """Whether a window speaks of how things are in general: of nobody, on no day, to no addressee."""
    window = subject.without_clauses(window)
    general, somebody = len(_GENERAL.findall(window)), len(_SOMEBODY.findall(window))
    return (
        general > 0
        and general >= 2 * somebody
        and _DAY.search(window) is None
        and _HEADED.search(window) is None
    )


def is_made_up(window: str) -> bool:
    """Whether it is asked for as a story, an exercise or an example."""
    return Settings(window).at(0) in _MADE_UP


def times(window: str) -> int:
    """How many times as many points its cues need, because it speaks of nobody, or of what is made up."""
    if subject.is_exam(window):
        return _EXAM
    about = _is_about(window)
    if is_general(window):
        bare = _NUMBER.search(window) is None and _NAMED.search(window) is None
        return _BARE if about or bare else _SOME
    if about or subject.is_play(window):
        return _SOME
    return _FEW if is_made_up(window) else 1


def is_taught(window: str) -> bool:
    """Whether it is an exam, or is about a subject in general."""
    return subject.is_exam(window) or subject.is_play(window) or _is_about(window)


def _is_about(window: str) -> bool:
    """Whether it is about a subject, tells of no day and to no addressee; a calendar tells of days, and of nobody."""
    if _HEADED.search(window) is not None:
        return False
    if subject.is_calendar(window):
        return _SOMEBODY.search(window) is None
    return subject.is_about(window) and _DAY.search(subject.without_clauses(window)) is None


def is_case(window: str, *, margin: float, points: float) -> bool:
    """Whether a window with such a score and such points is a case."""
    weights = _weights()
    values = features(window, margin=margin, points=points)
    score = sum(weight * value for weight, value in zip(weights.each, values, strict=True))
    return score + weights.bias > weights.threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weights:
    each: tuple[float, ...]
    bias: float
    threshold: float


@lru_cache(maxsize=1)
def _weights() -> _Weights:
    found = json.loads(resources.files(__package__).joinpath("judge.json").read_text("utf-8"))
    return _Weights(each=tuple(found["each"]), bias=found["bias"], threshold=found["threshold"])
