"""Postal addresses: a house number and a street, in the orders that English, German, Romance and Dutch writers use."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ringfence.gate.hints import has_any, has_digit
from ringfence.gate.recognizer import Hit, Text

_SUFFIX = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Terrace|Ter|Place|Pl|Square|Sq|Way|Circle|"
    r"Cir|Parkway|Pkwy|Highway|Hwy|Crescent|Cres|Close|Grove|Gardens|Mews|Row|Trail|Trl|Loop|Alley|Plaza|Hill|Quay|Walk)"
)
_CAP = r"(?:[A-Z][\w'’.-]{0,30}|\d{1,3}(?:st|nd|rd|th))"
_ENGLISH = re.compile(
    rf"[0-9](?<![\w.,$£€-].)\d{{0,5}}[A-Za-z]?(?:[-/]\d{{1,4}})? (?:(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\.? )?"
    rf"(?:{_CAP} ){{1,4}}{_SUFFIX}\b\.?"
)
_GERMAN = re.compile(
    r"\b[A-ZÄÖÜ][\wäöüß-]{2,30}(?:straße|strasse|str\.|weg|allee|platz|gasse|ring|damm|ufer|straat|laan|gracht|plein|gatan|vägen|veien|vej) ?\d{1,4} ?[a-zA-Z]?\b"
)
_ROMANCE = re.compile(
    r"\b(?:\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|av\.|boulevard|bd|place|chemin|allée|impasse|quai|route)\b(?: (?:de|du|des|la|le|les|l'|d'))* ?[A-ZÀ-Ý][\w'’-]+"
    r"|(?:[Cc]alle|[Cc]/|[Aa]venida|Avda\.?|[Pp]aseo|[Pp]laza|[Vv]ia|[Vv]iale|[Cc]orso|[Pp]iazza|[Rr]ua|[Tt]ravessa|ul\.|ulica) (?:(?:de|del|la|las|los|di|della|da|do|das|dos) )*[A-ZÀ-Ý][\w'’-]+(?: [A-ZÀ-Ý][\w'’-]+){0,3},? (?:n[º°o.] ?)?\d{1,4}\b)"
)
_BOX = re.compile(r"(?i)\bP\.? ?O\.? ?Box \d{1,7}\b|\bpostfach \d{3,7}\b")
_UK_POSTCODE = re.compile(
    r"[A-PR-UWYZ](?<![\w-].)(?:[A-HK-Y]?\d[\dA-HJKSTUW]? \d[ABD-HJLNP-UW-Z]{2})(?![\w-])"
)
_ZIP = re.compile(r"[A-Z](?<!\w.)[A-Z],? \d{5}(?:-\d{4})?\b")
_CITY = re.compile(r"[A-Z][a-zA-Z.' -]{1,30}, ?$")
_STATES = frozenset(
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA "
    "RI SC SD TN TX UT VT VA WA WV WI WY PR".split()
)
_CUES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (
        _GERMAN,
        (
            "straße",
            "strasse",
            "str.",
            "weg",
            "allee",
            "platz",
            "gasse",
            "ring",
            "damm",
            "ufer",
            "straat",
            "laan",
            "gracht",
            "plein",
            "gatan",
            "väg",
            "vei",
            "vej",
        ),
    ),
    (
        _ROMANCE,
        (
            "rue ",
            "avenue ",
            "av. ",
            "boulevard ",
            "bd ",
            "place ",
            "chemin ",
            "allée ",
            "impasse ",
            "quai ",
            "route ",
            "calle ",
            "c/ ",
            "avenida ",
            "avda",
            "paseo ",
            "plaza ",
            "via ",
            "viale ",
            "corso ",
            "piazza ",
            "rua ",
            "travessa ",
            "ul. ",
            "ulica ",
        ),
    ),
    (_BOX, ("box", "postfach")),
)
_HOME = re.compile(
    r"(?i)\b(?:address|addr|lives?|living|resid\w+|ship\w*|deliver\w*|mail|home|house|moved|postcode|post code|zip|street|adresse|direcci[oó]n|indirizzo|endere[cç]o|adres|wohn\w+|anschrift|domicil\w+)\b"
)
_PUBLIC = re.compile(
    r"(?i)\b(?:1600 Pennsylvania Ave\w*|10 Downing St\w*|221B Baker St\w*|1600 Amphitheatre P\w+|1 Infinite Loop|742 Evergreen Terrace|"
    r"123 (?:Main|Elm|Fake|Any|Example) St\w*|1 Microsoft Way|4 Privet Drive|350 Fifth Ave\w*|30 Rockefeller P\w+|51 Franklin St\w*)"
)


class Addresses:
    """Where somebody lives or gets mail."""

    name = "addresses"

    def find(self, text: Text) -> Iterator[Hit]:
        value = text.value
        if not has_digit(value):
            return
        for match in _ENGLISH.finditer(value):
            if self._counts(value, match, text.key):
                yield _hit(match.start(), match.end(), "a house number and a street")
        lower = value.lower()
        for pattern, cues in _CUES:
            if has_any(lower, cues):
                for match in pattern.finditer(value):
                    yield _hit(match.start(), match.end(), "a house number and a street")
        yield from self._towns(text)

    def _towns(self, text: Text) -> Iterator[Hit]:
        value = text.value
        for match in _ZIP.finditer(value):
            city = _CITY.search(value, max(0, match.start() - 34), match.start())
            if city and match.group()[:2] in _STATES:
                yield _hit(city.start(), match.end(), "a town with its ZIP code")
        for match in _UK_POSTCODE.finditer(value):
            near = value[max(0, match.start() - 60) : match.start()]
            if _HOME.search(near) or _HOME.search(text.key) or re.search(r"[A-Z][a-z]+,? $", near):
                yield _hit(match.start(), match.end(), "a postcode, address words near")

    def _counts(self, value: str, match: re.Match[str], key: str) -> bool:
        if not _PUBLIC.search(match.group()):
            return True
        return (
            _HOME.search(value[max(0, match.start() - 40) : match.start()]) is not None
            or "address" in key
        )


def _hit(start: int, end: int, why: str) -> Hit:
    return Hit(entity="ADDRESS", start=start, end=end, score=0.75, why=why)
