"""The clouds whose format is their own (Anthropic, Gemini, Bedrock, Vertex, Azure, Cohere), through litellm.

It is imported when such a model is first chosen (6–7 s, in a thread), and sends through our client: pinned, without
redirects. An address that its environment variables would put in the provider's place is refused by that client.
"""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Any

import httpx
from typing_extensions import override

from ringfence.dispatch.answers import Collected
from ringfence.dispatch.calls import Call, Piece, Wire, WireFailure
from ringfence.dispatch.clients import Clients
from ringfence.dispatch.endpoints import Endpoint, Home
from ringfence.dispatch.failures import from_response, from_transport
from ringfence.dispatch.litellm_library import (
    azure_of,
    handler_of,
    load_litellm,
    refuse_interference,
)
from ringfence.dispatch.messages import refers_elsewhere
from ringfence.dispatch.openai_wire import collect, whole_answer
from ringfence.dispatch.params import honoured
from ringfence.dispatch.transport import OPENED, Body

HOMES: Mapping[str, Home] = {
    "anthropic": Home(hosts=("api.anthropic.com",)),
    "gemini": Home(hosts=("generativelanguage.googleapis.com",)),
    "cohere": Home(hosts=("api.cohere.com", "api.cohere.ai")),
    "bedrock": Home(hosts=(".amazonaws.com",)),
    "vertex_ai": Home(hosts=(".googleapis.com",)),
}
"""From each provider's API reference. Azure has none: its host is the customer's, so the policy writes it."""

OWN_CREDENTIALS = frozenset({"bedrock", "vertex_ai"})
"""Providers whose library finds its credentials itself (AWS's and Google's chains)."""


class LitellmWire(Wire):
    """Sends a call with `litellm.acompletion`, whose answers have OpenAI's shape."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    @override
    async def send(self, call: Call) -> AsyncGenerator[Piece, None]:
        params = honoured(call.params, "litellm")
        if refers_elsewhere(call.messages):  # litellm would fetch it from here, past every check
            reason = "it takes images and files as data: URLs only"
            raise WireFailure("bad_request", reason, connected=False)
        litellm = await asyncio.to_thread(load_litellm)
        refuse_interference(litellm, call)
        arguments = {**params, **_arguments(call), **await self._transport(litellm, call)}
        opened: list[Body] = []
        response: Any = None
        try:
            response = await _ask(litellm, arguments, opened)
            if not call.streaming:
                yield whole_answer(call, _plain(response))
                return
            collected = Collected()
            async for chunk in response:
                text = collect(collected, _plain(chunk))
                if text:
                    yield text
            yield collected.answer(call)
        except (WireFailure, GeneratorExit, asyncio.CancelledError):
            raise
        except Exception as error:
            raise _failure(litellm, error) from None
        finally:
            await _close(response, opened)

    async def _transport(self, litellm: Any, call: Call) -> dict[str, Any]:
        """Our own client in the wrapping that the provider's handler takes, and where to send."""
        target: Endpoint | Home | None = call.endpoint or HOMES.get(call.model.provider.name)
        if target is None:
            raise WireFailure(
                "refused_endpoint", "write its 'base_url' in the policy", connected=False
            )
        client = await self._clients.of(call, target)
        where = {"api_base": call.endpoint.url} if call.endpoint else {}
        # A key of the environment must not go to a host that it is not for: litellm would look for one.
        key = call.key
        if key is None and call.model.provider.name not in OWN_CREDENTIALS:
            key = "none"
        wrapped = (
            azure_of(call, client, key)
            if call.model.provider.name == "azure"
            else handler_of(client)
        )
        return {**where, "api_key": key, "client": wrapped}


async def _ask(litellm: Any, arguments: dict[str, Any], opened: list[Body]) -> Any:
    """The answer of litellm, and in `opened` the bodies behind it."""
    token = OPENED.set(opened)
    try:
        return await litellm.acompletion(**arguments)
    finally:
        OPENED.reset(token)


def _arguments(call: Call) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "model": f"{call.model.provider.name}/{call.model.served}",
        "messages": [dict(message) for message in call.messages],
        "stream": call.streaming,
        "max_retries": 0,
        "num_retries": 0,
        "drop_params": False,
        "no-log": True,
        "_skip_mcp_handler": True,  # its MCP gateway is not for us, and its import needs mcp 2
        "caching": False,
    }
    if call.tools:
        arguments["tools"] = [dict(tool) for tool in call.tools]
        if call.tool_choice is not None:
            arguments["tool_choice"] = call.tool_choice
    if call.schema is not None:
        named = {"name": "response", "schema": call.schema}
        arguments["response_format"] = {"type": "json_schema", "json_schema": named}
    if call.limit is not None:
        arguments["max_tokens"] = call.limit
    if call.streaming:
        arguments["stream_options"] = {"include_usage": True}
    return arguments


def _plain(response: Any) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # its models warn of their own fields when they are written out
        data: dict[str, Any] = response.model_dump()
    return data


async def _close(response: Any, opened: list[Body]) -> None:
    """End what litellm leaves to the garbage collector: the generators of its stream, and the connection."""
    for holder in (response, getattr(response, "completion_stream", None), *opened):
        close = getattr(holder, "aclose", None)
        if close is not None:
            await close()


def _failure(litellm: Any, error: Exception) -> WireFailure:
    """What an exception of litellm means: by its status, then by its class. Its message only picks among words (I4)."""
    text = str(error).encode(errors="replace")
    for cause in _causes(error):
        if isinstance(cause, httpx.TransportError):
            return from_transport(cause)
        if isinstance(cause, httpx.HTTPStatusError):
            return from_response(cause.response.status_code, cause.response.headers, text)
        if isinstance(cause, json.JSONDecodeError):  # litellm gives it a status of its own
            return WireFailure("protocol", "the answer is not the JSON that this format has")
    names = litellm.exceptions
    for kind, (word, reason) in _CLASSES.items():
        if isinstance(error, getattr(names, kind)):
            return WireFailure(word, reason)
    status = getattr(error, "status_code", None)
    if isinstance(error, names.APIConnectionError) or not isinstance(status, int):
        return WireFailure("protocol", "litellm could not use the provider's answer")
    response = getattr(error, "response", None)
    headers = response.headers if isinstance(response, httpx.Response) else {}
    return from_response(status, headers, text)


_CLASSES: Mapping[str, tuple[str, str]] = {
    "ContextWindowExceededError": (
        "context_too_long",
        "the request is longer than the model takes",
    ),
    "ContentPolicyViolationError": (
        "content_filter",
        "the provider's filter refused the content",
    ),
    "UnsupportedParamsError": ("bad_request", "the provider cannot honour one of the params"),
    "Timeout": ("timeout", "the provider did not answer in time"),
}


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__
