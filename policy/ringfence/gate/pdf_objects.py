"""A visit to every object of a PDF: its strings, and reasons why its text may not be all that it says.

Names of keys and types are those of ISO 32000-2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

MAX_OBJECTS = 50_000
MAX_STRINGS = 200_000
"""Characters of strings outside the pages."""

# Streams without words, by the key that leads to them: font programs and tables, colours, functions.
_WORDLESS_KEYS = frozenset(
    {
        "/FontFile",
        "/FontFile2",
        "/FontFile3",
        "/ToUnicode",
        "/CIDToGIDMap",
        "/CIDSet",
        "/ColorSpace",
    }
    | {"/Lookup", "/DestOutputProfile", "/Function", "/Functions", "/TR", "/TR2", "/BG", "/UCR"}
)
_WORDLESS_TYPES = frozenset({"/XRef", "/ObjStm", "/CMap"})
_BINARY_KEYS = frozenset({"/ID", "/Panose", "/Lookup", "/CharSet", "/ColorSpace", "/CheckSum"})
_DATE = re.compile(r"D:\d{4}")
_LETTERLESS = re.compile(r"/(?!uni[0-9A-Fa-f]{4}$)\D*\d+$")
"""A glyph's name that is a number, not a letter."""
_NAMED_ENCODINGS = frozenset({"/WinAnsiEncoding", "/MacRomanEncoding", "/StandardEncoding"})

PICTURES = "it holds pictures"


class TooMuch(Exception):
    """The file has more objects than are visited. The message is fit to show."""


class Survey:
    """What the objects of a file say. Run once."""

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check
        self._seen: set[tuple[int, int]] = set()
        self._left = MAX_OBJECTS
        self._characters = 0
        self.strings: list[str] = []
        self.reasons: dict[str, None] = {}
        self.forms: list[Any] = []
        """Drawings with a name: parts of pages, what annotations look like, masks, and what nothing draws."""

    def run(self, reader: Any) -> None:
        """Visit all objects: those that the trailer leads to, then those that nothing leads to.

        Raises:
            TooMuch: when there are too many.
        """
        from pypdf.generic import IndirectObject

        todo: list[tuple[str, Any]] = [("", reader.trailer)]
        self._visit_all(todo)
        for generation, entries in dict(reader.xref).items():
            todo.extend(("", IndirectObject(number, generation, reader)) for number in entries)
        todo.extend(("", IndirectObject(number, 0, reader)) for number in reader.xref_objStm)
        self._visit_all(todo)

    def _visit_all(self, todo: list[tuple[str, Any]]) -> None:
        while todo:
            self._check()
            key, value = todo.pop()
            resolved = self._resolve(value)
            if resolved is not None:
                self._visit(key, resolved, todo)

    def _resolve(self, value: Any) -> Any:
        """The object itself; None for one that was visited before."""
        from pypdf.generic import IndirectObject

        if isinstance(value, IndirectObject):
            place = (value.idnum, value.generation)
            if place in self._seen:
                return None
            self._seen.add(place)
            value = value.get_object()
        self._left -= 1
        if self._left < 0:
            raise TooMuch(f"over {MAX_OBJECTS:,} objects")
        return value

    def _visit(self, key: str, value: Any, todo: list[tuple[str, Any]]) -> None:
        from pypdf.generic import NameObject, StreamObject

        if isinstance(value, StreamObject):
            self._stream(key, value)
        if isinstance(value, Mapping):
            if value.get("/Type") == "/Font":
                self._font(value)
            todo.extend((str(name), value.raw_get(name)) for name in value)  # type: ignore[attr-defined]
        elif isinstance(value, list):
            todo.extend((key, item) for item in value)
        elif isinstance(value, str | bytes) and not isinstance(value, NameObject):
            self._string(key, value)

    def _string(self, key: str, value: str | bytes) -> None:
        if key in _BINARY_KEYS:
            return
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        if _DATE.match(text):
            return
        if isinstance(value, bytes) and not text.isprintable():
            self.because("it holds strings that cannot be told")
            return
        self._characters += len(text)
        if self._characters > MAX_STRINGS:
            self.because("it holds too much text outside its pages")
            return
        self.strings.append(text)

    def _stream(self, key: str, stream: Any) -> None:
        kind, subtype = stream.get("/Type"), stream.get("/Subtype")
        if subtype == "/Image":
            self.because(PICTURES)
        elif subtype == "/Form":
            stream.get_data()  # raises when it does not unpack, where pypdf would pass over it
            self.forms.append(stream)
        elif kind == "/Metadata" or subtype == "/XML":
            self._string("", stream.get_data().decode("utf-8", "replace"))
        elif kind == "/EmbeddedFile" or key in ("/F", "/EF", "/UF"):
            self.because("it holds attached files")
        elif not self._is_wordless(key, kind, stream):
            self.because("it holds parts that are no text")

    @staticmethod
    def _is_wordless(key: str, kind: Any, stream: Any) -> bool:
        return (
            key in _WORDLESS_KEYS
            or kind in _WORDLESS_TYPES
            or key == "/Contents"
            or (key != "" and ("/FunctionType" in stream or "/N" in stream))
            or b"begincmap" in stream.get_data()[:4096]  # TeX leaves some that no font uses
        )

    def _font(self, font: Mapping[str, Any]) -> None:
        """A font is readable when it says which letter each code is."""
        subtype = font.get("/Subtype")
        if "/ToUnicode" in font or (subtype or "").startswith("/CIDFontType"):
            return
        encoding = font.get("/Encoding")
        if subtype in ("/Type3", "/Type0"):
            self.because("it has a font whose letters cannot be told")
        elif isinstance(encoding, Mapping):
            names = [name for name in encoding.get("/Differences") or () if isinstance(name, str)]
            if any(_LETTERLESS.match(name) for name in names):
                self.because("it has a font whose letters cannot be told")
        elif encoding is None and "/FontDescriptor" in font:
            descriptor = font["/FontDescriptor"]
            if any(name in descriptor for name in ("/FontFile", "/FontFile2", "/FontFile3")):
                self.because("it has a font whose letters cannot be told")
        elif encoding is not None and encoding not in _NAMED_ENCODINGS:
            self.because("it has a font whose letters cannot be told")

    def because(self, reason: str) -> None:
        self.reasons[reason] = None
