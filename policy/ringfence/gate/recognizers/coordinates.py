"""Where somebody is: a pair of decimal degrees fine enough to name a house, tied to a person or a device."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ringfence.gate.context import Cues, Phrases
from ringfence.gate.hints import either
from ringfence.gate.recognizer import Hit, Text

_FINE = re.compile(r"\.[0-9]{4}")
_PAIR = re.compile(
    r"[-+0-9](?<![\w.].)(?:[0-9]?\d?\.\d{4,}|90\.0{4,})°? ?[NS]?[,;/ ]{1,3}\s?(?:lon(?:g"
    r"|gitude)?\W{1,3})?[-+]?(?:1[0-7]\d|[1-9]?\d)\.\d{4,}°? ?[EW]?(?![\w.])"
)
_SINGLE = re.compile(r"[-0-9](?<![\w.].)[0-9]{0,3}\.\d{4,}(?![\w.])")
_WORDS = either(
    "gps|coordinates|coords|latitude|longitude|lat|lng|lon|location|located|geolocation|home|lives|"
    "house|tracked|position|whereabouts|"
    "last seen|residence|koordinaten|ubicacion|geo|pinged|residence"
)
_AXIS = either("lat|latitude|lng|lon|long|longitude")
_CUES = Phrases(_WORDS | _AXIS)


_MAP = re.compile(r'"(?:Feature(?:Collection)?|(?:Multi)?(?:Point|Polygon|LineString))"')
_SOMEONE = re.compile(
    r"(?i)\b(?:user|driver|patient|customer|client|employee|device|home|person|his|her|my|our|phone|rider|courier|lives?"
    r"|living|house|apartment|flat|child|kid|he|she|i'm|i am|me|tracked|tracker|pinged|whereabouts|last seen|residence"
    r"|victim|suspect|witness|member|staff|worker|guest|parked|stayed|school|wohn\w*|zuhause|casa|domicil\w*)\b"
)
_PLACE = re.compile(
    r"(?i)\b(?:weather|forecast|temperature|climate|volcan\w*|mount(?:ain)?|peak|summit|city|cities|town|capital"
    r"|airport|station|museum|lake|river|island|park|elevation|height|altitude|quake|earthquake|epicent\w+|crater"
    r"|landmark|tower|bridge|observatory|glacier|map|zoom|timezone|country|bounding|bbox|polygon|api\.)"
)
_VERY_FINE = re.compile(r"\.[0-9]{5}")


class Coordinates:
    """Positions."""

    name = "coordinates"

    def find(self, text: Text) -> Iterator[Hit]:
        value = text.value
        if not _FINE.search(value):
            return
        if _MAP.search(value) and not _SOMEONE.search(f"{text.key} {value}"):
            return
        cues = Cues(text, _CUES)
        for match in _PAIR.finditer(value):
            if not _WORDS.isdisjoint(
                cues.around(match.start(), match.end()).near
            ) and _is_somebodys(text, match):
                yield _hit(match.start(), match.end())
        for match in _SINGLE.finditer(value):
            context = cues.around(match.start(), match.end())
            if not _AXIS.isdisjoint(context.next_to) and _is_somebodys(text, match):
                yield _hit(match.start(), match.end())


def _is_somebodys(text: Text, match: re.Match[str]) -> bool:
    """A person or a home is spoken of; or the place is given to the metre and nothing says that it is a public one."""
    around = text.value[max(0, match.start() - 200) : match.end() + 120]
    if _SOMEONE.search(text.key) or _SOMEONE.search(around):
        return True
    return _VERY_FINE.search(match.group()) is not None and not _PLACE.search(around)


def _hit(start: int, end: int) -> Hit:
    return Hit(
        entity="COORDINATES",
        start=start,
        end=end,
        score=0.6,
        why="a position to within some metres",
    )
