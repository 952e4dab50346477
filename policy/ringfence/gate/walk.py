"""Every string and number of a request, with its JSON pointer, its role and the keys that lead to it.

Nothing is skipped for being unlikely: names, tool schemas, JSON keys and metadata are read like prose. What cannot be
read (an image, audio, a file, a part of unknown type) is told apart, so that it gets the label `unread`.
"""

from __future__ import annotations

import base64
import binascii
import re
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ringfence.gate.documents import Document
from ringfence.gate.hints import either
from ringfence.gate.pdf import PdfText
from ringfence.gate.tokens import words
from ringfence.request import Request

READABLE_PARTS = frozenset(
    {
        "text",
        "input_text",
        "output_text",
        "refusal",
        "thinking",
        "reasoning",
        "tool_result",
        "tool_use",
    }
)
_DATA_URL = re.compile(
    r"data:(?P<type>[\w.+-]+/[\w.+-]+)?(?P<params>(?:;[\w=.+\"-]+)*?)(?P<b64>;base64)?,",
    re.IGNORECASE,
)
_TEXT_TYPE = re.compile(
    r"text/[\w.+-]+|application/(?:[\w.+-]*json|[\w.+-]*xml|yaml|x-yaml|toml|csv|x-ndjson)",
    re.IGNORECASE,
)
_PDF = re.compile(r"application/(?:x-)?pdf", re.IGNORECASE)
_BARE_PDF = re.compile(r"JVBERi0[A-Za-z0-9+/\s]{64,}(?:={1,2}\s*)?")
"""`%PDF-` in base64, where a field takes a file without saying so."""
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
MAX_DEPTH = 100

# Words of the protocol itself say nothing about what stands under them.
_PROTOCOL = either(
    "messages content text tool_calls function arguments parameters properties description type "
    "input output parts "
    "metadata tools response_schema schema json_schema items params definitions $defs anyOf oneOf allOf",
    None,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A string (or number, as text) of the request. `in_key` leaves are JSON keys themselves."""

    path: str
    value: str
    key: str = ""
    role: str = "user"
    in_key: bool = False
    decoded_from: int | None = None
    """For the text of a file: the length of what it stands in, all of which a finding covers."""
    pages: PdfText | None = field(default=None, repr=False)
    """For the text of a PDF: which page a place is on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A part that the gate cannot read, and why."""

    path: str
    why: str


def leaf_of(document: Document, opened: PdfText) -> Leaf:
    """The text of an opened document, as a leaf."""
    return Leaf(
        path=document.path,
        value=opened.text,
        role=document.role,
        decoded_from=document.length,
        pages=opened,
    )


Met = Leaf | Unread | Document
"""What the walk meets."""


def walk(request: Request) -> Iterator[Met]:
    """All leaves, messages first, then the rest in the body's order."""
    body = request.body
    for index, message in enumerate(body["messages"]):
        role = message.get("role", "user")
        path = f"/messages/{index}"
        for key, value in message.items():
            if key == "content" and not isinstance(value, str):
                yield from _parts(value, f"{path}/content", role)
            elif key not in ("role",):
                yield from _tree(
                    value,
                    f"{path}/{_escape(str(key))}",
                    "",
                    role,
                    known=_PROTOCOL | {"name", "id", "index"},
                    name=str(key),
                )
    for key, value in body.items():
        if key != "messages":
            role = (
                "schema"
                if key in ("tools", "tool_choice", "response_schema", "params")
                else "metadata"
            )
            yield from _tree(value, f"/{key}", "", role, known=_PROTOCOL, name=key)


def _parts(content: Any, path: str, role: str) -> Iterator[Met]:
    if not isinstance(content, Sequence):
        yield from _tree(content, path, "", role, known=_PROTOCOL, name="content")
        return
    for index, part in enumerate(content):
        here = f"{path}/{index}"
        met = list(
            _tree(
                part,
                here,
                "",
                role,
                known=_PROTOCOL | {"name", "id", "file", "image_url", "url", "title"},
                name="",
            )
        )
        for item in met:
            if isinstance(item, Document):
                yield replace(item, part=here)
            elif isinstance(item, Leaf):
                yield item
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind in READABLE_PARTS or (
            kind is None and isinstance(part, Mapping) and isinstance(part.get("text"), str)
        ):
            yield from (item for item in met if isinstance(item, Unread))
            yield from _parts_inside(part, here)
        elif not _is_read(part, met):
            known = kind in _KNOWN_BINARY
            yield Unread(
                path=here, why=f"a part of type {kind}" if known else "a part of unknown type"
            )


_KNOWN_BINARY = frozenset(
    {
        "image_url",
        "input_image",
        "image",
        "input_audio",
        "audio",
        "file",
        "input_file",
        "video_url",
        "document",
    }
)


def _parts_inside(part: Any, here: str) -> Iterator[Unread]:
    """Parts of a tool's result that cannot be read; their strings were met with those of the result."""
    inner = part.get("content") if isinstance(part, Mapping) else None
    if isinstance(inner, Sequence) and not isinstance(inner, str):
        for met in _parts(inner, f"{here}/content", "tool"):
            if isinstance(met, Unread):
                yield met


def _is_read(part: Any, met: Sequence[Met]) -> bool:
    """Whether a file is here in whole, and each of its payloads is opened."""
    texts = [item for item in met if isinstance(item, Leaf) and item.decoded_from is None]
    if any(_ELSEWHERE.match(text.value) or text.path.endswith("/file_id") for text in texts):
        return False
    source = part.get("source") if isinstance(part, Mapping) else None
    plain = isinstance(source, Mapping) and source.get("type") == "text"
    opened = [item for item in met if not isinstance(item, Leaf) or item.decoded_from is not None]
    return plain or (bool(opened) and not any(isinstance(item, Unread) for item in opened))


def _string(value: str, key: str, place: _Place) -> Iterator[Met]:
    """A string as it stands; or a file in it, opened where it is text and told of where it is not."""
    url = _DATA_URL.match(value)
    if url is None or not (url["type"] or url["b64"]):
        if _BARE_PDF.fullmatch(value):
            yield Document(path=place.path, payload=value, length=len(value), role=place.role)
        else:
            yield Leaf(path=place.path, value=value, key=key, role=place.role)
        return
    # The base64 itself is not read as text: it is read decoded, or `unread`.
    shown = value[: url.end()] if url["b64"] else value
    yield Leaf(path=place.path, value=shown, key=key, role=place.role)
    kind, payload = url["type"] or "text/plain", value[url.end() :]
    if _PDF.fullmatch(kind) and url["b64"]:
        yield Document(path=place.path, payload=payload, length=len(value), role=place.role)
        return
    text = _decoded(payload, url) if _TEXT_TYPE.fullmatch(kind) else None
    if text is not None:
        yield Leaf(path=place.path, value=text, role=place.role, decoded_from=len(value))
    elif url["b64"]:
        yield Unread(path=place.path, why="data that is no text")


def _decoded(payload: str, url: re.Match[str]) -> str | None:
    """The text of a `data:` URL of a text type; None when it does not decode."""
    charset = re.search(r"charset=([\w-]+)", url["params"], re.IGNORECASE)
    try:
        raw = (
            base64.b64decode("".join(payload.split()), validate=True)
            if url["b64"]
            else urllib.parse.unquote_to_bytes(payload)
        )
        return raw.decode(charset[1] if charset else "utf-8")
    except (binascii.Error, ValueError, LookupError):
        return None


_LONGEST_PATH, _LONGEST_KEY = 1000, 400
"""Characters kept of a pointer (from its start) and of the words of its keys (from their end), in every leaf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the walk is: the pointer, the words of the keys above, and which names are the protocol's here."""

    path: str
    key: str
    role: str
    known: frozenset[str]
    depth: int = 0

    def below(self, name: str, key: str, known: frozenset[str]) -> _Place:
        path = f"{self.path}/{_escape(name)}"
        if len(path) > _LONGEST_PATH:
            path = path[:_LONGEST_PATH] + "…"
        return _Place(path=path, key=key, role=self.role, known=known, depth=self.depth + 1)


def _tree(
    value: Any, path: str, key: str, role: str, *, known: frozenset[str], name: str
) -> Iterator[Met]:
    yield from _branch(value, name, _Place(path=path, key=key, role=role, known=known))


def _branch(value: Any, name: str, place: _Place) -> Iterator[Met]:
    key = place.key
    if name not in place.known:
        key = f"{key} {' '.join(words(name))}".strip()[-_LONGEST_KEY:]
    if isinstance(value, str):
        if value:
            yield from _string(value, key, place)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        if abs(value) >= _SMALL or isinstance(value, float):
            yield Leaf(path=place.path, value=_number(value), key=key, role=place.role)
    elif place.depth >= MAX_DEPTH:
        yield Unread(path=place.path, why="nested too deeply")
    else:
        yield from _children(value, key, place)


_SMALL = 1000
"""A whole number below it is nobody's."""


def _children(value: Any, key: str, place: _Place) -> Iterator[Met]:
    if isinstance(value, Mapping):
        for raw, inner in value.items():
            name = str(raw)
            below = place.below(name, key, place.known if name in _PROTOCOL else _PROTOCOL)
            if name not in place.known:
                yield Leaf(path=below.path, value=name, key=key, role=place.role, in_key=True)
            yield from _branch(inner, name, below)
    elif isinstance(value, Sequence):
        for index, inner in enumerate(value):
            yield from _branch(inner, "", place.below(str(index), key, place.known | {""}))


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else repr(value)


def _escape(key: str) -> str:
    """RFC 6901."""
    return key.replace("~", "~0").replace("/", "~1")
