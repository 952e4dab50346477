"""Reads a text in overlapping windows and reports each family of regulated content that stands in one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.regulated import cues
from ringfence.gate.regulated.lesson import is_lesson

_WINDOW = 1000
_STEP = 700
"""A case is told in a paragraph or two: windows overlap so that none is cut in half."""


class RegulatedRecognizer:
    """Finds clinical notes, legal advice, deals, results, markings, personnel, special categories, minors, finances."""

    name = "regulated"

    def find(self, text: Text) -> Iterable[Hit]:
        """One hit a family and run of windows."""
        value = text.value
        if len(value) < 12:
            return ()
        lesson = is_lesson(value)
        open_hits: dict[str, Hit] = {}
        done: list[Hit] = []
        for start, end in _windows(len(value)):
            for family, (score, why) in self._judge(value[start:end], lesson).items():
                before = open_hits.get(family)
                if before and before.end >= start:
                    start_of_run, score = before.start, max(before.score, score)
                else:
                    start_of_run = start
                    if before:
                        done.append(before)
                open_hits[family] = Hit(
                    entity=family, start=start_of_run, end=end, score=score, why=why
                )
        return [*done, *open_hits.values()]

    @staticmethod
    def _judge(window: str, lesson: bool) -> dict[str, tuple[float, str]]:
        if lesson:
            return {}
        return {
            family: (min(0.95, 0.6 + total / 40), "cues")
            for family, total in cues.points(window).items()
            if total >= cues.ENOUGH
        }


def _windows(length: int) -> Iterator[tuple[int, int]]:
    start = 0
    while True:
        end = min(start + _WINDOW, length)
        yield start, end
        if end == length:
            return
        start += _STEP
