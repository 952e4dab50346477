"""Reading `{"answer": "…` while it is still being written, so that a constrained answer streams as any other."""

from __future__ import annotations

import json
import re

_OPENING = re.compile(r'\s*\{\s*"answer"\s*:\s*"')
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|[^u])")
_HIGH, _LOW = re.compile(r"\\u[dD][89abAB]"), re.compile(r"\\u[dD][c-fC-F]")


class AnswerText:
    """Takes JSON text in pieces, gives the decoded text of its `answer` in pieces. Anything else gives nothing."""

    def __init__(self, *, streams: bool = True) -> None:
        self._waiting = ""
        self._streams = streams
        self.started = False
        """Whether the object is an `answer` in words."""
        self._ended = False

    def feed(self, piece: str) -> str:
        """Take the next piece; the text that it completes."""
        if self._ended or not self._streams:
            return ""
        self._waiting += piece
        if not self.started:
            opening = _OPENING.match(self._waiting)
            if opening is None:
                return ""
            self.started = True
            self._waiting = self._waiting[opening.end() :]
        return self._decode()

    def _decode(self) -> str:
        text: list[str] = []
        at = 0
        while at < len(self._waiting):
            if self._waiting[at] == '"':
                self._ended = True
                break
            if self._waiting[at] != "\\":
                end = min(
                    (
                        i
                        for i in (self._waiting.find('"', at), self._waiting.find("\\", at))
                        if i >= 0
                    ),
                    default=len(self._waiting),
                )
                text.append(self._waiting[at:end])
                at = end
                continue
            length = self._escape_length(at)
            if length == 0:
                break
            text.append(str(json.loads(f'"{self._waiting[at : at + length]}"')))
            at += length
        self._waiting = "" if self._ended else self._waiting[at:]
        return "".join(text)

    def _escape_length(self, at: int) -> int:
        """How long the escape at a place is; a pair of surrogates is one. 0: not all of it is here yet."""
        escape = _ESCAPE.match(self._waiting, at)
        if escape is None:
            return 0
        if not _HIGH.match(self._waiting, at):
            return 2 if escape.group()[1] != "u" else 6
        rest = self._waiting[at + 6 : at + 12]
        if len(rest) < 6 and "\\u".startswith(rest[:2]):
            return 0
        return 12 if _LOW.match(rest) else 6
