"""The labels that a request may carry, in classes that nothing in the policies tells apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from ringfence.review import conditions
from ringfence.review.written import Written, models_as_written
from ringfence.rules import PACKS, Policy
from ringfence.types import UNREAD, UNSCANNED

NOT_YET_INVENTED = "not-yet-invented"
"""A label that no pack and no policy knows: what a later version's recogniser or another policy's taint may bring."""

ALL_SUBSETS_UP_TO = 7
"""Classes of which every subset is taken; of more, the sets that a fault of one or two labels shows in."""

LabelClass = tuple[str, ...]


def universe(policies: Sequence[Policy]) -> tuple[str, ...]:
    """Every label that a request may carry: of packs, of the policies' own words and rules, of taint, and a new one."""
    known = {UNREAD, UNSCANNED, NOT_YET_INVENTED}
    known.update(label for labels in PACKS.values() for label in labels)
    for policy in policies:
        known.update(_written_labels(policy))
    return tuple(sorted(known))


def _written_labels(policy: Policy) -> Iterator[str]:
    document = policy.document
    for spec in document.models.values():
        yield from _some(spec.clearance)
    for caller in document.callers.values():
        yield from _some(caller.clearance)
    for release in document.taint.declassify:
        yield from _some(release.labels)
    for custom in document.labels.custom:
        yield custom.label
    for labels in document.gate.presidio.labels.values() if document.gate.presidio else ():
        yield from _some(labels)
    for rule in document.rules:
        yield from _some(rule.label)
    for test in conditions.leaves([policy]).get("labels", ()):
        yield from (conditions.filled(str(label)) for label in test)


def _some(labels: str | Iterable[str] | None) -> Iterable[str]:
    if labels is None or labels == "all":
        return ()
    return (labels,) if isinstance(labels, str) else labels


def classes(
    policies: Sequence[Policy], produced: Sequence[frozenset[str]] = ()
) -> tuple[LabelClass, ...]:
    """The labels in classes: those of a class are in the same clearances and the same conditions of rules.

    Args:
        policies: whose clearances and rules count.
        produced: further sets of labels to keep apart, such as what each policy's gate looks for.
    """
    written = [model for policy in policies for model in models_as_written(policy).values()]
    tests = conditions.leaves(policies).get("labels", ())
    groups: dict[tuple[object, ...], list[str]] = {}
    for label in universe(policies):
        signature = (
            label == UNSCANNED,
            *(_clears(model, label) for model in written),
            *(conditions.matches(label, test) for test in tests),
            *(label in labels for labels in produced),
        )
        groups.setdefault(signature, []).append(label)
    return tuple(tuple(group) for group in groups.values())


def _clears(model: Written, label: str) -> bool:
    return model.may_see((label,))


def label_sets(groups: Sequence[LabelClass]) -> tuple[tuple[str, ...], ...]:
    """The sets of labels to try, each class by its first label.

    All subsets of the classes, if they are few. Else every set of up to two, every set that lacks at most one, so that
    whatever one label or two together open or close is seen.
    """
    firsts = [group[0] for group in groups]
    sizes: Iterable[int] = range(len(firsts) + 1)
    if len(firsts) > ALL_SUBSETS_UP_TO:
        sizes = (0, 1, 2, len(firsts) - 1, len(firsts))
    return tuple(tuple(sorted(chosen)) for size in sizes for chosen in combinations(firsts, size))
