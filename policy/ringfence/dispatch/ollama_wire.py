"""Ollama's own chat format, because only it takes `num_ctx`: through its OpenAI format a long prompt is cut silently.

Source: https://github.com/ollama/ollama/blob/main/docs/api.md. A model that the local server would forward to a cloud
is refused (I3): by its name, and by `remote_host` in what the server says of it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import httpx
from typing_extensions import override

from ringfence.dispatch.answers import Collected, call_id
from ringfence.dispatch.calls import Call, Piece, Wire, WireFailure
from ringfence.dispatch.clients import Clients
from ringfence.dispatch.endpoints import Endpoint
from ringfence.dispatch.failures import from_response, from_stream, from_transport
from ringfence.dispatch.messages import text_of, with_system_roles
from ringfence.dispatch.params import honoured
from ringfence.dispatch.reading import json_object, lines, start_of_body, whole_body
from ringfence.types import Locality, ToolCall, Usage

FIRST_NUM_CTX = 8192
"""Contexts grow from here by doubling: each size that differs makes Ollama load the model anew."""
_ROOM_FOR_ANSWER = 2048


class OllamaWire(Wire):
    """Sends a call to `{endpoint}/api/chat`, after asking once what the model is."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._seen: set[tuple[Endpoint, str]] = set()

    @override
    async def send(self, call: Call) -> AsyncGenerator[Piece, None]:
        body = json.dumps(_body(call), ensure_ascii=False, separators=(",", ":")).encode()
        client = await self._clients.of(call)
        headers = {"content-type": "application/json"}
        if call.key is not None:
            headers["authorization"] = f"Bearer {call.key}"
        try:
            if call.model.locality is not Locality.CLOUD:
                await self._refuse_forwarding(client, call, headers)
            url = f"{call.where.url}/api/chat"
            async with client.stream("POST", url, content=body, headers=headers) as response:
                if response.status_code != 200:
                    raise _failure(call, response, await start_of_body(response))
                async with aclosing(_read(call, response)) as pieces:
                    async for piece in pieces:
                        yield piece
        except httpx.TransportError as error:
            raise from_transport(error) from None

    async def _refuse_forwarding(
        self, client: httpx.AsyncClient, call: Call, headers: Mapping[str, str]
    ) -> None:
        """A model that stands on someone else's machine is not local, whatever server it is asked through."""
        served = call.model.served
        if served.endswith((":cloud", "-cloud")):
            raise _forwards()
        if (call.where, served) in self._seen:
            return
        url = f"{call.where.url}/api/show"
        content = json.dumps({"model": served}).encode()
        async with client.stream("POST", url, content=content, headers=headers) as response:
            if response.status_code != 200:
                raise _failure(call, response, await start_of_body(response))
            facts = json_object(await whole_body(response))
        if facts.get("remote_host") or facts.get("remote_model"):
            raise _forwards()
        self._seen.add((call.where, served))


def _forwards() -> WireFailure:
    return WireFailure(
        "refused_endpoint", "this server forwards the model to a cloud; pull one that runs here"
    )


def _failure(call: Call, response: httpx.Response, body: bytes) -> WireFailure:
    failure = from_response(response.status_code, response.headers, body)
    if failure.error == "gone":
        failure.reason = f"the server does not have it; run: ollama pull {call.model.served}"
    return failure


def _body(call: Call) -> dict[str, Any]:
    options = honoured(call.params, "ollama")
    options["num_ctx"] = num_ctx(call)
    if call.limit is not None:
        options["num_predict"] = call.limit
    body: dict[str, Any] = {
        "model": call.model.served,
        "messages": [
            _message(message, call.messages) for message in with_system_roles(call.messages)
        ],
        "stream": call.streaming,
        "options": options,
    }
    if call.tools:
        body["tools"] = call.tools
    if call.schema is not None:
        body["format"] = call.schema
    return body


def num_ctx(call: Call) -> int:
    """The context to ask for: room for the request and its answer, by doubling, within the model's window."""
    needed = call.input_tokens * 5 // 4 + (call.limit or _ROOM_FOR_ANSWER)
    size = FIRST_NUM_CTX
    while size < needed:
        size *= 2
    return min(size, call.model.facts.context_window)


def _message(message: Mapping[str, Any], history: tuple[Mapping[str, Any], ...]) -> dict[str, Any]:
    content = message.get("content")
    result: dict[str, Any] = {"role": message["role"], "content": text_of(content)}
    if isinstance(content, list):
        images = [_image(part) for part in content if part.get("type") != "text"]
        if images:
            result["images"] = images
    if message.get("tool_calls"):
        result["tool_calls"] = [_call(call) for call in message["tool_calls"]]
    if message["role"] in ("tool", "function"):
        result["role"] = "tool"
        result["tool_name"] = message.get("name") or tool_name(message, history)
    return result


def tool_name(message: Mapping[str, Any], history: tuple[Mapping[str, Any], ...]) -> str:
    """The name of the tool whose result a message is, found by the id of its call."""
    wanted = message.get("tool_call_id")
    for earlier in history:
        for call in earlier.get("tool_calls") or ():
            if call.get("id") == wanted:
                return str(call["function"]["name"])
    return ""


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call["function"]
    try:
        arguments = json.loads(function["arguments"])
    except ValueError:
        arguments = {}
    return {"function": {"name": function["name"], "arguments": arguments}}


def _image(part: Mapping[str, Any]) -> str:
    """The base64 of an image in a data URL; Ollama fetches none and takes no other kind of part."""
    image = part.get("image_url") if part.get("type") == "image_url" else None
    url = image.get("url") if isinstance(image, Mapping) else image
    head, found, data = str(url or "").partition(";base64,")
    if not found or not head.startswith("data:image/"):
        raise WireFailure("bad_request", "Ollama takes images as data: URLs only", connected=False)
    return str(data)


async def _read(call: Call, response: httpx.Response) -> AsyncGenerator[Piece, None]:
    """One JSON object a line; when the call does not stream there is one line in all."""
    collected = Collected()
    async with aclosing(lines(response)) as found:
        async for line in found:
            if not line.strip():
                continue
            event = json_object(line)
            if event.get("error") is not None:
                raise from_stream(event)
            text = _collect(collected, event)
            if text and call.streaming:
                yield text
    if collected.finish is None:
        raise WireFailure("protocol", "the stream ended before the answer did")
    yield collected.answer(call)


def _collect(collected: Collected, event: Mapping[str, Any]) -> str:
    message = event.get("message")
    if not isinstance(message, Mapping):
        raise WireFailure("protocol", "the answer holds no message")
    for raw in message.get("tool_calls") or ():
        tool = _tool_call(raw)
        part = {"id": tool.id, "name": tool.name, "arguments": tool.arguments}
        collected.calls[len(collected.calls)] = part
    if event.get("done"):
        collected.finish = str(event.get("done_reason") or "stop")
        if isinstance(event.get("eval_count"), int):
            collected.usage = Usage(
                input_tokens=int(event.get("prompt_eval_count") or 0),
                output_tokens=int(event["eval_count"]),
            )
    text = message.get("content") or ""
    if not isinstance(text, str):
        raise WireFailure("protocol", "a piece of the answer is not text")
    collected.text.append(text)
    return text


def _tool_call(raw: Any) -> ToolCall:
    try:
        function = raw["function"]
        arguments = json.dumps(function.get("arguments") or {}, ensure_ascii=False)
        return ToolCall(id=call_id(), name=str(function["name"]), arguments=arguments)
    except (KeyError, TypeError, AttributeError):
        raise WireFailure("protocol", "a tool call lacks its name") from None
