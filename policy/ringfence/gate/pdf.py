"""The text of a PDF, and every reason why it may hold more than its text.

Nothing is taken for read that was not: each object of the file is visited. Strings are read; a stream is either the
content of a page, known to hold no words (fonts, colour tables), or a reason. The same goes for letters without a
meaning, drawings that may be letters, encryption, earlier versions inside the file, and whatever pypdf complains of.
"""

from __future__ import annotations

import io
import logging
import pkgutil
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

from typing_extensions import override

from ringfence.gate.deadline import OutOfTime
from ringfence.gate.pdf_objects import Survey, TooMuch

MAX_BYTES = 16 * 1024 * 1024
MAX_PAGES = 500
MAX_CONTENT = 2 * 1024 * 1024
"""Bytes of a page's drawing commands, unpacked; pypdf reads about a megabyte of them in a second."""
MAX_UNPACKED = 32 * 1024 * 1024
"""Bytes of any one stream, unpacked."""
MAX_CURVES = 64
"""Curves on a page: rounded corners have a few, and a word drawn as outlines has more."""
_LIMITS: Mapping[str, Any] = {
    "maximum_declared_stream_length": MAX_BYTES,
    "array_based_stream_maximum_output_length": MAX_CONTENT,
    "lzw_maximum_output_length": MAX_UNPACKED,
    "run_length_maximum_output_length": MAX_UNPACKED,
    "zlib_maximum_output_length": MAX_UNPACKED,
    "brotli_maximum_output_length": MAX_UNPACKED,
    "stream_decoding_work_maximum_length": 2 * MAX_UNPACKED,
    "stream_parsing_work_maximum_count": 500_000,
    "page_tree_maximum_entries": MAX_PAGES * 4,
    "page_tree_maximum_page_entries": MAX_PAGES * 100,
    "xform_maximum_invocations_per_extraction": 500,
    "disable_legacy_handling": True,
}
_CURVES = frozenset({b"c", b"v", b"y", b"sh"})


class NoReader(Exception):
    """pypdf is not installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfText:
    """What could be read, and why that may not be all of it."""

    text: str
    pages: tuple[int, ...] = ()
    """Where the text of each page begins; the last one is where what stands outside the pages does."""
    unread: tuple[str, ...] = ()

    def page_of(self, place: int) -> int | None:
        """The page, from 1, of a place in the text; None for what stands outside the pages."""
        page = bisect_right(self.pages, place)
        return page if 0 < page < len(self.pages) else None


def read_pdf(raw: bytes, check: Callable[[], None]) -> PdfText:
    """Read a PDF as far as it can be read. `check` is called often, and raises OutOfTime to stop it.

    Raises:
        NoReader: when pypdf is not installed.
    """
    if len(raw) > MAX_BYTES:
        return PdfText(text="", unread=(f"over {MAX_BYTES:,} bytes",))
    try:
        import pypdf
    except ImportError:
        raise NoReader from None
    _silence()
    reading = _Reading(check)
    with pypdf.apply_configuration(**_LIMITS), _complaints() as complaints:
        try:
            reading.run(pypdf.PdfReader(io.BytesIO(raw), strict=False), raw)
        except OutOfTime:  # what was read so far is no less sensitive for that
            reading.because("it takes too long to read (gate.limits.ms)")
        except Exception as error:  # its message may quote the file (I4)
            reading.because(f"cannot be read through ({type(error).__name__})")
    if complaints:
        reading.because("not quite in order, so parts may be missed")
    return reading.result()


class _Reading:
    """One PDF on its way from bytes to text."""

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check
        self._reasons: dict[str, None] = {}
        self._pieces: list[str] = []
        self._starts: list[int] = []
        self._length = 0
        self._curves, self._painted = 0, False

    def because(self, reason: str) -> None:
        self._reasons[reason] = None

    def result(self) -> PdfText:
        text = "".join(self._pieces)
        if any(_meaningless(char) for char in text):
            self.because("it has letters that cannot be told")
        return PdfText(text=text, pages=tuple(self._starts), unread=tuple(self._reasons))

    def run(self, reader: Any, raw: bytes) -> None:
        if reader.is_encrypted:
            self.because("encrypted")
            return
        if _has_more_than_one_version(raw):
            self.because("it holds earlier versions, or something behind its end")
        survey = Survey(self._check)
        try:
            survey.run(reader)
        except TooMuch as error:
            self.because(str(error))
        for reason in survey.reasons:
            self.because(reason)
        if not reader.pages:
            self.because("it has no pages")
            return
        if len(reader.pages) > MAX_PAGES:
            self.because(f"over {MAX_PAGES} pages")
        for number in range(min(MAX_PAGES, len(reader.pages))):
            self._check()
            self._starts.append(self._length)
            self._page(reader.pages[number], number + 1)
        self._starts.append(self._length)
        self._outside(reader, survey)

    def _outside(self, reader: Any, survey: Survey) -> None:
        """Strings, and the text of drawings that no page has shown."""
        shown = "".join(self._pieces)
        self._add("\n".join(survey.strings) + "\n")
        for form in survey.forms:
            text = reader.pages[0].extract_xform_text(form, visitor_operand_before=self._see)
            self._check()
            if text.strip() and text.strip() not in shown:
                self._add(text + "\n")

    def _page(self, page: Any, number: int) -> None:
        contents = page.get_contents()
        size = len(contents.get_data()) if contents is not None else 0
        if size > MAX_CONTENT:
            self.because(f"page {number} is too large to read")
            return
        self._curves, self._painted = 0, False
        text = page.extract_text(visitor_operand_before=self._see)
        self._check()  # pypdf swallows what is raised inside a form
        if size and not text.strip() and self._painted:
            self.because(f"page {number} shows something and has no text")
        self._add(text.strip("\n") + "\n")

    def _see(self, operator: bytes, _operands: Any, _matrix: Any, _text_matrix: Any) -> None:
        """Looks at each drawing command before pypdf does."""
        self._check()
        if operator == b"INLINE IMAGE":
            self.because("it holds pictures")
        if operator in _CURVES:
            self._curves += 1
            if self._curves > MAX_CURVES:
                self.because("it holds drawings, which may be words")
        if operator in _PAINTING:
            self._painted = True

    def _add(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)


_PAINTING = frozenset(
    {b"INLINE IMAGE", b"Do", b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"sh"}
    | {b"Tj", b"TJ", b"'", b'"'}
)


def _meaningless(char: str) -> bool:
    """Control codes, private-use and replacement characters: what a font without a table gives."""
    return (
        (char < " " and char not in "\t\n\r\f") or char == "\ufffd" or "\ue000" <= char <= "\uf8ff"
    )


def _has_more_than_one_version(raw: bytes) -> bool:
    """Changes appended to a file keep what they replace. A linearised file has two ends by design (ISO 32000, F)."""
    ends = 2 if b"/Linearized" in raw[:2048] else 1
    return raw.count(b"startxref") > ends or bool(raw[raw.rfind(b"%%EOF") + 5 :].strip())


# -- pypdf's log: it may quote the file, so nothing of it is passed on while we read (I4); that it spoke is a reason.

_heard: ContextVar[list[str] | None] = ContextVar("ringfence_pdf_complaints", default=None)


class _Ear(logging.Filter):
    @override
    def filter(self, record: logging.LogRecord) -> bool:
        heard = _heard.get()
        if heard is not None:
            heard.append(record.name)
            return False
        return record.levelno >= logging.getLogger("pypdf").getEffectiveLevel()


@contextmanager
def _complaints() -> Iterator[list[str]]:
    heard: list[str] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


@cache
def _silence() -> None:
    """Listen at each of pypdf's loggers, whatever level its users set for all of them."""
    import pypdf

    for module in pkgutil.walk_packages(pypdf.__path__, "pypdf."):
        logger = logging.getLogger(module.name)
        logger.setLevel(logging.WARNING)
        logger.addFilter(_Ear())
