"""What a check yields, and what several of them ask of a policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from ringfence.rules import PACKS, Model, Policy, enabled_labels
from ringfence.rules.schema import Route
from ringfence.types import UNREAD, UNSCANNED, Locality, TaskKind

Path = tuple[str | int, ...]


class Noticed(NamedTuple):
    """Something that a reviewer would ask about, and the path of the value that it is about."""

    code: str
    path: Path
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRoute:
    """A route of `routes` or of a rule. `kind` is None for a rule's."""

    title: str
    path: Path
    names: tuple[str, ...]
    kind: TaskKind | None = None


def routes_of(policy: Policy) -> Iterator[NamedRoute]:
    """Every route: those of `routes`, then those of rules."""
    for kind, route in policy.document.routes.items():
        yield NamedRoute(
            title=f"route '{kind}'", path=("routes", kind.value), names=names_in(route), kind=kind
        )
    for index, rule in enumerate(policy.document.rules):
        if rule.route:
            yield NamedRoute(
                title=f"the route of rule '{rule.name}'",
                path=("rules", index, "route"),
                names=names_in(rule.route),
            )


def names_in(route: Route) -> tuple[str, ...]:
    """The models of a route, in order, one that is written twice twice."""
    return tuple(
        name for group in route for name in ((group,) if isinstance(group, str) else group)
    )


def quoted(names: Iterator[str] | tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def serves(policy: Policy, model: Model, today: date) -> bool:
    """Whether a model can be a candidate at all: not retired, and reachable by what the policy says of the network."""
    retires = model.facts.retires
    offline = policy.document.network.mode == "none" and model.locality is Locality.CLOUD
    return not offline and (retires is None or today < retires)


def labels_that_occur(policy: Policy) -> frozenset[str]:
    """The labels that something in this policy may put on a request."""
    document = policy.document
    found = {UNREAD, UNSCANNED, *enabled_labels(document.labels)}
    found.update(custom.label for custom in document.labels.custom)
    for rule in document.rules:
        found.update(as_tuple(rule.label))
    if document.gate.presidio is not None:
        found.add("pii")
        for labels in document.gate.presidio.labels.values():
            found.update(as_tuple(labels))
    return frozenset(found)


KNOWN_LABELS = frozenset(
    {UNREAD, UNSCANNED, *(label for labels in PACKS.values() for label in labels)}
)
"""The labels that ringfence itself knows, whichever packs are on."""


def as_tuple(words: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if words is None:
        return ()
    return (words,) if isinstance(words, str) else tuple(words)
