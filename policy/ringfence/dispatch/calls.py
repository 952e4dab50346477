"""What dispatch hands to a wire, and what a wire gives back: text pieces, then one `Answer`; or a `WireFailure`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ringfence.dispatch.endpoints import Endpoint, Proxy
from ringfence.rules import Model
from ringfence.types import Answer, Usage

Piece = str | Answer
"""A wire yields pieces of text as they come (only when the call streams) and, last, the whole `Answer`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to one model, ready for its wire. Content is never shown in its repr (I4)."""

    model: Model
    endpoint: Endpoint | None
    """Where it goes; None where the wire finds the address itself (litellm's own hosts)."""
    key: str | None = field(repr=False)
    messages: tuple[Mapping[str, Any], ...] = field(repr=False)
    tools: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    tool_choice: Any = field(default=None, repr=False)
    schema: Mapping[str, Any] | None = field(default=None, repr=False)
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)
    limit: int | None = None
    """The most output tokens to ask for."""
    input_tokens: int = 0
    """As estimated by `costs`; used where a provider reports none, and to size Ollama's context."""
    proxy: Proxy | None = None
    """The policy's way out; of an unlabelled call to a cloud only."""
    streaming: bool = False
    narrowed: bool = False
    """Whether `schema` has an end to every string and list already (`constrained`)."""
    labelled: bool = False
    """Labelled calls have connections of their own, never shared with the others' (sealed dispatch)."""

    @property
    def where(self) -> Endpoint:
        """The endpoint of a wire that cannot do without one."""
        if self.endpoint is None:
            raise WireFailure(
                "refused_endpoint", "write its 'base_url' in the policy", connected=False
            )
        return self.endpoint


class Wire(Protocol):
    """One provider format. The generator is closed early to cancel; it then closes its connection."""

    def send(self, call: Call) -> AsyncGenerator[Piece, None]: ...


class WireFailure(Exception):
    """A call that brought no answer, in a word of `Attempt.error`; its reason is ours, never a provider's text (I4)."""

    def __init__(
        self,
        error: str,
        reason: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        connected: bool = True,
        usage: Usage | None = None,
    ) -> None:
        self.error = error
        self.reason = reason
        self.status = status
        self.retry_after = retry_after
        self.usage = usage
        """What the provider counted, and will ask money for, although the answer was of no use."""
        self.connected = connected
        """Whether a connection was opened: only such calls count against the policy's `fallback.attempts`."""
        super().__init__(f"{error}: {reason}")
