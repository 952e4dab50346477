"""Every condition of a rule: what it matches, and the near miss beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ringfence.request import Caller, Request
from ringfence.rules import Facts, Policy, conditions, label_rules, matching_rules, parse_policy
from ringfence.types import TaskKind

POLICY = """\
ringfence: 1
name: rules
models:
  local: {model: ollama_chat/qwen3.5:9b}
  opus: {model: anthropic/claude-opus-4.6}
routes: {simple: [local]}
rules:
"""
TUESDAY = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def policy_of(when: str, effect: str = "forbid: [cloud]") -> Policy:
    return parse_policy(f"{POLICY}  - {{name: r, when: {when}, {effect}}}\n")


def facts(
    text: str = "hello",
    *,
    caller: Caller | None = None,
    labels: tuple[str, ...] | None = (),
    task: TaskKind | None = TaskKind.SIMPLE,
    tokens: int | None = 100,
    now: datetime | None = TUESDAY,
    **body: Any,
) -> Facts:
    request = Request.from_text(text, caller=caller, **body)
    return Facts(request, labels=labels, task=task, tokens=tokens, now=now)


def matches(when: str, **known: Any) -> bool:
    return bool(matching_rules(policy_of(when), facts(**known)))


def tool(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "tenant": (
        "{caller.tenant: acme}",
        {"caller": Caller(tenant="acme")},
        {"caller": Caller(tenant="acme2")},
    ),
    "user": ("{caller.user: ada}", {"caller": Caller(user="ada")}, {"caller": Caller(team="ada")}),
    "team": (
        "{caller.team: [hr, legal]}",
        {"caller": Caller(team="legal")},
        {"caller": Caller(team="Legal")},
    ),
    "a caller without a team": ("{not: {caller.team: hr}}", {}, {"caller": Caller(team="hr")}),
    "key_id": (
        "{caller.key_id: 'ci-*'}",
        {"caller": Caller(key_id="ci-7")},
        {"caller": Caller(key_id="ci")},
    ),
    "a claim": (
        "{metadata: {project: apollo}}",
        {"metadata": {"project": "apollo"}},
        {"metadata": {"Project": "apollo"}},
    ),
    "a claim, any of its values": (
        "{metadata: {tags: [red, blue]}}",
        {"metadata": {"tags": ["green", "blue"]}},
        {"metadata": {"tags": {"blue": 1}}},
    ),
    "a claim that is true": (
        "{metadata: {urgent: true}}",
        {"metadata": {"urgent": True}},
        {"metadata": {"urgent": 1}},
    ),
    "a claim that is a number": (
        "{metadata: {level: 3}}",
        {"metadata": {"level": "3.0"}},
        {"metadata": {"level": "3e0"}},
    ),
    "a claim written as text": (
        "{metadata: {level: '3'}}",
        {"metadata": {"level": 3}},
        {"metadata": {"level": "3.0"}},
    ),
    "a claim that is there": (
        "{metadata: {project: '*'}}",
        {"metadata": {"project": ""}},
        {"metadata": {"other": "x"}},
    ),
    "a claim in a range": (
        "{metadata: {risk: {above: 3}}}",
        {"metadata": {"risk": "3.5"}},
        {"metadata": {"risk": 3}},
    ),
    "a range of a claim that is no exact number": (
        "{metadata: {risk: {at_least: 0}}}",
        {"metadata": {"risk": "1"}},
        {"metadata": {"risk": "1e9"}},
    ),
    "no range holds what is missing": (
        "{not: {metadata: {risk: {below: 5}}}}",
        {},
        {"metadata": {"risk": 4.9}},
    ),
    "an endless number": (
        "{metadata: {risk: {above: 3}}}",
        {"metadata": {"risk": 10**4000}},
        {"metadata": {"risk": -(10**4000)}},
    ),
    "text": (
        "{text: Project Bluebird}",
        {"text": "on PROJECT bluebird now"},
        {"text": "on project blue bird"},
    ),
    "text with wildcards": (
        "{text: 'blue?bird*secret'}",
        {"text": "Blue-bird is a SECRET"},
        {"text": "secret of the blue-bird"},
    ),
    "text of a tool call": (
        "{text: osprey}",
        {
            "messages": [
                {
                    "role": "assistant",
                    "tool_calls": [
                        {
                            "id": "1",
                            "type": "function",
                            "function": {"name": "f", "arguments": '{"q": "osprey"}'},
                        }
                    ],
                }
            ]
        },
        {"text": "ospray"},
    ),
    "tools": ("{tools: 'db_*'}", {"tools": [tool("x"), tool("db_drop")]}, {"tools": [tool("db")]}),
    "labels": ("{labels: [phi, pii]}", {"labels": ("pii",)}, {"labels": ("pci",)}),
    "labels with wildcards": ("{labels: 'p*'}", {"labels": ("pci",)}, {"labels": ("mnpi",)}),
    "task": ("{task: complex}", {"task": TaskKind.COMPLEX}, {"task": TaskKind.GUI}),
    "tokens above": ("{tokens: {above: 100}}", {"tokens": 101}, {"tokens": 100}),
    "tokens at least": ("{tokens: {at_least: 100}}", {"tokens": 100}, {"tokens": 99}),
    "tokens below": ("{tokens: {below: 100}}", {"tokens": 99}, {"tokens": 100}),
    "tokens at most": ("{tokens: {at_most: 100, above: 0}}", {"tokens": 100}, {"tokens": 0}),
    "model": ("{model: opus}", {"model": "opus"}, {"model": "opus2"}),
    "model by the provider's name": ("{model: opus}", {"model": "claude-opus-4.6"}, {}),
    "model by the policy's name": (
        "{model: 'anthropic/*'}",
        {"model": "opus"},
        {"model": "local"},
    ),
    "a model that the policy does not have": ("{model: 'gpt*'}", {"model": "gpt-9"}, {}),
    "every key": (
        "{caller.team: hr, tokens: {above: 5}}",
        {"caller": Caller(team="hr")},
        {"caller": Caller(team="hr"), "tokens": 5},
    ),
    "all": (
        "{all: [{labels: pii}, {labels: phi}]}",
        {"labels": ("phi", "pii")},
        {"labels": ("pii",)},
    ),
    "any": ("{any: [{labels: pii}, {tokens: {above: 500}}]}", {"tokens": 501}, {"tokens": 500}),
    "not": ("{not: {labels: pii}}", {"labels": ("phi",)}, {"labels": ("phi", "pii")}),
    "not any": (
        "{not: {any: [{labels: pii}, {task: gui}]}}",
        {"labels": ("phi",)},
        {"task": TaskKind.GUI},
    ),
    "not all": (
        "{not: {all: [{labels: pii}, {task: gui}], tokens: {above: 5}}}",
        {"labels": ("pii",)},
        {"labels": ("pii",), "task": TaskKind.GUI},
    ),
    "not not": ("{not: {not: {labels: pii}}}", {"labels": ("pii",)}, {"labels": ()}),
}


@pytest.mark.parametrize(("when", "hit", "miss"), CASES.values(), ids=CASES)
def test_a_condition_matches_and_its_near_miss_does_not(
    when: str, hit: dict[str, Any], miss: dict[str, Any]
) -> None:
    assert matches(when, **hit)
    assert not matches(when, **miss)


def at(day: int, clock: str) -> datetime:
    """A moment of November 2026, in UTC; the 23rd is a Monday."""
    hours, minutes = map(int, clock.split(":"))
    return datetime(2026, 11, day, hours, minutes, tzinfo=UTC)


@pytest.mark.parametrize(
    ("time", "hits", "misses"),
    [
        ("{days: [sat, sun]}", [at(28, "00:00"), at(29, "23:59")], [at(27, "23:59")]),
        ("{days: mon}", [at(23, "12:00")], [at(24, "00:00")]),
        (
            "{after: '09:00', before: '17:00'}",
            [at(23, "09:00"), at(23, "16:59")],
            [at(23, "17:00")],
        ),
        (
            "{after: '18:00'}",
            [at(23, "18:00"), at(23, "23:59")],
            [at(23, "17:59"), at(24, "00:00")],
        ),
        ("{before: '08:00'}", [at(23, "00:00"), at(23, "07:59")], [at(23, "08:00")]),
        ("{after: '18:00', before: '00:00'}", [at(23, "23:59")], [at(24, "00:00")]),
        (
            "{days: fri, after: '22:00', before: '06:00'}",
            [at(27, "22:00"), at(28, "05:59")],
            [at(27, "05:59"), at(28, "06:00"), at(28, "22:00")],
        ),
        (
            "{days: mon, before: '08:00', zone: Europe/Berlin}",
            [at(22, "23:00"), at(23, "06:59")],
            [at(22, "22:59"), at(23, "07:00")],
        ),
        ("{days: mon, zone: Pacific/Auckland}", [at(22, "11:00")], [at(23, "11:00")]),
    ],
)
def test_time_is_that_of_the_zone_and_a_night_belongs_to_the_day_on_which_it_begins(
    time: str, hits: list[datetime], misses: list[datetime]
) -> None:
    for moment in hits:
        assert matches(f"{{time: {time}}}", now=moment), moment
        assert not matches(f"{{not: {{time: {time}}}}}", now=moment), moment
    for moment in misses:
        assert not matches(f"{{time: {time}}}", now=moment), moment


UNKNOWN: dict[str, Callable[[], Facts]] = {
    "labels: pii": lambda: facts(labels=None),
    "task: complex": lambda: facts(task=None),
    "tokens: {above: 1}": lambda: facts(tokens=None),
    "time: {days: mon}": lambda: facts(now=None),
}


@pytest.mark.parametrize("condition", UNKNOWN)
@pytest.mark.parametrize("form", ["{%s}", "{not: {%s}}", "{any: [{%s}, {not: {%s}}]}"])
def test_what_is_not_known_yet_is_on_the_safe_side_whether_a_not_stands_before_it_or_none(
    condition: str, form: str
) -> None:
    when, unknown = form.replace("%s", condition), UNKNOWN[condition]()
    for effect in ("forbid: [cloud]", "only: [local]", "deny: not now", "cap: {usd: 1}"):
        assert matching_rules(policy_of(when, effect), unknown)
    for effect in ("task: complex", "route: [opus]"):
        assert not matching_rules(policy_of(when, effect), unknown)


def test_a_condition_that_is_known_decides_whatever_is_unknown_beside_it() -> None:
    some = facts(labels=None, caller=Caller(team="hr"))
    assert not matching_rules(policy_of("{labels: pii, caller.team: it}"), some)
    either = policy_of("{any: [{labels: pii}, {caller.team: hr}]}", "route: [opus]")
    assert matching_rules(either, some)


def test_label_rules_add_all_their_labels_once() -> None:
    policy = parse_policy(
        POLICY + "  - {name: a, when: {caller.team: hr}, label: [hr, confidential]}\n"
        "  - {name: b, when: {any: [{text: payroll}, {not: {caller.team: '*'}}]}, label: hr}\n"
        "  - {name: c, when: {labels: hr}, forbid: [cloud]}\n"
    )
    hr = Facts(Request.from_text("the payroll", caller=Caller(team="hr")))
    assert label_rules(policy, hr) == ("confidential", "hr")
    assert label_rules(policy, Facts(Request.from_text("x"))) == ("hr",)
    assert label_rules(policy, Facts(Request.from_text("x", caller=Caller(team="it")))) == ()


def test_a_rule_says_which_conditions_it_tests() -> None:
    when = "{caller.team: a, not: {any: [{metadata: {k: v}}, {all: [{text: x}, {time: {days: mon}}]}]}}"
    (rule,) = policy_of(when).document.rules
    assert conditions.tested(rule) == {"caller.team", "metadata", "text", "time"}
