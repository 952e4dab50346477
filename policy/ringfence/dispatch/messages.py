"""Messages as they go on a wire: OpenAI's keys and nothing else that the caller's JSON may have carried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ringfence.request import Request

_KEYS = ("role", "content", "name", "tool_calls", "tool_call_id", "refusal")

Message = Mapping[str, Any]


def wire_messages(request: Request) -> tuple[dict[str, Any], ...]:
    """The request's messages with OpenAI's keys alone."""
    return tuple(_message(raw) for raw in request.body["messages"])


def _message(raw: Message) -> dict[str, Any]:
    message = {key: raw[key] for key in _KEYS if raw.get(key) is not None}
    message.setdefault("content", None)
    if "tool_calls" in message:
        message["tool_calls"] = [_tool_call(call) for call in message["tool_calls"]]
        if not message["tool_calls"]:
            del message["tool_calls"]
    return message


def _tool_call(raw: Message) -> dict[str, Any]:
    function = raw.get("function") or {}
    return {
        "id": raw.get("id", ""),
        "type": "function",
        "function": {
            "name": function.get("name", ""),
            "arguments": function.get("arguments", "{}"),
        },
    }


def with_system_roles(messages: Iterable[Message]) -> tuple[dict[str, Any], ...]:
    """`developer` is OpenAI's newer name of `system`; most others know only the older one."""
    return tuple(
        {**message, "role": "system"} if message["role"] == "developer" else dict(message)
        for message in messages
    )


def with_system_text(messages: Iterable[Message], text: str) -> tuple[dict[str, Any], ...]:
    """Messages whose system prompt ends with `text`; a first system message is made when there is none."""
    first, *rest = (dict(message) for message in messages)
    if first["role"] not in ("system", "developer"):
        return ({"role": "system", "content": text}, first, *rest)
    return ({**first, "content": joined(first.get("content"), text)}, *rest)


def joined(content: Any, text: str) -> Any:
    """Content (a string or parts) with a text after it."""
    if isinstance(content, list):
        return [*content, {"type": "text", "text": text}]
    return f"{content}\n\n{text}" if content else text


def text_of(content: Any) -> str:
    """The text of content, its other parts left out."""
    if isinstance(content, list):
        return "\n".join(part["text"] for part in content if isinstance(part.get("text"), str))
    return content or ""


def refers_elsewhere(messages: Iterable[Message]) -> bool:
    """Whether an image or file is only an address (`https://…`, `gs://…`): whoever reads it would have to fetch it."""
    return any(
        _has_address(part)
        for message in messages
        if isinstance(content := message.get("content"), list)
        for part in content
        if part.get("type") != "text"
    )


def _has_address(value: Any) -> bool:
    if isinstance(value, str):
        scheme, found, _ = value[:20].partition("://")
        return bool(found) and scheme.isalnum()
    if isinstance(value, Mapping):
        return any(_has_address(inner) for inner in value.values())
    return isinstance(value, list) and any(_has_address(inner) for inner in value)
