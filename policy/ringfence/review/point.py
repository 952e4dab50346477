"""One point of a policy's domain: everything that a decision depends on, and how it is decided and written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from ringfence.decide import Ask, decide
from ringfence.review.profiles import Profile
from ringfence.rules import Policy
from ringfence.types import Decision, Findings, Size, Spent, State, Task, TaskKind, money


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A request as a profile and what the stages say of it, and the recorded state."""

    profile: Profile
    labels: tuple[str, ...]
    kind: TaskKind
    size: Size
    day: date
    down: frozenset[str] = frozenset()
    spent: tuple[Spent, ...] = ()

    @property
    def now(self) -> datetime:
        """The profile's moment, on the point's day where that is a later one."""
        moment = self.profile.moment
        if self.day <= moment.astimezone(UTC).date():
            return moment
        return datetime.combine(self.day, moment.timetz())

    def but(self, **changes: Any) -> Point:
        return replace(self, **changes)

    def decide(self, policy: Policy) -> Decision:
        """The Decision, by the same `decide` that serves (I9)."""
        return decide(
            policy,
            Ask(request=self.profile.request, id="prove", fingerprint="prove"),
            findings=Findings(labels=self.labels),
            task=Task(kind=self.kind, confidence=1.0, source="caller"),
            size=self.size,
            state=State(now=self.now, health=dict.fromkeys(self.down, "down"), spent=self.spent),
        )

    def to_dict(self) -> dict[str, Any]:
        """The point as JSON: a request that `ringfence route` takes, who asks, and the rest of the state."""
        caller = self.profile.request.caller
        asks = {key: getattr(caller, key) for key in ("tenant", "user", "team", "key_id")}
        return {
            "request": self._request(),
            "caller": {key: value for key, value in asks.items() if value not in (None, "default")},
            "labels": list(self.labels),
            "input_tokens": self.size.input_tokens,
            "needs": sorted(self.size.needs),
            "now": self.now.isoformat(),
            "down": sorted(self.down),
            "spent": [{"budget": item.budget, "usd": money(item.usd)} for item in self.spent],
        }

    def _request(self) -> Mapping[str, Any]:
        body = {**self.profile.request.body, "task": self.kind.value}
        if self.size.max_output_tokens is not None:
            body["max_output_tokens"] = self.size.max_output_tokens
        return body
