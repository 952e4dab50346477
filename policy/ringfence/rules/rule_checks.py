"""What the schema alone cannot see of rules and routes: names that exist, conditions that say something, bounds."""

from __future__ import annotations

from collections.abc import Iterator, Set

from ringfence.rules.conditions import EFFECTS, keys
from ringfence.rules.hints import did_you_mean, quoted
from ringfence.rules.rule_schema import Rule
from ringfence.rules.schema import Group, PolicyDocument
from ringfence.rules.when_schema import When
from ringfence.rules.yaml_source import Path
from ringfence.types import Locality

Fault = tuple[Path, str]

MAX_RULES = 10_000
MAX_DEPTH = 8
"""Conditions inside conditions."""
MAX_CONDITIONS = 200
"""Conditions in one rule, at every depth."""
MAX_TEXTS = 2_000
"""Words of all text conditions of a policy: each may be looked for in the whole of a request."""

IN_THE_GATE = (
    "caller.tenant",
    "caller.user",
    "caller.team",
    "caller.key_id",
    "metadata",
    "text",
    "tools",
)
"""What a rule that labels may test: what is known before anything was read."""


def check_rules(document: PolicyDocument, others: Set[str] = frozenset()) -> Iterator[Fault]:
    """All faults of the policy's rules. `others` are models that a rule may name besides the document's."""
    if len(document.rules) > MAX_RULES:
        yield ("rules", MAX_RULES), f"over {MAX_RULES:,} rules; join some with lists and 'any:'"
    first: dict[str, int] = {}
    texts = 0
    for index, rule in enumerate(document.rules):
        path: Path = ("rules", index)
        if first.setdefault(rule.name, index) != index:
            yield (
                (*path, "name"),
                f"rule {first[rule.name] + 1} has this name too; decisions name the rule, so give each its own",
            )
        yield from _check_rule(path, rule, document, others)
        before, texts = texts, texts + _texts(rule.when)
        if before <= MAX_TEXTS < texts:
            yield (
                (*path, "when"),
                f"over {MAX_TEXTS:,} words in the text conditions of the policy; put them into a "
                "dictionary of labels.custom, and test its label",
            )


def check_route(path: Path, route: tuple[Group, ...], document: PolicyDocument) -> Iterator[Fault]:
    """Models of a route that the policy does not have."""
    for index, group in enumerate(route):
        names = [group] if isinstance(group, str) else group
        for inner, name in enumerate(names):
            if name not in document.models:
                hint = did_you_mean(name, document.models)
                where = (*path, index) if isinstance(group, str) else (*path, index, inner)
                yield (
                    where,
                    f"no model is called{quoted(name, hint) or ' this'} under 'models:'{hint}",
                )


def _check_rule(
    path: Path, rule: Rule, document: PolicyDocument, others: Set[str]
) -> Iterator[Fault]:
    if not any(getattr(rule, effect) for effect in EFFECTS):
        yield path, f"the rule does nothing; write one of {', '.join(EFFECTS)}"
    yield from _check_when((*path, "when"), rule.when, in_the_gate=bool(rule.label))
    known = {*document.models, *others, *(locality.value for locality in Locality)}
    for effect in ("forbid", "only"):
        for index, name in enumerate(getattr(rule, effect)):
            if name not in known:
                hint = did_you_mean(name, known)
                said = quoted(name, hint) or " this"
                yield (*path, effect, index), f"no model or locality is called{said}{hint}"
    if rule.route:
        yield from check_route((*path, "route"), rule.route, document)


def _check_when(path: Path, when: When, *, in_the_gate: bool) -> Iterator[Fault]:
    for count, (inner, condition) in enumerate(_within(path, when)):
        if count == MAX_CONDITIONS:
            yield inner, f"over {MAX_CONDITIONS} conditions in one rule; write several rules"
            return
        depth = sum(step in ("all", "any", "not") for step in inner[len(path) :])
        if depth > MAX_DEPTH:
            yield inner, f"conditions are more than {MAX_DEPTH} deep; write several rules"
            return
        if inner != path and not condition.model_fields_set:
            yield inner, "an empty condition holds always; write what it tests, or leave it out"
        for index, word in enumerate(condition.text):
            if not word.strip("*?"):
                yield (
                    (*inner, "text", index),
                    "only wildcards, which every text has; write a word, or leave the key out",
                )
        if in_the_gate:
            yield from _check_gate(inner, condition)


def _check_gate(path: Path, when: When) -> Iterator[Fault]:
    for key in keys(when):
        if key not in IN_THE_GATE:
            yield (
                (*path, key),
                f"a rule that labels runs in the gate, where '{key}' is not known yet; it may test only "
                "caller.*, metadata, text and tools",
            )


def _within(path: Path, when: When) -> Iterator[tuple[Path, When]]:
    """A condition and all conditions inside it, each with where it stands."""
    yield path, when
    for key in ("all", "any"):
        for index, child in enumerate(getattr(when, key)):
            yield from _within((*path, key, index), child)
    if when.not_ is not None:
        yield from _within((*path, "not"), when.not_)


def _texts(when: When) -> int:
    return sum(len(condition.text) for _, condition in _within((), when))
