"""Filter, then rank: who may answer, in which order, and what is said of the rest."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.decide import Ask, as_error, decide
from ringfence.errors import BudgetExceeded, Denied, NoModel, NotCleared, Unavailable
from ringfence.request import Caller, Request
from ringfence.rules import PACKS, parse_policy
from ringfence.types import (
    Decision,
    Findings,
    Locality,
    Outcome,
    Size,
    Spent,
    State,
    Task,
    TaskKind,
)

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
Decide = Callable[..., Decision]


def models(decision: Decision) -> list[str]:
    return [candidate.model for candidate in decision.candidates]


def dropped(decision: Decision) -> dict[str, str]:
    return {item.model: item.filter for item in decision.dropped}


def test_inside_a_group_the_cheaper_expected_cost_comes_first(ask: Decide) -> None:
    assert models(ask()) == ["flash", "grok", "rack", "local"]


@pytest.mark.invariant("I1")
def test_a_labelled_request_skips_every_model_that_is_not_cleared(ask: Decide) -> None:
    decision = ask(labels=("pii",))
    assert models(decision) == ["rack", "local"]
    assert {dropped(decision)[name] for name in ("flash", "grok", "opus")} == {"clearance"}


@pytest.mark.invariant("I1")
def test_one_label_that_is_not_covered_is_enough_to_drop_a_model(ask: Decide) -> None:
    assert models(ask(labels=("phi", "pii"))) == ["local"]


@pytest.mark.invariant("I2")
def test_unscanned_content_goes_to_no_model_but_a_local_one_cleared_for_all(
    ask: Decide, policy_text: str
) -> None:
    wide = policy_text.replace("clearance: [pii]", "clearance: all")
    assert models(ask(wide, labels=("phi", "pii"))) == ["rack", "local"]
    assert models(ask(wide, labels=("unscanned",))) == ["local"]


def test_a_retired_model_is_dropped_from_its_day_on(ask: Decide) -> None:
    decision = ask(kind=TaskKind.COMPLEX)
    assert models(decision) == ["opus", "rack", "local"]
    assert dropped(decision)["old"] == "retired"


def test_a_model_that_lacks_what_the_request_needs_is_dropped_and_the_need_never_is(
    ask: Decide,
) -> None:
    decision = ask(needs=frozenset({"audio"}))
    assert dropped(decision)["rack"] == "capability"


def test_a_request_longer_than_a_window_drops_that_model(ask: Decide) -> None:
    decision = ask(tokens=1_500_000)
    assert models(decision) == ["grok"]
    assert dropped(decision)["flash"] == "context_window"
    reason = next(item.reason for item in decision.dropped if item.model == "flash")
    assert reason == "needs 1,500,256 tokens, its window is 1,048,576"


def test_a_model_that_is_down_is_dropped_for_as_long(ask: Decide) -> None:
    decision = ask(state=State(now=NOW, health={"flash": "breaker open"}))
    assert models(decision)[0] == "grok"
    assert dropped(decision)["flash"] == "health"


def test_no_network_leaves_no_cloud_model(ask: Decide, policy_text: str) -> None:
    closed = policy_text.replace("network: {", "network: {mode: none, ")
    decision = ask(closed)
    assert models(decision) == ["rack", "local"]
    assert dropped(decision)["flash"] == "network"


def test_a_preferred_model_comes_first_and_labels_still_win(ask: Decide) -> None:
    assert models(ask(model="opus"))[0] == "opus"
    assert models(ask(model="claude-opus-4.6"))[0] == "opus"
    assert models(ask(model="opus", labels=("phi",))) == ["local"]
    unknown = ask(model="no-such-model")
    assert models(unknown)[0] == "flash"
    assert unknown.notes == ("the preferred model is not in the policy; the route decides",)


RULES = """\
rules:
  - {name: no-xai, when: {caller.team: eng}, forbid: [grok]}
  - {name: stay-in, when: {metadata: {project: apollo}}, only: [local, private]}
  - {name: cheap, when: {labels: pii}, cap: {usd: 0, output_tokens: 50}}
  - {name: stop, when: {text: forbidden fruit}, deny: not here}
  - {name: hard, when: {tokens: {above: 5000}}, task: complex}
  - {name: own-way, when: {tools: browse}, route: [opus]}
"""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"caller": Caller(team="eng")}, ["flash", "rack", "local"]),
        ({"metadata": {"project": "apollo"}}, ["rack", "local"]),
        ({"labels": ("pii",)}, ["rack", "local"]),
        ({"tokens": 6000}, ["opus", "rack", "local"]),
        ({"tools": [{"type": "function", "function": {"name": "browse"}}]}, ["opus"]),
        ({}, ["flash", "grok", "rack", "local"]),
    ],
)
def test_rules_narrow_who_may_answer(
    ask: Decide, policy_text: str, arguments: dict[str, object], expected: list[str]
) -> None:
    assert models(ask(policy_text + RULES, **arguments)) == expected


def test_a_cap_lowers_the_output_limit_and_never_raises_it(ask: Decide, policy_text: str) -> None:
    assert ask(policy_text + RULES, labels=("pii",), max_output_tokens=500).max_output_tokens == 50
    assert ask(policy_text + RULES, labels=("pii",), max_output_tokens=5).max_output_tokens == 5


def test_a_deny_rule_refuses_with_its_message(ask: Decide, policy_text: str) -> None:
    body = [{"role": "user", "content": "a Forbidden Fruit"}]
    decision = ask(policy_text + RULES, messages=body)
    assert (decision.outcome, models(decision)) == (Outcome.DENY, [])
    error = as_error(decision)
    assert isinstance(error, Denied)
    assert (str(error), error.rule) == ("not here", "stop")


def test_when_only_clearance_stood_in_the_way_the_refusal_says_what_would_allow_it(
    ask: Decide, policy_text: str
) -> None:
    cloud_only = policy_text.replace(", rack, local]", "]")
    error = as_error(ask(cloud_only, labels=("phi",)))
    assert isinstance(error, NotCleared)
    assert error.labels == ("phi",)
    assert "ollama pull" in str(error)
    assert "ringfence policy check" in str(error)


def test_when_no_model_could_serve_it_at_all_the_refusal_is_another(ask: Decide) -> None:
    error = as_error(ask(tokens=5_000_000))
    assert isinstance(error, NoModel)
    assert "its window is 1,048,576" in str(error)


def test_when_the_only_cleared_model_is_down_it_is_unavailable_not_uncleared(ask: Decide) -> None:
    error = as_error(ask(labels=("phi",), state=State(now=NOW, health={"local": "breaker open"})))
    assert isinstance(error, Unavailable)
    assert "ringfence doctor" in str(error)


def budgeted(policy_text: str, then: str) -> str:
    return policy_text + f"budgets: [{{per: user, every: day, usd: 1.00, then: {then}}}]\n"


def spent(usd: str) -> State:
    item = Spent(budget=0, usd=Decimal(usd), resets_at=datetime(2026, 11, 25, tzinfo=UTC))
    return State(now=NOW, spent=(item,))


def test_a_budget_that_is_spent_downgrades_goes_local_or_denies_as_the_policy_says(
    ask: Decide, policy_text: str
) -> None:
    assert models(ask(budgeted(policy_text, "downgrade"), state=spent("0.1")))[0] == "flash"
    assert models(ask(budgeted(policy_text, "downgrade"), state=spent("1"))) == ["rack", "local"]
    assert models(ask(budgeted(policy_text, "local"), state=spent("1"))) == ["local"]
    error = as_error(ask(budgeted(policy_text, "deny"), state=spent("1")))
    assert isinstance(error, BudgetExceeded)
    assert (error.limit, error.spent, error.resets_at) == ("1", "1", "2026-11-25T00:00:00+00:00")


def test_a_dear_model_that_does_not_fit_a_budget_makes_way_for_a_cheaper_one(
    ask: Decide, policy_text: str
) -> None:
    text = budgeted(policy_text, "downgrade").replace("usd: 1.00", "usd: 0.001")
    decision = ask(text, kind=TaskKind.COMPLEX, state=spent("0"))
    assert models(decision) == ["rack", "local"]
    assert dropped(decision)["opus"] == "budget"


@pytest.mark.invariant("I6")
def test_the_same_question_gives_the_same_bytes(ask: Decide) -> None:
    first, second = (json.dumps(ask(labels=("pii",)).to_dict()) for _ in range(2))
    assert first == second
    assert ask(labels=("pii",)).id != ask(labels=("phi",)).id


def test_every_model_of_the_policy_is_either_a_candidate_or_dropped_with_a_reason(
    ask: Decide,
) -> None:
    decision = ask(labels=("pii",), kind=TaskKind.COMPLEX)
    names = {*models(decision), *dropped(decision)}
    assert names == {"local", "rack", "flash", "grok", "opus", "old"}
    assert all(item.reason for item in decision.dropped)


LABELS = sorted(
    {label for labels in PACKS.values() for label in labels} | {"unread", "unscanned", "new-label"}
)


@pytest.mark.invariant("I1")
@given(
    labels=st.sets(st.sampled_from(LABELS)),
    kind=st.sampled_from(list(TaskKind)),
    tokens=st.integers(0, 3_000_000),
    down=st.sets(st.sampled_from(["local", "rack", "flash", "grok", "opus"])),
    preferred=st.sampled_from([None, "opus", "flash", "gpt-5.4"]),
)
def test_whatever_the_request_every_candidate_is_cleared_for_all_its_labels(
    labels: set[str], kind: TaskKind, tokens: int, down: set[str], preferred: str | None
) -> None:
    policy = parse_policy(_POLICY)
    body = {"messages": [{"role": "user", "content": "x"}]} | (
        {"model": preferred} if preferred else {}
    )
    decision = decide(
        policy,
        Ask(request=Request.parse(body), id="r", fingerprint="f"),
        findings=Findings(labels=tuple(sorted(labels))),
        task=Task(kind=kind, confidence=1, source="classifier"),
        size=Size(input_tokens=tokens),
        state=State(now=NOW, health=dict.fromkeys(down, "down")),
    )
    for candidate in decision.candidates:
        model = policy.models[candidate.model]
        assert model.clearance.everything or labels <= model.clearance.labels
        assert "unscanned" not in labels or model.locality is Locality.LOCAL
    assert (decision.refusal is None) == bool(decision.candidates)


_POLICY = """\
ringfence: 1
name: test
models:
  local: {model: ollama_chat/qwen3.5:9b}
  rack: {model: openai/qwen3.5-72b, base_url: 'https://rack.internal/v1', clearance: all, because: our rack}
  flash: {model: gemini/gemini-2.5-flash-lite}
  grok: {model: xai/grok-4.1-fast, clearance: [pii], because: a contract}
  opus: {model: anthropic/claude-opus-4.6}
network: {hosts: [{host: rack.internal, because: our rack}]}
routes: {simple: [[grok, flash], rack, local], complex: [opus, rack, local]}
"""


def test_a_candidate_carries_what_the_call_is_expected_to_cost(ask: Decide) -> None:
    decision = ask()
    by_model = {candidate.model: candidate.expected_usd for candidate in decision.candidates}
    assert by_model["local"] == 0
    assert 0 < by_model["flash"] < by_model["grok"] < Decimal("0.01")
    assert replace(decision.candidates[0]).to_dict()["expected_usd"] == str(by_model["flash"])
