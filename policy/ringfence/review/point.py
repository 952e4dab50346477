"""One point of a policy's domain: everything that a decision depends on, and how it is decided and written down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from ringfence.decide import Ask, decide
from ringfence.review.profiles import Profile
from ringfence.review.specimens import with_labels
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

    def to_dict(self, policy: Policy, holds: tuple[str, ...] | None = None) -> dict[str, Any]:
        """The point as JSON: a request that `ringfence route` takes, who asks, and the rest of the state.

        Args:
            policy: whose own words may stand for a label.
            holds: what the request holds, where that is not what the point's labels say.
        """
        adds = {label for labels in self.profile.adds for label in labels}
        wanted = self.labels if holds is None else holds
        body, without = with_labels(
            self.profile.request.body, [label for label in wanted if label not in adds], policy
        )
        limit = self.size.max_output_tokens
        caller = self.profile.request.caller
        asks = {key: getattr(caller, key) for key in ("tenant", "user", "team", "key_id")}
        return {
            "request": {
                **body,
                "task": self.kind.value,
                **({"max_output_tokens": limit} if limit is not None else {}),
            },
            "caller": {key: value for key, value in asks.items() if value not in (None, "default")},
            "labels": list(self.labels),
            "not_in_request": list(without),
            "input_tokens": self.size.input_tokens,
            "needs": sorted(self.size.needs),
            "now": self.now.isoformat(),
            "down": sorted(self.down),
            "spent": [{"budget": item.budget, "usd": money(item.usd)} for item in self.spent],
        }
