"""ringfence decides, call by call, which LLM may and should answer.

`Router.from_policy("policy.yaml")` is the door; `ringfence.errors` holds every error with its exit code.
"""

from typing import TYPE_CHECKING

from ringfence.errors import (
    BadRequest,
    BudgetExceeded,
    CredentialMissing,
    NoModel,
    NotCleared,
    PolicyError,
    RingfenceError,
    TrustError,
    Unavailable,
)
from ringfence.request import Caller, Message, Request
from ringfence.types import Chunk, Completion, Decision, Finding

if TYPE_CHECKING:
    from ringfence.costs import Estimate
    from ringfence.router import Router

__all__ = [
    "BadRequest",
    "BudgetExceeded",
    "Caller",
    "Chunk",
    "Completion",
    "CredentialMissing",
    "Decision",
    "Estimate",
    "Finding",
    "Message",
    "NoModel",
    "NotCleared",
    "PolicyError",
    "Request",
    "RingfenceError",
    "Router",
    "TrustError",
    "Unavailable",
]


def __getattr__(name: str) -> object:
    """The engine loads when it is first named: who only catches our errors does not wait for it."""
    if name == "Router":
        from ringfence.router import Router

        return Router
    if name == "Estimate":
        from ringfence.costs import Estimate

        return Estimate
    raise AttributeError(f"module 'ringfence' has no attribute '{name}'")
