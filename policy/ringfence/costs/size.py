"""How large a request is and what it needs of a model, read from its structure alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ringfence.costs.tokens import count_tokens
from ringfence.request import Request
from ringfence.types import Size

# OpenAI's cookbook counts 3 tokens around each message and 3 to open the answer; a tool definition
# is rendered with about 8 around its own text.
_PER_MESSAGE, _TO_ANSWER, _PER_TOOL = 3, 3, 8

IMAGE_TOKENS = 1600
"""Of an image whose size is not known: the most that Anthropic counts for one, and more than OpenAI's 765 (1024²)."""
LOW_DETAIL_TOKENS = 85
"""Of an image sent with `detail: low` (OpenAI)."""
AUDIO_BYTES_PER_TOKEN = 500
"""Gemini counts 32 tokens a second of audio, and a second of MP3 at 128 kbit/s is 16,000 bytes."""
FILE_BYTES_PER_TOKEN = 25
"""A page of PDF is about 50 kB and 2,000 tokens (Anthropic: 1,500–3,000 tokens a page)."""
FILE_TOKENS = 2000
"""The least that a file counts: one page."""

_IMAGES = frozenset({"image_url", "image", "input_image"})
_AUDIO = frozenset({"input_audio", "audio"})
_FILES = frozenset({"file", "input_file", "document"})


def measure(request: Request) -> Size:
    """Input tokens of a request (messages, tools, schema) and what it needs of a model.

    Each text is counted once, in linear time. Needs: `tools` when it offers or reports tool calls,
    `json_schema` for a response schema, and `vision`, `audio`, `files` for parts of those kinds.
    """
    needs: set[str] = set()
    tokens = _TO_ANSWER
    for message in request.body["messages"]:
        tokens += _PER_MESSAGE + _message(message, needs)
    for tool in request.tools:
        tokens += _PER_TOOL + _json(tool.get("function", tool))
    if request.tools:
        needs.add("tools")
    if request.response_schema is not None:
        needs.add("json_schema")
        tokens += _PER_TOOL + _json(request.response_schema)
    return Size(
        input_tokens=tokens,
        max_output_tokens=request.max_output_tokens,
        needs=frozenset(needs),
    )


def _message(message: Mapping[str, Any], needs: set[str]) -> int:
    tokens = _text(message.get("name"))
    content = message.get("content")
    if isinstance(content, str):
        tokens += count_tokens(content)
    else:
        tokens += sum(_part(part, needs) for part in content or ())
    calls = message.get("tool_calls") or ()
    if calls or message["role"] == "tool":
        needs.add("tools")
    return tokens + sum(_PER_TOOL + _call(call) for call in calls)


def _call(call: Mapping[str, Any]) -> int:
    function = call.get("function")
    if not isinstance(function, Mapping):
        return _json(call)
    arguments = function.get("arguments")
    told = _text(arguments) if isinstance(arguments, str) else _json(arguments)
    return _text(function.get("name")) + told


def _part(part: Mapping[str, Any], needs: set[str]) -> int:
    kind = part.get("type")
    if kind in _IMAGES:
        needs.add("vision")
        return _image(part)
    if kind in _AUDIO:
        needs.add("audio")
        return max(1, _payload(part.values()) // AUDIO_BYTES_PER_TOKEN)
    if kind in _FILES:
        needs.add("files")
        return max(FILE_TOKENS, _payload(part.values()) // FILE_BYTES_PER_TOKEN)
    text = part.get("text")
    return count_tokens(text) if isinstance(text, str) else _json(part)


def _image(part: Mapping[str, Any]) -> int:
    url = part.get("image_url")
    detail = url.get("detail") if isinstance(url, Mapping) else part.get("detail")
    return LOW_DETAIL_TOKENS if detail == "low" else IMAGE_TOKENS


def _payload(values: Iterable[Any]) -> int:
    """Bytes of what a part carries: three for every four characters of base64, wherever it stands."""
    size = 0
    for value in values:
        if isinstance(value, str):
            size += len(value) * 3 // 4
        elif isinstance(value, Mapping):
            size += _payload(value.values())
    return size


def _text(value: object) -> int:
    return count_tokens(value) if isinstance(value, str) else 0


def _json(value: object) -> int:
    return count_tokens(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
