"""`diff` says who may see more, and is silent only where nothing lets more through."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.records.past import Past
from ringfence.request import Caller
from ringfence.review.claims import Claims
from ringfence.review.diff import Diff, diff
from ringfence.review.point import Point
from ringfence.review.widening import compare, recipient
from ringfence.rules import Policy, parse_policy
from ringfence.types import Decision, TaskKind

pytestmark = pytest.mark.invariant("I1", "I9")

NOW = datetime.fromisoformat("2026-11-24T12:00:00+00:00")
BASE: Mapping[str, Any] = {
    "ringfence": 1,
    "name": "acme",
    "models": {
        "local": {"model": "ollama_chat/qwen3.5:9b"},
        "baa": {"model": "openai/gpt-5.4", "clearance": ["pii"], "because": "contract"},
        "flash": {"model": "gemini/gemini-2.5-flash-lite"},
    },
    "labels": {
        "packs": ["gdpr", "hipaa", "pci"],
        "custom": [{"label": "confidential", "name": "CODENAME", "words": ["osprey", "bluebird"]}],
        "allow": [{"words": ["ACME"], "because": "our name"}],
    },
    "gate": {"names": "full", "limits": {"ms": 4000}},
    "callers": {"ide": {"clearance": ["pii"], "because": "a laptop"}},
    "routes": {"simple": ["flash", "baa", "local"], "complex": ["baa", "local"]},
    "rules": [
        {"name": "finance", "when": {"caller.team": "finance"}, "label": "confidential"},
        {"name": "interns", "when": {"caller.team": "interns"}, "forbid": ["baa"]},
        {"name": "small", "when": {"tokens": {"above": 9000}}, "only": ["local"]},
        {"name": "thrift", "when": {"task": "simple"}, "cap": {"usd": 0.01}},
    ],
    "budgets": [{"per": "user", "every": "day", "usd": 5, "then": "local"}],
    "network": {"mode": "open"},
    "records": {"durability": "full"},
    "taint": {"days": 30, "declassify": [{"labels": ["pii"], "users": ["root"], "because": "dpo"}]},
}

Document = dict[str, Any]


def policy(document: Mapping[str, Any]) -> Policy:
    return parse_policy(yaml.safe_dump(dict(document), sort_keys=False), today=NOW.date())


def change(edit: Callable[[Document], object]) -> Diff:
    """The base against itself with one edit."""
    document = copy.deepcopy(dict(BASE))
    edit(document)
    return diff(policy(BASE), policy(document), now=NOW)


def put(path: str, value: Any) -> Callable[[Document], object]:
    """An edit that writes a value at a dotted path; None deletes it."""

    def edit(document: Document) -> None:
        *parents, last = path.split(".")
        place: Any = document
        for part in parents:
            place = place[int(part) if part.isdigit() else part]
        key: Any = int(last) if last.isdigit() else last
        if value is None:
            del place[key]
        else:
            place[key] = value

    return edit


def added(path: str, *values: Any) -> Callable[[Document], object]:
    def edit(document: Document) -> None:
        place: Any = document
        for part in path.split("."):
            place = place[part]
        place.extend(values)

    return edit


GREY = {"model": "xai/grok-4.1-fast"}
RACK = {"model": "openai/qwen3.5-72b", "base_url": "http://127.0.0.1:9000/v1"}

WIDER: Mapping[str, Callable[[Document], object]] = {
    "a wider clearance": put("models.baa.clearance", ["pii", "phi"]),
    "a clearance for all": put("models.baa.clearance", "all"),
    "a model more": put("models.grey", GREY),
    "a model elsewhere": put("models.flash", GREY),
    "a local model made cloud, still cleared": put(
        "models.local",
        {"model": "openai/gpt-5.4", "clearance": "all", "because": "x-y-z"},
    ),
    "a pack fewer": put("labels.packs", ["gdpr", "hipaa"]),
    "words fewer": put("labels.custom.0.words", ["osprey"]),
    "words gone": put("labels.custom", []),
    "context asked for": put("labels.custom.0.context", ["project"]),
    "a false alarm more": added("labels.allow", {"regex": "x+y", "because": "parts"}),
    "the gate off": put("gate", {"enabled": False, "because": "a test of it"}),
    "secrets off": put("labels.secrets", {"enabled": False, "because": "a test of it"}),
    "names less": put("gate.names", "context"),
    "more time before unscanned": put("gate.limits.ms", 5000),
    "a caller that may read more": put("callers.ide.clearance", "all"),
    "a caller more": put("callers.bot", {"clearance": ["pii"], "because": "a robot"}),
    "a label rule gone": put("rules.0", None),
    "a forbidding rule gone": put("rules.1", None),
    "a forbidding rule for fewer": put("rules.1.when", {"caller.team": "i*", "caller.user": "al"}),
    "an only for larger ones": put("rules.2.when.tokens.above", 12_000),
    "a higher cap": put("rules.3.cap.usd", 5),
    "a larger budget": put("budgets.0.usd", 6),
    "a laxer budget": put("budgets.0.then", "downgrade"),
    "a budget gone": put("budgets", []),
    "a host trusted": put("network.hosts", [{"host": "gpu.internal", "because": "our rack"}]),
    "a proxy": put("network.proxy", "http://proxy.internal:3128"),
    "a key of another variable": put("models.baa.api_key_env", "AWS_SECRET_ACCESS_KEY"),
    "less durable": put("records.durability", "normal"),
    "unrecorded calls": put("records.unwritable", "allow"),
    "another ledger": put("records.path", "elsewhere.sqlite"),
    "taint for a shorter time": put("taint.days", 7),
    "declassified by anyone": put("taint.declassify.0.users", []),
    "more declassified": put("taint.declassify.0.labels", "all"),
}

NARROWER: Mapping[str, Callable[[Document], object]] = {
    "a narrower clearance": put("models.baa.clearance", []),
    "a pack more": put("labels.packs", ["gdpr", "hipaa", "pci", "sox"]),
    "words more": put("labels.custom.0.words", ["osprey", "bluebird", "heron"]),
    "a false alarm fewer": put("labels.allow", []),
    "a rule more": added("rules", {"name": "gui", "when": {"task": "gui"}, "deny": "no screens"}),
    "an only for smaller ones": put("rules.2.when.tokens.above", 500),
    "no network": put("network.mode", "none"),
    "a smaller budget": put("budgets.0.usd", 4),
    "a stricter budget": put("budgets.0.then", "deny"),
    "taint for longer": put("taint.days", 60),
    "nobody declassifies": put("taint.declassify", []),
    "another order": put("routes.simple", ["baa", "flash", "local"]),
    "a model off a route": put("routes.simple", ["baa", "local"]),
    "more attempts": put("fallback", {"attempts": 5}),
    "names in all text": put("gate.names", "any"),
}


@pytest.mark.parametrize("name", WIDER)
def test_what_lets_more_through_is_said_to_widen(name: str) -> None:
    found = change(WIDER[name])
    assert found.widens
    assert not found.empty


@pytest.mark.parametrize("name", NARROWER)
def test_what_lets_no_more_through_is_told_and_does_not_widen(name: str) -> None:
    found = change(NARROWER[name])
    assert not found.widens, found.to_dict()
    assert not found.empty


def test_a_policy_does_not_differ_from_itself(policy_text: str) -> None:
    for made in (policy(BASE), parse_policy(policy_text, today=NOW.date())):
        found = diff(made, made, now=NOW)
        assert found.empty
        assert found.states > 0


def test_the_widening_names_the_model_the_labels_and_a_state() -> None:
    found = change(WIDER["a wider clearance"])
    (widening,) = found.widenings
    assert widening.model == "baa"
    assert widening.labels == ("phi",)
    assert widening.to_dict()["example"]["labels"] == ["phi"]
    assert [(s.model, s.gained, s.lost) for s in found.sights] == [("baa", ("phi",), ())]


def test_a_label_rule_that_is_gone_shows_whom_it_protected() -> None:
    found = change(WIDER["a label rule gone"])
    assert {widening.model for widening in found.widenings} == {"baa", "flash"}
    assert all(w.point.profile.request.caller.team == "finance" for w in found.widenings)


def test_a_model_that_is_only_renamed_widens_nothing() -> None:
    def rename(document: Document) -> None:
        document["models"]["cheap"] = document["models"].pop("flash")
        document["routes"]["simple"][0] = "cheap"

    found = change(rename)
    assert not found.widens
    assert {sight.model for sight in found.sights} == {"cheap", "flash"}


def test_given_requests_that_would_go_elsewhere_are_named() -> None:
    document = copy.deepcopy(dict(BASE))
    document["routes"]["simple"] = ["baa", "local"]
    body = {"messages": [{"role": "user", "content": "Sort: b, a"}], "task": "simple"}
    found = diff(
        policy(BASE),
        policy(document),
        now=NOW,
        requests=[("r1", body), ("r2", {**body, "task": "complex"})],
    )
    (moved,) = found.moved
    assert (moved.requests, moved.before, moved.after) == (("r1",), "flash", "baa")


def test_recorded_decisions_are_made_again_and_added_up() -> None:
    document = copy.deepcopy(dict(BASE))
    document["models"]["baa"]["clearance"] = []
    labelled = Past(
        caller=Caller(), labels=("pii",), task=TaskKind.COMPLEX, input_tokens=100, calls=3
    )
    plain = Past(caller=Caller(), labels=(), task=TaskKind.SIMPLE, input_tokens=100, calls=9)
    finance = Past(
        caller=Caller(team="finance"),
        labels=("confidential", "pii"),
        task=TaskKind.COMPLEX,
        input_tokens=1,
        calls=1,
    )
    found = diff(policy(BASE), policy(document), now=NOW, past=[labelled, plain, finance])
    (moved,) = found.moved
    assert (moved.count, moved.labels) == (3, ("pii",))
    assert (moved.before, moved.after) == ("baa", "local")


EDITS = st.lists(st.sampled_from(sorted({**WIDER, **NARROWER})), min_size=1, max_size=3)


@settings(max_examples=6)
@given(edits=EDITS)
def test_where_diff_is_silent_the_new_candidates_are_all_of_the_old_ones_choosing(
    edits: list[str],
) -> None:
    document = copy.deepcopy(dict(BASE))
    for name in edits:
        with contextlib.suppress(IndexError, KeyError, TypeError):  # what it edits is gone already
            {**WIDER, **NARROWER}[name](document)
    old, new = policy(BASE), policy(document)
    claims, wrong = Claims(old), []

    def each(before: Point, _: Decision, after: Point, decision: Decision) -> None:
        holds = claims.expected(before).holds
        may = frozenset.intersection(*(holds[c] for c in ("clearance", "rules", "network")))
        trusted = {recipient(old, name) for name in may}
        kept = {recipient(new, candidate.model) for candidate in decision.candidates}
        if not kept <= trusted:
            wrong.append(after)

    compared, _ = compare(old, new, now=NOW, each=each)
    assert bool(wrong) <= bool(compared.widenings)
