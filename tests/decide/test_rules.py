"""What each effect of a rule does to a decision, and that no rule hides another that narrows."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from ringfence.decide import as_error
from ringfence.errors import Denied
from ringfence.request import Caller
from ringfence.types import Decision, Outcome, State, TaskKind

Decide = Callable[..., Decision]


def models(decision: Decision) -> list[str]:
    return [candidate.model for candidate in decision.candidates]


def why(decision: Decision, model: str) -> str:
    return next(item.reason for item in decision.dropped if item.model == model)


@pytest.fixture
def ruled(ask: Decide, policy_text: str) -> Decide:
    """`ruled("{name: …}", …, kind=…)` → the decision under these rules."""

    def ruled(*rules: str, **request: object) -> Decision:
        lines = "".join(f"  - {rule}\n" for rule in rules)
        return ask(f"{policy_text}rules:\n{lines}", **request)

    return ruled


def test_every_forbid_and_every_only_that_matches_applies(ruled: Decide) -> None:
    decision = ruled(
        "{name: a, forbid: [grok]}",
        "{name: b, only: [cloud, local]}",
        "{name: c, when: {labels: phi}, forbid: [flash]}",
    )
    assert models(decision) == ["flash", "local"]
    assert why(decision, "grok") == "rule 'a' forbids it"
    assert why(decision, "rack") == "rule 'b' allows only cloud, local"


def test_two_onlys_leave_what_both_allow(ruled: Decide) -> None:
    decision = ruled("{name: a, only: [flash, rack]}", "{name: b, only: [rack, local]}")
    assert models(decision) == ["rack"]


def test_the_tightest_cap_of_the_answer_holds_and_a_dear_model_is_dropped(ruled: Decide) -> None:
    caps = ("{name: a, cap: {output_tokens: 900}}", "{name: b, cap: {output_tokens: 70, usd: 9}}")
    for order in itertools.permutations(caps):
        assert ruled(*order).max_output_tokens == 70
    assert ruled("{name: a, cap: {usd: 9}}").max_output_tokens is None
    cheap = ruled("{name: a, cap: {usd: 0.000001}}")
    assert models(cheap) == ["rack", "local"]
    assert why(cheap, "flash").startswith("expected cost is over the cap of rule 'a'")


def test_a_denial_holds_wherever_it_stands_and_the_first_says_why(ruled: Decide) -> None:
    decision = ruled(
        "{name: route, route: [local]}",
        "{name: other, when: {labels: phi}, deny: not this}",
        "{name: stop, when: {not: {caller.team: '*'}}, deny: say who you are}",
        "{name: also, deny: nor this}",
    )
    assert (decision.outcome, models(decision)) == (Outcome.DENY, [])
    error = as_error(decision)
    assert isinstance(error, Denied)
    assert (str(error), error.rule) == ("say who you are", "stop")


def test_of_tasks_and_of_routes_the_first_match_counts(ruled: Decide) -> None:
    decision = ruled(
        "{name: no, when: {labels: phi}, task: gui}",
        "{name: first, task: complex}",
        "{name: second, task: live}",
        "{name: own, route: [rack]}",
        "{name: late, route: [flash]}",
    )
    assert (decision.task.kind, decision.task.source) == (TaskKind.COMPLEX, "rule")
    assert decision.task.reasons == ("rule 'first' says so (was simple by classifier)",)
    assert models(decision) == ["rack"]


@pytest.mark.invariant("I1")
def test_a_route_of_a_rule_gives_no_model_a_label_that_it_may_not_see(ruled: Decide) -> None:
    assert models(ruled("{name: a, route: [opus, rack]}", labels=("pii",))) == ["rack"]
    assert models(ruled("{name: a, route: [opus]}", labels=("pii",))) == []


TASK = "{name: up, when: {task: simple}, task: complex}"


@pytest.mark.parametrize(
    ("effect", "dropped"),
    [
        ("forbid: [cloud]", {"opus"}),
        ("only: [local]", {"opus", "rack"}),
        ("cap: {usd: 0}", {"opus"}),
        ("deny: not here", {"opus", "rack", "local"}),
    ],
)
@pytest.mark.parametrize("task", ["simple", "complex"])
@pytest.mark.parametrize("first", [True, False])
def test_a_rule_that_changes_the_task_hides_no_rule_that_narrows_by_either_task(
    ruled: Decide, effect: str, dropped: set[str], task: str, first: bool
) -> None:
    narrowing = f"{{name: narrow, when: {{task: {task}}}, {effect}}}"
    rules = (TASK, narrowing) if first else (narrowing, TASK)
    plain = ruled(TASK)
    assert models(plain) == ["opus", "rack", "local"]
    decision = ruled(*rules)
    assert decision.task.kind is TaskKind.COMPLEX
    assert set(models(decision)) == set(models(plain)) - dropped


def test_a_rule_on_a_task_that_is_neither_the_read_nor_the_ruled_one_does_not_apply(
    ruled: Decide,
) -> None:
    other = "{name: narrow, when: {task: live}, deny: not here}"
    assert models(ruled(TASK, other)) == ["opus", "rack", "local"]


def test_the_route_is_that_of_the_task_as_ruled(ruled: Decide) -> None:
    as_read = "{name: was, when: {task: simple}, route: [flash]}"
    as_ruled = "{name: is, when: {task: complex}, route: [local]}"
    assert models(ruled(TASK, as_read, as_ruled)) == ["local"]


OFFICE = "{name: office, when: {time: {after: '09:00', before: '17:00'}}, only: [local]}"


def at(hour: int) -> State:
    return State(now=datetime(2026, 11, 24, hour, 30, tzinfo=UTC))


@pytest.mark.invariant("I6")
def test_a_decision_depends_on_the_hour_as_far_as_rules_do_and_so_does_its_id(
    ruled: Decide,
) -> None:
    morning, noon, night = (ruled(OFFICE, state=at(hour)) for hour in (9, 12, 20))
    assert models(morning) == models(noon) == ["local"]
    assert models(night) == ["flash", "grok", "rack", "local"]
    assert morning.id == noon.id != night.id


@pytest.mark.invariant("I6")
def test_two_callers_that_rules_tell_apart_have_two_decisions(ruled: Decide) -> None:
    rule = "{name: interns, when: {caller.team: interns}, only: [local]}"
    of = {team: ruled(rule, caller=Caller(team=team)).id for team in ("interns", "hr", "it")}
    assert of["interns"] != of["hr"] == of["it"]


def test_conditions_on_the_model_and_the_metadata_narrow_too(ruled: Decide) -> None:
    rule = "{name: r, when: {model: opus, metadata: {risk: {above: 3}}}, forbid: [opus]}"
    risky = {"metadata": {"risk": "4"}}
    assert models(ruled(rule, model="claude-opus-4.6", **risky))[0] == "flash"
    assert models(ruled(rule, model="claude-opus-4.6"))[0] == "opus"
    assert models(ruled(rule, model="grok", **risky))[0] == "grok"
