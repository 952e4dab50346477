"""From a file, stdin or `--text` to a request's JSON. Errors say where, never what stood there (I4)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from ringfence.errors import BadRequest

MAX_BYTES = 64 * 1024 * 1024
"""Twice what a request may hold (`ringfence.request`): JSON may escape its characters."""


def read_request(source: str | None, text: str | None) -> Mapping[str, Any]:
    """The request that a verb was given: a JSON file, stdin (`-`), or text as one user message.

    Raises:
        BadRequest: for none or two of them, and for what cannot be read.
    """
    if (source is None) == (text is None):
        raise BadRequest("give one request: a FILE, - for stdin, or --text TEXT")
    if source is not None:
        return parse_object(read_bytes(source), place=_place(source))
    if text == "-":
        text = decode(read_bytes("-"), place=_place("-"))
    return from_text(text or "")


def from_text(text: str) -> dict[str, Any]:
    """A text as a request of one user message."""
    return {"messages": [{"role": "user", "content": text}]}


def read_bytes(source: str) -> bytes:
    """The bytes of a file or of stdin, as long as they can be a request."""
    if source == "-":
        raw = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        with open_file(Path(source)) as file:
            raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise BadRequest(f"{_place(source)}: over {MAX_BYTES:,} bytes; split it")
    return raw


def open_file(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise BadRequest(f"{path}: cannot be read ({error.strerror or 'unknown reason'})") from None


def decode(raw: bytes, *, place: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest(
            f"{place}: not UTF-8 at byte {error.start}; save it as UTF-8, or convert it with iconv"
        ) from None


def parse_object(raw: bytes, *, place: str) -> Mapping[str, Any]:
    """A JSON object out of bytes."""
    text = decode(raw, place=place)
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise BadRequest(
            f"{place}: not JSON at line {error.lineno}, column {error.colno} ({error.msg}); "
            "for plain text use --text"
        ) from None
    except (ValueError, RecursionError):
        raise BadRequest(f"{place}: not JSON that can be read (numbers or nesting)") from None
    if not isinstance(value, dict):
        raise BadRequest(f"{place}: must be a JSON object with 'messages'")
    return value


def _no_constant(_: str) -> NoReturn:
    raise ValueError


def _place(source: str) -> str:
    return "stdin" if source == "-" else source


def lines_of(file: BinaryIO) -> Iterator[tuple[int, bytes, int]]:
    """The lines of a JSONL file that are not blank: (number, content, bytes read). Too long ones come cut off."""
    number = 0
    while raw := file.readline(MAX_BYTES + 1):
        number += 1
        size = len(raw)
        while raw[-1:] != b"\n" and (rest := file.readline(MAX_BYTES)):
            size += len(rest)
            if rest[-1:] == b"\n":
                break
        if raw.strip():
            yield number, raw, size
