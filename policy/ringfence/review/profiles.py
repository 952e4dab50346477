"""Who may ask, and how: one request for each class that the rules of a policy tell apart.

Rules see a request's caller, metadata, text, tools and model, and the time. For each of these the values are taken that
some rule tests, one that none tests, and none at all; then every combination. Combinations that match the same rules
whatever the labels, the task and the size are one class, and the first stands for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import combinations, product
from typing import Any
from zoneinfo import ZoneInfo

from ringfence.request import Caller, Request
from ringfence.review import conditions
from ringfence.rules import Facts, Policy, label_rules, matching_rules
from ringfence.types import TaskKind

MOST_COMBINATIONS = 4096
"""Above it, conditions are combined two at a time, and the report says so."""

NOBODY = "nobody-the-policy-knows"
_CALLER = ("caller.tenant", "caller.user", "caller.team", "caller.key_id")
_STAGES = ("labels", "task", "tokens")
"""What the stages say of a request; the rest a profile brings with it."""

Facet = tuple[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A request as far as rules can see it before the gate has read it, and the moment at which it comes."""

    request: Request
    moment: datetime
    adds: tuple[tuple[str, ...], ...] = ()
    """The labels that each policy's label rules put on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """The classes, how many combinations they stand for, and whether these were all."""

    chosen: tuple[Profile, ...]
    combinations: int
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """The label sets, task kinds and token counts under which combinations are held against each other."""

    labels: Sequence[tuple[str, ...]]
    kinds: Sequence[TaskKind]
    tokens: Sequence[int]


def facts(
    profile: Profile, labels: Iterable[str], kind: TaskKind, tokens: int, *, now: datetime
) -> Facts:
    """What `ringfence.rules` is asked about."""
    return Facts(profile.request, labels=labels, task=kind, tokens=tokens, now=now)


def profiles(
    policies: Sequence[Policy], stages: Stages, *, now: datetime, models: Sequence[str | None]
) -> Profiles:
    """The classes of requests.

    Args:
        policies: whose rules tell requests apart.
        stages: under which two combinations must match the same rules to be one class.
        now: the moment of a request where no rule tests the time.
        models: what a request may name as its model; each is a class of its own.
    """
    tests = conditions.leaves(policies)
    facets = _facets(tests, now)
    combined, whole = _combined(facets)
    names = (
        *models,
        *(name for name in conditions.examples(tests.get("model", ())) if name not in models),
    )
    stages = _that_matter(stages, tests)
    classes: dict[object, Profile] = {}
    count = 0
    for combination in combined:
        told_apart: object = None
        for name in names:
            count += 1
            profile = _profile(policies, dict(combination), name, now)
            if told_apart is None or "model" in tests:
                told_apart = _signature(policies, profile, stages)
            classes.setdefault((name, told_apart), profile)
    return Profiles(chosen=tuple(classes.values()), combinations=count, whole=whole)


def _that_matter(stages: Stages, tests: Mapping[str, object]) -> Stages:
    """Only what some rule tests can tell combinations apart."""
    return Stages(
        labels=stages.labels if "labels" in tests else stages.labels[:1],
        kinds=stages.kinds if "task" in tests else stages.kinds[:1],
        tokens=stages.tokens if "tokens" in tests else stages.tokens[:1],
    )


def _signature(policies: Sequence[Policy], profile: Profile, stages: Stages) -> object:
    """Which rules match, by name, under all labels, kinds and sizes; and which labels the rules add."""
    if not any(policy.document.rules for policy in policies):
        return ()
    under = product(stages.labels, stages.kinds, stages.tokens)
    matched = tuple(
        tuple(
            rule.name for rule in matching_rules(policy, facts(profile, *stage, now=profile.moment))
        )
        for stage in under
        for policy in policies
    )
    return profile.adds, matched


def _facets(tests: Mapping[str, tuple[conditions.Leaf, ...]], now: datetime) -> list[list[Facet]]:
    """For each thing that rules test, the values to try."""
    facets: list[list[Facet]] = []
    for key, leaves in tests.items():
        if key in _STAGES or key == "model":
            continue
        if key == "time":
            facets.append([("time", moment) for moment in _moments(leaves, now)])
        elif key in ("text", "tools"):
            values = conditions.examples(leaves)
            alone = [(value,) for value in values]
            facets.append([(key, chosen) for chosen in dict.fromkeys([(), *alone, values])])
        else:
            facets.append([(key, value) for value in (None, NOBODY, *conditions.examples(leaves))])
    return facets


def _combined(facets: list[list[Facet]]) -> tuple[Iterator[tuple[Facet, ...]], bool]:
    size = 1
    for values in facets:
        size *= len(values)
    if size <= MOST_COMBINATIONS:
        return product(*facets), True
    return _two_at_a_time(facets), False


def _two_at_a_time(facets: list[list[Facet]]) -> Iterator[tuple[Facet, ...]]:
    for first, second in combinations(facets, 2):
        yield from product(first, second)


def _moments(leaves: Sequence[conditions.Leaf], now: datetime) -> Iterator[datetime]:
    """For each zone: of each day of a week, the minutes at which some rule's hours begin and end, and those before."""
    yield now
    by_zone: dict[str, set[time]] = {}
    for leaf in leaves:
        written = dict(leaf)
        clocks = by_zone.setdefault(str(written.get("zone", "UTC")), {time(0), time(12)})
        clocks.update(clock for value in written.values() if (clock := _clock(value)) is not None)
    for zone, clocks in by_zone.items():
        for day in range(7):
            for clock in sorted(clocks):
                moment = datetime.combine(now.date() + timedelta(day), clock, ZoneInfo(zone))
                yield moment - timedelta(minutes=1)
                yield moment


def _clock(value: object) -> time | None:
    if isinstance(value, time):
        return value
    try:
        return time.fromisoformat(str(value))
    except ValueError:
        return None


def _profile(
    policies: Sequence[Policy], facets: Mapping[str, Any], model: str | None, now: datetime
) -> Profile:
    caller = {
        key.removeprefix("caller."): value
        for key in _CALLER
        if (value := facets.get(key)) is not None
    }
    metadata = {
        key.removeprefix("metadata."): value
        for key, value in facets.items()
        if key.startswith("metadata.") and value is not None
    }
    body: dict[str, Any] = {
        "messages": [{"role": "user", "content": "\n".join(facets.get("text", ())) or "…"}]
    }
    if facets.get("tools"):
        body["tools"] = [
            {"type": "function", "function": {"name": name}} for name in facets["tools"]
        ]
    if metadata:
        body["metadata"] = metadata
    if model is not None:
        body["model"] = model
    request = Request.parse(body, caller=Caller(**caller))
    moment = facets.get("time", now)
    bare = Facts(request, now=moment)
    adds = tuple(label_rules(policy, bare) for policy in policies)
    return Profile(request=request, moment=moment, adds=adds)
