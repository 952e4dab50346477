"""One stretch of a text that could be an identifier, and what is asked about it, each worked out once, when asked."""

from __future__ import annotations

import re
from functools import cached_property

from ringfence.gate.guards import in_numbers, in_uuid, is_machine_line, is_noise
from ringfence.gate.published import is_blank, is_public_specimen
from ringfence.gate.recognizer import Hit
from ringfence.gate.surroundings import in_exercise, is_logged, is_something_elses, touches

SEPARATORS = re.compile(r"[^A-Za-z0-9]+")
_DECIMAL = re.compile(r"[0-9]+\.[0-9]+(?: [A-Z]{1,3})?")
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}([-/.])[01]?[0-9]\1[0-3]?[0-9]|[0-3]?[0-9]([-/.])[0-3]?[0-9]\2(?:19|20)[0-9]{2}"
)
_HANDLE = re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{8,}")
_BLANKS = " ./_-–"


class Window:
    """One stretch of groups that could be an identifier. What is dear to know is worked out once, when asked."""

    def __init__(self, value: str, start: int, end: int) -> None:
        self._value = value
        self.start = start
        self.end = end
        self.spelled = value[start:end]
        self.bare = SEPARATORS.sub("", self.spelled).upper()

    @cached_property
    def whole(self) -> bool:
        return stands_alone(self._value, self.start, self.end)

    @cached_property
    def is_noise(self) -> bool:
        return is_noise(self._value, self.start, self.end)

    @property
    def is_a_value(self) -> bool:
        """Not a word, not all zeros, not a fraction's digits."""
        return not (self.bare.isalpha() or is_blank(self.bare) or self._is_a_fraction)

    @property
    def _is_a_fraction(self) -> bool:
        before = self._value[max(0, self.start - 2) : self.start]
        return _DECIMAL.fullmatch(self.spelled) is not None or (
            before[-1:] == "." and before[:1].isdigit() and "." not in self.spelled
        )

    @cached_property
    def is_public(self) -> bool:
        return is_public_specimen(self._value, self.start, self.end, self.bare.removeprefix("IBAN"))

    @cached_property
    def is_something_elses(self) -> bool:
        """A piece of a UUID, another thing's number, a date, a handle of a log."""
        return (
            self.in_uuid
            or _DATE.fullmatch(self.spelled) is not None
            or self._value[self.start - 1 : self.start] == "%"
            or (
                self._value[self.start - 1 : self.start] == "-"
                and _HANDLE.fullmatch(self.spelled) is not None
            )
            or is_something_elses(self._value, self.start, self.end)
        )

    @cached_property
    def in_exercise(self) -> bool:
        return in_exercise(self._value, self.start, self.end)

    def is_named_in_its_log(self, words: frozenset[str]) -> bool:
        """On a line of a log a number belongs to the word that it touches."""
        return not self._is_logged or touches(self._value, self.start, words)

    @cached_property
    def _is_logged(self) -> bool:
        return is_logged(self._value, self.start)

    @cached_property
    def in_uuid(self) -> bool:
        return in_uuid(self._value, self.start, self.end)

    @cached_property
    def in_numbers(self) -> bool:
        return in_numbers(self._value, self.start, self.end)

    @cached_property
    def in_machine_line(self) -> bool:
        return is_machine_line(self._value, self.start)

    def hit(self, entity: str, score: float, why: str) -> Hit:
        return Hit(entity=entity, start=self.start, end=self.end, score=score, why=why)


def stands_alone(value: str, start: int, end: int) -> bool:
    """No further digits right before or after, with a blank or a mark between."""
    before, after = value[max(0, start - 2) : start], value[end : end + 2]
    near_before = len(before) == 2 and before[0].isdigit() and before[1] in _BLANKS
    return not near_before and not (len(after) == 2 and after[1].isdigit() and after[0] in _BLANKS)
