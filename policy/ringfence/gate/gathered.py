"""A card or a social security number told in pieces with talk between them, in a text that says what it is.

The digits of the text in order: groups as such a number is written (3-2-4, 4-4-4-4 …) or one by one. Only cards that
check out count, and only texts with few numbers are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ringfence.gate.checksums import luhn
from ringfence.gate.hints import has_any
from ringfence.gate.spoken import digit_groups

_CARD_CUES = ("card", "visa", "karte", "tarjeta", "carte ", "carta", "kart")
_SSN = re.compile(
    r"\bssn\b|\bsocial security\b|\b(?:my|his|her|their|the|whole) social\b(?! (?:studies|media|work|club|event))"
    r"|\bsocial (?:number|is)\b"
)
_GROUP = re.compile(r"[0-9]{1,2}(?::[0-9]{2}){1,2}|[0-9]+")
_DIGITS = re.compile(r"[0-9]+")
_CARDS = ((4, 4, 4, 4), (8, 8), (4, 6, 5), (6, 10), (4, 4, 8), (8, 4, 4), (4, 12), (12, 4))
_SSNS = ((3, 2, 4), (3, 6), (5, 4))
_MOST, _GAP = 60, 160

_TURN = re.compile(
    r"(?:^|(?<=[\s|/>]))(user|me|human|customer|caller|client|guest|kunde|kundin|anrufer|cliente|assistant|agent|bot|ai"
    r"|support|operator|berater|mitarbeiter|system) ?:"
)
_MOST_TURNS, _TURNS = 40, (2, 8)

Group = tuple[int, int, str]


def gathered(value: str, lower: str) -> Iterator[tuple[int, int, str]]:
    """Edits `(start, end, the number with its word)`, at most one of each kind."""
    card = has_any(lower, _CARD_CUES)
    social = has_any(lower, ("ssn", "social")) and _SSN.search(lower) is not None
    if not (card or social):
        return
    if card and (told := _card_by_turns(value, lower)):
        yield told
        return
    groups = _groups(value, lower)
    if not 2 <= len(groups) <= _MOST:
        return
    edits = [
        edit for wanted, edit in ((card, _card(groups)), (social, _ssn(groups))) if wanted and edit
    ]
    yield from edits[:1]


def _groups(value: str, lower: str) -> list[Group]:
    found = [m for m in _GROUP.finditer(value) if ":" not in m.group()]
    if len(found) > _MOST:
        return []
    groups = [(*m.span(), m.group()) for m in found]
    return sorted([*groups, *digit_groups(value, lower)])


def _card(groups: Sequence[Group]) -> tuple[int, int, str] | None:
    for sizes in (*_CARDS, (1,) * 16, (1,) * 15):
        for part in _written(groups, sizes):
            digits = "".join(text for _, _, text in part)
            if digits[0] in "3456" and luhn(digits):
                return part[0][0], part[-1][1], f"card {digits}"
    return None


def _card_by_turns(value: str, lower: str) -> tuple[int, int, str] | None:
    """A card of which one speaker tells a piece each turn, in pieces of any length."""
    for turns in _pieces_by_speaker(value, lower).values():
        for first in range(len(turns)):
            for size in range(_TURNS[0], _TURNS[1] + 1):
                part = turns[first : first + size]
                digits = "".join(text for _, _, text in part)
                if len(part) < size or len(digits) > 16:
                    break
                if len(digits) >= 15 and digits[0] in "23456" and luhn(digits):
                    return part[0][0], part[-1][1], f"card {digits}"
    return None


def _pieces_by_speaker(value: str, lower: str) -> dict[str, list[Group]]:
    """Each speaker's turns that hold digits: from the first to the last of them, and all of them joined."""
    marks = list(_TURN.finditer(lower))
    spoken: dict[str, list[Group]] = {}
    if not 3 <= len(marks) <= _MOST_TURNS or len(lower) != len(value):
        return spoken
    for mark, stop in zip(marks, [*(m.start() for m in marks[1:]), len(value)], strict=True):
        found = list(_DIGITS.finditer(value, mark.end(), stop))
        digits = "".join(match.group() for match in found)
        if 2 <= len(digits) <= 12:
            piece = (found[0].start(), found[-1].end(), digits)
            spoken.setdefault(mark[1], []).append(piece)
    return spoken


def _ssn(groups: Sequence[Group]) -> tuple[int, int, str] | None:
    for sizes in (*_SSNS, (1,) * 9):
        for part in _written(groups, sizes):
            d = "".join(text for _, _, text in part)
            if d[:3] not in ("000", "666") and d[3:5] != "00" and d[5:7] not in ("19", "20"):
                return part[0][0], part[-1][1], f"ssn {d[:3]}-{d[3:5]}-{d[5:]}"
    return None


def _written(groups: Sequence[Group], sizes: tuple[int, ...]) -> Iterator[Sequence[Group]]:
    """Neighbours of these sizes, none far from the next."""
    for at in range(len(groups) - len(sizes) + 1):
        part = groups[at : at + len(sizes)]
        if tuple(len(text) for _, _, text in part) == sizes and all(
            after[0] - before[1] <= _GAP for before, after in pairwise(part)
        ):
            yield part
