"""How an engine error reaches a crew: as a decision that stops it, not as an outage to try again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from crewai.hooks import HookAborted
from crewai.utilities.exceptions.context_window_exceeding_exception import (
    LLMContextLengthExceededError,
)

from ringfence import NoModel, RingfenceError

F = TypeVar("F", bound=Callable[..., Any])


class CallDenied(HookAborted):  # type: ignore[misc]  # crewai is not type-checked
    """A call that repeating cannot help: refused by the policy, or wrong in itself. It stops the crew.

    crewai repeats a failed task twice more and, where "rate limit" stands in the text, each of these three times;
    only its own `HookAborted` goes straight through.
    """

    def __init__(self, error: RingfenceError) -> None:
        super().__init__(reason=str(error), source="ringfence")
        self.error = error
        """The engine's error, with its facts (`labels`, `decision`, …)."""
        self.code = error.code


def as_crew_error(error: RingfenceError) -> Exception:
    """What to raise in a crew for a refusal of the engine. A request that is only too long is crewai's to shorten."""
    if isinstance(error, NoModel) and _only_too_long(error):
        return LLMContextLengthExceededError(f"context length exceeded: {error}")  # type: ignore[no-any-return]
    return CallDenied(error)


def _only_too_long(error: RingfenceError) -> bool:
    dropped = error.decision.dropped if error.decision is not None else ()
    return "context_window" in {each.filter for each in dropped}


def asked_once(method: F) -> F:
    """Keep crewai from wrapping `method` in its rate-limit retries: the engine has done its own, by the policy."""
    vars(method)["_crewai_rate_limit_wrapped"] = True
    return method
