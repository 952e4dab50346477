"""Postal addresses: a house number and a street, in the orders that English, German, Romance and Dutch writers use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ringfence.gate.hints import either, has_digit, windows_about
from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.surroundings import in_exercise, is_of_a_company

_SUFFIX = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Terrace|Ter|Place|Pl"
    r"|Square|Sq|Way|Circle|"
    r"Cir|Parkway|Pkwy|Highway|Hwy|Crescent|Cres|Close|Grove|Gardens|Mews|Row|Trail|Trl|Loop|Alley"
    r"|Plaza|Hill|Quay|Walk)"
)
_CAP = r"(?:[A-Z][\w'’.-]{0,30}|\d{1,3}(?:st|nd|rd|th))"
_ENGLISH = re.compile(
    rf"[0-9](?<![\w.,$£€-].)\d{{0,5}}[A-Za-z]?(?:[-/]\d{{1,4}})? (?:(?:N|S|E|W|NE|NW|SE|SW|North|South"
    rf"|East|West)\.? )?"
    rf"(?:{_CAP} ){{1,4}}{_SUFFIX}\b\.?"
)
_HOUSE = r"[ ,]{1,2}\d{1,4}(?:[-/]\d{1,4})? ?[a-zA-Z]?\b"
_GERMANIC = re.compile(
    r"\b[A-ZÄÖÜ][\wäöüß-]{1,40}(?:(?i:straße|strasse|str\.|gasse|allee|gracht|straat|gatan|vägen|steenweg)"
    + _HOUSE
    + "|"
    r"(?i:weg|platz|ring|damm|ufer|plein|laan|dreef|singel|kade|pad|hof|boulevard|vej|veien|dijk"
    r"|steeg|markt|park|plantsoen)" + _HOUSE + r",? \d{4,5} ?[A-Z])"
)
_ARTICLES = r"(?:(?:de|del|du|des|la|las|le|les|los|di|della|delle|dei|da|do|das|dos|l'|d') ?){0,3}"
_PLACED = re.compile(
    r"\b(?:Am|An de[rn]|Auf de[rm]|Im|In de[rn]|Zu[mr]|Beim|Hinter de[rm]|Unter de[nr]|Alte[rs]?|Neue[rs]?|Obere?[rs]?"
    r"|Untere?[rs]?) [A-ZÄÖÜ][\wäöüß-]{1,30} \d{1,4} ?[a-z]?, ?\d{4,5} [A-ZÄÖÜ][a-zäöüß]{2}"
)
_ROMANCE = re.compile(
    r"\b(?:\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|av\.|boulevard|bd|place|chemin|allée|impasse"
    r"|quai|route|cours)\b " + _ARTICLES + r"[A-ZÀ-Ý][\w'’-]+"
    r"|(?:rue|avenue|boulevard|place|chemin|allée|impasse|quai|route) [^,\n\d]{2,40}, \d{5} [A-ZÀ-Ý]"
    r"|(?i:calle|c/|callejón|camino|alameda|cañada|rambla|ronda|pasaje|glorieta|avenida|avda\.?|av\."
    r"|paseo|plaza|via|viale|corso|"
    r"piazza|strada|vicolo|largo|stretto|rotonda|borgo|contrada|canale|incrocio|rua|travessa|ul\."
    r"|ulica|cuesta|vial|acceso|urbanización|pasadizo) "
    + _ARTICLES
    + r"[A-ZÀ-Ý][\w'’-]+(?: (?:(?:de|del|la) )?[A-ZÀ-Ý][\w'’-]+){0,4},? (?:n[º°o.] ?)?\d{1,4}\b)"
)
_NAMED = re.compile(
    r"(?i)\b(?:(?:home|postal|mailing|shipping|billing|street|residential|delivery|current|permanent"
    r"|my|his|her|their|patient)[ _]?address|"
    r"(?<!mail )(?<!ip )(?<!mac )(?<!wallet )(?<!web )address|anschrift|wohnhaft in|adresse"
    r"|direcci[oó]n|indirizzo|endere[cç]o|adres)\b"
    r"[\"'”*]{0,3}(?: ?[:=|,]{1,2}| is| was"
    r"|,? it's)? ?[\"'“*]{0,3}(?P<value>(?-i:"
    r"(?=[^\n@]{0,50}[A-ZÀ-Ý][a-zà-ÿ]{2})(?=[^\n@]{0,60}\b\d{1,5}\b)[A-ZÀ-Ý0-9][^\n@|\"]{7,90}))"
)
_BOX = re.compile(r"(?i)\bP\.? ?O\.? ?Box \d{1,7}\b|\bpostfach \d{3,7}\b")
_UK_POSTCODE = re.compile(
    r"[A-PR-UWYZ](?<![\w-].)(?:[A-HK-Y]?\d[\dA-HJKSTUW]? \d[ABD-HJLNP-UW-Z]{2})(?![\w-])"
)
_ZIP = re.compile(r"[A-Z](?<!\w.)[A-Z],? \d{5}(?:-\d{4})?\b")
_CITY = re.compile(r"[A-Z][a-zA-Z.' -]{1,30}, ?$|[ADF]PO $")
_STATES = either(
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ "
    "NM NY NC ND OH OK OR PA "
    "RI SC SD AA AE AP PW GU VI AS MP MH FM TN TX UT VT VA WA WV WI WY PR",
    None,
)
_CUES: tuple[tuple[re.Pattern[str], Iterable[str]], ...] = (
    (
        _GERMANIC,
        either(
            "straße strasse str. weg allee platz gasse ring damm ufer straat laan gracht plein "
            "gatan väg vei vej dreef singel kade "
            "pad hof boulevard dijk steeg markt park plantsoen",
            None,
        ),
    ),
    (
        _ROMANCE,
        tuple(
            f"{word} "
            for word in either(
                "rue avenue av. boulevard bd place chemin allée impasse quai route cours calle c/ "
                "callejón camino alameda cañada "
                "rambla ronda pasaje glorieta avenida avda avda. paseo plaza via viale corso piazza "
                "strada vicolo largo stretto "
                "rotonda borgo contrada canale incrocio rua travessa ul. ulica cuesta vial acceso "
                "urbanización pasadizo",
                None,
            )
        ),
    ),
    (
        _PLACED,
        (
            "am ",
            "an de",
            "auf de",
            "im ",
            "in de",
            "zu",
            "beim ",
            "hinter ",
            "unter ",
            "alte",
            "neue",
            "ober",
        ),
    ),
    (_BOX, ("box", "postfach")),
)
_NAMED_CUES = ("address", "anschrift", "wohnhaft", "adres", "direcci", "indirizzo", "endere")
_HOME = re.compile(
    r"(?i)\b(?:address|addr|lives?|living|resid\w+|ship\w*|deliver\w*|mail|home|(?<!white )house|moved|postcode"
    r"|post code|zip|street|adresse|direcci[oó]n|indirizzo|endere[cç]o|adres|wohn\w+|anschrift|domicil\w+)\b"
)
_PUBLIC = re.compile(
    r"(?i)\b(?:1600 Pennsylvania Ave\w*|10 Downing St\w*|221B Baker St\w*|1600 Amphitheatre P\w+"
    r"|1 Infinite Loop|742 Evergreen Terrace|"
    r"123 (?:Main|Elm|Fake|Any|Example) St\w*|1 Microsoft Way|4 Privet Drive|350 Fifth Ave\w*"
    r"|30 Rockefeller P\w+|51 Franklin St\w*)"
)

_STAND_IN = re.compile(
    r"(?i)\b(?:sample|example|any|test|fake|dummy|some|your) (?:st|street|ave|avenue|road|rd|lane|ln|drive|way)\b"
    r"|\banytown\b|\bsample ?(?:town|ville)\b|\bspringfield, (?:xx|usa)\b|\bmusterstadt\b|\bmusterstr"
)
_PUBLIC_TOWN = re.compile(
    r"(?i)\b(?:anytown|boston, ma 02110|mountain view, ca 94043|cupertino, ca 95014|redmond, wa 98052|beverly hills, ca"
    r" 90210|washington, dc 20500|franklin st\w*,)"
)


def _is_nobodys(value: str, start: int, end: int) -> bool:
    """A company's seat, a public office or sight, or a street of an exercise."""
    return is_of_a_company(value, start, end, firm=True) or in_exercise(value, start, end)


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
        lower = text.lower
        for pattern, cues in _CUES:
            for low, high in windows_about(lower, cues):
                for match in pattern.finditer(value, low, high):
                    if not _is_nobodys(value, match.start(), match.end()):
                        yield _hit(match.start(), match.end(), "a house number and a street")
        for low, high in windows_about(lower, _NAMED_CUES):
            for match in _NAMED.finditer(value, low, high):
                yield _hit(*match.span("value"), "behind words for an address")
        yield from self._towns(text)

    def _towns(self, text: Text) -> Iterator[Hit]:
        value = text.value
        for match in _ZIP.finditer(value):
            city = _CITY.search(value, max(0, match.start() - 34), match.start())
            if (
                city
                and match.group()[:2] in _STATES
                and not _PUBLIC_TOWN.search(value, max(0, match.start() - 90), match.end())
                and not _is_nobodys(value, city.start(), match.end())
            ):
                yield _hit(city.start(), match.end(), "a town with its ZIP code")
        for match in _UK_POSTCODE.finditer(value):
            near = value[max(0, match.start() - 60) : match.start()]
            if _is_nobodys(value, match.start(), match.end()):
                continue
            if _HOME.search(near) or _HOME.search(text.key) or re.search(r"[A-Z][a-z]+,? $", near):
                yield _hit(match.start(), match.end(), "a postcode, address words near")

    def _counts(self, value: str, match: re.Match[str], key: str) -> bool:
        if _STAND_IN.search(value, match.start(), match.end() + 40):
            return False
        if not _PUBLIC.search(match.group()):
            return not _is_nobodys(value, match.start(), match.end())
        return (
            _HOME.search(value[max(0, match.start() - 40) : match.start()]) is not None
            or "address" in key
        )


def _hit(start: int, end: int, why: str) -> Hit:
    return Hit(entity="ADDRESS", start=start, end=end, score=0.75, why=why)
