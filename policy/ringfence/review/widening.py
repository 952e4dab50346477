"""Where a new policy lets a recipient see what the old one would not have shown it, over the domain of both.

A recipient is a model at an address, whatever the policy calls it. A policy *allows* it a request when its clearance
and the rules let it through: the route, and who is up or affordable, only say whether it is its turn, since a request
may ask for any model by name. So a new order of a route widens nothing, and a new clearance, host or lost rule does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import Any

from ringfence.review.domain import KINDS, Domain, domain_of, over_caps
from ringfence.review.point import Point
from ringfence.review.written import models_as_written
from ringfence.rules import Policy, enabled_labels
from ringfence.types import UNREAD, UNSCANNED, Decision, Size

UNLABELLED = "(no label)"
"""Stands in the table of who may see what for requests without any label."""

TURN = frozenset({"route", "capability", "context_window", "health", "budget"})
"""Filters that say whether it is a model's turn, not whether it may see a request."""

Recipient = tuple[str, str, str]
"""What is served, at which address, and what it is trusted as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Widening:
    """A recipient that may see more: the smallest set of labels that shows it, and in how many states it does."""

    model: str
    labels: tuple[str, ...]
    """What the request holds; larger sets are not told again."""
    states: int
    point: Point
    """The first of the states, as the new policy sees it."""
    policy: Policy = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "labels": list(self.labels),
            "states": self.states,
            "example": self.example(),
        }

    def example(self) -> dict[str, Any]:
        return self.point.to_dict(self.policy, self.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Which labels a model may see under each policy, in some state; None: it is not there, or never may answer."""

    model: str
    before: tuple[str, ...] | None
    after: tuple[str, ...] | None

    @property
    def gained(self) -> tuple[str, ...]:
        return tuple(label for label in self.after or () if label not in (self.before or ()))

    @property
    def lost(self) -> tuple[str, ...]:
        return tuple(label for label in self.before or () if label not in (self.after or ()))

    def to_dict(self) -> dict[str, Any]:
        return {"model": self.model, "gained": list(self.gained), "lost": list(self.lost)}


class Side:
    """One of the two policies."""

    def __init__(self, policy: Policy, index: int) -> None:
        self.policy = policy
        self.index = index
        self.looks_for = looks_for(policy)
        self.seen: dict[str, set[str]] = {}
        self.recipients = {name: recipient(policy, name) for name in policy.models}
        closed = policy.document.network.mode == "none"
        models = models_as_written(policy)
        self._cut_off = {n for n, m in models.items() if closed and m.locality == "cloud"}

    def labels(
        self, labels: Sequence[str], adds: Sequence[Sequence[str]], *, found: bool
    ) -> tuple[str, ...]:
        """The labels of a request that holds what `labels` stand for: as found by this policy's gate, or as carried."""
        if not self.policy.document.gate.enabled:
            return () if found else tuple(labels)
        kept = self.looks_for.intersection(labels) if found else labels
        return tuple(sorted({*kept, *adds[self.index]}))

    def decide(self, point: Point) -> tuple[Decision, frozenset[str], frozenset[str]]:
        """The Decision; the models that may see the request now, by name or by route; and all that are allowed to."""
        decision = point.decide(self.policy)
        kept = {candidate.model for candidate in decision.candidates}
        asked = {item.model for item in decision.dropped if item.filter == "route"}
        waiting = {item.model for item in decision.dropped if item.filter in TURN} - self._cut_off
        return decision, frozenset(kept | asked), frozenset(kept | waiting)

    def note(self, names: frozenset[str], labels: Sequence[str]) -> None:
        """That these models may see these labels."""
        for name in names:
            self.seen.setdefault(name, set()).update(labels or (UNLABELLED,))


def recipient(policy: Policy, name: str) -> Recipient:
    model = policy.models[name]
    return model.spec_model, model.base_url or "", model.locality.value


def looks_for(policy: Policy) -> frozenset[str]:
    """The labels that a policy's gate may find in a request."""
    document = policy.document
    team = document.gate.presidio.labels.values() if document.gate.presidio else ()
    return frozenset(
        {UNREAD, UNSCANNED}
        | enabled_labels(document.labels)
        | {custom.label for custom in document.labels.custom}
        | {label for labels in team for label in ((labels,) if isinstance(labels, str) else labels)}
        | ({"pii"} if document.gate.presidio else set())
    )


@dataclass(slots=True)
class Compared:
    """What an enumeration of both policies has shown."""

    states: int = 0
    widenings: dict[tuple[str, tuple[str, ...]], Widening] = field(default_factory=dict)


def compare(
    old: Policy,
    new: Policy,
    *,
    now: datetime,
    tick: Callable[[int, int], None] | None = None,
    each: Callable[[Point, Decision, Point, Decision], None] | None = None,
) -> tuple[Compared, tuple[Sight, ...]]:
    """Decide every state of both domains under both policies.

    Args:
        old: the policy before.
        new: the policy after.
        now: the moment from which on it counts.
        tick: hears how many of how many profiles and label sets are done.
        each: hears of each state, as both policies see it, with their Decisions.
    """
    sides = (Side(old, 0), Side(new, 1))
    produced = [side.looks_for for side in sides]
    domain = domain_of([old, new], now=now, models=(None,), produced=produced)
    ways = (False, True) if _found_differently(sides) else (False,)
    done = Compared()
    for count, (labels, profile) in enumerate(_requests(domain), 1):
        for found, (kind, size), day in product(ways, _asked(domain, (old, new)), domain.days):
            seen_as = [side.labels(labels, profile.adds, found=found) for side in sides]
            points = [
                Point(profile=profile, labels=seen, kind=kind, size=size, day=day)
                for seen in seen_as
            ]
            _hold(done, sides, points, labels, each)
        if tick is not None:
            tick(count, len(domain.label_sets) * len(domain.profiles.chosen))
    return done, tuple(_sights(sides, domain))


def _found_differently(sides: Sequence[Side]) -> bool:
    gates = [side.policy.document.gate.enabled for side in sides]
    return sides[0].looks_for != sides[1].looks_for or gates[0] != gates[1]


def _requests(domain: Domain) -> Iterator[tuple[tuple[str, ...], Any]]:
    return product(domain.label_sets, domain.profiles.chosen)


def _asked(domain: Domain, policies: Sequence[Policy]) -> Iterator[tuple[Any, Size]]:
    """Each kind at each size that a rule of either policy, or a cap of one, tells apart."""
    for kind in KINDS:
        counts = {*domain.rule_tokens, *(n for policy in policies for n in over_caps(policy, kind))}
        for count in sorted(counts):
            yield kind, Size(input_tokens=count)


def _hold(
    done: Compared,
    sides: Sequence[Side],
    points: Sequence[Point],
    content: Sequence[str],
    each: Callable[[Point, Decision, Point, Decision], None] | None,
) -> None:
    old, new = sides
    before, may, allowed = old.decide(points[0])
    after, may_now, _ = new.decide(points[1])
    done.states += 1
    old.note(may, content)
    new.note(may_now, content)
    if each is not None:
        each(points[0], before, points[1], after)
    trusted = {old.recipients[name] for name in allowed}
    for name in sorted(may_now):
        if new.recipients[name] not in trusted:
            _note(done, new.policy, name, tuple(content), points[1])


def _note(
    done: Compared, policy: Policy, name: str, content: tuple[str, ...], point: Point
) -> None:
    """Sets of labels come smallest first, so what is told already is no larger."""
    for model, labels in done.widenings:
        if model == name and set(labels) <= set(content):
            content, point = labels, done.widenings[model, labels].point
            break
    known = done.widenings.get((name, content))
    states = known.states + 1 if known else 1
    done.widenings[name, content] = Widening(
        model=name, labels=content, states=states, point=point, policy=policy
    )


def _sights(sides: Sequence[Side], domain: Domain) -> Iterator[Sight]:
    """The models of both policies whose labels differ. A label's whole class stands where its first was tried."""
    old, new = sides
    members = {group[0]: group for group in domain.label_classes}
    names: Mapping[str, None] = dict.fromkeys((*new.policy.models, *old.policy.models))
    for name in names:
        same = old.recipients.get(name) == new.recipients.get(name)
        before = _whole(old.seen.get(name), members)
        after = _whole(new.seen.get(name), members)
        if not same and before is not None and after is not None:
            yield Sight(model=f"{name} (old address)", before=before, after=None)
            before = None
        if before != after:
            yield Sight(model=name, before=before, after=after)


def _whole(seen: set[str] | None, members: Mapping[str, Sequence[str]]) -> tuple[str, ...] | None:
    if seen is None:
        return None
    return tuple(sorted(label for first in seen for label in members.get(first, (first,))))
