"""From a file, a folder or a text to what the gate finds in it. Folders are walked, never held."""

from __future__ import annotations

import base64
import json
import os
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringfence.cli import reading
from ringfence.errors import BadRequest

if TYPE_CHECKING:
    from ringfence.router import Router
    from ringfence.types import Finding

TEXT_PATH = "/messages/0/content"
_NOT_WALKED = frozenset({".git", ".hg", ".svn"})
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Something to scan, as a request."""

    place: str
    request: Mapping[str, Any] = field(repr=False)
    is_text: bool = False
    is_file: bool = False
    """A file that the gate opens: findings cover all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What was found in one request, text or file. `request` is kept only where its text will be shown."""

    place: str
    labels: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    lines: tuple[tuple[int, int] | None, ...] = ()
    """For each finding its line and column, counted from 1; None where the thing is no plain text."""
    notes: tuple[str, ...] = ()
    size: int = 0
    is_file: bool = False
    request: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        return {
            "file": self.place,
            "labels": list(self.labels),
            "findings": [
                finding.to_dict() | ({"line": at[0], "column": at[1]} if at else {})
                for finding, at in zip(self.findings, self.lines, strict=True)
            ],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class File:
    """A file of a folder. `trouble` says why it cannot be looked at."""

    path: str
    size: int = 0
    trouble: str = ""


def scan_given(router: Router, given: Given) -> Scanned:
    """What the gate finds in one thing.

    Raises:
        BadRequest: when it is no request that can be read.
    """
    decision = router.decide(given.request)
    return Scanned(
        place=given.place,
        labels=decision.labels,
        findings=decision.findings,
        lines=tuple(_lines(given, decision.findings)),
        notes=decision.notes,
        is_file=given.is_file,
        request=given.request,
    )


def scan_file(router: Router, file: File) -> Scanned:
    """A file of a folder, its text kept out of what is returned. What cannot be read is `unread` (I2)."""
    return replace(scan_file_whole(router, file), request={})


def scan_file_whole(router: Router, file: File) -> Scanned:
    """`scan_file`, with the text, for a terminal that will show it."""
    from ringfence.types import UNREAD

    trouble = file.trouble
    if not trouble:
        try:
            found = scan_given(router, recognise(reading.read_bytes(file.path), file.path))
            return replace(found, size=file.size)
        except BadRequest as error:
            trouble = str(error)
    return Scanned(place=file.path, labels=(UNREAD,), notes=(trouble,), size=file.size)


def scan_line(router: Router, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """What `--jsonl` answers to a request."""
    decision = router.decide(request)
    return {
        "id": decision.request_id,
        "labels": list(decision.labels),
        "findings": [finding.to_dict() for finding in decision.findings],
        "notes": list(decision.notes),
    }


def recognise(raw: bytes, place: str) -> Given:
    """JSON with messages is a request, a PDF a file in one, and anything else that decodes a text."""
    if raw.startswith(b"%PDF-"):
        return Given(place=place, request=_as_file(raw), is_file=True)
    text = _text(raw, place)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict) and "messages" in value:
        return Given(place=place, request=value)
    return Given(place=place, request=reading.from_text(text), is_text=True)


def _as_file(raw: bytes) -> dict[str, Any]:
    url = f"data:application/pdf;base64,{base64.b64encode(raw).decode('ascii')}"
    part = {"type": "file", "file": {"file_data": url}}
    return {"messages": [{"role": "user", "content": [part]}]}


def _text(raw: bytes, place: str) -> str:
    """UTF-8, or UTF-16 with its mark."""
    if not raw.startswith(_UTF_16_MARKS):
        return reading.decode(raw, place=place)
    try:
        return raw.decode("utf-16")
    except UnicodeDecodeError:
        raise BadRequest(f"{place}: not the UTF-16 that its first bytes promise") from None


def files_below(folder: Path) -> Iterator[File]:
    """Every file below a folder, in order. Version control's own folders are left out, links to folders not followed.

    A folder that cannot be opened comes as a file with its trouble: what was not looked at is never clean.
    """
    troubles: list[File] = []

    def trouble(error: OSError) -> None:
        reason = f"{error.filename}: cannot be read ({error.strerror or 'unknown reason'})"
        troubles.append(File(str(error.filename), trouble=reason))

    for root, folders, names in os.walk(folder, onerror=trouble):
        yield from troubles
        troubles.clear()
        folders[:] = sorted(set(folders) - _NOT_WALKED)
        for name in sorted(names):
            path = Path(root, name)
            if path.is_file():
                yield File(str(path), path.stat().st_size)
            elif path.is_symlink():
                yield File(str(path), trouble=f"{path}: a link that leads nowhere")
    yield from troubles


def _lines(given: Given, findings: tuple[Finding, ...]) -> Iterator[tuple[int, int] | None]:
    """Line and column of each finding in a plain text."""
    if not given.is_text:
        yield from (None for _ in findings)
        return
    starts = line_starts(string_at(given.request, TEXT_PATH))
    for finding in findings:
        if finding.path != TEXT_PATH:
            yield None
            continue
        line = bisect_right(starts, finding.start)
        yield line, finding.start - starts[line - 1] + 1


def line_starts(text: str) -> list[int]:
    """Where each line of a text begins."""
    starts, at = [0], text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


def string_at(body: Mapping[str, Any], path: str) -> str:
    """The string that a JSON pointer leads to; of a pointer to a key, the key. Empty when there is none."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]
    value: Any = body
    for part in parts:
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return ""
    return value if isinstance(value, str) else (parts[-1] if parts else "")
