"""What the rules of a policy test, as values: enough to write requests that match a rule and ones that do not.

It reads a rule's `when` as the file writes it and knows three words of its grammar (`all`, `any`, `not`), so that a new
condition is picked up here without a change. Whether a rule matches is always asked of `ringfence.rules`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from ringfence.rules import Policy, Rule

NESTED = ("all", "any", "not")

Leaf = tuple[Any, ...]
"""The values of one condition; a comparison has its bounds."""


def leaves_of(rule: Rule) -> Iterator[tuple[str, Leaf]]:
    """(key, values) of each condition of a rule, as deep as it is nested; metadata as `metadata.NAME`."""
    yield from _leaves(rule.when.model_dump(by_alias=True, exclude_none=True, mode="python"))


def leaves(policies: Sequence[Policy]) -> Mapping[str, tuple[Leaf, ...]]:
    """Key → the values of each condition that some rule of some policy puts on it."""
    found: dict[str, list[Leaf]] = {}
    for policy in policies:
        for rule in policy.document.rules:
            for key, values in leaves_of(rule):
                found.setdefault(key, []).append(values)
    return {key: tuple(dict.fromkeys(values)) for key, values in found.items()}


def _leaves(when: Mapping[str, Any]) -> Iterator[tuple[str, Leaf]]:
    for key, value in when.items():
        if not value:
            continue
        if key in NESTED:
            for nested in (value,) if isinstance(value, Mapping) else value or ():
                yield from _leaves(nested)
        elif key == "metadata":
            for name, wanted in value.items():
                yield f"metadata.{name}", tuple(_values(wanted))
        elif key == "time":
            for moment in (value,) if isinstance(value, Mapping) else value:
                yield "time", tuple(sorted((name, _hashable(v)) for name, v in moment.items()))
        else:
            yield key, tuple(_values(value))


def _values(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _values(inner)
    elif isinstance(value, Iterable) and not isinstance(value, str):
        for inner in value:
            yield from _values(inner)
    elif value is not None:
        yield value


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list | tuple | set | frozenset) else value


def filled(pattern: str) -> str:
    """A text that a pattern matches: `fin-*` → `fin-x`."""
    return pattern.replace("*", "x").replace("?", "x")


def examples(tests: Sequence[Leaf]) -> tuple[Any, ...]:
    """One value for each class of values that the tests tell apart.

    Two values that stand in the same lists are one class. A bound gives the numbers on it and on both of its sides.
    """
    chosen: dict[tuple[Any, ...], Any] = {}
    for value in dict.fromkeys(value for test in tests for value in test):
        if isinstance(value, bool):
            chosen.setdefault(("bool", value), value)
        elif isinstance(value, int | float | Decimal):
            bound = int(value) if value == int(value) else float(value)
            for number in (bound - 1, bound, bound + 1):
                chosen.setdefault(("number", number), number)
        else:
            example = filled(str(value))
            chosen.setdefault(tuple(matches(example, test) for test in tests), example)
    return tuple(chosen.values())


def matches(value: str, patterns: Leaf) -> bool:
    return any(fnmatchcase(value, str(pattern)) for pattern in patterns)
