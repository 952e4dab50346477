"""What a bank asks for instead of a password: memorable words, answers to questions, pass phrases of the telephone."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.secrets.placeholders import is_placeholder
from ringfence.gate.secrets.stems import matches

_STEMS = (
    "memorable", "pass number", "passnumber", "pass phrase", "passphrase", "security word", "security phrase",
    "security answer", "secret word", "secret phrase", "secret answer", "code word", "codeword", "telephone password",
    "phone password", "challenge phrase", "answer", "kennwort", "sicherheitsfrage", "geheimwort",
)  # fmt: skip
_SAID = re.compile(
    r"""(?:memorable\ (?:word|name|place|date|information)|pass\ ?(?:number|phrase)|secret\ (?:word|phrase|answer)
    |security\ (?:word|phrase|answer)|code\ ?word|(?:tele)?phone\ (?:banking\ )?password|challenge\ phrase
    |(?:telefon)?kennwort|geheimwort)
    (?P<link>\ ?[:=]\ ?|,?\ (?:which\ |that\ )?(?:is|was|ist|lautet)\ |\ )
    (?:["'“‘](?P<quoted>[^"'”’\n]{3,60})["'”’]|(?P<bare>(?-i:[A-Z]{4,24}(?:\ [A-Z]{3,24}){0,4})
    |\d{4,10}|[^\s"',.;]{4,40}))""",
    re.IGNORECASE | re.VERBOSE,
)
_ANSWERED = re.compile(
    r"""answer(?:\ (?:to|for)\ (?:the\ |my\ |his\ |her\ )?(?:security\ |secret\ )?question)?
    (?:\ ?[:=]\ ?|\ (?:is|was)\ )["'“‘]?(?P<value>[^\s"'”’.,;][^"'”’\n.,;]{2,40})""",
    re.IGNORECASE | re.VERBOSE,
)
_QUESTION = re.compile(
    r"(?i)security question|secret question|maiden name|first pet|account recovery|sicherheitsfrage|first school"
)


class AnswersRecognizer:
    """Words and numbers by which somebody is known on the telephone."""

    name = "secrets.answers"

    def find(self, text: Text) -> Iterable[Hit]:
        """Each of them, behind the words for it."""
        for match in matches(_SAID, text.value, text.lower, _STEMS):
            group = "quoted" if match["quoted"] is not None else "bare"
            if _counts(match[group], quoted=group == "quoted", link=match["link"]):
                yield _hit(*match.span(group))
        if "question" in text.lower or "maiden" in text.lower:
            for match in matches(_ANSWERED, text.value, text.lower, ("answer",)):
                near = text.value[max(0, match.start() - 120) : match.start("value")]
                if _QUESTION.search(near) and not is_placeholder(match["value"]):
                    yield _hit(*match.span("value"))


def _counts(value: str, *, quoted: bool, link: str) -> bool:
    """Without quotes or a colon, only capitals and digits stand out from the sentence."""
    if is_placeholder(value):
        return False
    told = value.isdigit() or value.replace(" ", "").isupper() or any(c.isdigit() for c in value)
    if link == " ":
        return value.replace(" ", "").isupper() or (value.isdigit() and len(value) >= 4)
    return quoted or told or ":" in link or "=" in link


def _hit(start: int, end: int) -> Hit:
    return Hit(entity="PASSWORD", start=start, end=end, score=0.7, why="answer-to-a-question")
