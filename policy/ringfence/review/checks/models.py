"""Models and their routes: who can serve what, for how long, and for what reason they may see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from ringfence.review.checks.noticed import (
    KNOWN_LABELS,
    Noticed,
    Path,
    as_tuple,
    labels_that_occur,
    routes_of,
    serves,
)
from ringfence.rules import Policy
from ringfence.rules.hints import did_you_mean
from ringfence.types import Locality

RETIRES_WITHIN_DAYS = 90
WIDE = 3
"""Labels from which a clearance counts as wide."""
THIN = 15
"""A reason of fewer characters names nothing that can be looked up; nor does one without a figure in it."""


def routes(policy: Policy, today: date) -> Iterator[Noticed]:
    """RF101 and RF106: routes that refuse labelled requests, and second mentions."""
    for route in routes_of(policy):
        models = [policy.models[name] for name in route.names]
        if not any(m.clearance.everything and serves(policy, m, today) for m in models):
            yield Noticed(
                "RF101",
                route.path,
                f"no model of {route.title} is cleared for everything, so labelled requests of that kind are refused",
            )
        for name, times in Counter(route.names).items():
            if times > 1:
                yield Noticed(
                    "RF106", route.path, f"'{name}' stands {times} times in {route.title}"
                )


def unused(policy: Policy) -> Iterator[Noticed]:
    """RF102: models that no route names."""
    used = {name for route in routes_of(policy) for name in route.names}
    for name in policy.models:
        if name not in used and name != policy.document.classifier.model:
            yield Noticed(
                "RF102",
                ("models", name),
                f"no route uses '{name}'; requests reach it only by asking for it",
            )


def retiring(policy: Policy, today: date) -> Iterator[Noticed]:
    """RF103: models at their end."""
    for name, model in policy.models.items():
        retires = model.facts.retires
        if retires is not None and (retires - today).days < RETIRES_WITHIN_DAYS:
            verb = "retired" if retires <= today else "retires"
            yield Noticed("RF103", ("models", name), f"'{name}' {verb} on {retires}")


def attempts(policy: Policy) -> Iterator[Noticed]:
    """RF104: more attempts than models. The default is no promise of the author's."""
    fallback = policy.document.fallback
    longest = max(len(set(route.names)) for route in routes_of(policy))
    if "attempts" in fallback.model_fields_set and fallback.attempts > max(longest, 3):
        yield Noticed(
            "RF104",
            ("fallback", "attempts"),
            f"{fallback.attempts} attempts, and the longest route has {longest} models",
        )


def clearances(policy: Policy) -> Iterator[Noticed]:
    """RF107, RF108 and RF206: what clouds may see and why, and labels that do not exist."""
    occurring = labels_that_occur(policy)
    for name, spec in policy.document.models.items():
        path = ("models", name, "clearance")
        labels = as_tuple(spec.clearance) if spec.clearance != "all" else ()
        for index, label in enumerate(labels):
            if label not in occurring:
                hint = did_you_mean(label, occurring)
                yield Noticed("RF206", (*path, index), f"nothing puts '{label}' on a request{hint}")
        if policy.models[name].locality is not Locality.CLOUD or not spec.clearance:
            continue
        if spec.clearance == "all":
            yield Noticed("RF108", path, f"'{name}' is a cloud and cleared for everything")
        if (spec.clearance == "all" or len(labels) >= WIDE) and _is_thin(spec.because or ""):
            yield Noticed(
                "RF107",
                path,
                f"'{name}' is a cloud with a wide clearance, and its 'because' names nothing that can be looked up",
            )


def _is_thin(reason: str) -> bool:
    return len(reason.strip()) < THIN or not any(char.isdigit() for char in reason)


def catalogued(policy: Policy) -> Iterator[Noticed]:
    """RF109 and RF110: models that are not where they seem, or of which nothing is known."""
    for name, spec in policy.document.models.items():
        model = policy.models[name]
        forwarded = model.provider.wire == "ollama" and spec.model.endswith((":cloud", "-cloud"))
        if forwarded and spec.locality is None:
            yield Noticed(
                "RF109",
                ("models", name),
                f"'{name}' runs in Ollama's cloud, not on this machine",
            )
        if policy.catalog.find(spec.model) is None and spec.context_window is None:
            yield Noticed(
                "RF110",
                ("models", name),
                f"the catalogue does not know the model of '{name}': a window of "
                f"{model.facts.context_window:,} tokens is assumed",
            )


def labels(policy: Policy) -> Iterator[Noticed]:
    """RF205: labels of the policy's own that nothing tells apart."""
    document = policy.document
    told = {*KNOWN_LABELS}
    clearances = [spec.clearance for spec in document.models.values()]
    clearances += [caller.clearance for caller in document.callers.values()]
    for clearance in clearances:
        told.update(as_tuple(clearance) if clearance != "all" else ())
    for rule in document.rules:
        told.update(as_tuple(rule.when.labels))
    given: list[tuple[Path, str]] = [
        (("labels", "custom", index, "label"), custom.label)
        for index, custom in enumerate(document.labels.custom)
    ]
    given += [
        (("rules", index, "label"), label)
        for index, rule in enumerate(document.rules)
        for label in as_tuple(rule.label)
    ]
    for path, label in given:
        if label not in told:
            hint = did_you_mean(label, told)
            yield Noticed(
                "RF205", path, f"no pack, clearance or rule knows the label '{label}'{hint}"
            )
