"""One LangChain call as one engine request: the model's own settings, under what the call says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.messages import BaseMessage

from langchain_ringfence import arguments
from langchain_ringfence.messages import to_openai
from ringfence import BadRequest, Caller, Request

if TYPE_CHECKING:
    from langchain_ringfence.chat import ChatRingfence

_PARAMS = (
    "temperature",
    "top_p",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "reasoning_effort",
    "verbosity",
    "service_tier",
)
_OF_THE_REQUEST = ("model", "task", "conversation_id", "tools", "tool_choice", "response_schema")
_SAID_ELSEWHERE = frozenset({"stream", "strict"})
"""`stream` chose the method that was called; `strict` is in the tools' schemas already."""


def build(
    model: ChatRingfence,
    messages: Sequence[BaseMessage],
    stop: Sequence[str] | None,
    said: Mapping[str, Any],
    who: Caller | None,
) -> tuple[Request, Caller | None]:
    """The request, and its caller: the one that the call names, or `who`.

    Raises:
        BadRequest: for a keyword that the call cannot mean.
    """
    said = {key: value for key, value in said.items() if value is not None}
    said["stop"] = stop or said.pop("stop_words", None) or said.get("stop") or model.stop
    arguments.one_answer("n", said.pop("n", None))
    caller: Caller | None = said.pop("caller", who)
    limit = said.pop("max_tokens", said.pop("max_completion_tokens", model.max_tokens))
    body: dict[str, Any] = {"messages": to_openai(messages), "max_output_tokens": limit}
    body |= {key: said.pop(key) for key in _OF_THE_REQUEST if key in said}
    if "response_format" in said:
        body["response_schema"] = _schema_of(said.pop("response_format"))
    own = {"model": model.model_name, "task": model.task, "conversation_id": model.conversation_id}
    body = {**own, **body, "params": _params(model, said)}
    unknown = sorted(said.keys() - _SAID_ELSEWHERE)
    if unknown:
        raise BadRequest(f"ChatRingfence does not know what to do with {', '.join(unknown)}=")
    return Request.parse({key: value for key, value in body.items() if value is not None}), caller


def _params(model: ChatRingfence, said: dict[str, Any]) -> dict[str, Any]:
    params = dict(model.model_kwargs)
    for name in _PARAMS:
        value = said.pop(name, getattr(model, name))
        if value is not None:
            params[name] = value
    if "parallel_tool_calls" in said:
        params["parallel_tool_calls"] = said.pop("parallel_tool_calls")
    stop = said.pop("stop")
    if stop:
        params["stop"] = [stop] if isinstance(stop, str) else list(stop)
    return params


def cache_key(
    model: ChatRingfence,
    identity: Mapping[str, Any],
    stop: Sequence[str] | None,
    said: Mapping[str, Any],
) -> str:
    """What an opted-in LangChain cache tells calls apart by, beside the messages."""
    own = {
        name: getattr(model, name) for name in (*_PARAMS, "stop", "task", "tenant", "user", "team")
    }
    caller = {"caller": model.caller, "model_kwargs": model.model_kwargs}
    return str(sorted({**identity, **own, **caller, **said, "call_stop": stop}.items()))


def _schema_of(response_format: Any) -> dict[str, Any]:
    """OpenAI's `response_format` as a JSON Schema."""
    kind = response_format.get("type") if isinstance(response_format, Mapping) else None
    if kind == "json_object":
        return {"type": "object"}
    if kind == "json_schema":
        return dict(response_format.get("json_schema", {}).get("schema", {}))
    raise BadRequest("response_format must be of type json_schema or json_object")
