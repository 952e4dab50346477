"""The rules of a policy, made ready when it loads: of a thousand, a request is compared with the few that could match.

A rule's *guard* is a set of values of which a request must have one for the rule to match: a team, a tool, a key of
metadata with its value, or the beginning of a word with wildcards. Each rule stands under the guard that it shares
with the fewest others. What no guard can hold (token counts, times, `not`) is asked of every request. The result is
what asking every rule would give; tests/rules/test_index.py compares the two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from typing_extensions import override

from ringfence.rules.conditions import (
    Getter,
    Names,
    exact_value,
    rule_predicate,
    tested,
    words_of,
)
from ringfence.rules.facts import Facts, Value
from ringfence.rules.globs import is_glob, literal, prefix
from ringfence.rules.rule_schema import Rule
from ringfence.rules.text_filter import TextFilter, Wanted
from ringfence.rules.when_schema import When

_TEXT = "text"


class _Key(NamedTuple):
    """A value of one fact, or the beginning of one."""

    fact: str
    value: Value
    begins: bool = False


_Guard = frozenset[_Key]


@dataclass(slots=True)
class _Fact:
    """The rules that are guarded by values of one fact, as positions."""

    getter: Getter
    exact: dict[Value, list[int]] = field(default_factory=dict)
    begins: dict[str, list[int]] = field(default_factory=dict)
    lengths: set[int] = field(default_factory=set)
    all: list[int] = field(default_factory=list)

    def put(self, key: _Key, position: int) -> None:
        self.all.append(position)
        if key.begins and isinstance(key.value, str):
            self.begins.setdefault(key.value, []).append(position)
            self.lengths.add(len(key.value))
        else:
            self.exact.setdefault(key.value, []).append(position)

    def possible(self, facts: Facts) -> Iterator[Sequence[int]]:
        """The positions of rules that could match; all of them while the fact is not known."""
        values = self.getter(facts)
        if values is None:
            yield self.all
            return
        for value in values:
            yield self.exact.get(value, ())
            if self.lengths and isinstance(value, str):
                for length in self.lengths:
                    yield self.begins.get(value[:length], ())


class RuleIndex:
    """Rules in their order, and which of them match.

    Args:
        rules: of the policy.
        names: name of a model → all names of that model, for conditions on the model that a request asks for.
    """

    def __init__(self, rules: Sequence[Rule], names: Names) -> None:
        self.rules = tuple(rules)
        self.tests_task = any("task" in tested(rule) for rule in self.rules)
        """Whether the matches may change with the task."""
        self._names = names
        self._predicates = [rule_predicate(rule, names) for rule in self.rules]
        self._facts: dict[str, _Fact] = {}
        self._always: list[int] = []
        self._by_text: list[int] = []
        self._build()
        self._texts = TextFilter([self._wanted(position) for position in self._by_text])

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return (RuleIndex, (self.rules, self._names))

    def matching(self, facts: Facts) -> tuple[Rule, ...]:
        """The rules that match, in the policy's order."""
        positions = set(self._always)
        for fact in self._facts.values():
            for possible in fact.possible(facts):
                positions.update(possible)
        if self._by_text:
            positions.update(self._texts.possible(facts.text))
        return tuple(self.rules[p] for p in sorted(positions) if self._predicates[p](facts))

    def _wanted(self, position: int) -> Wanted:
        words = {_literal(word) for word in _texts_of(self.rules[position].when)}
        return Wanted(position=position, words=tuple(sorted(words)))

    def _build(self) -> None:
        getters: dict[str, Getter] = {}
        offers = [list(_guards(rule.when, self._names, getters)) for rule in self.rules]
        shared = Counter(key for guards in offers for guard in guards for key in guard)
        for position, guards in enumerate(offers):
            if not guards:
                self._always.append(position)
                continue
            for key in min(guards, key=lambda guard: sum(shared[key] for key in guard)):
                if key.fact == _TEXT:
                    self._by_text.append(position)
                else:
                    fact = self._facts.setdefault(key.fact, _Fact(getters[key.fact]))
                    fact.put(key, position)


def _guards(when: When, names: Names, getters: dict[str, Getter]) -> Iterator[_Guard]:
    """Every set of values of which facts must have one for a condition to hold."""
    for fact, getter, words in words_of(when, names):
        getters[fact] = getter
        yield frozenset(_key(fact, word) for word in words)
    if when.text and all(_literal(word) for word in when.text):
        yield frozenset({_Key(_TEXT, "")})
    for child in when.all:
        yield from _guards(child, names, getters)
    if when.any:
        choices = [min(_guards(child, names, getters), key=len, default=None) for child in when.any]
        guards = [guard for guard in choices if guard is not None]
        if len(guards) == len(choices):
            yield frozenset().union(*guards)


def _key(fact: str, word: object) -> _Key:
    if isinstance(word, str) and is_glob(word):
        return _Key(fact, prefix(word), begins=True)
    return _Key(fact, exact_value(word))


def _literal(word: str) -> str:
    """What a text must contain for a word to be found in it."""
    return literal(word.casefold())


def _texts_of(when: When) -> Iterator[str]:
    """The words of the text conditions that a guard of this condition may stand for."""
    yield from when.text
    for child in (*when.all, *when.any):
        yield from _texts_of(child)
