"""How the policy stands: which one is in force, since when, and what was wrong with a newer one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self

from ringfence.errors import PolicyError, RingfenceError
from ringfence.types import PolicyRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why what the policy's files say now is not in force."""

    code: str
    """As `RingfenceError.code`: `policy_error`, `trust_error`, …"""
    message: str
    place: str | None
    """`file:line:column` of the first fault, where there is one."""
    since: datetime
    count: int = 1
    """How many faults there are."""
    file_digest: str | None = None
    """Of the policy file as it was refused; None when it cannot be read."""

    @classmethod
    def of(cls, error: Exception, *, since: datetime, file_digest: str | None) -> Self:
        if not isinstance(error, RingfenceError):
            code, message = "internal_error", f"{type(error).__name__} while it was loaded"
        else:
            code, message = error.code, str(error)
        faults = error.problems if isinstance(error, PolicyError) else ()
        first = faults[0] if faults else None
        return cls(
            code=code,
            message=message,
            place=f"{first.file}:{first.line}:{first.column}" if first else None,
            since=since,
            count=max(1, len(faults)),
            file_digest=file_digest,
        )

    def same(self, other: Problem | None) -> bool:
        return other is not None and (self.code, self.message, self.file_digest) == (
            other.code,
            other.message,
            other.file_digest,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Which policy is in force, since when, and whether its files say something else that could not be taken."""

    policy: PolicyRef
    loaded_at: datetime
    problem: Problem | None = None

    @property
    def status(self) -> Literal["ok", "degraded"]:
        return "ok" if self.problem is None else "degraded"

    def to_dict(self) -> dict[str, Any]:
        """For anybody who may ask: no path, and no message, which may hold names of the policy."""
        problem = self.problem and {
            "code": self.problem.code,
            "at": self.problem.place and os.path.basename(self.problem.place),
            "since": self.problem.since.isoformat(),
        }
        return {
            "status": self.status,
            "policy": {
                "name": self.policy.name,
                "serial": self.policy.serial,
                "digest": self.policy.digest,
                "loaded_at": self.loaded_at.isoformat(),
                "problem": problem,
            },
        }
