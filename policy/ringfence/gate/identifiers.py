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

from ringfence.gate.context import NOTHING, Context, Cues, Phrases
from ringfence.gate.hints import either
from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.window import SEPARATORS, Window, stands_alone

_DIGITS = re.compile(r"[0-9]+")
_WORD = re.compile(r"[A-Za-z0-9]{0,40}")
_LEAD = re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,4}[ ._/-]?$")
_TAIL = re.compile(r"[ ./-][A-Z]{1,3}(?![A-Za-z0-9])")
_JOIN = re.compile(r" ?[-–./_ (] ?|[ .-][A-Z]{1,4}[ .-]")
_GROUP = re.compile(r"[A-Za-z0-9]+")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})"
_IP_LIKE = re.compile(rf"(?<![0-9]){_OCTET}([.-]){_OCTET}\1{_OCTET}\1{_OCTET}(?![0-9])")
_ONE_DASH = re.compile(r"[A-Z0-9]+[-+/A][A-Z0-9]+")
_EVEN = re.compile(r"[A-Z0-9]+|[A-Z0-9]{2,}(?:([ ./-])[A-Z0-9]{2,})(?:\1[A-Z0-9]{2,})*")
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
    capitals: bool = False
    """Its letters are written as capitals: a shape that a word in small letters would fit too."""

    def fits(self, window: Window) -> bool:
        """Its shape, and its letters as they are written."""
        fits = self.shape.fullmatch(window.bare) is not None
        return fits and not (self.capitals and not window.spelled.isupper())


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
    capitals: bool = False,
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
        capitals=capitals,
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
            if not named and not stands_alone(value, start, end):
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
                    yield window.hit(entry.entity, score, why)
        if window.whole:
            for entry in self._free.get(size, ()):
                why = _unannounced(entry, window) if entry not in named else ""
                if why:
                    yield window.hit(entry.entity, 0.75, why)


def _announced(entry: Kind, window: Window, next_to: bool) -> tuple[str, float]:
    """The verdict on a value whose words are near."""
    if not entry.fits(window) or window.is_public:
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
    if not entry.fits(window) or (entry.check and not entry.check(window.bare)):
        return ""
    if not window.whole or window.is_noise or (window.in_machine_line and not entry.distinct):
        return ""
    if window.in_numbers or window.is_public:
        return ""
    if entry.grouped and _is_written_so(entry.grouped, window.spelled):
        return "written the way it is written"
    return "checksum passes" if entry.alone and _EVEN.fullmatch(window.spelled) else ""


def _is_written_so(grouped: re.Pattern[str], spelled: str) -> bool:
    """Upper case throughout; a blank may stand for a dash where there are two or more of them."""
    if " - " in spelled:
        return False  # a sum
    dashed = SEPARATORS.sub("-", spelled)
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
