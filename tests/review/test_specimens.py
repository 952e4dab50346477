"""The sentences of counterexamples carry the labels that they stand for."""

from __future__ import annotations

from datetime import datetime

import pytest

from ringfence.gate import Gate
from ringfence.request import Request
from ringfence.review.specimens import SENTENCES, with_labels
from ringfence.rules import PACKS, Policy, parse_policy


@pytest.fixture
def policy(policy_text: str, now: datetime) -> Policy:
    custom = "labels: {custom: [{label: ours, name: OURS, words: [osprey]}]}\n"
    return parse_policy(policy_text + custom, today=now.date())


BODY = {"messages": [{"role": "user", "content": "…"}]}


def test_every_label_of_a_pack_has_a_sentence() -> None:
    assert set(SENTENCES) == {label for labels in PACKS.values() for label in labels}


@pytest.mark.parametrize("label", [*SENTENCES, "unread", "ours"])
def test_the_gate_puts_the_label_on_it(label: str, policy: Policy) -> None:
    body, without = with_labels(BODY, (label,), policy)
    assert without == ()
    assert label in Gate(policy).read(Request.parse(body)).labels


def test_what_no_sentence_brings_is_named(policy: Policy) -> None:
    _, without = with_labels(BODY, ("pii", "unscanned", "not-yet-invented"), policy)
    assert without == ("unscanned", "not-yet-invented")
