"""Dates of birth: a date of any common form right behind words that say whose birth."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ringfence.gate.context import Cues, Phrases
from ringfence.gate.hints import either, has_any, has_digit
from ringfence.gate.recognizer import Hit, Text

_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july"
    r"|august|september|"
    r"october|november|december|januar|februar|marz|märz|mai|juni|juli|oktober|dezember|janvier"
    r"|fevrier|février|mars|avril|"
    r"juin|juillet|aout|août|septembre|octobre|novembre|decembre|décembre|enero|febrero|marzo|abril"
    r"|mayo|junio|julio|agosto|"
    r"septiembre|octubre|noviembre|diciembre|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre"
    r"|ottobre|dicembre)"
)
_DATE = re.compile(
    r"(?i)(?<![\w.-])(?:(?:19|20)\d\d[-/. ]?(?:0?[1-9]|1[0-2])[-/. ]?(?:0[1-9]|[12]\d|3[01]|[1-9])"
    r"|(?:0?[1-9]|[12]\d|3[01])[-/. ](?:0?[1-9]|[12]\d|3[01])[-/. ](?:(?:19|20)?\d\d)"
    rf"|(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|\.)?(?: of| de)?[ -]{_MONTH}\.?,?(?: de)?[ -](?:19|20)?\d\d"
    rf"|{_MONTH}\.? (?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?,? (?:19|20)\d\d"
    r"|(?:19|20)\d\d年\d{1,2}月\d{1,2}日)(?![\w-])"
)
_CUES = (
    *(
        "birth",
        "dob",
        "d.o.b",
        "born",
        "bday",
        "geb",
        "nacim",
        "nacid",
        "nació",
        "naiss",
        "nasci",
        "geboorte",
        "urodz",
        "né",
    ),
    *("рожд", "生年月日", "出生", "生日", "생년월일", "fodsel", "fødsel", "födels"),
)
_WORDS = either(
    "dob|date of birth|birth date|birthdate|birthday|d o b|bday|geburtsdatum|geboren am|geb|geboren|"
    "geburtstag|fecha de nacimiento|"
    "date de naissance|data di nascita|data de nascimento|geboortedatum|data urodzenia|fodselsdato|"
    "fodelsedatum|nee le|ne le|"
    "дата рождения|生年月日|出生日期|生日|생년월일|nacimiento|naissance|nacio el|nacido el"
)
_SOMEONE = either(
    "i was born|im born|patient born|she was born|he was born|who was born|client born|my son|my "
    "daughter|was born on|"
    "son born|daughter born|child born|baby born|applicant born|employee born|spouse born|born on"
)
_PHRASES = Phrases(_WORDS | _SOMEONE)
_PERSONAL = re.compile(
    r"(?i)\b(?:i|my|our|patient|client|applicant|employee|member|tenant|mr|mrs|ms|pt|insured|customer"
    r"|student)\b"
)

_UNKNOWN = re.compile(r"(?:1900|1970)([-/. ]?)0?1\1?0?1|0?1([-/. ])0?1\2(?:1900|1970)")
"""What systems write where no date is known."""


class Births:
    """Dates of birth."""

    name = "births"

    def find(self, text: Text) -> Iterator[Hit]:
        value = text.value
        if not has_digit(value) or not has_any(f"{text.lower} {text.key}", _CUES):
            return
        cues = Cues(text, _PHRASES)
        for match in _DATE.finditer(value):
            context = cues.around(match.start(), match.end())
            named = not _WORDS.isdisjoint(context.next_to) or any(
                word in context.raw for word in _PHRASES.scripts
            )
            if _UNKNOWN.fullmatch(match.group()):
                continue
            window = value[max(0, match.start() - 80) : match.start()]
            someone = not _SOMEONE.isdisjoint(context.next_to) and _PERSONAL.search(window)
            if named or someone:
                yield Hit(
                    entity="DATE_OF_BIRTH",
                    start=match.start(),
                    end=match.end(),
                    score=0.9,
                    why="a date behind words for a birth",
                )
