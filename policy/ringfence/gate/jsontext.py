"""JSON inside a string: its strings and numbers with their key paths and exact offsets, in one linear pass.

Tolerant: truncated or slightly broken JSON gives what was read up to there, for tool results are often cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ringfence.gate.tokens import words
from ringfence.gate.views import View, places

# A string that is cut off takes all the rest, so that no later quote is tried as its start.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[{}\[\],:]|-?[0-9][0-9.eE+-]*', re.DOTALL)
_START = re.compile(r"\s*[\[{]")
MAX_DEPTH = 64
MAX_PIECES = 20_000
_PATH = 400
"""Characters of a path of keys that are kept, from its end: each piece carries its path."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One string or number. `start` and `end` lie inside the quotes; `plain` has no escapes to undo."""

    start: int
    end: int
    key: str
    """The path of keys above, joined by spaces."""
    is_key: bool
    plain: bool


def looks_like_json(text: str) -> bool:
    return _START.match(text) is not None and (":" in text or text.lstrip().startswith("["))


def pieces(text: str) -> Iterator[Piece]:
    """The pieces of a JSON text, in order; at most `MAX_PIECES`."""
    stack: list[str | None] = []  # the key that opened each object or array
    key: str | None = None
    given = 0
    tokens = _TOKEN.finditer(text)
    for match in tokens:
        mark = match.group()
        if mark in "{[":
            if len(stack) >= MAX_DEPTH:
                return
            stack.append(key)
            key = None
        elif mark in "}]":
            key = stack.pop() if stack else None
        elif mark == ",":
            key = stack[-1] if stack and text[match.start()] == "[" else None
        elif mark != ":":
            start, end = match.span()
            quoted = mark[0] == '"'
            closed = len(mark) > 1 and mark[-1] == '"'
            inner = (start + 1, end - closed) if quoted else (start, end)
            follows = quoted and _is_key(text, end)
            path = " ".join(part for part in (*stack, None if follows else key) if part)[-_PATH:]
            yield Piece(inner[0], inner[1], path, follows, "\\" not in mark)
            given += 1
            if given >= MAX_PIECES:
                return
            if follows:
                key = mark[1:-1][-_PATH:]


_COLON = re.compile(r"\s*:")


def _is_key(text: str, end: int) -> bool:
    return _COLON.match(text, end) is not None


MAX_NESTING = 3
_KEYS_SHOWN = 4


def flatten(text: str) -> View | None:
    """A JSON text as lines of `words of the keys: value`, so that each value stands right behind its keys.

    Escapes are undone and JSON inside a string is opened, up to three deep. None when the text is no JSON.
    """
    if not looks_like_json(text):
        return None
    out = _Lines()
    out.add(text, "", range(len(text)), range(1, len(text) + 1), 0)
    return View("".join(out.text), out.starts, out.ends, "json") if out.text else None


class _Lines:
    """The lines so far, with where each character comes from."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.starts = places()
        self.ends = places()
        self._key = self._head = ""

    def add(
        self, text: str, above: str, starts: Sequence[int], ends: Sequence[int], nesting: int
    ) -> None:
        for piece in pieces(text):
            raw = text[piece.start : piece.end]
            if piece.is_key or not raw:
                continue
            key = f"{above} {piece.key}".strip()
            value, first, last = raw, starts[piece.start : piece.end], ends[piece.start : piece.end]
            if not piece.plain:
                value, at = unescape(raw)
                first = [first[i] for i in at[:-1]]
                last = [last[i - 1] for i in at[1:]]
            if nesting + 1 < MAX_NESTING and looks_like_json(value):
                self.add(value, key, first, last, nesting + 1)
            else:
                self._line(key, value, first, last)

    def _line(self, key: str, value: str, first: Sequence[int], last: Sequence[int]) -> None:
        if key != self._key:
            label = " ".join(words(key)[-2 * _KEYS_SHOWN :])
            self._key, self._head = key, f"{label}: " if label else ""
        head = self._head
        self.text.append(f"{head}{value}\n")
        for so_far, own in ((self.starts, first), (self.ends, last)):
            so_far.extend(places([first[0]]) * len(head))
            so_far.extend(own)
            so_far.append(own[-1])


_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def unescape(raw: str) -> tuple[str, list[int]]:
    """The text that the inside of a JSON string stands for, and for each character (and the end) where it began."""
    out: list[str] = []
    at: list[int] = []
    done = 0
    for match in _ESCAPE.finditer(raw):
        out.append(raw[done : match.start()])
        at.extend(range(done, match.start()))
        out.append(chr(int(match[1], 16)) if match[1] else _SIMPLE.get(match[2], match[2]))
        at.append(match.start())
        done = match.end()
    out.append(raw[done:])
    at.extend(range(done, len(raw) + 1))
    return "".join(out), at
