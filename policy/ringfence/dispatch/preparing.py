"""From a request to the call of one model: its key, its checked address, its messages as they go on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ringfence.dispatch.attempts import AttemptRecorder
from ringfence.dispatch.calls import Call, WireFailure
from ringfence.dispatch.embedded_wire import DEFAULT_LIMIT
from ringfence.dispatch.endpoints import (
    Endpoint,
    Proxy,
    RefusedEndpoint,
    Resolver,
    Unresolved,
    address_of,
    check_encrypted,
    parse_url,
)
from ringfence.request import Request
from ringfence.rules import Model
from ringfence.rules.policy import is_loopback
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
        self._proxy_url = parse_url(network.proxy) if network.proxy else None
        self._proxy_auth_env = network.proxy_auth_env
        self._resolver = Resolver(host.host for host in network.hosts)

    async def call(self, task: Task, model: Model) -> Call:
        """The call of a model.

        Raises:
            WireFailure: it cannot be sent; nothing was.
        """
        key = self.key(model)
        if model.key_env is not None and key is None:
            raise WireFailure("no_key", f"{model.key_env} is not set", connected=False)
        if key is not None and not (key.isascii() and key.isprintable()):
            reason = f"{model.key_env} holds a line break or a character outside ASCII: set it anew"
            raise WireFailure("no_key", reason, connected=False)
        decision, request = task.decision, task.request
        limit = decision.max_output_tokens
        if limit is None and model.provider.wire == "embedded":
            limit = DEFAULT_LIMIT
        labelled = bool(decision.labels)
        endpoint, proxy = await self._way(model, labelled=labelled)
        return Call(
            model=model,
            endpoint=endpoint,
            proxy=proxy,
            key=key,
            messages=task.messages,
            tools=request.tools,
            tool_choice=request.tool_choice,
            schema=request.response_schema,
            params=request.params,
            limit=limit,
            input_tokens=decision.size.input_tokens,
            streaming=task.streaming,
            labelled=labelled,
        )

    def key(self, model: Model) -> str | None:
        """The key of a model; None when it needs none or has none."""
        return self._credentials.find(model.key_env) if model.key_env is not None else None

    def forget(self, model: Model) -> None:
        """A connection failed: resolve and check the hosts on its way again before the next."""
        if model.base_url is not None:
            self._resolver.forget(address_of(model))
        if self._proxy_url is not None:
            self._resolver.forget(self._proxy_url)

    async def _way(self, model: Model, *, labelled: bool) -> tuple[Endpoint | None, Proxy | None]:
        """Where a call goes (None: the wire knows), and through which proxy.

        Raises:
            WireFailure: nowhere that the policy allows, or that has an address.
        """
        if self._closed and model.locality is Locality.CLOUD:
            raise WireFailure("refused_endpoint", "network.mode is 'none'", connected=False)
        try:
            proxy = await self._proxy(model, labelled=labelled)
            if model.base_url is None and model.provider.wire in ("embedded", "litellm"):
                return None, proxy
            if proxy is None:
                return await self._resolver.endpoint(model), None
            endpoint = address_of(model)  # resolved by the proxy
            check_encrypted(endpoint)
            return endpoint, proxy
        except RefusedEndpoint as error:
            raise WireFailure("refused_endpoint", str(error), connected=False) from None
        except Unresolved:
            raise WireFailure("connect", "its host has no address", connected=False) from None

    async def _proxy(self, model: Model, *, labelled: bool) -> Proxy | None:
        """The policy's proxy, for unlabelled calls to clouds alone (I3); this machine is not reached through it."""
        if self._proxy_url is None or labelled or model.locality is not Locality.CLOUD:
            return None
        if model.base_url is not None and is_loopback(address_of(model).host):
            return None
        endpoint = await self._resolver.resolved(self._proxy_url)
        return Proxy(endpoint=endpoint, auth=self._proxy_auth())

    def _proxy_auth(self) -> tuple[str, str] | None:
        if self._proxy_auth_env is None:
            return None
        value = self._credentials.find(self._proxy_auth_env)
        if value is None:
            raise WireFailure("no_key", f"{self._proxy_auth_env} is not set", connected=False)
        user, _, password = value.partition(":")
        return user, password


def endpoint_name(model: Model) -> str:
    """What a circuit breaker stands for: the address, or the provider where its library knows it."""
    if model.provider.wire == "embedded":
        return f"embedded/{model.served}"
    return model.base_url or model.provider.name
