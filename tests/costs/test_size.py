"""How large a request is, and what it needs, from its structure alone."""

from __future__ import annotations

from typing import Any

import pytest

from ringfence.costs import count_tokens, measure
from ringfence.costs.size import FILE_TOKENS, IMAGE_TOKENS, LOW_DETAIL_TOKENS
from ringfence.request import Request

TOOL = {
    "type": "function",
    "function": {
        "name": "find_order",
        "description": "Looks an order up by its number",
        "parameters": {"type": "object", "properties": {"number": {"type": "string"}}},
    },
}


def request(*parts: dict[str, Any], **fields: Any) -> Request:
    return Request.parse({"messages": [{"role": "user", "content": list(parts)}], **fields})


def tokens(*parts: dict[str, Any]) -> int:
    """Tokens of the parts alone: a request without any has 6 around its message."""
    return measure(request(*parts)).input_tokens - 6


def test_a_text_counts_its_tokens_and_the_frame_of_its_message() -> None:
    size = measure(Request.from_text("Sort these tickets by urgency.", max_output_tokens=50))
    assert size.input_tokens == count_tokens("Sort these tickets by urgency.") + 6
    assert (size.max_output_tokens, size.needs) == (50, frozenset())


def test_a_part_counts_as_its_text_does() -> None:
    text = "Sort these tickets by urgency."
    assert tokens({"type": "text", "text": text}) == count_tokens(text)


def test_tools_and_a_schema_count_and_are_needs() -> None:
    bare = measure(Request.from_text("Where is my order?"))
    full = measure(
        Request.from_text("Where is my order?", tools=[TOOL], response_schema={"type": "object"})
    )
    assert full.needs == {"tools", "json_schema"}
    assert full.input_tokens > bare.input_tokens + 30


def test_the_calls_and_results_of_a_conversation_count_and_need_tools() -> None:
    call = {
        "id": "1",
        "type": "function",
        "function": {"name": "find_order", "arguments": '{"number": "4711"}'},
    }
    messages = [
        {"role": "user", "content": "Where is 4711?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "shipped on Monday"},
    ]
    size = measure(Request.parse({"messages": messages}))
    assert size.needs == {"tools"}
    texts = ["Where is 4711?", "find_order", '{"number": "4711"}', "shipped on Monday"]
    assert size.input_tokens == sum(map(count_tokens, texts)) + 3 * 3 + 3 + 8


@pytest.mark.parametrize(
    ("part", "need", "count"),
    [
        ({"type": "image_url", "image_url": {"url": "https://x/y.png"}}, "vision", IMAGE_TOKENS),
        (
            {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 900_000}},
            "vision",
            IMAGE_TOKENS,
        ),
        (
            {"type": "image_url", "image_url": {"url": "https://x/y.png", "detail": "low"}},
            "vision",
            LOW_DETAIL_TOKENS,
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "A" * 400_000, "format": "mp3"}},
            "audio",
            600,
        ),
        ({"type": "file", "file": {"file_id": "f1"}}, "files", FILE_TOKENS),
        ({"type": "file", "file": {"file_data": "A" * 4_000_000}}, "files", 120_000),
    ],
)
def test_an_attachment_counts_by_its_rule_and_is_a_need(
    part: dict[str, Any], need: str, count: int
) -> None:
    size = measure(request(part))
    assert size.needs == {need}
    assert size.input_tokens - 6 == pytest.approx(count, rel=0.001)


def test_a_part_of_an_unknown_kind_counts_as_its_json() -> None:
    assert tokens({"type": "hologram", "beams": "blue " * 200}) > 150
