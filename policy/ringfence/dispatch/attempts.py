"""One call's tries: its deadline, what has been tried, and the error when all of it was in vain."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from ringfence.costs import cost_of
from ringfence.dispatch.calls import WireFailure
from ringfence.dispatch.failures import MEANINGS, Reaction
from ringfence.errors import CredentialMissing, RingfenceError, Unavailable
from ringfence.rules import Model
from ringfence.types import Attempt

SHARE = 0.6
"""Of what is left of the deadline, this much goes to a model that has others after it: a hang leaves them time."""
PATIENCE_S = 2.0
"""A model that asks for a longer wait than this is left for the next one."""
BACKOFF_S = 0.1
TO_BELIEVE_A_REFUSAL = 2
"""So many models that call a request malformed end the call."""


class AttemptRecorder(Protocol):
    """What dispatch tells of each try: before its first byte leaves (I11), and after."""

    def started(self, model: str, /) -> None: ...

    def ended(self, attempt: Attempt, /) -> None: ...


@dataclass(slots=True)
class Run:
    """The state of one call."""

    clock: Callable[[], float]
    deadline: float
    most: int
    """How many tries may open a connection (`fallback.attempts`)."""
    attempts: list[Attempt] = field(default_factory=list)
    connected: int = 0
    delivered: int = 0
    """Characters that the caller already has."""
    waits: Callable[[float, float], float] = random.uniform

    @property
    def left(self) -> float:
        return self.deadline - self.clock()

    @property
    def exhausted(self) -> bool:
        return self.connected >= self.most or self.left <= 0

    @property
    def malformed(self) -> bool:
        """Whether two models refused the request as malformed: one may have a quirk, two agree that it is."""
        refused = {a.model for a in self.attempts if a.error == "bad_request" and a.status}
        return len(refused) >= TO_BELIEVE_A_REFUSAL

    @property
    def over(self) -> bool:
        """Whether no other model is to be tried."""
        return self.exhausted or self.malformed

    def reordered(self, waiting: Sequence[Model], *, after: Model) -> list[Model]:
        """The models still to try: after one whose window was too short, those with a longer one first.

        The others stay behind them: a server may run with a shorter window than its model has.
        """
        if self.attempts[-1].error != "context_too_long":
            return list(waiting)
        window = after.facts.context_window
        return sorted(waiting, key=lambda model: model.facts.context_window <= window)

    def patience(self, *, last: bool) -> float:
        """Seconds that a try may take to its first piece."""
        return max(0.0, self.left if last else self.left * SHARE)

    def note(self, model: Model, failure: WireFailure, *, ms: float) -> Attempt:
        """Write a failed try down."""
        attempt = Attempt(
            model=model.name,
            locality=model.locality,
            error=failure.error,
            reason=failure.reason,
            status=failure.status,
            ms=ms,
            usd=cost_of(model.facts, failure.usage) if failure.usage else Decimal(0),
        )
        self.attempts.append(attempt)
        return attempt

    def wait_before_retry(self, failure: WireFailure, tries: int, *, last: bool) -> float | None:
        """Seconds after which the same model is tried again; None when it is not."""
        if Reaction.RETRY not in MEANINGS[failure.error].reactions or self.exhausted:
            return None
        if tries >= (2 if last else 1) or (not last and self.most - self.connected < 2):
            return None
        if failure.error == "rate_limit" and failure.retry_after is None and not last:
            return None
        wait = failure.retry_after or 0.0
        if wait > PATIENCE_S:
            return None
        wait += self.waits(0.5, 1.5) * BACKOFF_S * 2**tries
        return wait if wait < self.left else None

    def error(self, untried: Sequence[Model] = ()) -> RingfenceError:
        """What the caller gets when nothing answered."""
        missing = [attempt for attempt in self.attempts if attempt.error == "no_key"]
        if missing and len(missing) == len(self.attempts):
            return CredentialMissing(missing[0].model, missing[0].reason.split(" ", 1)[0])
        if self.left <= 0:
            late = WireFailure("deadline", "fallback.deadline_s was over before its turn")
            for model in untried:
                self.note(model, late, ms=0.0)
        told = [f"{a.model}: {a.reason} ({a.error})" for a in self.attempts]
        if untried and self.left > 0:
            why = "two agree" if self.malformed else f"fallback.attempts is {self.most}"
            told.append(f"{len(untried)} more not tried ({why})")
        words = dict.fromkeys(a.error for a in self.attempts if a.error)
        advice = "; ".join(f"{word}: {MEANINGS[word].advice}" for word in words)
        return Unavailable(
            f"no eligible model answered. {'; '.join(told)}. What to do: {advice}",
            attempts=self.attempts,
        )

    def broken_off(self) -> Unavailable:
        """A stream died after the caller had some of it: it is never begun again, so no text comes twice."""
        last = self.attempts[-1]
        return Unavailable(
            f"{last.model} stopped after {self.delivered:,} characters of its answer had been delivered: "
            f"{last.reason} ({last.error}). What to do: {MEANINGS[last.error or 'protocol'].advice}; then ask again",
            attempts=self.attempts,
        )
