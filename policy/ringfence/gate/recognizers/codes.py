"""One-time codes, PINs and card security codes: few digits, so only right behind words that say what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ringfence.gate.hints import has_digit, matches_about
from ringfence.gate.published import is_sample
from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.surroundings import in_exercise

_CODE = re.compile(
    r"(?i)\b(?P<word>otp|one[- ]time (?:pass(?:word|code)|code|pin)|(?:verification|security"
    r"|confirmation|authentication|auth|login|sign[- ]in|"
    r"access|2fa|mfa|two[- ]factor|sms|reset|backup|recovery|activation|unlock)[ _-]?(?:code|pin|otp)"
    r"|passcode|pin(?: code| number)?|cvv2?|cvc2?|cvn|"
    r"bestätigungscode|c[oó]digo de (?:verificaci[oó]n|seguridad)|code de (?:v[eé]rification"
    r"|s[eé]curit[eé])|验证码|인증번호|認証コード|код подтверждения)"
    r"(?:\s+(?:I|we|they|it) (?:just )?(?:got|received|sent)(?: (?:me|us))?)?"
    r"(?:\s+(?:is|was|for[^.\n\d]{0,40}(?:is)?|number|code"
    r"|of))?\s*[:=#\"'“‘(-]{0,3}\s*(?P<code>(?:\d[ -]?){2,7}\d|[A-Z]-?\d{5,6})(?![\w])"
)
_BEFORE = re.compile(
    r"(?i)\b(?P<code>(?:\d[ -]?){3,7}\d) is your [\w ]{0,40}(?:code|otp|pin|password)\b"
)
_CUES = (
    "otp",
    "code",
    "pin",
    "cvv",
    "cvc",
    "cvn",
    "digo",
    "验证码",
    "인증",
    "コード",
    "код",
    "time pass",
)
_CARD = re.compile(r"(?i)^cv")
_PERSON = re.compile(
    r"(?i)\b(?:my|your|his|her|their|the|customer|client|user|card|atm|account|is|was)\b"
)


class OneTimeCodes:
    """Codes that open something."""

    name = "codes"

    def find(self, text: Text) -> Iterator[Hit]:
        value = text.value
        if not has_digit(value):
            return
        for match in matches_about(_CODE, value, text.lower, _CUES, digits=True):
            word, code = match["word"], re.sub(r"\D", "", match["code"])
            if in_exercise(value, match.start(), match.end()):
                continue
            if _CARD.match(word):
                if code in ("123", "1234", "737", "000") and is_sample(value, *match.span()):
                    continue
                yield _hit(match, "CARD_SECURITY_CODE")
            elif word.lower().startswith("pin") and not self._is_a_pin(value, match, code):
                continue
            elif len(code) >= 4 and not (
                len(code) == 4 and code[:2] in ("19", "20") and "pin" not in word.lower()
            ):
                yield _hit(match, "ONE_TIME_CODE")
        for match in matches_about(_BEFORE, value, text.lower, (" is your ",)):
            yield _hit(match, "ONE_TIME_CODE")

    def _is_a_pin(self, value: str, match: re.Match[str], code: str) -> bool:
        """Not GPIO pins, nor Indian PIN codes (six digits) that only name a district."""
        if not 4 <= len(code) <= 8:
            return False
        before = value[max(0, match.start() - 30) : match.start()]
        return _PERSON.search(before) is not None or ":" in match.group() or " is " in match.group()


def _hit(match: re.Match[str], entity: str) -> Hit:
    start, end = match.span("code")
    return Hit(
        entity=entity, start=start, end=end, score=0.8, why="digits right behind words for a code"
    )
