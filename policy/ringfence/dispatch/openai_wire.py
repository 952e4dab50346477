"""OpenAI's chat completions, spoken to every endpoint whose provider row says `wire: openai`.

Source of the format: https://platform.openai.com/docs/api-reference/chat. Quirks are those of `providers.yaml`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import httpx
from typing_extensions import override

from ringfence.dispatch.answers import Collected, finished, openai_usage
from ringfence.dispatch.calls import Call, Piece, Wire, WireFailure
from ringfence.dispatch.clients import Clients
from ringfence.dispatch.failures import from_response, from_stream, from_transport
from ringfence.dispatch.messages import with_system_roles, with_system_text
from ringfence.dispatch.params import honoured
from ringfence.dispatch.reading import events, json_object, start_of_body, whole_body
from ringfence.dispatch.schemas import is_strict
from ringfence.types import Answer, ToolCall


class OpenAIWire(Wire):
    """Sends a call to `{endpoint}/chat/completions`."""

    def __init__(self, clients: Clients, *, wire: str = "openai") -> None:
        self._clients = clients
        self._wire = wire

    @override
    async def send(self, call: Call) -> AsyncGenerator[Piece, None]:
        body = json.dumps(self._body(call), ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"content-type": "application/json"}
        if call.key is not None:
            headers["authorization"] = f"Bearer {call.key}"
        client = await self._clients.of(call)
        url = f"{call.where.url}/chat/completions"
        try:
            async with client.stream("POST", url, content=body, headers=headers) as response:
                if response.status_code != 200:
                    raise from_response(
                        response.status_code, response.headers, await start_of_body(response)
                    )
                if call.streaming:
                    async with aclosing(_stream(call, response)) as pieces:
                        async for piece in pieces:
                            yield piece
                    return
                body = await whole_body(response)
        except httpx.TransportError as error:
            raise from_transport(error) from None
        yield whole_answer(call, json_object(body))

    def _body(self, call: Call) -> dict[str, Any]:
        quirks = _quirks(call)
        messages = call.messages
        body: dict[str, Any] = {"model": call.model.served, **honoured(call.params, self._wire)}
        if call.schema is not None:
            messages = _ask_for_schema(call.schema, quirks.get("json_schema"), messages, body)
        if not quirks.get("developer_role"):
            messages = with_system_roles(messages)
        body["messages"] = messages
        if call.tools:
            body["tools"] = call.tools
            if call.tool_choice is not None:
                body["tool_choice"] = call.tool_choice
        if call.limit is not None:
            body[str(quirks.get("max_tokens_field", "max_tokens"))] = call.limit
        if call.streaming:
            body["stream"] = True
            if quirks.get("stream_usage") is not False:
                body["stream_options"] = {"include_usage": True}
        return body


def _quirks(call: Call) -> Mapping[str, str | bool]:
    """`openai/` with an address of one's own is any server of the format: OpenAI's own newer names are not for it."""
    provider = call.model.provider
    generic = provider.name == "openai" and call.model.base_url != provider.base_url
    return {} if generic else provider.quirks


def _ask_for_schema(
    schema: Mapping[str, Any],
    how: str | bool | None,
    messages: tuple[Mapping[str, Any], ...],
    body: dict[str, Any],
) -> tuple[Mapping[str, Any], ...]:
    """Ask for structured output as the provider knows it; where it knows no schemas, the prompt carries it."""
    if how in (None, "response_format"):
        named: dict[str, Any] = {"name": "response", "schema": schema}
        if is_strict(schema):
            named["strict"] = True
        body["response_format"] = {"type": "json_schema", "json_schema": named}
        return messages
    if how == "json_object":
        body["response_format"] = {"type": "json_object"}
    wanted = json.dumps(schema, ensure_ascii=False)
    return with_system_text(messages, f"Answer with one JSON value of this JSON Schema:\n{wanted}")


def whole_answer(call: Call, data: Mapping[str, Any]) -> Answer:
    """The answer in a chat completion that did not stream."""
    choice = _first_choice(data)
    message = choice.get("message")
    if not isinstance(message, Mapping):
        raise WireFailure("protocol", "the answer holds no message")
    content = message.get("content")
    return finished(
        call,
        text=content if isinstance(content, str) else (message.get("refusal") or ""),
        tool_calls=tuple(_tool_call(raw) for raw in message.get("tool_calls") or ()),
        finish=choice.get("finish_reason"),
        usage=openai_usage(data.get("usage")),
    )


def _tool_call(raw: Any) -> ToolCall:
    try:
        function = raw["function"]
        arguments = function.get("arguments") or "{}"
        if not isinstance(arguments, str):
            arguments = json.dumps(arguments)
        return ToolCall(id=str(raw["id"]), name=str(function["name"]), arguments=arguments)
    except (KeyError, TypeError, AttributeError):
        raise WireFailure("protocol", "a tool call lacks its id or name") from None


def _first_choice(data: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = data.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
        return choices[0]
    raise WireFailure("protocol", "the answer holds no choice")


async def _stream(call: Call, response: httpx.Response) -> AsyncGenerator[Piece, None]:
    collected = Collected()
    async with aclosing(events(response)) as found:
        async for event in found:
            if event.get("error") is not None:
                raise from_stream(event)
            text = collect(collected, event)
            if text:
                yield text
    if collected.finish is None:
        raise WireFailure("protocol", "the stream ended before the answer did")
    yield collected.answer(call)


def collect(collected: Collected, event: Mapping[str, Any]) -> str:
    """Take in one event; the text that it adds."""
    collected.usage = openai_usage(event.get("usage")) or collected.usage
    if not event.get("choices"):
        return ""
    choice = _first_choice(event)
    collected.finish = choice.get("finish_reason") or collected.finish
    delta = choice.get("delta") or {}
    for part in delta.get("tool_calls") or ():
        collected.add_call_delta(part)
    text = delta.get("content") or delta.get("refusal") or ""
    if not isinstance(text, str):
        raise WireFailure("protocol", "a piece of the answer is not text")
    collected.text.append(text)
    return text
