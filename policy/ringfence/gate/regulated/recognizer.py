"""Reads a text in overlapping windows and reports each family of regulated content that stands in one."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.regulated import aside, cues, judge, manner, model, passages, subject
from ringfence.gate.regulated.lesson import is_form, is_lesson

_WINDOW = 1000
_STEP = 800
"""A case is told in a paragraph or two: windows overlap so that few are cut in half."""
_LONG = 20_000
_MARKED = "CLASSIFIED"
_BANNER = re.compile(r"^\W{0,4}[A-Z][A-Z -]{1,30}//[A-Z]", re.MULTILINE)
"""A marking that stands at the head of a line is no talk about markings."""
_IN_CODE = 0.5
"""What the points of cues count for the judge in code."""
_TIMES_IN_CODE = 3
"""How many times as many of them make a finding there."""
_SURE = 3.0
"""The model's score above its threshold from which it is believed of a part, where it saw none in the whole."""
_FEW_WORDS = 8
"""A part of fewer says too little to the model."""
_TIMES_MADE_UP = 4
"""How many times as many points a part needs that stands in a word problem or a game."""
_NEVER_MADE_UP = frozenset(
    {"CLASSIFIED", "PRIVILEGED", "DEAL", "UNPUBLISHED_RESULTS", "CONFIDENTIAL"}
)
"""Families that word problems and the like do not tell of."""


class RegulatedRecognizer:
    """Finds clinical notes, legal advice, deals, results, markings, personnel, special categories, minors, finances."""

    name = "regulated"

    def find(self, text: Text) -> Iterable[Hit]:
        """One hit a family and run of windows."""
        value = text.value
        if len(value) < 12:
            return ()
        lesson = cache(lambda: is_lesson(value))
        # A text that holds no case by its cues as a whole holds no window that does.
        cued = len(value) > _LONG or bool(cues.points(value))
        runs: dict[str, Hit] = {}
        done: list[Hit] = []
        for start, end in _windows(len(value)):
            for family, (score, why) in self._judge(value[start:end], lesson, cued).items():
                hit = Hit(entity=family, start=start, end=end, score=score, why=why)
                before = runs.get(family)
                if before and before.end >= start:
                    hit = replace(hit, start=before.start, score=max(before.score, score))
                elif before:
                    done.append(before)
                runs[family] = hit
        return [*done, *runs.values()]

    @staticmethod
    def _judge(
        window: str, is_lesson: Callable[[], bool], cued: bool
    ) -> dict[str, tuple[float, str]]:
        """Families with score and reason. How the text is told is asked only where something was found."""
        seen = evidence(window, is_lesson, cued)
        found = {} if seen is None else _found(window, seen)
        points = cued and bool(cues.points(window))
        if found or not (points or is_lesson() or len(window) < _WINDOW):
            return found
        return _told(window, is_lesson(), cued, points)


def _found(window: str, seen: Evidence) -> dict[str, tuple[float, str]]:
    found = {family: (min(0.95, 0.6 + total / 40), "cues") for family, total in seen.cued.items()}
    if seen.scored and judge.is_case(window, margin=seen.margin, points=seen.points):
        found = {family: (seen.chance, "model") for family in seen.scored} | found
    return found


def _told(window: str, lesson: bool, cued: bool, points: bool) -> dict[str, tuple[float, str]]:
    """What a window tells beside its questions: a lesson in front releases no case behind it."""
    told = passages.told(window)
    parts = [told] if told != window or lesson else []
    parts += passages.paragraphs(told) if points else []
    found: dict[str, tuple[float, str]] = {}
    for part in parts:
        seen = evidence(part, lambda: False, cued)
        # Without its questions code may not look like code any more.
        if seen is not None and not (part is told and _is_machine(window)):
            found |= _found(part, _believed(seen, part, told, window, lesson))
    return found


def _believed(seen: Evidence, part: str, told: str, window: str, lesson: bool) -> Evidence:
    """As much of a part's evidence as counts beside the whole, which gave none."""
    asked = told != window and (lesson or judge.is_taught(window)) and not is_form(window)
    least, times = (0.0 if asked else _SURE), 1
    if passages.is_made_up(window, told):
        least, times = manner.IN_LESSON, _TIMES_MADE_UP
    cued = {
        family: total
        for family, total in seen.cued.items()
        if total >= cues.ENOUGH * (1 if family in _NEVER_MADE_UP else times)
    }
    heard = part is told and seen.margin >= least and len(part.split()) >= _FEW_WORDS
    return replace(seen, cued=cued, scored=seen.scored if heard else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks for a window; `margin` and `points` as `judge.features` takes them."""

    margin: float
    points: float
    chance: float
    scored: tuple[str, ...]
    """Families that the model names, where its score comes near its threshold or passes it."""
    cued: Mapping[str, int]
    """Families whose cues are enough, with their points."""


def evidence(window: str, is_lesson: Callable[[], bool], cued: bool) -> Evidence | None:
    """The evidence that a window holds a case; None when there is too little to judge."""
    scored = model.score(window)
    points = cues.points(aside.without_asides(window)) if cued else {}
    near = scored is not None and judge.is_worth_it(window, scored.margin)
    if not (points or near):
        return None
    code, public, lesson = _is_machine(window), manner.is_public(window), is_lesson()
    margin, chance = -math.inf, 0.0
    families: tuple[str, ...] = ()
    if scored is not None:
        taught = lesson or judge.is_taught(window)
        stricter = manner.IN_CODE if code else manner.IN_LESSON if taught else 0.0
        if public and all(map(manner.may_be_public, scored.families)):
            stricter += manner.IN_NEWS
        margin, chance = scored.margin - stricter, scored.chance
        families = scored.families if judge.is_worth_it(window, margin) else ()
    most = 0.0
    enough: dict[str, int] = {}
    for family, total in points.items() if not lesson else ():
        needed = cues.ENOUGH * (2 if public and manner.may_be_public(family) else 1)
        most = max(most, total / needed * (_IN_CODE if code else 1.0))
        if total >= needed * _times(window, family, code):
            enough[family] = total
    if not (families or enough):
        return None
    return Evidence(margin=margin, points=most, chance=chance, scored=families, cued=enough)


def _is_machine(window: str) -> bool:
    return manner.is_program(window) or manner.is_log(window)


def _times(window: str, family: str, code: bool) -> int:
    """How many times as many points a window needs: it speaks of nobody, is made up, or is written for machines."""
    if family == _MARKED and _BANNER.search(window):
        return 1
    # There a word of a cue may be an identifier.
    levels = family == _MARKED and subject.lists_levels(window)
    return max(judge.times(window), _TIMES_IN_CODE if code or levels else 1)


def _windows(length: int) -> Iterator[tuple[int, int]]:
    # What fills a long document fills whole windows of it; only short texts need the overlap.
    step = _STEP if length <= _LONG else _WINDOW
    start = 0
    while True:
        end = min(start + _WINDOW, length)
        yield start, end
        if end == length:
            return
        start += step
