"""The values that a request is on its way through the router: read, then considered; and what follows from them alone.

Both carry the bundle that the request took at its start, so that nothing on its way can be of another policy.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from decimal import Decimal

from ringfence.bundle import Bundle
from ringfence.costs import cost_of, reserved_usd
from ringfence.dispatch import Answered
from ringfence.request import Request
from ringfence.types import Completion, Decision, Findings, Size, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A request that has been read: what it holds, how large it is, what it asks for."""

    bundle: Bundle
    request: Request
    findings: Findings
    size: Size
    task: Task
    gate_ms: float
    started: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """A request that has been through the first half, with the milliseconds that the gate and the rest took."""

    bundle: Bundle
    request: Request
    decision: Decision
    gate_ms: float
    decide_ms: float
    started: float

    def most_expected(self) -> Decimal:
        """What the call may cost, its fallbacks included: the dearest candidate with a long answer."""
        decision, models = self.decision, self.bundle.policy.models
        return max(
            reserved_usd(
                models[candidate.model].facts,
                decision.size,
                decision.task.kind,
                decision.max_output_tokens,
            )
            for candidate in decision.candidates
        )

    def completed(self, answered: Answered) -> Completion:
        """What the caller gets, once a model has answered (I10)."""
        decision, answer = self.decision, answered.answer
        model = self.bundle.policy.models[answered.model]
        return Completion(
            text=answer.text,
            tool_calls=answer.tool_calls,
            parsed=answered.parsed,
            finish_reason=answer.finish_reason,
            model=model.name,
            locality=model.locality,
            labels=decision.labels,
            usage=answer.usage,
            usd=cost_of(model.facts, answer.usage),
            attempts=answered.attempts,
            ms={
                "gate": self.gate_ms,
                "decide": self.decide_ms,
                "total": (time.perf_counter() - self.started) * 1000,
            },
            decision=decision,
        )
