"""Telephone numbers: international ones, the groupings that only telephone numbers have, and plain runs after a word.

Fictional (555-01xx, NANPA; 020 7946 0xxx and peers, Ofcom), toll-free and premium numbers reach no one person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ringfence.gate.context import Cues, Phrases
from ringfence.gate.guards import FICTION, in_uuid, is_machine_line, is_noise
from ringfence.gate.hints import either, has_digit
from ringfence.gate.published import is_public_specimen, is_sample
from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.surroundings import (
    in_exercise,
    is_logged,
    is_of_a_company,
    is_something_elses,
    touches,
)

_INTERNATIONAL = re.compile(
    r"[+0](?<![A-Za-z0-9_\u00c0-\u04ff+.].)(?:(?<=\+)"
    r"|0(?=[1-9]\d?[ .(-]))[1-9](?:[ .()/–-]{0,3}[0-9]){7,14}(?![0-9])"
)
_NORTH_AMERICAN = re.compile(
    r"[1-9(](?<![A-Za-z0-9_\u00c0-\u04ff.+-].)(?:(?<=1)[ .-][2-9(]|(?<!1))(?:(?<=\()[2-9]\d\d\) ?"
    r"|(?<=[2-9])\d\d([ .-]))[2-9]\d\d(?(1)\1|[ .-])\d{4}(?![A-Za-z0-9_\u00c0-\u04ff-])"
)
_NATIONAL = re.compile(
    r"[0-9(](?<![A-Za-z0-9_\u00c0-\u04ff.+-].)(?:(?<=0)\d(?:[ .-]\d\d){4}"
    r"|(?<=0)[1-9]\d{1,4}[ /-]\d{3,4}[ -]?\d{3,5}"
    r"|(?<=\()0\d{1,4}\) ?\d{3,4}[ -]?\d{3,4}|(?<=0)[1-9]\d{8,9}"
    r"|(?<=[6-9])\d{4}[ -]\d{5}|(?<=[1-9])\d 9?\d{4}-\d{4}|(?<=\()[1-9]\d\d\) ?\d{3}[ .-]\d{4}"
    r"|(?<=0)\d{2}[ -]\d{3}[ -]\d{4}|(?<=0)\d-\d{4}-\d{4}|(?<=1)[3-9]\d[ -]?\d{4}[ -]?\d{4}"
    r"|(?<=\()\d{2}\) ?9?\d{4}-\d{4}|(?<=9)\d{2} \d{3} \d{3})(?![A-Za-z0-9_\u00c0-\u04ff-])"
)
_PLAIN = re.compile(
    r"[(0-9](?<![A-Za-z0-9_\u00c0-\u04ff.+].)(?:(?<=[0-9])|[0-9])(?:[ .()-]{0,2}[0-9]){6,13}(?![\w:])"
)
_WORDS = Phrases(
    either(
        "phone|phone number|phone no|telephone|tel|mobile|mobile number|cell|cellphone|cell phone|call|"
        "sms|whatsapp|"
        "contact|contact number|reach|reached|reach me|ring|dial|fax|landline|home phone|work phone|"
        "phonenumber|telefon|"
        "telefonnummer|handy|handynummer|telefono|telefonul|movil|celular|numero de telefono|telephone "
        "portable|portable|"
        "cellulare|telemovel|telefone|telefoon|telefoonnummer|mobiel|telefonu|numer telefonu|emergency "
        "contact|call me|"
        "bel|bellen|bel me|appelle|appelez|llama|llamame|chiama|chiamami|ligue|liga|dzwon|zadzwon|kom|"
        "tel kom|komorka|gsm|"
        "anrufen|anruf|erreichbar|ruf|rufen|mobil|mobilnummer|nummer|joindre|numero|"
        "callback|msisdn|caller|viber|mob|ph|電話|电话|手机|전화|携帯|телефон|тел"
    )
)


_STAMP = re.compile(r"1[67][0-9]{8}(?:[0-9]{3})?(?:\.[0-9]+)?")
_RANGE = re.compile(r"[0-9]{5}-[0-9]{5}")
_ASCENDING = "01234567890123456789"
_COUNTED = re.compile(
    r"(?:012345|123456|234567|345678|456789|567890|987654)[0-9]?$|(?:123456789?|(\d)\1{3})$"
)
_COUNTRY = re.compile(r"\+[0-9]{1,3}[ .(-]{1,2}$")
_GROUP_BEFORE = re.compile(r"[0-9]{3,} $")
_GROUP_AFTER = re.compile(r" [0-9]{3}")


class Phones:
    """Numbers that ring at a person's."""

    name = "phones"

    def find(self, text: Text) -> Iterator[Hit]:
        value = text.value
        if not has_digit(value):
            return
        cues = Cues(text, _WORDS)
        for match in _INTERNATIONAL.finditer(value):
            if not _is_nobodys(value, match.start(), match.end()) and not _inside_iban(
                value, match
            ):
                yield _hit(match.start(), match.end(), 0.85, "international form")
        for pattern in (_NORTH_AMERICAN, _NATIONAL):
            for match in pattern.finditer(value):
                yield from self._grouped(text.value, cues, match.start(), match.end())
        for match in _PLAIN.finditer(value):
            if _named(value, cues, match.start(), match.end()):
                yield _hit(match.start(), match.end(), 0.7, "digits right behind its words")

    def _grouped(self, value: str, cues: Cues, start: int, end: int) -> Iterator[Hit]:
        spelled = value[start:end]
        if _is_nobodys(value, start, end) or is_noise(value, start, end):
            return
        if _is_a_part(value, start):
            return
        separated = not (spelled.isdigit() or _RANGE.fullmatch(spelled)) or spelled[0] == "0"
        if separated and not (is_machine_line(value, start) or _in_series(value, start, end)):
            yield _hit(start, end, 0.8, "grouped as a telephone number")
        elif _named(value, cues, start, end):
            yield _hit(start, end, 0.8, "grouped as a telephone number, its words near")


def _named(value: str, cues: Cues, start: int, end: int) -> bool:
    context = cues.around(start, end)
    if not context.next_to and not any(word in context.raw for word in _WORDS.scripts):
        return False
    if _is_nobodys(value, start, end) or is_something_elses(value, start, end):
        return False
    if (
        in_uuid(value, start, end)
        or in_exercise(value, start, end)
        or _STAMP.fullmatch(value, start, end)
    ):
        return False
    return not is_logged(value, start) or touches(value, start, _WORDS.all)


_PARTS = re.compile(
    r"(?i)\b(?:part|oem?|ref(?:erence)?|bosch|siemens|sku|item|article|teile?n(?:umme)?r|catalog(?:ue)?"
    r"|mfr|mpn|p/n|model"
    r"|drawing|spare)s?\b[ .:#]{0,3}(?:no|nr|num(?:ber)?s?|refs?|code)?[ .:#]{0,3}[^.\n]{0,16}$"
)


def _is_a_part(value: str, start: int) -> bool:
    """The number of a spare part: grouped like a telephone number, behind words of a catalogue."""
    return _PARTS.search(value, max(0, start - 48), start) is not None


def _is_nobodys(value: str, start: int, end: int) -> bool:
    """Kept for drama, free of charge, a company's, a plain count, a sample, or the rest of one of these."""
    digits = _bare(value[start:end])
    if FICTION.match(digits) or digits in _ASCENDING or is_of_a_company(value, start, end):
        return True
    if is_public_specimen(value, start, end, digits):
        return True
    if _COUNTED.search(digits) and is_sample(value, start, end):
        return True
    country = _COUNTRY.search(value, max(0, start - 6), start)
    return country is not None and FICTION.match(_bare(country.group()) + digits) is not None


def _in_series(value: str, start: int, end: int) -> bool:
    """One of a row of groups of digits, as a constant is printed."""
    return (
        _GROUP_BEFORE.search(value, max(0, start - 8), start) is not None
        and _GROUP_AFTER.match(value, end) is not None
    )


def _inside_iban(value: str, match: re.Match[str]) -> bool:
    """In the middle of an account's groups: `… 0044 0532 …`."""
    return (
        match.group()[0] == "0"
        and _GROUP_BEFORE.search(value, max(0, match.start() - 8), match.start()) is not None
    )


def _bare(spelled: str) -> str:
    return re.sub(r"\D", "", spelled)


def _hit(start: int, end: int, score: float, why: str) -> Hit:
    return Hit(entity="PHONE", start=start, end=end, score=score, why=why)
