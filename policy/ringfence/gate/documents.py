"""Files inside a request whose text can be read: what the walk meets as a `Document`, opened into leaves.

Whatever stands in the way is an `Unread` with the reason; a file that was read only in part gives both.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass

from ringfence.gate.pdf import MAX_BYTES, NoReader, PdfText, read_pdf


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A PDF in base64, not opened yet. `length` is that of the whole string, all of which a finding covers."""

    path: str
    payload: str
    length: int
    role: str = "user"
    part: str | None = None
    """The part of a message that it is."""


def open_document(document: Document, check: Callable[[], None]) -> PdfText:
    """The text of a document. `check` is called often, and raises OutOfTime to stop it."""
    if len(document.payload) > MAX_BYTES * 4 // 3 + 4:
        return _unread(f"over {MAX_BYTES:,} bytes")
    try:
        raw = base64.b64decode("".join(document.payload.split()), validate=True)
    except (binascii.Error, ValueError):
        return _unread("its base64 does not decode")
    if not raw.startswith(b"%PDF-"):
        return _unread("not what it says it is")
    try:
        return read_pdf(raw, check)
    except NoReader:
        return _unread("reading its text needs the 'pdf' extra: pip install 'ringfence[pdf]'")


def _unread(reason: str) -> PdfText:
    return PdfText(text="", unread=(reason,))
