"""ringfence decides, call by call, which LLM may and should answer.

`Router.from_policy("policy.yaml")` is the door; `ringfence.errors` holds every error with its exit code.
"""

from ringfence.costs import Estimate
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
from ringfence.router import Router
from ringfence.types import Chunk, Completion, Decision, Finding

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
