"""A team's own words, patterns, dictionaries, allowed texts and label rules: what the policy adds to the gate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import PolicyError
from ringfence.gate import Gate
from ringfence.gate.dictionary import spans
from ringfence.request import Caller, Request
from ringfence.rules import dictionaries, parse_policy

MakeGate = Callable[..., Gate]
KEY = b"k" * 32
NAMES = ["Ada Lovelace", "Zoë O'Brien", "Wile E. Coyote", "Bluebird", "Acme Anvils & Sons", "张伟"]
OPENED = dictionaries.read(dictionaries.make(NAMES, KEY), KEY)


def found(text: str) -> list[str]:
    return [text[start:end] for start, end in spans(OPENED, text)]


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("about Ada Lovelace today", ["Ada Lovelace"]),
        ("ADA  LOVELACE", ["ADA  LOVELACE"]),
        ("ada\nlovelace", ["ada\nlovelace"]),
        ("ada_lovelace@x.org", ["ada_lovelace"]),
        ("Ada-Lovelace, Ada.Lovelace", ["Ada-Lovelace", "Ada.Lovelace"]),
        ('"Ada","Lovelace"', ['Ada","Lovelace']),
        ("| Ada | Lovelace |", ["Ada | Lovelace"]),
        ("Ada Lovelace's engine", ["Ada Lovelace's"]),
        ("Ada Love-\nlace", ["Ada Love-\nlace"]),
        ("zoe obrien", ["zoe obrien"]),
        ("ZOË O’BRIEN’S", ["ZOË O’BRIEN’S"]),
        ("wile e coyote", ["wile e coyote"]),
        ("bluebird's, bluebird", ["bluebird's", "bluebird"]),
        ("ACME ANVILS AND SONS", []),
        ("Acme Anvils, Sons", ["Acme Anvils, Sons"]),
        ("请联系张伟先生", ["张伟"]),
        ("Ada went home. Lovelace stayed", []),
        ("Adam Lovelace", []),
        ("Ada Ada Lovelace", ["Ada Lovelace"]),
        ("Ada" + " " * 40 + "Lovelace", []),
        ("bluebirds", []),
        ("", []),
    ],
)
def test_a_phrase_of_the_dictionary_is_found_however_it_is_set(
    text: str, phrases: list[str]
) -> None:
    assert found(text) == phrases


@given(st.text(), st.sampled_from(NAMES), st.text())
def test_a_planted_phrase_is_found(before: str, name: str, after: str) -> None:
    text = f"{before} . {name} . {after}"
    place = (len(before) + 3, len(before) + 3 + len(name))
    assert place in list(spans(OPENED, text))


@pytest.fixture
def customers(make_gate: MakeGate) -> Gate:
    gate = make_gate(labels={"custom": [{"label": "client", "name": "CUSTOMER", "words": ["x9"]}]})
    labels = gate.policy.document.labels
    entry = labels.custom[0].model_copy(
        update={"dictionary": "c.dict", "digest": OPENED.digest, "words": ()}
    )
    document = gate.policy.document.model_copy(
        update={"labels": labels.model_copy(update={"custom": (entry,)})}
    )
    policy = replace(gate.policy, document=document, dictionaries={OPENED.digest: OPENED})
    return Gate(policy)


@pytest.mark.parametrize(
    "text", ["ask Ada Lovelace", "QWRhIExvdmVsYWNlIHNhaWQgc28=", "&#65;da Lovelace"]
)
def test_the_gate_labels_what_the_dictionary_holds(customers: Gate, text: str) -> None:
    findings = customers.read(Request.from_text(text))
    assert findings.labels == ("client",)
    assert {f.recognizer for f in findings.findings} == {"custom:CUSTOMER"}


def test_a_name_split_across_turns_is_found(customers: Gate) -> None:
    turns = [{"role": "user", "content": text} for text in ("the client is Ada", "Lovelace")]
    assert customers.read(Request.parse({"messages": turns})).labels == ("client",)


def custom(**entry: Any) -> dict[str, Any]:
    return {"custom": [{"label": "pii", "name": "STAFF", **entry}]}


@pytest.mark.parametrize("regex", [r"(?=a)b", r"(a)\1", r"(?<!x)y", r"(", r"a*", r"x{5000}"])
def test_a_pattern_that_cannot_run_is_a_policy_error_with_its_place(regex: str) -> None:
    policy = (
        "ringfence: 1\nname: t\nmodels: {local: {model: 'ollama_chat/qwen3.5:9b'}}\n"
        "routes: {simple: [local]}\nlabels:\n  custom:\n    - label: pii\n      name: STAFF\n"
        f"      regex: '{regex}'\n"
    )
    with pytest.raises(PolicyError) as caught:
        parse_policy(policy)
    [problem] = caught.value.problems
    assert (problem.line, problem.column) == (9, 7)
    with pytest.raises(PolicyError):
        parse_policy(
            policy.replace("custom", "allow")
            .replace("label: pii", "because: known")
            .replace("      name: STAFF\n", "")
        )


def test_a_pattern_needs_its_context(make_gate: MakeGate) -> None:
    gate = make_gate(labels=custom(regex=r"E\d{6}", context=["staff"]))
    assert gate.read(Request.from_text("staff no E123456")).labels == ("pii",)
    assert gate.read(Request.from_text("part E123456")).labels == ()


def test_allowed_texts_and_patterns_are_no_findings(make_gate: MakeGate) -> None:
    allow = [
        {"words": ["kim.lee@acme-corp.eu"], "because": "our public address"},
        {"regex": r"T-\d{3}-bluebird", "because": "ticket names"},
    ]
    gate = make_gate(labels={**custom(words=["bluebird"]), "allow": allow})

    def labels(text: str) -> tuple[str, ...]:
        return gate.read(Request.from_text(text)).labels

    assert labels("mail kim.lee@acme-corp.eu") == ()
    assert labels("see T-123-bluebird") == ()
    assert labels("see T-123-bluebird about bluebird") == ("pii",)
    assert labels("mail kim.lee@acme-corp.eu.evil.org") == ("pii",)


def test_an_allowed_text_needs_its_reason(make_gate: MakeGate) -> None:
    with pytest.raises(PolicyError, match="'because' is missing"):
        make_gate(labels={"allow": [{"words": ["x"]}]})


@pytest.mark.parametrize(
    ("when", "caller", "body"),
    [
        ({"caller.team": "finance"}, Caller(team="finance"), {}),
        ({"caller.user": ["ann", "bob"]}, Caller(user="bob"), {}),
        ({"caller.tenant": "acme", "caller.key_id": "k1"}, Caller(tenant="acme", key_id="k1"), {}),
        ({"metadata": {"ticket": "legal"}}, Caller(), {"metadata": {"ticket": "legal"}}),
        ({"text": "Merger"}, Caller(), {}),
        (
            {"tools": ["payroll"]},
            Caller(),
            {"tools": [{"type": "function", "function": {"name": "payroll"}}]},
        ),
    ],
)
def test_a_label_rule_runs_in_the_gate(
    make_gate: MakeGate, when: dict[str, Any], caller: Caller, body: dict[str, Any]
) -> None:
    gate = make_gate(rules=[{"name": "r", "when": when, "label": ["house", "confidential"]}])
    request = Request.from_text("the merger plan", caller=caller, **body)
    assert gate.read(request).labels == ("confidential", "house")
    assert gate.read(Request.from_text("good morning")).labels == ()


def test_a_label_rule_may_not_ask_what_only_later_stages_know(make_gate: MakeGate) -> None:
    with pytest.raises(PolicyError, match="runs in the gate"):
        make_gate(rules=[{"name": "r", "when": {"task": "simple"}, "label": "house"}])
