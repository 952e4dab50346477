"""From a request to the call of one model: its key, its checked address, its messages as they go on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ringfence.dispatch.attempts import AttemptRecorder
from ringfence.dispatch.calls import Call, WireFailure
from ringfence.dispatch.embedded_wire import DEFAULT_LIMIT
from ringfence.dispatch.endpoints import Endpoint, RefusedEndpoint, Resolver, Unresolved
from ringfence.request import Request
from ringfence.rules import Model
from ringfence.rules.schema import Network
from ringfence.types import Decision, Locality


class KeyFinder(Protocol):
    """Where keys come from; `ringfence.credentials.Credentials`."""

    def find(self, variable: str) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What stays the same through all tries of one call."""

    decision: Decision
    request: Request
    record: AttemptRecorder
    messages: tuple[Mapping[str, Any], ...] = field(repr=False)
    streaming: bool


class Preparer:
    """Makes calls of a policy's models. Nothing of a request leaves here."""

    def __init__(self, credentials: KeyFinder, network: Network) -> None:
        self._credentials = credentials
        self._closed = network.mode == "none"
        self._resolver = Resolver(host.host for host in network.hosts)

    async def call(self, task: Task, model: Model) -> Call:
        """The call of a model.

        Raises:
            WireFailure: it cannot be sent; nothing was.
        """
        key = self.key(model)
        if model.key_env is not None and key is None:
            raise WireFailure("no_key", f"{model.key_env} is not set", connected=False)
        decision, request = task.decision, task.request
        limit = decision.max_output_tokens
        if limit is None and model.provider.wire == "embedded":
            limit = DEFAULT_LIMIT
        return Call(
            model=model,
            endpoint=await self._endpoint(model),
            key=key,
            messages=task.messages,
            tools=request.tools,
            tool_choice=request.tool_choice,
            schema=request.response_schema,
            params=request.params,
            limit=limit,
            input_tokens=decision.size.input_tokens,
            streaming=task.streaming,
            labelled=bool(decision.labels),
        )

    def key(self, model: Model) -> str | None:
        """The key of a model; None when it needs none or has none."""
        return self._credentials.find(model.key_env) if model.key_env is not None else None

    def forget(self, model: Model) -> None:
        """A connection failed: resolve and check the model's host again before the next."""
        if model.base_url is not None:
            self._resolver.forget(model.base_url)

    async def _endpoint(self, model: Model) -> Endpoint | None:
        if self._closed and model.locality is Locality.CLOUD:
            raise WireFailure("refused_endpoint", "network.mode is 'none'", connected=False)
        if model.base_url is None and model.provider.wire in ("embedded", "litellm"):
            return None  # found by the wire itself
        try:
            return await self._resolver.endpoint(model)
        except RefusedEndpoint as error:
            raise WireFailure("refused_endpoint", str(error), connected=False) from None
        except Unresolved:
            raise WireFailure("connect", "its host has no address", connected=False) from None


def endpoint_name(model: Model) -> str:
    """What a circuit breaker stands for: the address, or the provider where its library knows it."""
    if model.provider.wire == "embedded":
        return f"embedded/{model.served}"
    return model.base_url or model.provider.name
