"""Marks of a person in fixed words: passport lines (ICAO 9303), own accounts, backup codes, dates told."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ringfence.gate.hints import matches_about
from ringfence.gate.published import SPECIMEN_LINES
from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.surroundings import in_exercise

_FORMS: tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...] = (
    (
        "PASSPORT",
        ("<<",),
        re.compile(
            r"(?<![A-Z0-9<])P[A-Z<][A-Z]{3}(?P<value>[A-Z]{2,30}(?:<[A-Z]{1,30}){0,4}<<[A-Z<]{3,40})"
            r"|(?<![A-Z0-9<])(?P<second>[A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{14,16})"
        ),
    ),
    (
        "SOCIAL_HANDLE",
        ("@",),
        re.compile(
            r"(?i)\b(?:my|his|her|our own|personal) (?:[a-z]+ ){0,2}?(?:instagram|insta|ig|twitter|x|tiktok"
            r"|snap(?:chat)?|telegram"
            r"|discord|facebook|threads|mastodon|bluesky)?(?: ?(?:handle|account|profile|username|page|name))?"
            r"(?: is|:| was|,)? ?\(?(?P<value>@[A-Za-z]\w[\w.]{2,30})\b(?!@)"
        ),
    ),
    (
        "ONE_TIME_CODE",
        ("code",),
        re.compile(
            r"(?i)\b(?:backup|recovery|rescue|scratch|emergency) codes?\b[^\n\d]{0,40}[:\n]\s{0,4}(?:[-*•] "
            r"|1[.)] )?"
            r"(?P<value>(?=[a-z-]{0,8}\d)[a-z0-9]{4,6}[ -]?[a-z0-9]{4,6})\b"
        ),
    ),
    (
        "DATE_OF_BIRTH",
        ("born", "birth", "dob"),
        re.compile(
            r"(?i)\b(?:born|birth|dob|birthday)\b[^\n\d.]{0,24}?\b(?P<value>(?:the )?[a-z]{4,8}"
            r"(?:[- ][a-z]{4,7})? (?:of )?(?:january|february"
            r"|march|april|may|june|july|august|september|october|november|december),? (?:in )?(?:nineteen"
            r"|two thousand|twenty)"
            r"[a-z -]{2,30})\b"
        ),
    ),
    (
        "CRYPTO_WALLET",
        ("seed", "mnemonic", "recovery phrase", "secret phrase"),
        re.compile(
            r"(?i)(?:seed|mnemonic|recovery phrase|secret phrase)[^\n]{0,40}\s{1,3}(?P<value>1[.): ] ?[a-z]{3,8}"
            r"(?:[\s,]{1,3}\d{1,2}[.): ] ?[a-z]{3,8}){11,23})\b"
        ),
    ),
    (
        "CRYPTO_KEY",
        ("wif", "private key", "privkey", "import"),
        re.compile(r"(?<![A-Za-z0-9])(?P<value>5[HJK][1-9A-HJ-NP-Za-km-z]{49}|[KL][1-9A-HJ-NP-Za-km-z]{51})(?![A-Za-z0-9])"),
    ),
    (
        "LICENSE_PLATE",
        (
            "immatric", "placa", "kennzeichen", "kenteken", "targa", " reg ", "plate",
            "plaque", "matrícula", "matricula", "номер",
        ),
        re.compile(
            r"(?i:\b(?:immatricul\w+|placas?|kennzeichen|kenteken|targat?[ao]?|reg|plates?|plaque|matr[ií]cula"
            r"|госномер))(?: (?i:is|ist|es|est|è|é|nr|no))?"
            r"[ :.]{1,3}(?P<value>[A-Z]{1,3}[- ]?(?=[A-Z -]{0,4}\d)[A-Z]{0,2}[- ]?\d{1,4}(?:[- ]?[A-Z]{1,3})?"
            r"|\d{1,4}[- ][A-Z]{2,3}[- ]\d{1,3}|\d{2}[A-Z]{2}\d{2})\b"
        ),
    ),
)  # fmt: skip


class Marks:
    """Each form where one of its cues stands in the text."""

    name = "marks"

    def find(self, text: Text) -> Iterator[Hit]:
        for entity, cues, pattern in _FORMS:
            for match in matches_about(pattern, text.value, text.lower, cues):
                group = "second" if match.re.groups > 1 and match["second"] else "value"
                start, end = match.span(group)
                if not _is_nobodys(entity, text.value, match):
                    yield Hit(
                        entity=entity, start=start, end=end, score=0.75, why="written the way it is"
                    )


def _is_nobodys(entity: str, value: str, match: re.Match[str]) -> bool:
    """A specimen of a passport, or a plate of an exercise."""
    if entity == "PASSPORT":
        return SPECIMEN_LINES.search(match.group()) is not None
    return entity == "LICENSE_PLATE" and in_exercise(value, *match.span())
