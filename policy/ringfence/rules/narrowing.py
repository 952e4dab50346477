"""The ways in which a key of a child and that key of its base make one; the table is in `ringfence.rules.inheritance`.

Each takes what the base has and what the child writes, gives what holds, and refuses what would widen the base.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ringfence.rules.hints import did_you_mean
from ringfence.rules.schema import PolicyDocument
from ringfence.rules.yaml_source import Path
from ringfence.types import Locality

Fault = tuple[Path, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the line: what stands before a file, and what is wrong with the file."""

    base: PolicyDocument
    localities: Mapping[str, Locality]
    """Where each of the base's models is."""
    lay_over: Callable[[Step, Path, Any, Any], Any]
    """How a section inside narrows."""
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, path: Path, message: str) -> None:
        self.faults.append((path, message))


Way = Callable[[Step, Path, Any, Any], Any]
"""From what the base has and what the child writes to what holds."""


def own(step: Step, path: Path, base: Any, child: Any) -> Any:
    """Each file has its own."""
    return child


def base_only(step: Step, path: Path, base: Any, child: Any) -> Any:
    """Only the base says it; the child may repeat it."""
    if child != base:
        step.refuse(path, "only the base says this; take it out here")
    return base


def earlier(step: Step, path: Path, base: Any, child: Any) -> Any:
    """The earlier of the two."""
    return min((day for day in (base, child) if day is not None), default=None)


def no_more(step: Step, path: Path, base: Any, child: Any) -> Any:
    """As much as the base, or less."""
    if child > base:
        step.refuse(path, "more than the base allows; write as much or less, or leave it out")
    return min(base, child)


def no_less(step: Step, path: Path, base: Any, child: Any) -> Any:
    """As much as the base, or more."""
    if child < base:
        step.refuse(path, "less than the base asks; write as much or more, or leave it out")
    return max(base, child)


def stricter(*order: Any) -> Way:
    """As strict as the base, or stricter; `order` goes up in strictness."""

    def way(step: Step, path: Path, base: Any, child: Any) -> Any:
        if child is None:
            return base
        if order.index(child) < order.index(base):
            allowed = " or ".join(f"'{_word(value)}'" for value in order[order.index(base) :])
            step.refuse(path, f"less strict than the base; write {allowed}, or leave it out")
            return base
        return child

    return way


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def added(step: Step, path: Path, base: Any, child: Any) -> Any:
    """The base's first, and all of them; then the child's."""
    return (*base, *child)


def united(step: Step, path: Path, base: Any, child: Any) -> Any:
    """The base's and the child's."""
    return tuple(dict.fromkeys((*base, *child)))


def some_of(step: Step, path: Path, base: Any, child: Any) -> Any:
    """The base's that the child writes again; all of them when it writes none."""
    for index, entry in enumerate(child):
        if entry not in base:
            message = "not an entry of the base, and a child adds none; take it out"
            step.refuse((*path, index), message)
    return tuple(entry for entry in child if entry in base)


def once(step: Step, path: Path, base: Any, child: Any) -> Any:
    """The child's where the base has none."""
    return child if base is None else base_only(step, path, base, child)


def by_kind(step: Step, path: Path, base: Any, child: Any) -> Any:
    """The child's for the kinds that it writes, the base's for the rest."""
    return {**base, **child}


def fewer_labels(step: Step, path: Path, base: Any, child: Any) -> Any:
    """The base's labels, or fewer of them."""
    allowed = base
    if base is None:  # a model whose clearance is that of its locality
        allowed = "all" if step.localities[str(path[-2])] is Locality.LOCAL else ()
    if child is None or allowed in ("all", child):
        return base if child is None else child
    wider = child == "all" or not set(child) <= set(allowed)
    if wider:
        step.refuse(path, "cleared for more than in the base; write fewer labels, or leave it out")
    return base if wider else child


_TRUST = (Locality.CLOUD, Locality.PRIVATE, Locality.LOCAL)


def trusted_less(step: Step, path: Path, base: Any, child: Any) -> Any:
    """The base's locality, or one of lower trust."""
    here = step.localities[str(path[-2])]
    if child is not None and _TRUST.index(child) > _TRUST.index(here):
        step.refuse(path, "more trust than in the base; write a lower locality, or leave it out")
        return base
    return base if child is None else child


def names_kb(step: Step, path: Path, base: Any, child: Any) -> Any:
    """What a larger text loses: some reading of names, or with `strict` its way to any model that is not local."""
    way = no_more if step.base.gate.limits.strict else no_less
    return way(step, path, base, child)


def kept(step: Step, path: Path, base: Any, child: Any) -> Any:
    """Those of the base that the child names, each narrowed; all of them when it names none."""
    result: dict[str, Any] = {}
    for name, spec in child.items():
        if name not in base:
            hint = did_you_mean(name, base)
            step.refuse(
                (*path, name), f"the base has none of this name, and a child adds none{hint}"
            )
        elif spec is None:
            result[name] = base[name]
        else:
            result[name] = step.lay_over(step, (*path, name), base[name], spec)
    return result or base  # nothing left of it: a fault already
