"""How a file narrows what it extends, key by key, and never widens it.

The files of a policy form one line, from the first base to the child. The first is a whole policy; each later file
is laid over what stands before it by `TABLE`. A key that is not in the table is the base's alone, so a key that
joins the schema is closed until a row says how it narrows. What a single key cannot show, such as a label that a
base's rule wants to be absent, is in `ringfence.rules.undoing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

from ringfence.rules.narrowing import (
    Fault,
    Step,
    Way,
    added,
    base_only,
    by_kind,
    earlier,
    fewer_labels,
    kept,
    names_kb,
    no_less,
    no_more,
    once,
    own,
    some_of,
    stricter,
    trusted_less,
    united,
)
from ringfence.rules.packs import name_reading
from ringfence.rules.schema import PolicyDocument, Route, Section
from ringfence.rules.undoing import undone
from ringfence.rules.yaml_source import Path
from ringfence.types import Locality


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How one key narrows: by which way, and as docs/policy.md says it."""

    way: Way
    says: str


def _row(way: Way, says: str) -> Row:
    return Row(way=way, says=says)


TABLE: Mapping[str, Row] = {
    "ringfence": _row(own, "the same format"),
    "name": _row(own, "the child's"),
    "serial": _row(own, "the child's"),
    "expires": _row(earlier, "the earlier of the two"),
    "extends": _row(own, "each file its own"),
    "models": _row(kept, "those that the child names; all of them when it writes no `models`"),
    "models.*.clearance": _row(fewer_labels, "the base's labels, or fewer"),
    "models.*.locality": _row(trusted_less, "the base's, or one of lower trust"),
    "models.*.because": _row(own, "the child's"),
    "callers": _row(kept, "those that the child names; all of them when it writes no `callers`"),
    "callers.*.clearance": _row(fewer_labels, "the base's labels, or fewer"),
    "callers.*.because": _row(own, "the child's"),
    "labels.packs": _row(united, "the base's and the child's"),
    "labels.secrets.enabled": _row(stricter(False, True), "may be turned on, never off"),
    "labels.secrets.because": _row(own, "the child's"),
    "labels.custom": _row(added, "the base's, then the child's"),
    "labels.allow": _row(some_of, "entries of the base, or fewer"),
    "gate.enabled": _row(stricter(False, True), "may be turned on, never off"),
    "gate.because": _row(own, "the child's"),
    "gate.names": _row(stricter("off", "context", "full", "any"), "as the base, or stricter"),
    "gate.limits.ms": _row(no_more, "as much or less"),
    "gate.limits.kb": _row(no_more, "as much or less"),
    "gate.limits.names_kb": _row(
        names_kb, "as much or more; under a `strict` base as much or less"
    ),
    "gate.limits.strict": _row(stricter(False, True), "may be turned on, never off"),
    "gate.presidio": _row(once, "the child's where the base has none"),
    "routes": _row(by_kind, "the child's for the kinds it writes; only models that are kept"),
    "rules": _row(added, "the base's first, and all of them; then the child's"),
    "classifier.model": _row(own, "the child's, of the models that are kept"),
    "classifier.when": _row(own, "the child's"),
    "classifier.timeout_ms": _row(own, "the child's"),
    "classifier.min_confidence": _row(own, "the child's"),
    "classifier.fitted": _row(own, "the child's"),
    "classifier.digest": _row(own, "the child's"),
    "budgets": _row(added, "the base's, and the child's beside them"),
    "fallback.deadline_s": _row(no_more, "as much or less"),
    "fallback.attempts": _row(no_more, "as many or fewer"),
    "network.mode": _row(stricter("open", "none"), "may be `none`, never opened"),
    "records.durability": _row(stricter("normal", "full"), "as the base, or stricter"),
    "records.unwritable": _row(stricter("allow", "refuse"), "as the base, or stricter"),
    "taint.days": _row(no_less, "as many or more"),
    "taint.declassify": _row(some_of, "entries of the base, or fewer"),
}
"""Key → how it narrows; every other key is the base's alone."""


def lay_over(step: Step, path: Path, base: Any, child: Section) -> Any:
    """A section of the base with what the child writes of it, by the table."""
    changed: dict[str, Any] = {}
    for name in child.model_fields_set:
        here = (*path, name)
        mine, yours = getattr(base, name, None), getattr(child, name)
        row = TABLE.get(_pattern(here))
        if row is not None:
            changed[name] = row.way(step, here, mine, yours)
        elif isinstance(mine, Section) and isinstance(yours, Section):
            changed[name] = lay_over(step, here, mine, yours)
        else:
            changed[name] = base_only(step, here, mine, yours)
    return base.model_copy(update=changed)


def _pattern(path: Path) -> str:
    """A path as the table has it: `*` for the name of a model or caller."""
    parts = [str(part) for part in path]
    if len(parts) > 1 and parts[0] in ("models", "callers"):
        parts[1] = "*"
    return ".".join(parts)


def narrow(
    base: PolicyDocument, child: PolicyDocument, localities: Mapping[str, Locality]
) -> tuple[PolicyDocument, list[Fault]]:
    """A base with a child laid over it, and what in the child would widen it, at its places in the child.

    Args:
        base: all that stands before the child, as one document.
        child: the file.
        localities: where each of the base's models is.
    """
    removed = frozenset(base.models) - frozenset(child.models or base.models)
    frozen = _without(removed, _with_its_reading(base))
    step = Step(base=frozen, localities=localities, lay_over=lay_over)
    merged: PolicyDocument = lay_over(step, (), frozen, child)
    if not merged.routes and not step.faults:
        step.refuse(
            ("models",), "no route has a model left; keep one of a route, or write 'routes:'"
        )
    after = {name: spec.locality or localities[name] for name, spec in merged.models.items()}
    return merged, [*step.faults, *undone(base, child, removed, localities, after)]


def _with_its_reading(base: PolicyDocument) -> PolicyDocument:
    """The base with its reading of names written out: packs that a child adds must not change what it follows from."""
    reading = name_reading(base)
    limits = base.gate.limits.model_copy(update={"strict": reading.strict})
    gate = base.gate.model_copy(update={"names": reading.mode, "limits": limits})
    return base.model_copy(update={"gate": gate})


def _without(removed: Set[str], base: PolicyDocument) -> PolicyDocument:
    """The base's routes and classifier without models that the child does not keep.

    Its rules keep their `forbid` and `only`: an `only` that lost its last model must not turn into none.
    """
    routes = {kind: _keep(route, removed) for kind, route in base.routes.items()}
    rules = tuple(
        rule.model_copy(update={"route": _keep(rule.route, removed) or None})
        if rule.route
        else rule
        for rule in base.rules
    )
    classifier = base.classifier
    if classifier.model in removed:
        classifier = classifier.model_copy(update={"model": None})
    routes = {kind: route for kind, route in routes.items() if route}
    return base.model_copy(update={"routes": routes, "rules": rules, "classifier": classifier})


def _keep(route: Route, removed: Set[str]) -> Route:
    groups = [
        tuple(name for name in group if name not in removed)
        if not isinstance(group, str)
        else group
        for group in route
        if group not in removed
    ]
    return tuple(group for group in groups if group)
