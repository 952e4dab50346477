"""From a rule's `when` to a function of facts. Pure; made once, when the policy loads.

A fact that is not known yet makes a condition on it neither true nor false, and `not` of it the same (Kleene's logic).
What then counts is the safe side, which `unknown` says: a rule that narrows applies when it might, a rule that only
chooses a task or a route when it surely does. To get there `not` is pushed down to the single tests.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

from ringfence.rules.facts import Facts, Value
from ringfence.rules.globs import Glob, is_glob
from ringfence.rules.rule_schema import Rule
from ringfence.rules.when_schema import DAYS, Numbers, Time, Tokens, When

Predicate = Callable[[Facts], bool]
Test = Callable[[Facts], bool | None]
"""None: not known yet."""
Getter = Callable[[Facts], Collection[Value] | None]
"""The values of one fact, of which a condition wants one; None: not known yet."""
Names = Mapping[str, frozenset[str]]
"""Name of a model → all names of that model: the policy's and the provider's."""

NARROWING = ("label", "forbid", "only", "cap", "deny")
"""Effects of which every match applies."""
EFFECTS = (*NARROWING, "task", "route")

_KEYS = tuple(
    (name, field.alias or name)
    for name, field in When.model_fields.items()
    if name not in ("all", "any", "not_")
)
"""Attribute and key of each single test."""


def narrows(rule: Rule) -> bool:
    """Whether a rule does more than choose a task or a route."""
    return any(getattr(rule, effect) for effect in NARROWING)


def rule_predicate(rule: Rule, names: Names) -> Predicate:
    """Whether a rule applies, for facts that may be known in part."""
    return _condition(rule.when, names, unknown=narrows(rule), negated=False)


def tested(rule: Rule) -> frozenset[str]:
    """The keys of conditions that a rule tests, at any depth, as the file writes them (`caller.team`)."""
    return frozenset(key for when in conditions(rule.when) for key in keys(when))


def conditions(when: When) -> Iterator[When]:
    """A condition and all conditions inside it."""
    yield when
    for child in (*when.all, *when.any, *((when.not_,) if when.not_ else ())):
        yield from conditions(child)


def keys(when: When) -> Iterator[str]:
    """The keys that one condition tests itself."""
    for name, key in _KEYS:
        if getattr(when, name):
            yield key


def words_of(when: When, names: Names) -> Iterator[tuple[str, Getter, Sequence[object]]]:
    """The tests of one condition that want one of some words: what they test, its values, the words."""
    for key, words in (
        ("caller.tenant", when.tenant),
        ("caller.user", when.user),
        ("caller.team", when.team),
        ("caller.key_id", when.key_id),
        ("task", when.task),
        ("labels", when.labels),
        ("tools", when.tools),
    ):
        if words:
            yield key, _GETTERS[key], words
    if when.model:
        yield "model", partial(_asked_for, names=names), when.model
    for key, wanted in when.metadata.items():
        if not isinstance(wanted, Numbers):
            yield f"metadata.{key}", partial(_claimed, key=key), wanted


def _condition(when: When, names: Names, *, unknown: bool, negated: bool) -> Predicate:
    """Cheap tests first, the text last."""
    inner = partial(_condition, names=names, unknown=unknown)
    parts = [_decided(test, unknown=unknown, negated=negated) for test in _cheap_tests(when, names)]
    parts.extend(inner(child, negated=negated) for child in when.all)
    if when.any:
        either = [inner(child, negated=negated) for child in when.any]
        parts.append(_all_of(either) if negated else _any_of(either))
    if when.not_ is not None:
        parts.append(inner(when.not_, negated=not negated))
    if when.text:
        parts.append(_decided(_text_test(when.text), unknown=unknown, negated=negated))
    return _any_of(parts) if negated else _all_of(parts)


def _cheap_tests(when: When, names: Names) -> Iterator[Test]:
    for _, getter, words in words_of(when, names):
        yield _one_of(words, getter)
    for key, wanted in when.metadata.items():
        if isinstance(wanted, Numbers):
            yield partial(_in_range, key=key, wanted=wanted)
    if when.tokens is not None:
        yield partial(_long, wanted=when.tokens)
    if when.time is not None:
        yield _time_test(when.time)


def _decided(test: Test, *, unknown: bool, negated: bool) -> Predicate:
    def holds(facts: Facts) -> bool:
        found = test(facts)
        return unknown if found is None else found is not negated

    return holds


def _all_of(parts: Sequence[Predicate]) -> Predicate:
    if len(parts) == 1:
        return parts[0]

    def holds(facts: Facts) -> bool:
        for part in parts:  # noqa: SIM110 (a generator would cost more than the tests)
            if not part(facts):
                return False
        return True

    return holds


def _any_of(parts: Sequence[Predicate]) -> Predicate:
    if len(parts) == 1:
        return parts[0]

    def holds(facts: Facts) -> bool:
        for part in parts:  # noqa: SIM110
            if part(facts):
                return True
        return False

    return holds


# -- the values of facts


def _some(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


_GETTERS: Mapping[str, Getter] = {
    "caller.tenant": lambda facts: (facts.request.caller.tenant,),
    "caller.user": lambda facts: _some(facts.request.caller.user),
    "caller.team": lambda facts: _some(facts.request.caller.team),
    "caller.key_id": lambda facts: _some(facts.request.caller.key_id),
    "task": lambda facts: None if facts.task is None else (facts.task,),
    "labels": lambda facts: facts.labels,
    "tools": lambda facts: facts.tools,
}


def _asked_for(facts: Facts, *, names: Names) -> Collection[Value]:
    """A request may name a model as the policy does or as its provider does; a rule too."""
    model = facts.request.model
    return () if model is None else names.get(model, (model,))


def _claimed(facts: Facts, *, key: str) -> Collection[Value]:
    return facts.metadata(key)


# -- the tests


def exact_value(word: object) -> Value:
    """A word of a condition as the value that facts have: numbers as decimals, true and false as words."""
    if isinstance(word, bool):
        return "true" if word else "false"
    return Decimal(str(word)) if isinstance(word, int | float) else str(word)


def _one_of(words: Sequence[object], getter: Getter) -> Test:
    globs = [Glob(word) for word in words if isinstance(word, str) and is_glob(word)]
    exact = frozenset(exact_value(word) for word in words if not _is_pattern(word))

    def holds(facts: Facts) -> bool | None:
        values = getter(facts)
        return None if values is None else not exact.isdisjoint(values)

    def holds_with_globs(facts: Facts) -> bool | None:
        values = getter(facts)
        if values is None or not exact.isdisjoint(values):
            return None if values is None else True
        texts = [value for value in values if isinstance(value, str)]
        return any(glob.matches(text) for text in texts for glob in globs)

    return holds_with_globs if globs else holds


def _is_pattern(word: object) -> bool:
    return isinstance(word, str) and is_glob(word)


def _in_range(facts: Facts, *, key: str, wanted: Numbers) -> bool:
    return any(
        wanted.holds(number) for number in facts.metadata(key) if isinstance(number, Decimal)
    )


def _long(facts: Facts, *, wanted: Tokens) -> bool | None:
    return None if facts.tokens is None else wanted.holds(facts.tokens)


def _text_test(words: Sequence[str]) -> Test:
    plain = tuple(word.casefold() for word in words if not is_glob(word))
    globs = tuple(Glob(word.casefold()) for word in words if is_glob(word))

    def holds(facts: Facts) -> bool:
        text = facts.text
        return any(word in text for word in plain) or any(glob.found_in(text) for glob in globs)

    return holds


def _time_test(time: Time) -> Test:
    zone = ZoneInfo(time.zone)
    days = frozenset(DAYS.index(day) for day in time.days or DAYS)
    # Before 00:00 is until the end of the day.
    after, before = _minutes(time.after), _minutes(time.before) or 24 * 60

    def holds(facts: Facts) -> bool | None:
        return None if facts.now is None else _in_span(facts.now.astimezone(zone))

    def _in_span(now: datetime) -> bool:
        minute, day = now.hour * 60 + now.minute, now.weekday()
        if after < before:
            return after <= minute < before and day in days
        if minute >= after:
            return day in days
        return minute < before and (day - 1) % 7 in days

    return holds


def _minutes(clock: str | None) -> int:
    if clock is None:
        return 0
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
