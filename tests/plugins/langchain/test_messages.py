"""LangChain's messages in OpenAI's shape."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)

from langchain_ringfence.messages import to_openai
from ringfence import BadRequest

CALL = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}

CASES: list[tuple[BaseMessage, dict[str, Any]]] = [
    (SystemMessage("Be brief."), {"role": "system", "content": "Be brief."}),
    (
        SystemMessage("Be brief.", additional_kwargs={"__openai_role__": "developer"}),
        {"role": "developer", "content": "Be brief."},
    ),
    (HumanMessage("Hi", name="ada"), {"role": "user", "content": "Hi", "name": "ada"}),
    (AIMessage("Hello"), {"role": "assistant", "content": "Hello"}),
    (
        AIMessage("", tool_calls=[{"id": "call_1", "name": "add", "args": {"a": 1}}]),
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
    ),
    (
        AIMessage(
            "",
            invalid_tool_calls=[{"id": "call_1", "name": "add", "args": '{"a": 1}', "error": None}],
        ),
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
    ),
    (
        AIMessage(
            [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Yes", "index": 0}]
        ),
        {"role": "assistant", "content": [{"type": "text", "text": "Yes"}]},
    ),
    (
        ToolMessage("3", tool_call_id="call_1"),
        {"role": "tool", "content": "3", "tool_call_id": "call_1"},
    ),
    (FunctionMessage("3", name="add"), {"role": "function", "content": "3", "name": "add"}),
    (ChatMessage("Hi", role="user"), {"role": "user", "content": "Hi"}),
]

PARTS: list[tuple[Any, dict[str, Any]]] = [
    ("plain", {"type": "text", "text": "plain"}),
    ({"type": "text", "text": "a"}, {"type": "text", "text": "a"}),
    (
        {"type": "image_url", "image_url": {"url": "https://x.test/a.png"}},
        {"type": "image_url", "image_url": {"url": "https://x.test/a.png"}},
    ),
    (
        {"type": "image", "url": "https://x.test/a.png"},
        {"type": "image_url", "image_url": {"url": "https://x.test/a.png"}},
    ),
    (
        {"type": "image", "base64": "QUJD", "mime_type": "image/png"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}},
    ),
    (
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"},
        },
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}},
    ),
    (
        {"type": "audio", "base64": "QUJD", "mime_type": "audio/wav"},
        {"type": "input_audio", "input_audio": {"data": "QUJD", "format": "wav"}},
    ),
    (
        {"type": "file", "base64": "QUJD", "mime_type": "application/pdf"},
        {
            "type": "file",
            "file": {"file_data": "data:application/pdf;base64,QUJD", "filename": "file"},
        },
    ),
    (
        {"type": "text-plain", "text": "notes", "mime_type": "text/plain"},
        {"type": "text", "text": "notes"},
    ),
    ({"type": "hologram", "data": "…"}, {"type": "hologram", "data": "…"}),
]


@pytest.mark.parametrize(("message", "expected"), CASES)
def test_a_message_has_openais_shape(message: BaseMessage, expected: dict[str, Any]) -> None:
    assert to_openai([message]) == [expected]


@pytest.mark.parametrize(("part", "expected"), PARTS)
def test_a_content_part_has_openais_shape(part: Any, expected: dict[str, Any]) -> None:
    assert to_openai([HumanMessage([part])])[0]["content"] == [expected]


@pytest.mark.parametrize(
    ("message", "path"),
    [
        (RemoveMessage(id="1"), "/messages/1"),
        (HumanMessage([{"type": "image", "base64": "SECRETDATA"}]), "/messages/1/content/0"),
        (HumanMessage([{"type": "image", "source": {"type": "odd"}}]), "/messages/1/content/0"),
        (HumanMessage([{"type": "file", "url": "https://x.test/a"}]), "/messages/1/content/0"),
    ],
)
def test_what_has_no_such_shape_is_refused_without_being_shown(
    message: BaseMessage, path: str
) -> None:
    with pytest.raises(BadRequest) as caught:
        to_openai([HumanMessage("Hi"), message])
    assert caught.value.path == path
    assert "SECRETDATA" not in str(caught.value)
