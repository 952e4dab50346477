"""IBANs (ISO 13616): a country's prefix and length with mod 97, spaced or not; by shape right behind the word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ringfence.gate.checksums import mod97
from ringfence.gate.context import Cues, Phrases
from ringfence.gate.hints import either, has_digit
from ringfence.gate.published import is_blank, is_public_specimen
from ringfence.gate.recognizer import Hit, Text

_IBAN = re.compile(
    r"[A-Za-z](?<![A-Za-z0-9].)[A-Za-z][0-9]{2}(?:[ -]?[A-Za-z0-9]{4}){2,7}(?:[ -]?[A-Za-z0-9]{1,4})?(?![A-Za-z0-9])"
)
_LOOSE = re.compile(
    r"(?<![A-Za-z0-9])(?!IBAN)[A-Z]{2}(?:[ -]?[A-Z0-9]{2,4}){2,8}[ -]?[A-Z0-9]{0,4}(?![A-Za-z0-9])"
)
_LENGTHS = dict(
    # The SWIFT IBAN registry, release 99.
    (entry[:2], int(entry[2:]))
    for entry in either(
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 "
        "DK18 DO28 EE20 "
        "EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 "
        "IT27 JO30 KW30 "
        "KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 "
        "NO15 OM23 PK24 "
        "PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 "
        "TN24 TR26 UA29 "
        "VA22 VG24 XK20 YE30",
        None,
    )
)
_WORDS = Phrases(
    either("iban|international bank account|bank account|account number|konto|kontonummer|compte")
)


class Ibans:
    """IBANs that check out anywhere; what looks like one where the text says that it is one."""

    name = "iban"

    def find(self, text: Text) -> Iterator[Hit]:
        value = text.value
        if not has_digit(value):
            return
        for match in _IBAN.finditer(value):
            end = _length_fits(value, match.start(), match.end())
            if end and not _is_example(value, match.start(), end):
                yield Hit(
                    entity="IBAN", start=match.start(), end=end, score=0.99, why="mod 97 passes"
                )
        if "iban" not in text.lower and "iban" not in text.key:
            return
        cues = Cues(text, _WORDS)
        for match in _LOOSE.finditer(value):
            spelled = match.group()
            if sum(c.isdigit() for c in spelled) < 5:
                continue
            if _is_example(value, match.start(), match.end()):
                continue
            if cues.around(match.start(), match.end()).next_to:
                yield Hit(
                    entity="IBAN",
                    start=match.start(),
                    end=match.end(),
                    score=0.7,
                    why="its shape right behind 'IBAN'",
                )


def _is_example(value: str, start: int, end: int) -> bool:
    bare = re.sub(r"[^A-Za-z0-9]", "", value[start:end]).upper()
    return is_blank(bare[4:]) or is_public_specimen(value, start, end, bare)


def _length_fits(value: str, start: int, end: int) -> int:
    """Where the country's length ends, when mod 97 passes there; else 0."""
    wanted = _LENGTHS.get(value[start : start + 2].upper(), 0)
    bare = ""
    for index in range(start, end):
        if value[index].isalnum():
            bare += value[index].upper()
        if len(bare) == wanted:
            return index + 1 if mod97(bare) else 0
    return 0
