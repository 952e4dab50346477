"""What is said of conditions held against each other is true of every request: asked of the matcher that serves."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.request import Caller, Request
from ringfence.review.checks.conditions import Covering, contradicts_itself, covers, written
from ringfence.rules import Facts, Policy, matching_rules, parse_policy
from ringfence.types import TaskKind

WORDS = st.sampled_from(["a", "ab", "b", "a*", "*", "?b"])
SOME = st.lists(WORDS, min_size=1, max_size=2)
BOUNDS = st.dictionaries(
    st.sampled_from(["above", "at_least", "below", "at_most"]),
    st.integers(0, 4),
    min_size=1,
    max_size=2,
)
LEAVES = st.fixed_dictionaries(
    {},
    optional={
        "caller.team": SOME,
        "tools": SOME,
        "labels": SOME,
        "text": SOME,
        "task": st.lists(st.sampled_from(["gui", "live", "simple"]), min_size=1, max_size=2),
        "tokens": BOUNDS,
        "metadata": st.dictionaries(st.sampled_from(["k", "n"]), SOME | BOUNDS, min_size=1),
    },
).filter(bool)
WHENS = st.recursive(
    LEAVES,
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "caller.team": SOME,
            "task": st.just(["gui"]),
            "all": st.lists(inner, min_size=1, max_size=2),
            "any": st.lists(inner, min_size=1, max_size=2),
            "not": inner,
        },
    ).filter(bool),
    max_leaves=4,
)
NAMES = st.sampled_from(["a", "ab", "b", "c"])
REQUESTS = st.fixed_dictionaries(
    {
        "team": NAMES | st.none(),
        "tools": st.lists(NAMES, max_size=2, unique=True),
        "labels": st.lists(NAMES, max_size=2, unique=True),
        "text": st.sampled_from(["a", "ab", "c d", "b"]),
        "task": st.sampled_from([TaskKind.GUI, TaskKind.LIVE, TaskKind.SIMPLE]),
        "tokens": st.integers(0, 5),
        "metadata": st.dictionaries(
            st.sampled_from(["k", "n"]),
            NAMES | st.integers(0, 5) | st.lists(NAMES, max_size=2),
        ),
    }
)


def policy_of(*whens: dict[str, Any]) -> Policy | None:
    """A policy with one rule for each condition; None where one is no condition that a policy may write."""
    rules = [{"name": f"r{i}", "when": when, "only": ["m"]} for i, when in enumerate(whens)]
    document = {
        "ringfence": 1,
        "name": "x",
        "models": {"m": {"model": "ollama_chat/qwen3.5:9b"}},
        "routes": {"standard": ["m"]},
        "rules": rules,
    }
    try:
        return parse_policy(yaml.safe_dump(document, sort_keys=False))
    except Exception:
        return None


def matched(policy: Policy, fact: dict[str, Any]) -> set[str]:
    tools = [{"type": "function", "function": {"name": name}} for name in fact["tools"]]
    body = {"messages": [{"role": "user", "content": fact["text"]}], "metadata": fact["metadata"]}
    request = Request.parse(
        body | ({"tools": tools} if tools else {}), caller=Caller(team=fact["team"])
    )
    facts = Facts(request, labels=fact["labels"], task=fact["task"], tokens=fact["tokens"])
    return {rule.name for rule in matching_rules(policy, facts)}


@settings(max_examples=100)
@given(wide=WHENS, narrow=WHENS, facts=st.lists(REQUESTS, min_size=6, max_size=6))
def test_what_covers_matches_whenever_the_other_does(
    wide: dict[str, Any], narrow: dict[str, Any], facts: list[dict[str, Any]]
) -> None:
    narrow = {**wide, **narrow}  # so that covering is no rarity
    policy = policy_of(wide, narrow)
    if policy is None:
        return
    whens = [written(rule) for rule in policy.document.rules]
    if covers(whens[0], whens[1]):
        for fact in facts:
            assert "r1" not in (found := matched(policy, fact)) or "r0" in found
    for at, when in enumerate(whens):
        assert list(Covering(whens).of(when)) == [i for i in (0, 1) if covers(whens[i], when)], at


ONE_KEY = st.sampled_from(
    [
        *[(key, SOME) for key in ("caller.team", "tools", "labels", "text")],
        ("tokens", BOUNDS),
        ("metadata", st.dictionaries(st.just("n"), SOME | BOUNDS, min_size=1)),
    ]
).flatmap(lambda pair: st.tuples(st.just(pair[0]), pair[1], pair[1]))
"""A condition, and two values for it: where mistakes about one kind of condition show."""


@settings(max_examples=200)
@given(both=ONE_KEY, facts=st.lists(REQUESTS, min_size=12, max_size=12))
def test_of_one_kind_of_condition_nothing_false_is_said(
    both: tuple[str, Any, Any], facts: list[dict[str, Any]]
) -> None:
    key, one, other = both
    policy = policy_of({key: one}, {key: other}, {key: one, "all": [{key: other}]})
    if policy is None:
        return
    first, second, together = [written(rule) for rule in policy.document.rules]
    found = [matched(policy, fact) for fact in facts]
    if covers(first, second):
        assert all("r0" in names for names in found if "r1" in names)
    if contradicts_itself(together) is not None:
        assert not any("r2" in names for names in found)


@settings(max_examples=100)
@given(when=WHENS, facts=st.lists(REQUESTS, min_size=6, max_size=6))
def test_what_contradicts_itself_never_matches(
    when: dict[str, Any], facts: list[dict[str, Any]]
) -> None:
    policy = policy_of(when)
    if policy is None or contradicts_itself(written(policy.document.rules[0])) is None:
        return
    for fact in facts:
        assert not matched(policy, fact)
