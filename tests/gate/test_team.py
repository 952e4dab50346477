"""A team's own Presidio recognisers: Presidio's YAML, pinned by the policy, run where names are read."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ringfence.errors import PolicyError
from ringfence.gate import Gate
from ringfence.gate.team import OVERLAP, WINDOW
from ringfence.request import Request
from ringfence.rules import load_policy
from ringfence.trust import digest_of

POLICY: dict[str, Any] = {
    "ringfence": 1,
    "name": "test",
    "models": {"local": {"model": "ollama_chat/qwen3.5:9b"}},
    "routes": {"simple": ["local"]},
}
TITLE = {"name": "titles", "supported_entity": "TITLE", "deny_list": ["Dr.", "Herr"]}
BADGE = {
    "name": "badges",
    "supported_entity": "BADGE",
    "patterns": [{"name": "weak", "regex": r"\bQ\d{4}\b", "score": 0.1}],
    "context": ["badge"],
}
HANG = {
    "name": "hang",
    "supported_entity": "HANG",
    "patterns": [{"name": "doubling", "regex": "(?:x|xx)+$", "score": 1}],
}
Load = Callable[..., Gate]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """`load(recogniser, …, clock=…, names=…, limits=…, **gate.presidio)`: a gate with these recognisers in its file."""

    def make(
        *items: Any, clock: Any = None, limits: Any = None, top: Any = None, **spec: Any
    ) -> Gate:
        content = yaml.safe_dump({**(top or {}), "recognizers": list(items)}).encode()
        (tmp_path / "recognizers.yaml").write_bytes(content)
        presidio = {"file": "recognizers.yaml", "digest": digest_of(content), **spec}
        gate = {"names": "off", "limits": {"ms": 60_000, **(limits or {})}, "presidio": presidio}
        (tmp_path / "policy.yaml").write_text(yaml.safe_dump({**POLICY, "gate": gate}))
        policy = load_policy(tmp_path / "policy.yaml")
        return Gate(policy, **({"clock": clock} if clock else {}))

    return make


def read(gate: Gate, text: str) -> list[tuple[str, str, int, int]]:
    found = gate.read(Request.from_text(text)).findings
    return [(f.label, f.entity, f.start, f.end) for f in found]


def test_deny_lists_and_patterns_are_found_where_they_stand(load: Load) -> None:
    gate = load(TITLE, BADGE)
    assert read(gate, "Ask Dr. Who") == [("pii", "TITLE", 4, 7)]
    assert read(gate, "seat Q1234, please") == [("pii", "BADGE", 5, 10)]
    assert read(gate, "nothing here") == []


def test_a_threshold_makes_a_weak_pattern_need_its_context_word(load: Load) -> None:
    gate = load(BADGE, threshold=0.3)
    assert read(gate, "seat Q1234, please") == []
    assert read(gate, "my badge is Q1234") == [("pii", "BADGE", 12, 17)]
    request = Request.parse(
        {"messages": [{"role": "user", "content": "hi"}], "metadata": {"badgeNumber": "Q1234"}}
    )
    assert gate.read(request).labels == ("pii",)


def test_each_language_has_its_own_context_words(load: Load) -> None:
    languages = [
        {"language": "de", "context": ["ausweis"]},
        {"language": "en", "context": ["badge"]},
    ]
    gate = load({**BADGE, "context": None, "supported_languages": languages}, threshold=0.3)
    for text in ("mein Ausweis: Q1234", "my badge: Q1234"):
        assert [label for label, *_ in read(gate, text)] == ["pii"]
    assert read(gate, "mon insigne: Q1234") == []
    named = load({**BADGE, "supported_languages": ["de", "en"]}, threshold=0.3)
    assert read(named, "the badge Q1234") != []


def test_an_entity_has_the_labels_that_the_policy_maps_it_to(load: Load) -> None:
    gate = load(TITLE, BADGE, labels={"BADGE": ["confidential", "hr"], "TITLE": "hr"})
    assert gate.read(Request.from_text("Q1234")).labels == ("confidential", "hr")
    assert gate.read(Request.from_text("Herr Meyer")).labels == ("hr",)


def test_what_is_disguised_is_found_too(load: Load) -> None:
    (finding,) = read(load(BADGE), "seat Q12\u200b34, please")
    assert finding == ("pii", "BADGE", 5, 11)


def test_a_long_text_is_shown_in_windows_that_overlap(load: Load) -> None:
    gate = load(BADGE)
    for at in (0, WINDOW - 2, WINDOW - OVERLAP - 2, 2 * WINDOW + 17):
        text = "." * at + "Q1234" + "." * (3 * WINDOW)
        assert read(gate, text) == [("pii", "BADGE", at, at + 5)]


def test_a_text_is_read_again_only_when_it_is_new(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = load(BADGE)
    first = read(gate, "seat Q1234")
    monkeypatch.setattr(type(gate.name_reader), "read", lambda *_, **__: 1 / 0)
    assert read(gate, "seat Q1234") == first
    assert "unscanned" in gate.read(Request.from_text("seat Q1235")).labels


def test_it_stops_when_the_labels_cannot_grow(load: Load) -> None:
    findings = load(BADGE).read(Request.from_text("ssn 219-09-9998, seat Q1234"))
    assert [finding.entity for finding in findings.findings] == ["US_SSN"]
    assert any("'presidio' not read to the end" in note for note in findings.notes)


def test_presidio_runs_without_a_network_and_says_nothing_of_the_text(
    load: Load, socket_disabled: None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert read(load(BADGE, threshold=0.3), "my badge is Q1234") != []
    assert "badge is" not in caplog.text
    assert "Q1234" not in caplog.text


# -- fail closed


def test_a_pattern_that_runs_away_ends_as_unscanned(load: Load) -> None:
    gate = load(BADGE, HANG, limits={"ms": 200})
    gate.warm()
    findings = gate.read(Request.from_text("seat Q1234 " + "x" * 60 + "!"))
    assert "unscanned" in findings.labels
    assert any("out of time in 'names'" in note for note in findings.notes)


def test_an_engine_that_fails_is_unscanned_and_what_ours_found_stays(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = load(BADGE)
    gate.warm()
    assert gate.team is not None
    monkeypatch.setattr(gate.team._engine, "analyze", lambda **_: 1 / 0)
    findings = gate.read(Request.from_text("card 4539 1488 0343 6467"))
    assert findings.labels == ("pci", "unscanned")
    assert "gate: 'presidio' failed" in findings.notes


def test_an_engine_that_left_a_recogniser_out_is_not_used(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    from presidio_analyzer.recognizer_registry.recognizers_loader_utils import (
        RecognizerListLoader,
    )

    monkeypatch.setattr(RecognizerListLoader, "get", lambda *_: [])
    assert load(BADGE).read(Request.from_text("hello")).labels == ("unscanned",)


# -- what does not load


@pytest.mark.parametrize(
    "item",
    [
        "CreditCardRecognizer",
        {"name": "CreditCardRecognizer", "type": "predefined"},
        {"name": "x", "class_name": "GLiNERRecognizer", **{"supported_entity": "X"}},
        {"name": "remote", "supported_entity": "X", "server_url": "https://x.example"},
        {"name": "AzureAILanguageRecognizer"},
        {**TITLE, "type": "predefined"},
        {**TITLE, "class_name": "HuggingFaceNerRecognizer"},
    ],
)
def test_code_and_servers_are_refused_at_their_line(load: Load, item: Any) -> None:
    with pytest.raises(
        PolicyError, match=r"recognizers\.yaml:\d+:\d+: only recognisers of patterns"
    ):
        load(BADGE, item)


@pytest.mark.parametrize(
    ("item", "says"),
    [
        ({**BADGE, "patterns": [{"name": "a", "regex": "(", "score": 1}]}, "not a pattern"),
        ({**BADGE, "patterns": [{"name": "a", "regex": "x", "score": 7}]}, "less than or equal"),
        ({**BADGE, "patterns": [{"name": "a", "score": 1}]}, "'regex' is missing"),
        ({**BADGE, "colour": "red"}, "unknown key"),
        ({**BADGE, "supported_entity": None}, "write one 'supported_entity:'"),
        ({**BADGE, "supported_entities": ["X"]}, "write one 'supported_entity:'"),
        ({**BADGE, "patterns": []}, "finds nothing"),
        ({**BADGE, "enabled": False}, "no recogniser is enabled"),
        ({**BADGE, "supported_language": "english"}, "pattern"),
    ],
)
def test_what_is_wrong_in_the_file_is_told_with_its_line(load: Load, item: Any, says: str) -> None:
    with pytest.raises(PolicyError, match=says) as caught:
        load(item)
    assert "recognizers.yaml:" in str(caught.value)
    assert "red" not in str(caught.value)


def test_the_file_must_be_the_one_that_the_policy_pins(load: Load, tmp_path: Path) -> None:
    gate = load(BADGE)
    good = gate.policy.document.gate.presidio
    assert good is not None
    with (tmp_path / "recognizers.yaml").open("a") as file:
        file.write("# one byte more\n")
    with pytest.raises(PolicyError, match=r"policy\.yaml:.*not the file that is pinned"):
        load_policy(tmp_path / "policy.yaml")
    with pytest.raises(PolicyError, match="not pinned; write beside it 'digest: sha256:"):
        load(BADGE, digest=None)
    with pytest.raises(PolicyError, match="cannot be read"):
        load(BADGE, file="elsewhere.yaml")
    with pytest.raises(PolicyError, match="no enabled recogniser of the file finds this entity"):
        load(BADGE, labels={"BADGES": "pii"})
