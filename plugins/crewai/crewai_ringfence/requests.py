"""One call of an agent as one engine request, and a completion as what crewai expects back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from ringfence import Completion, Request

if TYPE_CHECKING:
    from crewai_ringfence.llm import RingfenceLLM

_MESSAGE_KEYS = ("role", "content", "name", "tool_calls", "tool_call_id")
"""What a model is sent of a message; crewai keeps more in it for its own use."""
_PARAMS = (
    "temperature",
    "top_p",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "reasoning_effort",
)


def build(
    llm: RingfenceLLM,
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[Mapping[str, Any]] | None,
    schema: type[BaseModel] | None,
) -> Request:
    """The request that an agent's call is.

    Raises:
        BadRequest: when its messages or tools are not of OpenAI's shape.
    """
    params = {name: getattr(llm, name) for name in _PARAMS}
    params["stop"] = list(llm.stop_sequences) or None
    body = {
        "messages": [_message(message) for message in messages],
        "tools": list(tools) if tools else None,
        "response_schema": schema.model_json_schema() if schema else None,
        "model": llm.preference,
        "task": llm.task,
        "conversation_id": llm.conversation_id,
        "max_output_tokens": int(llm.max_tokens) if llm.max_tokens else None,
        "params": {name: value for name, value in params.items() if value is not None},
    }
    return Request.parse({key: value for key, value in body.items() if value is not None})


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    return {key: message[key] for key in _MESSAGE_KEYS if message.get(key) is not None}


def usage_of(completion: Completion) -> dict[str, int]:
    """Tokens by the names that crewai counts."""
    usage = completion.usage
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "cached_prompt_tokens": usage.cached_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
    }


def structured(completion: Completion, schema: type[BaseModel] | None) -> str | BaseModel:
    """An instance of `schema`; the text where none was asked for, or where the answer does not fit it."""
    if schema is None or completion.parsed is None:
        return completion.text
    try:
        return schema.model_validate(completion.parsed)
    except ValidationError:
        # crewai's own providers do the same: its converter then tries to mend the text.
        return completion.text
