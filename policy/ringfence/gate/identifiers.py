"""Identifiers: numbers and codes that an authority, bank or hospital hands out. One scan serves all their kinds.

The scan goes from digit to digit, widens each to its run of groups (`123-45-6789`, `QQ 12 34 56 C`), and asks the
kinds whose length fits. What makes a hit is the same for all of them:

- a checksum that passes, with the kind's words near; or alone, where the kind allows it and the line is prose
- the kind's own way of grouping, where that is distinctive (`078-05-1120`)
- the right shape right behind the kind's words, checksum or not: a typo must not leak
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ringfence.gate.context import NOTHING, Context, Cues, Phrases
from ringfence.gate.guards import in_numbers, in_uuid, is_machine_line, is_noise
from ringfence.gate.hints import either
from ringfence.gate.published import DOCUMENTS, IBANS, is_blank, is_public_specimen
from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.surroundings import in_exercise, is_logged, is_something_elses, touches

_DIGITS = re.compile(r"[0-9]+")
_WORD = re.compile(r"[A-Za-z0-9]{0,40}")
_LEAD = re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,4}[ ._/-]?$")
_TAIL = re.compile(r"[ ./-][A-Z]{1,3}(?![A-Za-z0-9])")
_JOIN = re.compile(r" ?[-–./_ (] ?|[ .-][A-Z]{1,4}[ .-]")
_GROUP = re.compile(r"[A-Za-z0-9]+")
_SEPARATORS = re.compile(r"[^A-Za-z0-9]+")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})"
_IP_LIKE = re.compile(rf"(?<![0-9]){_OCTET}([.-]){_OCTET}\1{_OCTET}\1{_OCTET}(?![0-9])")
_ONE_DASH = re.compile(r"[A-Z0-9]+[-+/A][A-Z0-9]+")
_EVEN = re.compile(r"[A-Z0-9]+|[A-Z0-9]{2,}(?:([ ./-])[A-Z0-9]{2,})(?:\1[A-Z0-9]{2,})*")
_DECIMAL = re.compile(r"[0-9]+\.[0-9]+(?: [A-Z]{1,3})?")
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}([-/.])[01]?[0-9]\1[0-3]?[0-9]|[0-3]?[0-9]([-/.])[0-3]?[0-9]\2(?:19|20)[0-9]{2}"
)
_HANDLE = re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{8,}")
_BLANKS = " ./_-–"
_LABELS = either("isbn ean gtin upc asin sku cve", None)
_MAX_GROUPS = 10
SHORTEST, LONGEST = 5, 34


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kind:
    """One kind of identifier, itself alone its equal. `shape` is matched against the bare characters in upper case."""

    entity: str
    shape: re.Pattern[str]
    lengths: tuple[int, int]
    words: frozenset[str]
    check: Callable[[str], bool] | None = None
    grouped: re.Pattern[str] | None = None
    """The kind's way of writing, separators as `-`: a hit on its own when the check (if any) passes."""
    alone: bool = False
    """A passing check is a hit without words, in prose."""
    distinct: bool = False
    """The shape is rare enough that words near by do."""
    typos: bool = True
    """The shape right behind the words is a hit though the check fails."""


def kind(
    entity: str,
    shape: str,
    lengths: tuple[int, int] | int,
    words: str,
    *,
    check: Callable[[str], bool] | None = None,
    grouped: str | None = None,
    alone: bool = False,
    distinct: bool = False,
    typos: bool = True,
) -> Kind:
    """A `Kind` from plain strings; `words` are separated by `|`."""
    return Kind(
        entity=entity,
        shape=re.compile(shape),
        lengths=(lengths, lengths) if isinstance(lengths, int) else lengths,
        words=frozenset(words.split("|")),
        check=check,
        grouped=re.compile(grouped) if grouped else None,
        alone=alone,
        distinct=distinct,
        typos=typos,
    )


@dataclass(frozen=True, slots=True)
class Run:
    """Groups of letters and digits with single separators between them."""

    groups: tuple[tuple[int, int], ...]

    @property
    def start(self) -> int:
        return self.groups[0][0]

    @property
    def end(self) -> int:
        return self.groups[-1][1]


class Identifiers:
    """Finds every kind of a table in one scan."""

    name = "identifiers"

    def __init__(self, kinds: Sequence[Kind]) -> None:
        self._free: dict[int, list[Kind]] = {}
        self._by_word: dict[str, list[Kind]] = {}
        for entry in kinds:
            for word in entry.words:
                self._by_word.setdefault(word, []).append(entry)
            if entry.alone or entry.grouped:
                for length in range(entry.lengths[0], entry.lengths[1] + 1):
                    self._free.setdefault(length, []).append(entry)
        self._phrases = Phrases(self._by_word)

    def find(self, text: Text) -> Iterator[Hit]:
        cues = Cues(text, self._phrases)
        for run in runs(text.value):
            if run.end - run.start < SHORTEST or _IP_LIKE.search(text.value, run.start, run.end):
                continue
            if Window(text.value, run.start, run.end).is_public:
                continue
            yield from self._in_run(text.value, run, cues)

    def _in_run(self, value: str, run: Run, cues: Cues) -> Iterator[Hit]:
        context, named, seen_from = NOTHING, {}, -1
        for first, last in _windows(run):
            start, end = run.groups[first][0], run.groups[last][1]
            if first != seen_from:
                context, seen_from = cues.around(start, run.end), first
                named = self._named(context)
            if not named and not _stands_alone(value, start, end):
                continue
            window = Window(value, start, end)
            if window.is_a_value and not self._is_a_word(value, run.groups[first], window):
                yield from self._judged(window, named)

    def _named(self, context: Context) -> dict[Kind, bool]:
        """The kinds whose words are near; True where they are right next to the value."""
        named: dict[Kind, bool] = {}
        for word in context.near:
            for entry in self._by_word[word]:
                named[entry] = named.get(entry, False) or word in context.next_to
        if context.raw:
            for word in self._phrases.scripts:
                if word in context.raw:
                    named.update(dict.fromkeys(self._by_word[word], True))
        return named

    def _is_a_word(self, value: str, group: tuple[int, int], window: Window) -> bool:
        """Starts with one of the words ("ID 48213") or is a hexadecimal number of code."""
        head = value[group[0] : group[1]]
        return head[:2] == "0x" or (
            head.isalpha() and (head.lower() in self._phrases.first or head.lower() in _LABELS)
        )

    def _judged(self, window: Window, named: dict[Kind, bool]) -> Iterator[Hit]:
        size = len(window.bare)
        for entry, next_to in named.items():
            if entry.lengths[0] <= size <= entry.lengths[1]:
                why, score = _announced(entry, window, next_to)
                if why:
                    yield window.hit(entry, score, why)
        if window.whole:
            for entry in self._free.get(size, ()):
                why = _unannounced(entry, window) if entry not in named else ""
                if why:
                    yield window.hit(entry, 0.75, why)


class Window:
    """One stretch of groups that could be an identifier. What is dear to know is worked out once, when asked."""

    def __init__(self, value: str, start: int, end: int) -> None:
        self._value = value
        self.start = start
        self.end = end
        self.spelled = value[start:end]
        self.bare = _SEPARATORS.sub("", self.spelled).upper()

    @cached_property
    def whole(self) -> bool:
        return _stands_alone(self._value, self.start, self.end)

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
        return (self.bare in DOCUMENTS or self.bare in IBANS) and is_public_specimen(
            self._value, self.start, self.end
        )

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

    def hit(self, entry: Kind, score: float, why: str) -> Hit:
        return Hit(entity=entry.entity, start=self.start, end=self.end, score=score, why=why)


def _announced(entry: Kind, window: Window, next_to: bool) -> tuple[str, float]:
    """The verdict on a value whose words are near."""
    if not entry.shape.fullmatch(window.bare) or window.is_public:
        return "", 0
    if not window.is_named_in_its_log(entry.words):
        return _unannounced(entry, window), 0.75
    if entry.check is not None and entry.check(window.bare):
        return "checksum passes, its words near", 0.95
    if window.is_something_elses or window.in_exercise:
        return "", 0
    if entry.check is not None:
        return ("its shape right behind its words", 0.7) if next_to and entry.typos else ("", 0)
    return _by_shape(entry, window, next_to)


def _by_shape(entry: Kind, window: Window, next_to: bool) -> tuple[str, float]:
    if next_to or entry.distinct:
        return "its shape, its words near", 0.85 if next_to else 0.8
    return _unannounced(entry, window), 0.75


def _unannounced(entry: Kind, window: Window) -> str:
    """The verdict on a value that no word announces: its own way of writing, or a checksum in prose."""
    if not entry.shape.fullmatch(window.bare) or (entry.check and not entry.check(window.bare)):
        return ""
    if not window.whole or window.is_noise or (window.in_machine_line and not entry.distinct):
        return ""
    if window.in_numbers or window.is_public:
        return ""
    if entry.grouped and _is_written_so(entry.grouped, window.spelled):
        return "written the way it is written"
    return "checksum passes" if entry.alone and _EVEN.fullmatch(window.spelled) else ""


def _stands_alone(value: str, start: int, end: int) -> bool:
    """No further digits right before or after, with a blank or a mark between."""
    before, after = value[max(0, start - 2) : start], value[end : end + 2]
    near_before = len(before) == 2 and before[0].isdigit() and before[1] in _BLANKS
    return not near_before and not (len(after) == 2 and after[1].isdigit() and after[0] in _BLANKS)


def _is_written_so(grouped: re.Pattern[str], spelled: str) -> bool:
    """Upper case throughout; a blank may stand for a dash where there are two or more of them."""
    dashed = _SEPARATORS.sub("-", spelled)
    if not grouped.fullmatch(dashed):
        return False
    return dashed.count("-") != 1 or _ONE_DASH.fullmatch(spelled) is not None


def runs(value: str) -> Iterator[Run]:
    """The runs of a text that hold a digit, from left to right, in linear time."""
    groups: list[tuple[int, int]] = []
    reached = 0
    for match in _DIGITS.finditer(value):
        if match.start() < reached:
            continue
        start = _widen_left(value, match.start(), reached)
        end = _WORD.match(value, match.end()).end()  # type: ignore[union-attr]
        joined = (
            groups and len(groups) < _MAX_GROUPS and _JOIN.fullmatch(value, groups[-1][1], start)
        )
        if groups and not joined:
            yield _finished(value, groups)
            groups = []
        if joined:
            gap = groups[-1][1]
            groups.extend(m.span() for m in _GROUP.finditer(value, gap, start))
        else:
            lead = _LEAD.search(value, max(reached, start - 6), start)
            if lead:
                letters = _GROUP.search(value, lead.start(), start)
                assert letters is not None  # noqa: S101 — _LEAD holds a letter
                groups.append(letters.span())
        groups.append((start, end))
        reached = end
    if groups:
        yield _finished(value, groups)


def _widen_left(value: str, start: int, floor: int) -> int:
    floor = max(floor, start - 40)
    while start > floor and value[start - 1].isascii() and value[start - 1].isalnum():
        start -= 1
    return start


def _finished(value: str, groups: list[tuple[int, int]]) -> Run:
    tail = _TAIL.match(value, groups[-1][1])
    if tail:
        return Run((*groups, (tail.start() + 1, tail.end())))
    return Run(tuple(groups))


def _windows(run: Run) -> Iterator[tuple[int, int]]:
    """Every stretch of groups that could be one identifier, the longest first."""
    groups = run.groups
    count = len(groups)
    for first in range(count):
        length = 0
        for last in range(first, count):
            length += groups[last][1] - groups[last][0]
            if length > LONGEST:
                break
            if length >= max(SHORTEST, 2 * (last - first)):
                yield first, last
