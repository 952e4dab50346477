"""Strict YAML: text to plain values, keeping for every value the line and column it came from.

YAML 1.2's core scalars only (`yes` and `2026-01-01` stay strings). What makes a file read otherwise than it looks, or
unfold into more than it shows, is refused: duplicate keys, merge keys, tags, directives, a second document, tabs,
invisible characters, endless lines, deep nesting, aliases out of bounds. All of it is reported in one run, and no
text of the file is echoed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from ringfence.errors import PolicyError, Problem

MAX_BYTES = 1024 * 1024
MAX_VALUES = 100_000
MAX_EVENTS = 150_000
"""Of YAML's parser: its pace is what bounds the time for a hostile file."""
MAX_DEPTH = 40
MAX_LINE = 10_000
MAX_FAULTS = 100
"""Faults that are reported of one file; a reader has enough to do with these."""

Path = tuple[str | int, ...]
Position = tuple[int, int]

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_BOM = "\ufeff"
_ORDER = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNWANTED = re.compile(
    rf"(?P<long>^(?=[^\n]{{{MAX_LINE + 1}}}))|(?P<tab>\t)|(?P<order>[{_ORDER}])|(?P<bom>{_BOM})"
    r"|(?P<break>\r(?!\n)|[\x85\u2028\u2029])"
    r"|(?P<control>[^\r\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff])",
    re.MULTILINE,
)
_UNWANTED_SAID: Mapping[str, str] = {
    "long": f"a line of over {MAX_LINE:,} characters; break it",
    "tab": r"a tab; write spaces (a text that needs one writes \t between double quotes)",
    "order": "an invisible character that changes the order in which text is shown; remove it",
    "bom": "a byte order mark; save the file as UTF-8 without one",
    "break": "a line break that editors do not show as one; write a plain one",
    "control": "a control character; remove it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file's values, and where each stands. `place` finds the nearest known ancestor of a path."""

    file: str
    value: Any
    positions: Mapping[Path, Position]

    def problem(self, path: Path, message: str) -> Problem:
        line, column = self.place(path)
        return Problem(file=self.file, line=line, column=column, message=message)

    def place(self, path: Path) -> Position:
        for length in range(len(path), -1, -1):
            if (position := self.positions.get(path[:length])) is not None:
                return position
        return (1, 1)


def read_yaml(content: bytes, *, file: str) -> Source:
    """Read one document.

    Raises:
        PolicyError: with the positions of all that is wrong.
    """
    if len(content) > MAX_BYTES:
        raise _error(file, (0, 0), f"the file is over {MAX_BYTES:,} bytes; split or shorten it")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _error(file, (line, 1), "not UTF-8; save the file as UTF-8") from None
    return _Reader(file).read(text)


def _error(file: str, position: Position, message: str) -> PolicyError:
    line, column = position
    return PolicyError([Problem(file=file, line=line, column=column, message=message)])


class _TooMuch(Exception):
    """The rest is not read."""


class _Reader:
    """One reading of one file: its events first, within bounds, then their values with positions."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._faults: dict[tuple[Position, str], None] = {}
        self._events: list[yaml.Event] = []
        self._anchors: dict[str, int] = {}
        """Anchor → where the events of its value start; only once they have ended."""
        self._positions: dict[Path, Position] = {}
        self._count = 0

    def read(self, text: str) -> Source:
        value: Any = None
        try:
            self._look_at(text)
            self._collect(text)
            value = self._document()
        except _TooMuch:
            pass
        if self._faults:
            raise PolicyError(
                [
                    Problem(file=self._file, line=line, column=column, message=message)
                    for (line, column), message in sorted(self._faults)
                ]
            )
        return Source(file=self._file, value=value, positions=self._positions)

    def _fault(self, position: Position, message: str) -> None:
        self._faults.setdefault((position, message))
        if len(self._faults) >= MAX_FAULTS:
            raise _TooMuch

    # --- The text, before YAML reads it -------------------------------------------------------------------------

    def _look_at(self, text: str) -> None:
        line, start = 1, 0
        for found in _UNWANTED.finditer(text):
            line += text.count("\n", start, found.start())
            start = found.start()
            begins = text.rfind("\n", 0, start) + 1
            column = MAX_LINE if found.lastgroup == "long" else start - begins
            self._fault((line, column + 1), _UNWANTED_SAID[str(found.lastgroup)])

    # --- Its events ---------------------------------------------------------------------------------------------

    def _collect(self, text: str) -> None:
        depth = 0
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                depth += isinstance(event, yaml.CollectionStartEvent)
                depth -= isinstance(event, yaml.CollectionEndEvent)
                if depth > MAX_DEPTH or len(self._events) >= MAX_EVENTS:
                    self._too_large(event)
                self._events.append(event)
                self._check(event)
        except yaml.MarkedYAMLError as error:
            if self._faults:
                return  # what it stumbled over is told already, in plainer words
            mark = error.problem_mark or error.context_mark
            position = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            self._fault(position, _syntax(error))
        except (yaml.YAMLError, RecursionError, ValueError):
            if not self._faults:
                self._fault((1, 1), "not YAML that can be read; check it in an editor")

    def _check(self, event: yaml.Event) -> None:
        """What no policy needs, and what makes it read otherwise than it looks."""
        if isinstance(event, yaml.DocumentStartEvent):
            if event.version or event.tags:
                self._fault(_position(event), "a YAML directive; remove it")
            if any(isinstance(earlier, yaml.DocumentEndEvent) for earlier in self._events[-2:]):
                self._fault(_position(event), "a second document; a policy is one, so remove it")
        if getattr(event, "tag", None) is not None:
            self._fault(_position(event), "a YAML tag; write the plain value")

    def _too_large(self, event: yaml.Event) -> None:
        self._fault(_position(event), "too many or too deeply nested values; write it flatter")
        raise _TooMuch

    # --- The values of the first document -----------------------------------------------------------------------

    def _document(self) -> Any:
        """Its value; None of an empty file, and of one that YAML could not read to the end."""
        kinds = [type(event) for event in self._events]
        if yaml.DocumentStartEvent not in kinds or yaml.DocumentEndEvent not in kinds:
            return None
        return self._value(kinds.index(yaml.DocumentStartEvent) + 1, ())[0]

    def _value(self, at: int, path: Path) -> tuple[Any, int]:
        """The value whose events start at an index, and the index after them."""
        event: Any = self._events[at]
        self._positions.setdefault(path, _position(event))
        self._count += 1
        if self._count > MAX_VALUES or len(path) > MAX_DEPTH:
            self._too_large(event)
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event, path), at + 1
        value: Any
        if isinstance(event, yaml.MappingStartEvent):
            value, end = self._mapping(at + 1, path)
        elif isinstance(event, yaml.SequenceStartEvent):
            value, end = self._sequence(at + 1, path)
        else:
            value, end = _scalar(event), at + 1
        if event.anchor is not None and self._anchors.setdefault(event.anchor, at) != at:
            self._fault(_position(event), "an anchor whose name is taken; choose another")
        return value, end

    def _aliased(self, event: yaml.AliasEvent, path: Path) -> Any:
        if event.anchor not in self._anchors:
            self._fault(_position(event), "an alias of nothing that ends before it; write it out")
            return None
        return self._value(self._anchors[event.anchor], path)[0]

    def _sequence(self, at: int, path: Path) -> tuple[list[Any], int]:
        result: list[Any] = []
        while not isinstance(self._events[at], yaml.SequenceEndEvent):
            value, at = self._value(at, (*path, len(result)))
            result.append(value)
        return result, at + 1

    def _mapping(self, at: int, path: Path) -> tuple[dict[str, Any], int]:
        result: dict[str, Any] = {}
        while not isinstance(self._events[at], yaml.MappingEndEvent):
            position, key = _position(self._events[at]), self._key(self._events[at])
            if key is None:
                _, at = self._value(at, (*path, ""))  # a fault already; read on for others
                _, at = self._value(at, (*path, ""))
                continue
            if key in result:
                first = self._positions[(*path, key)][0]
                self._fault(position, f"this key stands in line {first} already; keep one")
            self._positions[(*path, key)] = position
            result[key], at = self._value(at + 1, (*path, key))
        return result, at + 1

    def _key(self, event: yaml.Event) -> str | None:
        if not isinstance(event, yaml.ScalarEvent):
            self._fault(_position(event), "a key must be plain text")
            return None
        if event.value == "<<" and not event.style:
            self._fault(_position(event), "a merge key; write the keys out")
            return None
        return str(event.value)


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's parser where PyYAML was built with it: twenty times as fast."""


def _position(event: yaml.Event) -> Position:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _scalar(event: yaml.ScalarEvent) -> Any:
    text = str(event.value)
    if event.style:
        return text
    if text in _SPECIAL:
        return _SPECIAL[text]
    if _INT.fullmatch(text) and len(text) < 40:
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        return int(text[2:] if base != 10 else text, base)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text


def _syntax(error: yaml.MarkedYAMLError) -> str:
    """The parser's complaint up to the scrap of the file that it may quote."""
    said = re.split(r"""['"%]|, but """, error.problem or "not YAML")[0].strip()
    return f"not valid YAML: {said}"
