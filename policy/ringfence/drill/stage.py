"""The stage: a policy whose every model is a stand-in server on loopback, each with its own locality and clearance."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from ringfence.dispatch import endpoint_name
from ringfence.drill.faults import Fault
from ringfence.drill.formats import Reply
from ringfence.drill.server import ModelServer
from ringfence.rules import Model, Policy

ANSWER = "The stand-in answers in the model's place."
_OWN_FORMATS = frozenset({"anthropic"})
"""Providers behind litellm whose format the stand-ins speak; the others are rehearsed in OpenAI's."""


class StageKeys:
    """Every key is there: a rehearsal needs none of the real ones, and sends none."""

    def find(self, variable: str) -> str | None:
        return f"a stand-in for {variable}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A staged policy with its servers, one for each endpoint. Close it, or use it as a context manager."""

    policy: Policy
    servers: Mapping[str, ModelServer]
    """Model → the server in its place; models of one endpoint share one."""

    @classmethod
    def build(cls, policy: Policy, *, deadline_s: float) -> Self:
        """Put a server in the place of every endpoint of a policy. `deadline_s` takes `fallback.deadline_s`'s place."""
        at: dict[str, ModelServer] = {}
        for model in policy.models.values():
            at.setdefault(endpoint_name(model), ModelServer()).always(Reply(text=ANSWER))
        servers = {name: at[endpoint_name(model)] for name, model in policy.models.items()}
        document = policy.document.model_copy(
            update={
                "fallback": policy.document.fallback.model_copy(update={"deadline_s": deadline_s}),
                "network": policy.document.network.model_copy(update={"proxy": None}),
            }
        )
        models = {name: _staged(model, servers[name]) for name, model in policy.models.items()}
        return cls(policy=replace(policy, document=document, models=models), servers=servers)

    def fail(self, model: str, fault: Fault) -> None:
        """Let a model's endpoint fail from now on."""
        server = self.servers[model]
        if fault.reply is None:
            server.close()
        else:
            server.always(fault.reply)

    def bytes_at_uncleared(self, labels: tuple[str, ...]) -> int:
        """Bytes that reached an endpoint none of whose models may see `labels`."""
        cleared = {
            id(self.servers[name])
            for name, model in self.policy.models.items()
            if not model.clearance.missing(labels, model.locality)
        }
        others = {
            id(server): server for server in self.servers.values() if id(server) not in cleared
        }
        return sum(len(server.received) for server in others.values())

    def close(self) -> None:
        for server in self.servers.values():
            server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _staged(model: Model, server: ModelServer) -> Model:
    """The model at its stand-in. Only the address and, where no stand-in speaks it, the format change."""
    wire = model.provider.wire
    if wire == "ollama":
        return replace(model, base_url=server.url)
    if wire == "litellm" and model.provider.name in _OWN_FORMATS and _has_litellm():
        return replace(model, base_url=server.url)
    provider = model.provider if wire == "openai" else replace(model.provider, wire="openai")
    return replace(model, provider=provider, base_url=server.v1)


def _has_litellm() -> bool:
    return importlib.util.find_spec("litellm") is not None
