"""Rules: ones that never act, ones that refuse more than they say, and ones that the sender can step around."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.review.checks.conditions import (
    Covering,
    contradicts_itself,
    covers,
    kinds_of,
    speaks_of,
    written,
)
from ringfence.review.checks.noticed import (
    Noticed,
    Path,
    as_tuple,
    labels_that_occur,
    names_in,
    routes_of,
)
from ringfence.rules import Policy, Rule
from ringfence.rules.conditions import narrows
from ringfence.rules.hints import did_you_mean


def shadowed(policy: Policy) -> Iterator[Noticed]:
    """RF201: of the rules that choose a task (or a route), one behind another that always matches first."""
    for effect in ("task", "route"):
        choosing = [
            (index, rule)
            for index, rule in enumerate(policy.document.rules)
            if getattr(rule, effect)
        ]
        whens = [written(rule) for _, rule in choosing]
        covering = Covering(whens)
        for at, (index, rule) in enumerate(choosing):
            first = next(covering.of(whens[at]))
            if first < at:
                yield Noticed(
                    "RF201",
                    ("rules", index, effect),
                    f"'{rule.name}' never chooses the {effect}: '{choosing[first][1].name}' comes first "
                    "and matches too",
                )


def never_match(policy: Policy) -> Iterator[Noticed]:
    """RF202 and RF204: conditions that contradict each other, and labels that do not exist."""
    occurring = labels_that_occur(policy)
    for index, rule in enumerate(policy.document.rules):
        when = written(rule)
        path = ("rules", index, "when")
        if (key := contradicts_itself(when)) is not None:
            yield Noticed(
                "RF202", path, f"'{rule.name}' can never match: what it asks of '{key}' cannot hold"
            )
        for place, label in _labels_in(when, path):
            if label not in occurring and not any(char in label for char in "*?["):
                hint = did_you_mean(label, occurring)
                yield Noticed("RF204", place, f"nothing puts '{label}' on a request{hint}")


def _labels_in(when: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(when, dict):
        for key, value in when.items():
            if key == "labels" and isinstance(value, str | list | tuple):
                yield from (
                    ((*path, key), label)
                    for label in ([value] if isinstance(value, str) else value)
                )
            elif key in ("all", "any", "not"):
                yield from _labels_in(value, (*path, key))
    elif isinstance(when, list | tuple):
        for index, item in enumerate(when):
            yield from _labels_in(item, (*path, index))


def needless(policy: Policy) -> Iterator[Noticed]:
    """RF203: rules that narrow nothing which another does not."""
    rules = policy.document.rules
    whens = [written(rule) for rule in rules]
    covering = Covering(whens)
    for index, rule in enumerate(rules):
        if not narrows(rule) or rule.task or rule.route:
            continue
        for other in covering.of(whens[index]):
            if other == index or not _narrows_as_much(rules[other], rule):
                continue
            mutual = covers(whens[index], whens[other]) and _narrows_as_much(rule, rules[other])
            if other < index or not mutual:
                yield Noticed(
                    "RF203",
                    ("rules", index),
                    f"'{rule.name}' narrows nothing that '{rules[other].name}' does not",
                )
                break


def _narrows_as_much(strong: Rule, weak: Rule) -> bool:
    if weak.deny:
        return strong.deny == weak.deny
    return (
        set(as_tuple(weak.label)) <= set(as_tuple(strong.label))
        and set(weak.forbid) <= set(strong.forbid)
        and (not weak.only or (bool(strong.only) and set(strong.only) <= set(weak.only)))
        and _caps_as_much(strong, weak)
    )


def _caps_as_much(strong: Rule, weak: Rule) -> bool:
    for part in ("usd", "output_tokens"):
        wanted = getattr(weak.cap, part, None)
        held = getattr(strong.cap, part, None)
        if wanted is not None and (held is None or held > wanted):
            return False
    return True


def refuse(policy: Policy) -> Iterator[Noticed]:
    """RF105 and RF207: rules that leave nothing, by omission or in plain words."""
    for index, rule in enumerate(policy.document.rules):
        when = written(rule)
        if rule.deny and not when:
            yield Noticed("RF207", ("rules", index, "deny"), f"'{rule.name}' refuses every request")
        kinds = kinds_of(rule)
        if kinds is None and speaks_of(when, "task"):
            continue
        empty = [
            title
            for title, names in _routes_under(policy, rule)
            if not any(_is_allowed(policy, rule, name) for name in names)
        ]
        effect = "only" if rule.only else "forbid"
        if empty and not rule.deny:
            yield Noticed(
                "RF105",
                ("rules", index, effect),
                f"'{rule.name}' leaves no model of {', '.join(empty)}",
            )


def _routes_under(policy: Policy, rule: Rule) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The routes that a request may take where the rule matches: its own, or those of its kinds."""
    kinds = kinds_of(rule)
    if rule.route:
        yield "its own route", names_in(rule.route)
        return
    for route in routes_of(policy):
        if route.kind is not None and (kinds is None or route.kind in kinds):
            yield route.title, route.names


def _is_allowed(policy: Policy, rule: Rule, name: str) -> bool:
    names = {name, policy.models[name].locality.value}
    return not names & set(rule.forbid) and (not rule.only or bool(names & set(rule.only)))


def claimed(policy: Policy) -> Iterator[Noticed]:
    """RF208: restrictions that the sender can leave out. A label that the sender adds is a favour, and no hole."""
    for index, rule in enumerate(policy.document.rules):
        restricts = rule.forbid or rule.only or rule.cap or rule.deny
        if restricts and speaks_of(written(rule), "metadata"):
            yield Noticed(
                "RF208",
                ("rules", index, "when"),
                f"'{rule.name}' depends on metadata, which the sender may leave out",
            )
