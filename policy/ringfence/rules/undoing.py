"""What a child would undo of its base's rules without touching them: by a label, a task or a model that they test.

A rule may want something to be absent (`not: {labels: reviewed}`), or test what a later file may change. Here the
child is refused what would keep a rule of its base from applying.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from fnmatch import fnmatchcase

from ringfence.rules.conditions import narrows, tested
from ringfence.rules.schema import PACKS, PolicyDocument, Rule
from ringfence.rules.when_schema import When
from ringfence.rules.yaml_source import Path
from ringfence.types import Locality

Fault = tuple[Path, str]


def undone(
    base: PolicyDocument,
    child: PolicyDocument,
    removed: Set[str],
    before: Mapping[str, Locality],
    after: Mapping[str, Locality],
) -> Iterator[Fault]:
    """What of a child would undo a rule of its base.

    Args:
        base: all that stands before the child.
        child: the file.
        removed: the base's models that it does not keep.
        before: where each of the base's models is.
        after: where each model that is kept is, by the child.
    """
    narrowing = [rule for rule in base.rules if narrows(rule)]
    yield from _absent_labels(narrowing, base, child)
    tests = frozenset().union(*(tested(rule) for rule in narrowing))
    if "task" in tests and child.classifier.model_fields_set:
        yield (
            ("classifier",),
            "a rule of the base tests the task, so how tasks are read is the base's; take this out",
        )
    if "model" in tests and removed:
        yield (
            ("models",),
            "a rule of the base tests which model is asked for, so all its models stay; write a rule that forbids one",
        )
    yield from _unchecked(base, child, before, after)
    for name in after:
        if any(
            _lets(rule, name, after[name]) and not _lets(rule, name, before[name])
            for rule in narrowing
        ):
            yield (
                ("models", name, "locality"),
                "a rule of the base would let this model through with this locality; leave it out",
            )


def _unchecked(
    base: PolicyDocument,
    child: PolicyDocument,
    before: Mapping[str, Locality],
    after: Mapping[str, Locality],
) -> Iterator[Fault]:
    """Models that keep what they are cleared for and lose what dispatch checks of an endpoint that is trusted more.

    A cloud may be anywhere: no loopback address is asked of it, and no server that does not forward.
    """
    for name, spec in child.models.items():
        cleared = base.models[name].clearance if name in base.models else None
        if spec is not None and spec.clearance is not None:
            cleared = spec.clearance
        if cleared and before.get(name) is not after.get(name):
            yield (
                ("models", name, "locality"),
                "a lower locality is checked less, so it is cleared for nothing; write 'clearance: []' beside it",
            )


def _absent_labels(
    rules: Iterable[Rule], base: PolicyDocument, child: PolicyDocument
) -> Iterator[Fault]:
    unwanted = {
        label
        for rule in rules
        for when, negated in _signed(rule.when)
        if negated
        for label in when.labels
    }
    for path, label in _labels_of(base, child) if unwanted else ():
        if any(fnmatchcase(label, pattern) for pattern in unwanted):
            yield (
                path,
                "puts on a label that a rule of the base wants to be absent; use another label",
            )


def _labels_of(base: PolicyDocument, child: PolicyDocument) -> Iterator[tuple[Path, str]]:
    """The labels that a child may put on requests which its base would not put on them."""
    for index, entry in enumerate(child.labels.custom):
        yield ("labels", "custom", index, "label"), entry.label
    for index, rule in enumerate(child.rules):
        for label in rule.label:
            yield ("rules", index, "label"), label
    if "packs" in child.labels.model_fields_set:
        for index, pack in enumerate(child.labels.packs):
            added = PACKS[pack] if pack not in base.labels.packs else ()
            yield from ((("labels", "packs", index), label) for label in added)
    secrets = child.labels.secrets
    if "enabled" in secrets.model_fields_set and secrets.enabled > base.labels.secrets.enabled:
        yield ("labels", "secrets", "enabled"), "secret"
    if child.gate.presidio is not None:
        for found in ("pii", *child.gate.presidio.labels.values()):
            for label in (found,) if isinstance(found, str) else found:
                yield ("gate", "presidio"), label


def _signed(when: When, *, negated: bool = False) -> Iterator[tuple[When, bool]]:
    """A condition and all conditions inside it, and whether each must not hold."""
    yield when, negated
    for inner in (*when.all, *when.any):
        yield from _signed(inner, negated=negated)
    if when.not_ is not None:
        yield from _signed(when.not_, negated=not negated)


def _lets(rule: Rule, name: str, locality: Locality) -> bool:
    """Whether what a rule forbids or allows lets a model through, where it is."""
    names = {name, locality.value}
    return names.isdisjoint(rule.forbid) and (not rule.only or not names.isdisjoint(rule.only))
