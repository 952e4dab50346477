"""Conditions of rules, held against each other: does one match whenever another does, and can one match at all?

They are read as the file writes them, so a condition that is not known here counts as equal to its like alone: what is
said is true, and something may go unsaid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from ringfence.rules import Rule
from ringfence.types import TaskKind

When = Mapping[str, Any]

_ONE_VALUED = ("caller.tenant", "caller.user", "caller.team", "caller.key_id", "task", "model")
"""What a request has one of, so that two conditions on it may contradict each other."""
_WORDED = (*_ONE_VALUED, "labels", "tools")
_BOUNDS = ("above", "at_least", "below", "at_most")


def written(rule: Rule) -> When:
    """A rule's `when` as plain values, without what is not written."""
    dumped = rule.when.model_dump(mode="python", by_alias=True, exclude_defaults=True)
    return {key: value for key, value in dumped.items() if value not in (None, {}, ())}


def kinds_of(rule: Rule) -> frozenset[TaskKind] | None:
    """The kinds of work that a rule is about; None where it does not say, or says it in a way that is not read here."""
    stated = written(rule).get("task")
    if stated is None:
        return None
    return frozenset(
        kind for kind in TaskKind if any(fnmatchcase(kind, word) for word in _words(stated))
    )


def speaks_of(when: Any, key: str) -> bool:
    """Whether a condition stands anywhere in a `when`, however deep."""
    if isinstance(when, Mapping):
        return key in when or any(speaks_of(value, key) for value in when.values())
    return isinstance(when, list | tuple) and any(speaks_of(item, key) for item in when)


def covers(wide: When, narrow: When) -> bool:
    """Whether `wide` holds whenever `narrow` does. False where that cannot be told."""
    return all(
        key in narrow and _implied(key, condition, narrow[key]) for key, condition in wide.items()
    )


class Covering:
    """Finds the conditions that cover one, without holding each against each.

    What wants one of some exact words can only cover what wants some of the same, so it stands under each of those
    words. The rest is held against everything.
    """

    def __init__(self, whens: Sequence[When]) -> None:
        self._whens = whens
        self._by_word: dict[tuple[str, str], list[int]] = {}
        self._rest: list[int] = []
        for at, when in enumerate(whens):
            key = next((key for key in _WORDED if key in when), None)
            words = _words(when[key]) if key else ()
            if key is None or any(_is_pattern(word) for word in words):
                self._rest.append(at)
                continue
            for word in words:
                self._by_word.setdefault((key, word), []).append(at)

    def of(self, narrow: When) -> Iterator[int]:
        """The places of all conditions that hold whenever `narrow` does, its own among them, in order."""
        near = set(self._rest)
        for key in _WORDED:
            if key in narrow:
                near.update(self._by_word.get((key, _words(narrow[key])[0]), ()))
        return (at for at in sorted(near) if covers(self._whens[at], narrow))


def _implied(key: str, wide: Any, narrow: Any) -> bool:
    if wide == narrow:
        return True
    if key in ("all", "any", "not", "time", "text"):
        return False
    if key == "metadata":
        return covers(wide, narrow)
    if isinstance(wide, Mapping) or isinstance(narrow, Mapping):
        return _is_range(wide) and _is_range(narrow) and _within(narrow, wide)
    return all(any(_same(word, pattern) for pattern in _words(wide)) for word in _words(narrow))


def contradicts_itself(when: When) -> str | None:
    """The condition that cannot hold beside the others, by its key; None when nothing is seen."""
    parts = list(_conjuncts(when))
    for part in parts:
        refused = part.get("not")
        if isinstance(refused, Mapping) and any(covers(refused, other) for other in parts):
            return "not"
    for key in (*_ONE_VALUED, "tokens"):
        if not _have_common([part[key] for part in parts if key in part]):
            return key
    return None


def _conjuncts(when: When) -> Iterator[When]:
    """The `when` itself and every `when` that must hold with it."""
    yield {key: value for key, value in when.items() if key != "all"}
    for part in when.get("all", ()):
        yield from _conjuncts(part)


def _have_common(conditions: list[Any]) -> bool:
    """Whether some value may fulfil all of them. Patterns against patterns count as if one may."""
    ranges = [condition for condition in conditions if isinstance(condition, Mapping)]
    if any(not _is_range(condition) for condition in ranges):
        return True
    if ranges:
        low = max(_low(condition) for condition in ranges)
        high = min(_high(condition) for condition in ranges)
        if low[0] > high[0] or (low[0] == high[0] and bool(low[1] or high[1])):
            return False
    listed = [_words(condition) for condition in conditions if not isinstance(condition, Mapping)]
    exact = [words for words in listed if not any(_is_pattern(word) for word in words)]
    if not exact:
        return True
    return any(
        all(any(_same(word, pattern) for pattern in words) for words in listed) for word in exact[0]
    )


def _is_range(condition: Any) -> bool:
    return isinstance(condition, Mapping) and all(
        key in _BOUNDS and isinstance(value, int | float | Decimal)
        for key, value in condition.items()
        if value is not None
    )


def _within(narrow: When, wide: When) -> bool:
    return _low(wide) <= _low(narrow) and _high(wide) >= _high(narrow)


def _low(condition: When) -> tuple[float, int]:
    """The lower bound, and 1 when the bound itself is out."""
    found = [(float("-inf"), 0)]
    if condition.get("above") is not None:
        found.append((float(condition["above"]), 1))
    if condition.get("at_least") is not None:
        found.append((float(condition["at_least"]), 0))
    return max(found)


def _high(condition: When) -> tuple[float, int]:
    """The upper bound, and -1 when the bound itself is out."""
    found = [(float("inf"), 0)]
    if condition.get("below") is not None:
        found.append((float(condition["below"]), -1))
    if condition.get("at_most") is not None:
        found.append((float(condition["at_most"]), 0))
    return min(found)


def _words(condition: Any) -> tuple[str, ...]:
    values = condition if isinstance(condition, list | tuple) else (condition,)
    return tuple(str(value) for value in values)


def _is_pattern(word: str) -> bool:
    return any(char in word for char in "*?[")


def _same(word: str, pattern: str) -> bool:
    """Whether all that `word` stands for is also what `pattern` stands for."""
    if pattern in (word, "*"):
        return True
    return not _is_pattern(word) and _is_pattern(pattern) and fnmatchcase(word, pattern)
