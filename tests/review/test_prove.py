"""`prove` finds a hole planted anywhere on the way from labels to candidates, and nothing where there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from importlib import resources
from typing import Any

import pytest

from ringfence.decide import clearance, decide, decision
from ringfence.decide.filters import FILTERS
from ringfence.decide.ruling import apply_rules
from ringfence.review.prove import Proof, prove
from ringfence.rules import Model, parse_policy
from ringfence.types import Candidate, Decision, Locality, Outcome

pytestmark = pytest.mark.invariant("I1", "I9")

PRESETS = sorted(
    entry.name
    for entry in (resources.files("ringfence.rules") / "presets").iterdir()
    if entry.name.endswith(".yaml") and not entry.name.endswith(".test.yaml")
)

Patch = pytest.MonkeyPatch


@pytest.fixture
def proof(policy_text: str, offline_text: str, now: datetime) -> Callable[..., Proof]:
    """`proof()` of the policy with everything in it; `proof("offline")` of the one without a network."""

    def run(which: str = "policy", *, enough: int | None = 1) -> Proof:
        text = offline_text if which == "offline" else policy_text
        return prove(parse_policy(text, today=now.date()), now=now, enough=enough)

    return run


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_proved(name: str) -> None:
    text = (resources.files("ringfence.rules") / "presets" / name).read_text()
    result = prove(parse_policy(text))
    assert result.counterexamples == ()
    assert result.holds
    assert result.whole
    assert result.states > 1000


def test_a_policy_with_rules_budgets_and_retirements_is_proved(proof: Any) -> None:
    result = proof()
    assert result.faults == {}
    assert result.whole
    assert result.remarks == ()
    assert result.sees["flash"] == result.sees["opus"] == ()
    assert result.sees["rack"] == ("pii",)
    assert set(result.sees["local"]) >= {"unscanned", "unread", "not-yet-invented", "phi", "secret"}


@pytest.mark.parametrize("hole", [name for name, _ in FILTERS])
def test_a_hole_in_a_filter_is_found(hole: str, proof: Any, monkeypatch: Patch) -> None:
    left = tuple((name, keep) for name, keep in FILTERS if name != hole)
    monkeypatch.setattr(decision, "FILTERS", left)
    result = proof("offline" if hole == "network" else "policy")
    assert not result.holds
    example = next(item for item in result.counterexamples if item.claim == hole)
    assert "is a candidate against it" in example.what


def test_the_clearance_check_taken_away_is_found_with_a_request(
    proof: Any, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(clearance, "missing", lambda model, labels: ())
    (example,) = (item for item in proof().counterexamples if item.claim == "clearance")
    shown = example.to_dict()
    assert shown["labels"]
    assert shown["candidates"]
    assert shown["request"]["messages"]
    assert shown["request"]["task"] == example.point.kind


def _lies(monkeypatch: Patch, lie: Callable[[Model, tuple[str, ...]], bool]) -> None:
    """The clearance check lets a model pass where `lie` says so."""
    honest = clearance.missing
    monkeypatch.setattr(
        clearance,
        "missing",
        lambda model, labels: () if lie(model, labels) else honest(model, labels),
    )


@pytest.mark.parametrize(
    "lie",
    [
        lambda model, labels: model.name == "flash" and labels == ("pii",),
        lambda model, labels: model.name == "rack" and "unscanned" in labels,
        lambda model, labels: model.name == "opus" and "not-yet-invented" in labels,
        lambda model, labels: model.name == "rack" and len(labels) == 2 and "pii" in labels,
        lambda model, labels: model.name == "opus" and labels == ("mnpi",),
    ],
    ids=["one label", "unscanned", "a label of tomorrow", "two at once", "a merged label"],
)
def test_a_narrow_hole_in_the_clearance_is_found(lie: Any, proof: Any, monkeypatch: Patch) -> None:
    _lies(monkeypatch, lie)
    assert proof().faults["clearance"] > 0


def test_a_filter_that_gives_way_when_all_others_are_down_is_found(
    proof: Any, monkeypatch: Patch
) -> None:
    """Failing open: only with every cleared model down is one taken that is not cleared."""
    by_clearance = FILTERS[0][1]

    def gives_way(model: Model, question: Any) -> str | None:
        down = {"local", "rack"} <= set(question.state.health)
        return None if down and model.name == "flash" else by_clearance(model, question)

    monkeypatch.setattr(decision, "FILTERS", (("clearance", gives_way), *FILTERS[1:]))
    found = next(e for e in proof().counterexamples if e.claim == "clearance")
    assert {"local", "rack"} <= found.point.down


def test_a_model_that_is_asked_for_by_name_gets_no_pass(proof: Any, monkeypatch: Patch) -> None:
    def obliging(policy: Any, ask: Any, **about: Any) -> Decision:
        made = decide(policy, ask, **about)
        asked = [c for c in (*made.candidates, *made.dropped) if c.model == ask.request.model]
        if not made.labels or not asked or asked[0] in made.candidates:
            return made
        extra = Candidate(model=asked[0].model, locality=Locality.CLOUD, expected_usd=Decimal(0))
        return replace(made, candidates=(extra, *made.candidates))

    monkeypatch.setattr("ringfence.review.point.decide", obliging)
    example = next(item for item in proof().counterexamples if item.claim == "clearance")
    assert example.to_dict()["request"]["model"] in ("flash", "opus", "rack")


def _altered(monkeypatch: Patch, alter: Callable[[Decision], Decision]) -> None:
    monkeypatch.setattr(
        "ringfence.review.point.decide", lambda *args, **facts: alter(decide(*args, **facts))
    )


def test_a_dropped_model_among_the_candidates_is_found(proof: Any, monkeypatch: Patch) -> None:
    def alter(made: Decision) -> Decision:
        last = made.dropped[-1:] if len(made.candidates) == 1 else ()
        extra = tuple(
            Candidate(model=item.model, locality=Locality.CLOUD, expected_usd=Decimal(0))
            for item in last
        )
        return replace(made, candidates=made.candidates + extra)

    _altered(monkeypatch, alter)
    faults = proof().faults
    assert faults["decision"] > 0
    assert len(faults) > 1, "and by the filter that had dropped it"


@pytest.mark.parametrize(
    ("alter", "claim"),
    [
        (lambda made: replace(made, candidates=made.candidates[::-1]), "route"),
        (lambda made: replace(made, max_output_tokens=None), "rules"),
        (lambda made: replace(made, outcome=Outcome.ROUTE), "decision"),
        (lambda made: replace(made, candidates=made.candidates[1:]), "decision"),
    ],
    ids=["the order", "a cap on output", "the outcome", "a model lost"],
)
def test_a_decision_that_says_something_else_is_found(
    alter: Any, claim: str, proof: Any, monkeypatch: Patch
) -> None:
    _altered(monkeypatch, alter)
    assert proof().faults[claim] > 0


def test_a_budget_that_is_not_enforced_is_found(proof: Any, monkeypatch: Patch) -> None:
    monkeypatch.setattr(decision, "_enforce_budgets", lambda verdicts, order, question: verdicts)
    assert proof().faults["budget"] > 0


RULED = """\
ringfence: 1
name: ruled
models:
  local: {model: ollama_chat/qwen3.5:9b}
  flash: {model: gemini/gemini-2.5-flash-lite}
routes: {standard: [flash, local]}
rules:
  - {name: hard, when: {caller.team: research}, task: complex}
  - {name: complex-stays-in, when: {task: complex}, forbid: [cloud]}
  - {name: nights, when: {time: {after: "22:00", before: "06:00", zone: Europe/Berlin}}, only: [local]}
  - {name: bots, when: {not: {metadata: {by: person}}, tools: "web_*"}, deny: no robots on the web}
"""


def test_rules_on_tasks_times_metadata_and_tools_are_proved(now: datetime) -> None:
    result = prove(parse_policy(RULED, today=now.date()), now=now)
    assert result.faults == {}
    assert result.remarks == ()


@pytest.mark.parametrize("kept", [[], ["complex-stays-in"], ["nights"], ["bots"]])
def test_a_rule_that_is_not_honoured_is_found(
    kept: list[str], now: datetime, monkeypatch: Patch
) -> None:
    """Of the rules that narrow all are lost, or all but one."""

    def forgetful(*args: Any, **about: Any) -> Any:
        ruling = apply_rules(*args, **about)
        return replace(ruling, narrowing=tuple(r for r in ruling.narrowing if r.name in kept))

    monkeypatch.setattr(decision, "apply_rules", forgetful)
    result = prove(parse_policy(RULED, today=now.date()), now=now, enough=1)
    assert result.faults["rules"] > 0


def test_a_rule_that_a_changed_task_hides_is_found(now: datetime, monkeypatch: Patch) -> None:
    def only_as_read(policy: Any, request: Any, **about: Any) -> Any:
        ruling = apply_rules(policy, request, **about)
        as_read = ruling.matched[0] if ruling.matched else ()
        return replace(
            ruling, narrowing=tuple(rule for rule in ruling.narrowing if rule.name in as_read)
        )

    monkeypatch.setattr(decision, "apply_rules", only_as_read)
    (example,) = prove(parse_policy(RULED, today=now.date()), now=now, enough=1).counterexamples
    assert example.to_dict()["caller"] == {"team": "research"}


def test_a_rule_that_nothing_reaches_is_named(policy_text: str, now: datetime) -> None:
    both = "all: [{caller.team: red}, {caller.team: blue}]"
    never = f"  - {{name: never, when: {{{both}}}, forbid: [local]}}\n"
    text = policy_text.replace("budgets:\n", never + "budgets:\n")
    result = prove(parse_policy(text, today=now.date()), now=now)
    assert "rule 'never' matches in no state: nothing reaches it" in result.remarks


def test_the_count_of_states_is_what_was_decided(proof: Any, monkeypatch: Patch) -> None:
    calls: list[int] = []

    def counted(*args: Any, **facts: Any) -> Decision:
        calls.append(1)
        return decide(*args, **facts)

    monkeypatch.setattr("ringfence.review.point.decide", counted)
    assert proof().states == len(calls)
