"""LangChain's messages as OpenAI's, and a completion as LangChain's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    InvalidToolCall,
    SystemMessage,
    ToolCall,
    ToolMessage,
    is_data_content_block,
)
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata
from langchain_core.messages.block_translators.openai import convert_to_openai_data_block
from langchain_core.messages.tool import tool_call_chunk

from ringfence import BadRequest, Completion

_OWN_THOUGHTS = frozenset(
    {"thinking", "redacted_thinking", "reasoning", "reasoning_content"}
    | {"tool_use", "tool_call", "invalid_tool_call", "function_call"}
)
"""Parts of an earlier answer that are not sent back: reasoning, and tool calls, which stand in `tool_calls`."""


def to_openai(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """The messages in OpenAI's shape. A part of unknown type stays as it is; the gate calls it `unread`.

    Raises:
        BadRequest: for a kind of message or part that has no such shape, with a JSON pointer and no content.
    """
    return [_message(message, f"/messages/{index}") for index, message in enumerate(messages)]


def _message(message: BaseMessage, path: str) -> dict[str, Any]:
    said: dict[str, Any] = {
        "role": _role(message, path),
        "content": _content(message.content, f"{path}/content", own=isinstance(message, AIMessage)),
    }
    if message.name is not None:
        said["name"] = message.name
    if isinstance(message, ToolMessage):
        said["tool_call_id"] = message.tool_call_id
    if isinstance(message, AIMessage) and (message.tool_calls or message.invalid_tool_calls):
        said["tool_calls"] = _tool_calls(message)
        said["content"] = said["content"] or None
    return said


def _role(message: BaseMessage, path: str) -> str:
    if isinstance(message, SystemMessage):
        # LangChain keeps OpenAI's newer name for this role beside the message.
        return str(message.additional_kwargs.get("__openai_role__", "system"))
    if isinstance(message, ChatMessage):
        return message.role
    for kind, role in (
        (HumanMessage, "user"),
        (AIMessage, "assistant"),
        (ToolMessage, "tool"),
        (FunctionMessage, "function"),
    ):
        if isinstance(message, kind):
            return role
    raise BadRequest(f"a {type(message).__name__} cannot be sent to a model", path=path)


def _content(content: str | list[str | dict[str, Any]], path: str, *, own: bool) -> Any:
    if isinstance(content, str):
        return content
    return [
        _part(part, f"{path}/{index}")
        for index, part in enumerate(content)
        if not (own and isinstance(part, dict) and part.get("type") in _OWN_THOUGHTS)
    ]


def _part(part: str | dict[str, Any], path: str) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    kind = part.get("type")
    if kind == "text":
        return {"type": "text", "text": part.get("text", "")}
    if kind == "text-plain" and "text" in part:
        return {"type": "text", "text": part["text"]}
    if kind == "image" and isinstance(part.get("source"), dict):
        return _anthropic_image(part["source"], path)
    if not is_data_content_block(part):
        return part
    if kind == "file" and not {"filename", "extras", "metadata"} & part.keys():
        part = {**part, "filename": "file"}
    try:
        return convert_to_openai_data_block(part)
    except (KeyError, ValueError):
        raise BadRequest(
            f"a content block of type '{kind}' with these keys has no form in OpenAI's format",
            path=path,
        ) from None


def _anthropic_image(source: dict[str, Any], path: str) -> dict[str, Any]:
    if source.get("type") == "base64" and {"media_type", "data"} <= source.keys():
        url = f"data:{source['media_type']};base64,{source['data']}"
    elif source.get("type") == "url" and "url" in source:
        url = source["url"]
    else:
        raise BadRequest("an image source must be of type base64 or url", path=path)
    return {"type": "image_url", "image_url": {"url": url}}


def _tool_calls(message: AIMessage) -> list[dict[str, Any]]:
    calls = [(call["id"], call["name"], json.dumps(call["args"])) for call in message.tool_calls]
    calls += [
        (bad["id"], bad["name"] or "", bad["args"] or "") for bad in message.invalid_tool_calls
    ]
    return [
        {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}
        for id_, name, arguments in calls
    ]


def to_message(completion: Completion) -> AIMessage:
    """A completion as one message, with the decision in `response_metadata["ringfence"]`."""
    calls: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for call in completion.tool_calls:
        arguments = _json_object(call.arguments)
        if arguments is None:
            invalid.append(
                InvalidToolCall(
                    type="invalid_tool_call",
                    id=call.id,
                    name=call.name,
                    args=call.arguments,
                    error="the arguments are not a JSON object",
                )
            )
        else:
            calls.append(ToolCall(type="tool_call", id=call.id, name=call.name, args=arguments))
    return AIMessage(
        content=completion.text,
        tool_calls=calls,
        invalid_tool_calls=invalid,
        usage_metadata=_usage(completion),
        response_metadata=_metadata(completion),
    )


def to_last_chunk(completion: Completion) -> AIMessageChunk:
    """The end of a stream: all but the text, which has gone out in pieces before."""
    return AIMessageChunk(
        content="",
        tool_call_chunks=[
            tool_call_chunk(name=call.name, args=call.arguments, id=call.id, index=index)
            for index, call in enumerate(completion.tool_calls)
        ],
        usage_metadata=_usage(completion),
        response_metadata=_metadata(completion),
        chunk_position="last",
    )


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _usage(completion: Completion) -> UsageMetadata:
    usage = completion.usage
    return UsageMetadata(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        total_tokens=usage.input_tokens + usage.output_tokens,
        input_token_details=InputTokenDetails(cache_read=usage.cached_tokens),
        output_token_details=OutputTokenDetails(reasoning=usage.reasoning_tokens),
    )


def _metadata(completion: Completion) -> dict[str, Any]:
    """Who really answered, where, and at what cost (I10), beside the decision. No content."""
    whole = completion.to_dict()
    return {
        "ringfence": whole["decision"],
        "model_name": completion.model,
        "model_provider": "ringfence",
        **{key: whole[key] for key in ("locality", "labels", "usd", "attempts", "finish_reason")},
    }
