"""What packs ask of the gate: labels, how names are read, and what nobody can leave out by accident."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from ringfence.errors import PolicyError
from ringfence.gate import Gate, regulated
from ringfence.gate.entities import LABELS, REGULATED
from ringfence.gate.reading import Group
from ringfence.gate.regulated import model
from ringfence.request import Request
from ringfence.rules import PACKS, name_reading, parse_policy

MakeGate = Callable[..., Gate]
ALL = sorted(PACKS)
PLAIN = "Brunhilde Achterberg and Otto Lindqvist came by on a Tuesday and looked at the garden."
PASSWORD = "login with password: " + "Tr0ub4dor" + "-and-3"
"""A name with nothing personal near it: `full` reports it, `context` does not."""


def ask(content: Any, **body: Any) -> Request:
    return Request.parse({"messages": [{"role": "user", "content": content}], **body})


def policy(**parts: Any) -> Any:
    base = {
        "ringfence": 1,
        "name": "test",
        "models": {"local": {"model": "ollama_chat/qwen3.5:9b"}},
        "routes": {"simple": ["local"]},
    }
    return parse_policy(yaml.safe_dump({**base, **parts}))


@pytest.mark.parametrize(
    ("parts", "mode", "strict"),
    [
        ({}, "context", False),
        ({"labels": {"packs": ALL}}, "context", False),
        ({"labels": {"packs": ["gdpr", "pci"]}}, "context", False),
        ({"labels": {"packs": ["hipaa"]}}, "full", True),
        ({"labels": {"packs": ["hipaa", "gdpr"]}, "gate": {"names": "context"}}, "context", False),
        ({"labels": {"packs": ["hipaa"]}, "gate": {"limits": {"strict": False}}}, "full", False),
        ({"gate": {"names": "any", "limits": {"strict": True}}}, "any", True),
    ],
)
def test_how_names_are_read_is_what_the_policy_says_and_else_what_a_chosen_pack_asks(
    parts: dict[str, Any], mode: str, strict: bool
) -> None:
    reading = name_reading(policy(**parts).document)
    assert (reading.mode, reading.strict) == (mode, strict)


def test_hipaa_reads_a_name_with_nothing_personal_near_it() -> None:
    assert Gate(policy(labels={"packs": ["hipaa"]})).read(ask(PLAIN)).labels == ("pii",)
    assert Gate(policy(labels={"packs": ["gdpr"]})).read(ask(PLAIN)).labels == ()


@pytest.mark.parametrize("packs", [[], ["pci"], ["gdpr", "hipaa"]])
def test_secrets_are_found_whatever_the_packs(packs: list[str]) -> None:
    assert "secret" in Gate(policy(labels={"packs": packs})).read(ask(PASSWORD)).labels


def test_secrets_are_turned_off_by_a_line_with_a_reason_and_each_decision_says_so() -> None:
    off = {"enabled": False, "because": "all models are ours, ticket 12"}
    findings = Gate(policy(labels={"secrets": off})).read(ask(PASSWORD))
    assert "secret" not in findings.labels
    assert findings.notes[0] == "gate: secrets off by policy: all models are ours, ticket 12"
    with pytest.raises(PolicyError, match="without a reason"):
        policy(labels={"secrets": {"enabled": False}})


def test_every_family_of_the_regulated_room_has_its_labels() -> None:
    assert set(model.load().families) <= REGULATED
    assert all(LABELS[family] for family in REGULATED)


def test_regulated_content_is_read_only_where_a_pack_wants_a_label_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def explode() -> Any:
        raise AssertionError

    monkeypatch.setattr(regulated, "recognizers", explode)
    groups = {group for group, _ in Gate(policy(labels={"packs": ["pci"]})).reader._recognizers}
    assert groups == {Group.STRUCTURED, Group.SECRETS}
    with pytest.raises(AssertionError):
        _ = Gate(policy(labels={"packs": ["hr"]})).reader


# -- stop when the labels cannot grow


def test_names_are_not_read_when_all_they_could_add_is_there_and_a_note_says_so(
    make_gate: MakeGate,
) -> None:
    gate = make_gate(names="full")
    findings = gate.read(ask(f"mail jane.roe@proton.me. {PLAIN}"))
    assert findings.labels == ("pii",)
    assert [finding.entity for finding in findings.findings] == ["EMAIL"]
    assert findings.notes == (
        "gate: 'names' not read to the end: the request already carries every label it could add",
    )


def test_the_same_request_reads_the_same_far_whatever_was_read_before(make_gate: MakeGate) -> None:
    body = {
        "messages": [
            {"role": "user", "content": PLAIN},
            {"role": "user", "content": PLAIN + " Again."},
        ]
    }
    fresh = make_gate(names="full")
    used = make_gate(names="full")
    for content in (PLAIN + " Again.", PLAIN, "mail jane.roe@proton.me"):
        used.read(ask(content))
    assert used.read(Request.parse(body)) == fresh.read(Request.parse(body))
    assert fresh.read(Request.parse(body)) == fresh.read(Request.parse(body))


def test_regulated_content_is_not_read_when_all_it_could_add_is_there(make_gate: MakeGate) -> None:
    note = (
        "Assessment: chronic hypertension, started on lisinopril 10 mg daily, follow up in clinic. "
    )
    gate = make_gate(labels={"packs": ["hipaa"]})
    turns = [f"MRN: 4471923. {note}", note * 2]
    body = {"messages": [{"role": "user", "content": turn} for turn in turns]}
    findings = gate.read(Request.parse(body))
    assert findings.labels == ("phi", "pii")
    assert "/messages/1/content" not in {finding.path for finding in findings.findings}
    assert any("'regulated' not read to the end" in note for note in findings.notes)


# -- above the limits


@pytest.mark.parametrize("strict", [True, False])
def test_above_the_limit_for_names_a_strict_policy_says_unscanned(
    make_gate: MakeGate, strict: bool
) -> None:
    gate = make_gate(gate={"names": "context", "limits": {"names_kb": 0, "strict": strict}})
    findings = gate.read(ask("Nothing personal in here."))
    assert findings.labels == (("unscanned",) if strict else ())
    assert "names read in user turns and tool results only" in findings.notes[0]


def test_the_time_limit_counts_for_each_full_megabyte(make_gate: MakeGate) -> None:
    from ringfence.gate.stages import Reading

    gate = make_gate(limits={"ms": 1000}, clock=lambda: 0.0)
    for megabytes, seconds in ((0, 1), (1, 2), (3, 4)):
        reading = Reading(gate, ask("x" * (megabytes * 1024 * 1024 + 5)))
        reading._walk()
        assert reading.deadline.left() == seconds
