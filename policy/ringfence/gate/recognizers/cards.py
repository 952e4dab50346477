"""Payment cards: a brand's prefix, its length, and Luhn (ISO/IEC 7812), with or without separators."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ringfence.gate.checksums import luhn, repeated
from ringfence.gate.context import Cues, Phrases
from ringfence.gate.guards import TEST_CARDS, is_machine_line, is_noise
from ringfence.gate.hints import either
from ringfence.gate.recognizer import Hit, Text

_RUN = re.compile(r"[2-6](?<![0-9].)[0-9]{3}(?:[ ._/–-]{0,3}[0-9]){8,15}(?![0-9])")
_BRAND = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|(?:222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12,15}|35(?:2[89]|[3-8]\d)\d{12,15}|62\d{14,17}"
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}|(?:60|65|81|82|508)\d{13,14}|220[0-4]\d{12}"
)
_GROUPED = re.compile(r"\d{4}([ .-])\d{4}\1\d{4}\1\d{4}|\d{4}([ .-])\d{6}\2\d{5}")
_BESIDE = re.compile(r"[0-9][ ,]+$|[([]\s*$")
_WORDS = either(
    "card|credit card|debit card|card number|card no|cc|ccn|cc number|pan|visa|mastercard|amex|"
    "american express|"
    "discover|diners|jcb|unionpay|maestro|payment card|credit|debit|kreditkarte|kartennummer|"
    "kreditkartennummer|"
    "tarjeta|tarjeta de credito|carte bancaire|carte de credit|carta di credito|cartao|creditcard|cardnumber|"
    "numero de carte|karta|cvv|cvc|expiry|exp|expires"
)
# Stripe, Adyen and others print whole families: 4000 0000 0000 xxxx by outcome, 4000 00cc c000 0000 by country.
_STRIPE = re.compile(
    r"4000000000\d{6}|4000\d{5}[05]0{3}\d{3}|3700000000000\d\d|5[1-5]\d\d0{8}\d{4}|6011\d0{7}\d{4}"
)
_OUTCOME = re.compile(
    r"(?i)\btest(?:ing|s|ed)?[ _-]?(?:card|mode|number|pan|data|env)|\bsandbox|insufficient[ _]funds"
    r"|any (?:future|valid|cvc|cvv|expir)"
    r"|generic[ _]decline"
    r"|card_declined|\b3d ?s(?:ecure)?\b|always (?:decline|succe|approve)\w*|\b(?:stripe|adyen|braintree"
    r"|worldpay)\b"
)
_TEST = either(
    "test|tests|testing|example|sandbox|stripe|dummy|sample|fake|mock|fixture|braintree|adyen|luhn|regex|"
    "documentation"
)
_PHRASES = Phrases(_WORDS | _TEST)


class Cards:
    """Cards with a passing checksum, and near misses right behind the word."""

    name = "cards"

    def find(self, text: Text) -> Iterator[Hit]:
        cues = Cues(text, _PHRASES)
        for match in _RUN.finditer(text.value):
            hit = _hit(text.value, cues, match.start(), match.end())
            if hit:
                yield hit


def _hit(value: str, cues: Cues, start: int, end: int) -> Hit | None:
    spelled = value[start:end]
    bare = re.sub(r"\D", "", spelled)
    bare, end = _trimmed(bare, spelled, start, end)
    context = cues.around(start, end)
    named = not _WORDS.isdisjoint(context.near)
    published = bare in TEST_CARDS or _STRIPE.fullmatch(bare) is not None
    if published and (not named or _is_for_tests(value, start, end, context.near)):
        return None
    brand = _BRAND.fullmatch(bare) is not None and not repeated(bare)
    score, why = 0.0, ""
    if brand and luhn(bare):
        score, why = _passing(value, start, end, len(bare), named)
    if not why and len(bare) >= 13 and not _WORDS.isdisjoint(context.next_to):
        score, why = 0.7, "a card's shape right behind its words"
    if not why and brand and _is_grouped(value, start, end) and not is_machine_line(value, start):
        score, why = 0.5, "grouped as a card, brand's prefix"
    return Hit(entity="CREDIT_CARD", start=start, end=end, score=score, why=why) if why else None


def _is_for_tests(value: str, start: int, end: int, near: frozenset[str]) -> bool:
    if not _TEST.isdisjoint(near):
        return True
    return _OUTCOME.search(value, max(0, start - 300), end + 300) is not None


def _passing(value: str, start: int, end: int, size: int, named: bool) -> tuple[float, str]:
    """The verdict where brand and checksum agree: one number in ten does by chance, so long ones want a word."""
    if named:
        return 0.99, "Luhn passes, brand's prefix, its words near"
    if size > 16 or is_noise(value, start, end):
        return 0.0, ""
    if size < 15 and is_machine_line(value, start) and not _GROUPED.fullmatch(value[start:end]):
        return 0.0, ""
    return 0.9, "Luhn passes, brand's prefix"


def _is_grouped(value: str, start: int, end: int) -> bool:
    """Written in a card's groups, and not one row of a table of numbers."""
    before = value[max(0, start - 6) : start]
    return _GROUPED.fullmatch(value[start:end]) is not None and not _BESIDE.search(before)


def _trimmed(bare: str, spelled: str, start: int, end: int) -> tuple[str, int]:
    """A run may swallow an expiry or an amount behind the card: keep the first sixteen if those pass."""
    if len(bare) <= 16 or luhn(bare):
        return bare, end
    seen = 0
    for index, character in enumerate(spelled):
        seen += character.isdigit()
        if seen == 16:
            if luhn(bare[:16]) or not spelled[index + 1 : index + 2].isdigit():
                return bare[:16], start + index + 1
            break
    return bare, end
