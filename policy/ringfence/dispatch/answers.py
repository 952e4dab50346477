"""Putting an answer together: from one JSON body, or from the pieces of a stream."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ringfence.dispatch.calls import Call, WireFailure
from ringfence.types import Answer, ToolCall, Usage

FINISHES = frozenset({"stop", "length", "tool_calls", "content_filter"})
CHARACTERS_A_TOKEN = 4
"""For a provider that reports no usage: OpenAI's rule of thumb for English text."""


class EstimatedUsage(Usage):
    """Usage that no provider counted."""

    __slots__ = ()


def call_id() -> str:
    """An id for a tool call whose model gives none."""
    return f"call_{uuid.uuid4().hex[:24]}"


@dataclass(slots=True)
class Collected:
    """What a stream has said so far."""

    text: list[str] = field(default_factory=list)
    calls: dict[int, dict[str, str]] = field(default_factory=dict)
    finish: str | None = None
    usage: Usage | None = None

    def add_call_delta(self, delta: Mapping[str, Any]) -> None:
        """One piece of a tool call in OpenAI's stream: `index` says of which, arguments come in parts."""
        call = self.calls.setdefault(
            int(delta.get("index") or 0), {"id": "", "name": "", "arguments": ""}
        )
        function = delta.get("function") or {}
        call["id"] = delta.get("id") or call["id"]
        call["name"] = function.get("name") or call["name"]
        call["arguments"] += function.get("arguments") or ""

    def answer(self, call: Call) -> Answer:
        tool_calls = tuple(
            ToolCall(
                id=part["id"] or call_id(), name=part["name"], arguments=part["arguments"] or "{}"
            )
            for _, part in sorted(self.calls.items())
        )
        return finished(
            call,
            text="".join(self.text),
            tool_calls=tool_calls,
            finish=self.finish,
            usage=self.usage,
        )


def finished(
    call: Call,
    *,
    text: str,
    tool_calls: tuple[ToolCall, ...],
    finish: str | None,
    usage: Usage | None,
) -> Answer:
    """The answer, or the failure that an empty or filtered one is.

    Raises:
        WireFailure: `content_filter` when the provider withheld all of it; `protocol` when there is nothing at all.
    """
    if finish not in FINISHES:
        finish = "stop"
    if not text and not tool_calls:
        if finish == "content_filter":
            raise WireFailure("content_filter", "the provider's filter withheld the answer")
        if finish != "length" and usage is None:
            raise WireFailure("protocol", "the answer is empty")
    return Answer(
        text=text,
        tool_calls=tool_calls,
        finish_reason="tool_calls" if tool_calls and finish == "stop" else finish,
        usage=usage if usage is not None else estimated(call, text, tool_calls),
    )


def estimated(call: Call, text: str, tool_calls: tuple[ToolCall, ...]) -> Usage:
    """Usage of a provider that reports none; the attempt says so."""
    said = len(text) + sum(len(tool.name) + len(tool.arguments) for tool in tool_calls)
    return spoken(call.input_tokens, said)


def spoken(input_tokens: int, characters: int) -> Usage:
    """Usage estimated from how much was said."""
    return EstimatedUsage(
        input_tokens=input_tokens, output_tokens=-(-characters // CHARACTERS_A_TOKEN)
    )


def added(first: Usage, second: Usage) -> Usage:
    """What two tries of one model used together."""
    return Usage(
        input_tokens=first.input_tokens + second.input_tokens,
        output_tokens=first.output_tokens + second.output_tokens,
        cached_tokens=first.cached_tokens + second.cached_tokens,
        reasoning_tokens=first.reasoning_tokens + second.reasoning_tokens,
    )


def openai_usage(raw: Any) -> Usage | None:
    """OpenAI's `usage`, with what is cached and what was reasoning; None when it is absent."""
    if not isinstance(raw, Mapping) or raw.get("prompt_tokens") is None:
        return None
    prompt = raw.get("prompt_tokens_details") or {}
    completion = raw.get("completion_tokens_details") or {}
    return Usage(
        input_tokens=_count(raw.get("prompt_tokens")),
        output_tokens=_count(raw.get("completion_tokens")),
        cached_tokens=_count(prompt.get("cached_tokens")),
        reasoning_tokens=_count(completion.get("reasoning_tokens")),
    )


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value >= 0 else 0
