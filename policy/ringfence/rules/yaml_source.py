"""Strict YAML: text to plain values, keeping for every value the line and column it came from.

YAML 1.2's core scalars only (`yes` and `2026-01-01` stay strings), no duplicate keys, no tags, and aliases only
within bounds, so that a small file cannot unfold into a large one.
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
MAX_DEPTH = 40

Path = tuple[str | int, ...]
Position = tuple[int, int]

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file's values, and where each stands. `position` finds the nearest known ancestor of a path."""

    file: str
    value: Any
    positions: Mapping[Path, Position]

    def problem(self, path: Path, message: str) -> Problem:
        line, column = self._position(path)
        return Problem(file=self.file, line=line, column=column, message=message)

    def _position(self, path: Path) -> Position:
        for length in range(len(path), -1, -1):
            if (position := self.positions.get(path[:length])) is not None:
                return position
        return (1, 1)


def read_yaml(content: bytes, *, file: str) -> Source:
    """Read one document.

    Raises:
        PolicyError: with the position of what is wrong.
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


class _Reader:
    """One reading of one file: counts values, and collects positions and duplicate keys as it goes."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._positions: dict[Path, Position] = {}
        self._problems: list[Problem] = []
        self._count = 0

    def read(self, text: str) -> Source:
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            position = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            raise _error(self._file, position, _syntax(error)) from None
        except (yaml.YAMLError, RecursionError, ValueError):
            raise _error(
                self._file, (1, 1), "not YAML that can be read; check it in an editor"
            ) from None
        value = self._value(node, ()) if node is not None else None
        if self._problems:
            raise PolicyError(self._problems)
        return Source(file=self._file, value=value, positions=self._positions)

    def _value(self, node: yaml.Node, path: Path) -> Any:
        position = (node.start_mark.line + 1, node.start_mark.column + 1)
        self._positions.setdefault(path, position)
        self._count += 1
        if self._count > MAX_VALUES or len(path) > MAX_DEPTH:
            raise _error(
                self._file, position, "too many or too deeply nested values; write it flatter"
            )
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node.value, plain=getattr(node, "style", None) is None)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise _error(self._file, (line, column), "a key must be plain text")
            key = str(key_node.value)
            if key in result:
                message = f"'{key}' is written twice; keep one"
                self._problems.append(
                    Problem(file=self._file, line=line, column=column, message=message)
                )
            self._positions[(*path, key)] = (line, column)
            result[key] = self._value(value_node, (*path, key))
        return result

    def _scalar(self, text: str, *, plain: bool) -> Any:
        if not plain:
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
    """The parser's complaint without the quoted scrap of the file that may stand in it."""
    problem = re.sub(r"'[^']*'|\"[^\"]*\"", "…", error.problem or "not YAML")
    return f"not valid YAML: {problem}"
