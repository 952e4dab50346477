"""Reads a text in overlapping windows and reports each family of regulated content that stands in one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache

from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.regulated import cues, manner, model
from ringfence.gate.regulated.lesson import is_lesson

_WINDOW = 1000
_STEP = 800
"""A case is told in a paragraph or two: windows overlap so that few are cut in half."""
_LONG = 20_000


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
        code = manner.is_code(window)
        stricter = manner.IN_CODE if code else 0.0
        scores = model.scores(window, stricter=stricter)
        points = cues.points(window) if cued else {}
        if not (scores or points):
            return {}
        lesson, public = is_lesson(), manner.is_public(window)
        if lesson and not code:
            stricter = manner.IN_LESSON
        if public and all(map(manner.may_be_public, scores)):
            stricter += manner.IN_NEWS
        if stricter:
            scores = model.scores(window, stricter=stricter)
        found = {family: (chance, "model") for family, chance in scores.items()}
        for family, total in points.items() if not lesson else ():
            needed = cues.ENOUGH * 2 if public and manner.may_be_public(family) else cues.ENOUGH
            if total >= needed:
                found[family] = (min(0.95, 0.6 + total / 40), "cues")
        return found


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
