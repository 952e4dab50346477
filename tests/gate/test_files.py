"""Files inside a request: text in a `data:` URL is read wherever it stands, and what is no text is `unread`."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from ringfence.gate import Gate
from ringfence.request import Request

MakeGate = Callable[..., Gate]
SSN = "219-09-9998"
PICTURE = "data:image/png;base64,iVBORw0KGgo="


def b64(text: str, encoding: str = "utf-8") -> str:
    return base64.b64encode(text.encode(encoding)).decode()


def labels(gate: Gate, *parts: dict[str, Any], **body: Any) -> tuple[str, ...]:
    content = [{"type": "text", "text": "look"}, *parts]
    messages = [{"role": "user", "content": content}]
    return gate.read(Request.parse({"messages": messages, **body})).labels


@pytest.mark.parametrize(
    "url",
    [
        f"data:text/plain;base64,{b64('ssn ' + SSN)}",
        f"data:text/csv,name%2Cssn%0Aann%2C{SSN}",
        "data:application/json;base64," + b64('{"ssn": "' + SSN + '"}'),
        f"data:application/atom+xml;base64,{b64(f'<ssn>{SSN}</ssn>')}",
        f"data:text/plain;charset=utf-16;base64,{b64('ssn ' + SSN, 'utf-16')}",
        f"DATA:Text/Plain;BASE64,{b64('ssn ' + SSN)}",
    ],
)
@pytest.mark.parametrize("kind", ["file", "input_file"])
def test_text_in_a_data_url_is_read(make_gate: MakeGate, url: str, kind: str) -> None:
    part = (
        {"type": kind, "file": {"file_data": url}}
        if kind == "file"
        else {"type": kind, "file_data": url}
    )
    assert labels(make_gate(), part) == ("pii",)


def test_a_clean_text_file_is_clean(make_gate: MakeGate) -> None:
    url = f"data:text/plain;base64,{b64('the sky is wide')}"
    assert labels(make_gate(), {"type": "file", "file": {"file_data": url}}) == ()
    source = {"type": "text", "media_type": "text/plain", "data": "the sky is wide"}
    assert labels(make_gate(), {"type": "document", "source": source}) == ()


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": PICTURE}},
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
        {"type": "file", "file": {"file_data": "data:text/plain;base64,####"}},
        {"type": "file", "file": {"file_data": f"data:text/plain;charset=klingon;base64,{b64('a')}"}},
        {"type": "file", "file": {"file_data": "data:text/plain,hello"}, "image_url": {"url": PICTURE}},
        {"type": "file", "file": {"file_data": "data:text/plain,hello", "file_id": "file-1"}},
        {"type": "file", "file_url": "https://x.org/a", "file": {"file_data": "data:text/plain,hi"}},
        {"type": "text", "text": "hi", "image_url": {"url": PICTURE}},
        {"type": "tool_result", "content": [{"type": "image", "source": {"data": "iVBORw0KGgo="}}]},
        {"type": "image_url", "image_url": {"url": "data:image/svg+xml,%3Csvg/%3E"}},
    ],
    ids=[
        "picture", "link", "broken", "charset", "text and picture", "text and id", "text and link",
        "text part with a picture", "picture in a tool result", "svg",
    ],
)  # fmt: skip
def test_a_part_that_is_not_text_through_and_through_is_unread(
    make_gate: MakeGate, part: dict[str, Any]
) -> None:
    assert labels(make_gate(), part) == ("unread",)


def test_a_picture_is_unread_wherever_it_stands(make_gate: MakeGate) -> None:
    assert labels(make_gate(), metadata={"avatar": PICTURE}) == ("unread",)
    said = Request.from_text(PICTURE)
    assert make_gate().read(said).labels == ("unread",)


def test_prose_that_begins_like_a_url_is_prose(make_gate: MakeGate) -> None:
    for text in ("data: 1, 2, 3", "data:, and so on", "data:text,, with commas"):
        assert make_gate().read(Request.from_text(text)).labels == ()
