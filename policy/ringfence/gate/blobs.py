"""Encoded stretches of a text: base64, base64url and hexadecimal that decode to text, bounded."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from ringfence.gate.hints import has_digit, longest_word

T = TypeVar("T")

_BASE64 = re.compile(
    # In an address or a form the value of a field stands behind "=", and escapes or the next field behind it.
    r"(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/_-]{11,15}={1,2}"
    r"|[A-Za-z0-9+/_-]{16,}(?:\r?\n[A-Za-z0-9+/_-]{4,})*={0,2})(?![A-Za-z0-9+/_=])"
)
_HEX = re.compile(
    r"(?<![A-Za-z0-9])(?:0x)?(?:[0-9a-fA-F]{2}[ :]?){9,}[0-9a-fA-F]{2}(?![A-Za-z0-9])"
)
_HEX_HINT = re.compile(r"(?:[0-9a-fA-F]{2}[ :]){8}")
SHORTEST = 16
MAX_BLOBS = 64
MAX_CHARACTERS = 200_000
MAX_DEPTH = 2


def blobs(value: str, make: Callable[[str, int, int], T], *, depth: int = 0) -> Iterator[T]:
    """`make(text, start, end)` for each stretch that decodes; at most `MAX_BLOBS` of them."""
    if longest_word(value) < SHORTEST and not (has_digit(value) and _HEX_HINT.search(value)):
        return
    given = 0
    for pattern, decode in ((_BASE64, _from_base64), (_HEX, _from_hex)):
        for match in pattern.finditer(value):
            if given >= MAX_BLOBS:
                return
            text = decode(match.group()) if len(match.group()) <= MAX_CHARACTERS else None
            if text is None:
                continue
            given += 1
            yield make(text, match.start(), match.end())
            if depth + 1 < MAX_DEPTH:
                for inner in _inside(text, depth + 1):
                    yield make(inner, match.start(), match.end())


def _inside(text: str, depth: int) -> Iterator[str]:
    yield from blobs(text, lambda inner, _start, _end: inner, depth=depth)


def _from_base64(token: str) -> str | None:
    bare = re.sub(r"\s", "", token).rstrip("=")
    if len(bare) % 4 == 1 or not _mixed(bare):
        return None
    padded = bare.replace("-", "+").replace("_", "/") + "=" * (-len(bare) % 4)
    try:
        return _text(base64.b64decode(padded, validate=True))
    except binascii.Error:
        return None


def _mixed(bare: str) -> bool:
    """A long word or a path is no base64: it has one case only, or no letters."""
    return any(c.islower() for c in bare) and any(c.isupper() for c in bare)


def _from_hex(token: str) -> str | None:
    bare = re.sub(r"[ :]|^0x", "", token)
    return _text(bytes.fromhex(bare)) if len(bare) % 2 == 0 else None


def _text(raw: bytes) -> str | None:
    """UTF-8 (or UTF-16 with a mark) that reads like text: hardly a control character in it."""
    try:
        text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
    except UnicodeDecodeError:
        return None
    printable = sum(c.isprintable() or c in "\r\n\t" for c in text)
    return text if text and printable >= 0.97 * len(text) else None
