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
from dataclasses import dataclass
from typing import Any

from ringfence.gate.hints import either
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
    r"data:(?P<type>(?:text/[\w.+-]+|application/(?:[\w.+-]*json|xml|yaml|x-yaml"
    r"|csv))?)(?P<params>(?:;[\w=.+-]+)*?)(?P<b64>;base64)?,"
)
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
    """For the text of a `data:` URL: the length of the URL, all of which a finding covers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A part that the gate cannot read, and why."""

    path: str
    why: str


def walk(request: Request) -> Iterator[Leaf | Unread]:
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


def _parts(content: Any, path: str, role: str) -> Iterator[Leaf | Unread]:
    if not isinstance(content, Sequence):
        yield from _tree(content, path, "", role, known=_PROTOCOL, name="content")
        return
    for index, part in enumerate(content):
        here = f"{path}/{index}"
        yield from _tree(
            part,
            here,
            "",
            role,
            known=_PROTOCOL | {"name", "id", "file", "image_url", "url", "title"},
            name="",
        )
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind in READABLE_PARTS or (
            kind is None and isinstance(part, Mapping) and isinstance(part.get("text"), str)
        ):
            continue
        url = _inner_url(part)
        decoded = decode_data_url(url) if url else None
        if url is None or decoded is None:
            yield Unread(
                path=here,
                why=f"a part of type {kind}" if kind in _KNOWN_BINARY else "a part of unknown type",
            )
        else:
            yield Leaf(path=_url_path(part, here), value=decoded, role=role, decoded_from=len(url))


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


def _inner_url(part: Any) -> str | None:
    for key in ("image_url", "file", "url", "source", "document"):
        inner = part.get(key) if isinstance(part, Mapping) else None
        for candidate in (
            inner,
            *(inner.get(k) for k in ("url", "file_data", "data") if isinstance(inner, Mapping)),
        ):
            if isinstance(candidate, str) and candidate.startswith("data:"):
                return candidate
    return None


def _url_path(part: Mapping[str, Any], here: str) -> str:
    for key in ("image_url", "file", "url", "source", "document"):
        inner = part.get(key)
        if isinstance(inner, str) and inner.startswith("data:"):
            return f"{here}/{key}"
        if isinstance(inner, Mapping):
            for name in ("url", "file_data", "data"):
                if isinstance(inner.get(name), str) and inner[name].startswith("data:"):
                    return f"{here}/{key}/{name}"
    return here


def decode_data_url(url: str) -> str | None:
    """The text of a `data:` URL of a text type; None when it is not one, or does not decode."""
    match = _DATA_URL.match(url)
    if not match:
        return None
    payload = url[match.end() :]
    try:
        raw = (
            base64.b64decode(payload, validate=False)
            if match["b64"]
            else urllib.parse.unquote_to_bytes(payload)
        )
        return raw.decode("utf-8")
    except (binascii.Error, ValueError):
        return None


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
        return _Place(path=path, key=key, role=self.role, known=known, depth=self.depth + 1)


def _tree(
    value: Any, path: str, key: str, role: str, *, known: frozenset[str], name: str
) -> Iterator[Leaf | Unread]:
    yield from _branch(value, name, _Place(path=path, key=key, role=role, known=known))


def _branch(value: Any, name: str, place: _Place) -> Iterator[Leaf | Unread]:
    key = place.key if name in place.known else f"{place.key} {' '.join(words(name))}".strip()
    if isinstance(value, str):
        if value:
            yield Leaf(path=place.path, value=_without_payload(value), key=key, role=place.role)
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


def _children(value: Any, key: str, place: _Place) -> Iterator[Leaf | Unread]:
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


_BINARY_URL = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;[\w=.+-]+)*;base64,")


def _without_payload(value: str) -> str:
    """A `data:` URL without its base64: text in it is read decoded, and anything else is `unread`."""
    match = _BINARY_URL.match(value)
    return value[: match.end()] if match else value


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else repr(value)


def _escape(key: str) -> str:
    """RFC 6901."""
    return key.replace("~", "~0").replace("/", "~1")
