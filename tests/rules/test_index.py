"""The index gives what asking every rule would give, for any rules and any facts; and wildcards mean what they say."""

from __future__ import annotations

import copy
import fnmatch
import pickle
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.request import Caller, Request
from ringfence.rules import Facts, Rule, matching_rules, parse_policy, text_filter
from ringfence.rules.globs import Glob
from ringfence.rules.index import RuleIndex
from ringfence.rules.text_filter import TextFilter, Wanted
from ringfence.rules.when_schema import DAYS, When
from ringfence.types import TaskKind

# -- a second reading of the rules, written for this test: every rule, every condition, no shortcut

Truth = Literal[True, False] | None
NAMES = {
    "opus": frozenset({"opus", "anthropic/big"}),
    "anthropic/big": frozenset({"opus", "anthropic/big"}),
}


def naive(rules: tuple[Rule, ...], facts: Facts) -> list[str]:
    found = []
    for rule in rules:
        truth = truth_of(rule.when, facts)
        narrows = bool(rule.label or rule.forbid or rule.only or rule.cap or rule.deny)
        if truth or (truth is None and narrows):
            found.append(rule.name)
    return found


def truth_of(when: When, facts: Facts) -> Truth:
    caller, model = facts.request.caller, facts.request.model
    truths: list[Truth] = []
    for words, values in (
        (when.tenant, {caller.tenant}),
        (when.user, {caller.user} - {None}),
        (when.team, {caller.team} - {None}),
        (when.key_id, {caller.key_id} - {None}),
        (when.task, facts.task and {facts.task.value}),
        (when.labels, facts.labels),
        (when.tools, {tool["function"]["name"] for tool in facts.request.tools}),
        (when.model, NAMES.get(model, {model}) if model else set()),
    ):
        if words:
            truths.append(
                None if values is None else any(same(w, v) for w in words for v in values)
            )
    for key, wanted in when.metadata.items():
        claim = facts.request.metadata.get(key)
        claims = claim if isinstance(claim, list) else [claim]
        if isinstance(wanted, tuple):
            truths.append(any(equals(word, value) for word in wanted for value in claims))
        else:
            numbers = [n for n in map(number, claims) if n is not None]
            truths.append(any(inside(wanted, n) for n in numbers))
    if when.tokens:
        truths.append(None if facts.tokens is None else inside(when.tokens, facts.tokens))
    if when.time:
        truths.append(None if facts.now is None else at(when.time, facts.now))
    if when.text:
        said = "\n".join(message.text for message in facts.request.messages).casefold()
        truths.append(any(same(f"*{word.casefold()}*", said) for word in when.text))
    truths.extend(truth_of(child, facts) for child in when.all)
    if when.any:
        truths.append(negation(every([negation(truth_of(child, facts)) for child in when.any])))
    if when.not_:
        truths.append(negation(truth_of(when.not_, facts)))
    return every(truths)


def every(truths: list[Truth]) -> Truth:
    return False if False in truths else None if None in truths else True


def negation(truth: Truth) -> Truth:
    return None if truth is None else not truth


def same(word: object, value: object) -> bool:
    return fnmatch.fnmatchcase(str(value), str(word).replace("[", "[[]"))


def equals(word: object, value: object) -> bool:
    if isinstance(word, bool) or isinstance(value, bool) or isinstance(word, str):
        text = str(value).lower() if isinstance(value, bool) else value
        wanted = str(word).lower() if isinstance(word, bool) else word
        return text is not None and not isinstance(text, dict) and same(wanted, text)
    return number(word) == number(value)


def number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    plain = str(value).lstrip("+-").replace(".", "", 1).isdigit() or not isinstance(value, str)
    return Decimal(str(value)) if plain else None


def inside(wanted: Any, value: Any) -> bool:
    bounds = ((wanted.above, 1), (wanted.at_least, 0), (wanted.below, 1), (wanted.at_most, 0))
    low = all(b is None or (value > b if strict else value >= b) for b, strict in bounds[:2])
    return low and all(
        b is None or (value < b if strict else value <= b) for b, strict in bounds[2:]
    )


def at(time: Any, now: datetime) -> bool:
    local = now.astimezone(ZoneInfo(time.zone))
    clock, day = local.strftime("%H:%M"), local.weekday()
    days = {DAYS.index(name) for name in time.days} or set(range(7))
    after, before = time.after or "00:00", time.before or "24:00"
    before = "24:00" if before == "00:00" else before
    if after < before:
        return after <= clock < before and day in days
    return (clock >= after and day in days) or (clock < before and (day - 1) % 7 in days)


# -- any rules, any facts

WORDS = ["a", "ab", "b", "b?", "a*", "*c", "?b*", "*"]
VALUES = ["a", "ab", "abc", "b", "bc", "c", ""]
CLAIMS = [*VALUES, 0, 1, 1.0, 2.5, 10**20, True, False, None, "1", "1.0", "2.50", "1e1", {"a": 1}]
WANTED = [*WORDS, 0, 1, 2.5, True, False]
KINDS = ["simple", "gui", "complex"]
CLOCKS = ["00:00", "06:30", "12:00", "18:00", "23:59"]
EFFECTS = [{"forbid": ["cloud"]}, {"deny": "no no"}, {"task": "gui"}, {"route": ["l"]}]


class Maker(random.Random):
    """Rules and facts of few values, so that they often meet."""

    def some(self, values: list[Any]) -> Any:
        return self.choice([self.choice(values), self.sample(values, self.randint(1, 3))])

    def leaf(self) -> dict[str, Any]:
        key = self.choice(
            ["caller.tenant", "caller.user", "caller.team", "caller.key_id", "tools", "labels"]
            + ["metadata", "text", "task", "tokens", "model", "time"] * 2
        )
        match key:
            case "metadata":
                bound = self.choice(["above", "at_least", "below", "at_most"])
                value = self.choice([self.some(WANTED), {bound: self.randint(-1, 3)}])
                return {key: {self.choice("kl"): value}}
            case "text":
                return {key: self.some(["a", "B", "ab", "a?c", "b*a", "Ä"])}
            case "task":
                return {key: self.some(KINDS)}
            case "tokens":
                return {key: {self.choice(["above", "at_most"]): self.randint(0, 4)}}
            case "model":
                return {key: self.some(["opus", "anthropic/big", "anthropic/*", "a", "*"])}
            case "time":
                after, before = self.sample(CLOCKS, 2)
                zone = self.choice(["UTC", "Asia/Kolkata"])
                days = self.sample(DAYS, 4)
                return {key: {"days": days, "after": after, "before": before, "zone": zone}}
        return {key: self.some(WORDS)}

    def when(self, depth: int = 0) -> dict[str, Any]:
        made = self.leaf() if self.random() < 0.8 else {}
        if depth < 3 and self.random() < 0.5:
            key = self.choice(["all", "any", "not"])
            inner = [self.when(depth + 1) for _ in range(self.randint(1, 3))]
            made[key] = inner[0] if key == "not" else inner
        return made or self.leaf()

    def rules(self) -> tuple[Rule, ...]:
        return tuple(
            Rule.model_validate({"name": f"r{n}", "when": self.when(), **self.choice(EFFECTS)})
            for n in range(self.randint(1, 12))
        )

    def facts(self) -> Facts:
        body: dict[str, Any] = {
            "messages": [{"role": "user", "content": "".join(self.choices("abcÄB ", k=4))}],
            "metadata": {key: self.some(CLAIMS) for key in "kl" if self.random() < 0.7},
            "tools": [{"type": "function", "function": {"name": self.choice(VALUES)}}],
            "model": self.choice([None, "opus", "anthropic/big", "a", "zz"]),
        }
        names = {key: self.choice([None, *VALUES]) for key in ("user", "team", "key_id")}
        request = Request.parse(body, caller=Caller(tenant=self.choice(VALUES), **names))
        minutes = timedelta(minutes=self.randrange(7 * 24 * 60))
        return Facts(
            request,
            labels=self.choice([None, self.sample(VALUES, self.randint(0, 2))]),
            task=self.choice([None, *map(TaskKind, KINDS)]),
            tokens=self.choice([None, *range(5)]),
            now=self.choice([None, *[datetime(2026, 11, 23, tzinfo=UTC) + minutes] * 5]),
        )


@settings(deadline=None)
@given(seed=st.integers(0, 2**64))
def test_the_index_gives_what_asking_every_rule_gives(seed: int) -> None:
    make = Maker(seed)
    rules = make.rules()
    index = RuleIndex(rules, NAMES)
    for facts in (make.facts() for _ in range(20)):
        assert [rule.name for rule in index.matching(facts)] == naive(rules, facts)


@given(
    pattern=st.text("ab*?", max_size=7),
    text=st.text("ab\n", max_size=9),
    around=st.text("ab", max_size=2),
)
def test_a_glob_is_what_the_shell_says_of_the_whole_text_or_of_a_part_of_it(
    pattern: str, text: str, around: str
) -> None:
    assert Glob(pattern).matches(text) == fnmatch.fnmatchcase(text, pattern)
    whole = around + text
    assert Glob(pattern).found_in(whole) == fnmatch.fnmatchcase(whole, f"*{pattern}*")


def test_stars_upon_stars_take_no_longer_than_the_text_is_long() -> None:
    text = "a" * 200_000
    assert not Glob("*".join("a" * 60) + "*b").matches(text)
    assert not Glob("*".join("a" * 60) + "*b").found_in(text)
    assert not Glob("a?" * 60 + "b").found_in(text)


POLICY = """\
ringfence: 1
name: many
models: {local: {model: ollama_chat/qwen3.5:9b}}
routes: {simple: [local]}
rules:
"""


def test_of_a_thousand_rules_few_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = "".join(
        f"  - {{name: r{n}, when: {{all: [{{caller.team: 'team{n}-*'}}, {{labels: pii}}]}}, deny: no no}}\n"
        for n in range(1000)
    )
    policy = parse_policy(POLICY + rules)
    asked: list[int] = []
    for position, predicate in enumerate(policy.rules._predicates):

        def watched(facts: Facts, predicate: Any = predicate, position: int = position) -> bool:
            asked.append(position)
            return bool(predicate(facts))

        policy.rules._predicates[position] = watched
    facts = Facts(Request.from_text("x", caller=Caller(team="team7-x")), labels=("pii",))
    assert [rule.name for rule in matching_rules(policy, facts)] == ["r7"]
    assert asked == [7]


def test_two_thousand_text_conditions_are_one_look_at_a_text_that_has_none_of_them() -> None:
    rules = "".join(
        f"  - {{name: r{n}, when: {{text: 'codeword {n} of many*x'}}, deny: no no}}\n"
        for n in range(2000)
    )
    index = parse_policy(POLICY + rules).rules
    index._predicates = [lambda facts: pytest.fail("asked")] * 2000
    assert index.matching(Facts(Request.from_text("nothing of that " * 100))) == ()


def test_a_word_in_a_text_finds_its_rule_among_many_by_asking_few() -> None:
    words = [f"codeword {n:03} of many" for n in range(300)]
    found = TextFilter([Wanted(position=n, words=(word,)) for n, word in enumerate(words)])
    for n in (0, 7, 150, 299):
        positions = list(found.possible(f"here is {words[n]} and no other"))
        assert n in positions
        assert len(positions) <= 4
    both = set(found.possible(f"{words[3]} {words[250]}"))
    assert both >= {3, 250}
    assert len(both) <= 8


def test_a_pattern_that_re2_does_not_take_leaves_its_rules_to_be_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise text_filter.re2.error("pattern too large")

    monkeypatch.setattr(text_filter.re2, "compile", refuse)
    found = TextFilter([Wanted(position=n, words=(f"word{n}",)) for n in range(9)])
    assert sorted(found.possible("nothing")) == list(range(9))


def test_an_index_can_be_copied_and_sent_to_another_process() -> None:
    policy = parse_policy(POLICY + "  - {name: r, when: {caller.team: a}, deny: no no}\n")
    facts = Facts(Request.from_text("x", caller=Caller(team="a")))
    for other in (copy.deepcopy(policy.rules), pickle.loads(pickle.dumps(policy.rules))):
        assert [rule.name for rule in other.matching(facts)] == ["r"]
