"""Values that somebody half hid: enough of a card, an account or a social security number is left to point at one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ringfence.gate.hints import has_digit, matches_about
from ringfence.gate.recognizer import Hit, Text

_SSN = re.compile(
    r"(?i)(?<![\w*-])(?:[X*#•]{3}-[X*#•]{2}-\d{4}|\d{3}-[X*#•]{2}-[X*#•\d]{4,5})(?![\w*])"
)
_CARD = re.compile(
    r"(?i)(?<![\w*])(?:(?:[X*#•]{4}[ -]?){2,3}\d{3,4}|\d{4}[ -]?(?:[X*#•]{2,4}[ -]?){1,3}\d{3,4}"
    r"|\d{4,6}[*X•]{5,9}\d{3,4})(?![\w*])"
)
_ENDING = re.compile(
    r"(?i)\b(?P<what>card|account|acct|iban|ssn|social security)\b[^.\n\d]{0,40}\b(?:ending|ends"
    r"|ended)(?: (?:in|with|on))?:?\s*(?P<value>[*X•]{0,4}\d{3,6})\b"
)
_LAST_FOUR = re.compile(
    r"(?i)\blast (?:four|4)(?: digits)?(?: of)?[^.\n\d]{0,40}?\b(?P<what>card|account|ssn"
    r"|social(?: security)?)\b[^.\n\d]{0,30}(?P<value>\d{4})\b"
)
_NAMED = re.compile(r"(?i)\b(?:card|account|ssn|social|visa|mastercard|amex|acct|cc)\b")


# All hidden but the last digits points at nobody by itself; with a name, a date or an account beside it, it does.
_CARD_DATA = re.compile(
    r"(?i)\b(?:exp(?:iry|ires|iration)?|cvv2?|cvc|cardholder|card ?holder|name on|holder|customer|my|his"
    r"|her|mr|mrs|ms|account"
    r"|acct|billing|visa|mastercard|amex)\b"
)


_HIDING = ("**", "XX", "xx", "##", "••")
_LAST = ("ending", "ends", "ended", "last four", "last 4")


class Masked:
    """Half-hidden numbers."""

    name = "masked"

    def find(self, text: Text) -> Iterator[Hit]:
        value = text.value
        if not has_digit(value):
            return
        yield from self._hidden(value)
        yield from self._endings(value, text.lower)

    def _hidden(self, value: str) -> Iterator[Hit]:
        for pattern, entity in ((_SSN, "US_SSN"), (_CARD, "CREDIT_CARD")):
            for match in matches_about(pattern, value, value, _HIDING, digits=True):
                before = value[max(0, match.start() - 60) : match.start()]
                if entity == "CREDIT_CARD" and not match.group()[0].isdigit():
                    near = before + value[match.end() : match.end() + 60]
                    if not _CARD_DATA.search(near):
                        continue
                if sum(c in "Xx*#•" for c in match.group()) < 5 and not _NAMED.search(before):
                    continue
                yield Hit(
                    entity=entity,
                    start=match.start(),
                    end=match.end(),
                    score=0.6,
                    why="half hidden, its last digits left",
                )

    def _endings(self, value: str, lower: str) -> Iterator[Hit]:
        for pattern in (_ENDING, _LAST_FOUR):
            for match in matches_about(pattern, value, lower, _LAST, digits=True):
                start, end = match.span("value")
                yield Hit(
                    entity=_entity(match["what"]),
                    start=start,
                    end=end,
                    score=0.6,
                    why="last digits, named",
                )


def _entity(what: str) -> str:
    word = what.lower()
    return (
        "CREDIT_CARD"
        if word == "card"
        else "US_SSN"
        if word.startswith(("ssn", "social"))
        else "BANK_ACCOUNT"
    )
