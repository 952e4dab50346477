"""What a child leaves untouched and would undo all the same: by a label, a task, a model or a locality."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ringfence.errors import PolicyError
from ringfence.rules import Policy, load_policy, name_reading
from ringfence.types import Clearance, Locality

BASE = """\
ringfence: 1
name: base
models:
  local: {model: ollama_chat/qwen3.5:9b, price: {input: 0, output: 0}, context_window: 8192}
  rack: {model: openai/qwen3.5-72b, base_url: 'https://rack.internal/v1',
    price: {input: 1, output: 1}, context_window: 8192}
  opus: {model: anthropic/claude-opus-4.6}
network: {hosts: [{host: rack.internal, because: our rack}]}
labels: {packs: [hipaa]}
routes: {simple: [opus, rack, local]}
"""
HEAD = "ringfence: 1\nname: child\nextends: [base.yaml]\n"
WANTS_ABSENT = (
    "rules: [{name: r, when: {any: [{not: {all: [{labels: 'review*'}]}}]}, deny: not reviewed}]\n"
)

Load = Callable[[str, str], Policy]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load(base: str, child: str) -> Policy:
        (tmp_path / "base.yaml").write_text(BASE + base)
        (tmp_path / "policy.yaml").write_text(HEAD + child)
        return load_policy(tmp_path / "policy.yaml")

    return load


@pytest.mark.parametrize(
    "child",
    [
        "labels: {custom: [{label: reviewed, name: R, words: [x]}]}",
        "rules: [{name: c, when: {caller.team: a}, label: [x, reviewed]}]",
    ],
)
def test_a_child_puts_on_no_label_that_a_rule_of_its_base_wants_absent(
    load: Load, child: str
) -> None:
    with pytest.raises(PolicyError, match="wants to be absent"):
        load(WANTS_ABSENT, child)
    assert load(WANTS_ABSENT, child.replace("reviewed", "other"))
    assert load(WANTS_ABSENT.replace("deny: not reviewed", "task: complex"), child)
    assert load("rules: [{name: r, when: {not: {not: {labels: reviewed}}}, deny: never}]", child)


def test_a_pack_may_not_bring_such_a_label_either(load: Load) -> None:
    base = "rules: [{name: r, when: {not: {labels: [pci]}}, deny: only cards}]\n"
    with pytest.raises(PolicyError, match=r"policy\.yaml:4:25: puts on a label"):
        load(base, "labels: {packs: [hipaa, pci]}")


def test_a_rule_on_tasks_makes_their_reading_the_bases(load: Load) -> None:
    child = "classifier: {min_confidence: 0.1}"
    assert load("", child).document.classifier.min_confidence == 0.1
    with pytest.raises(PolicyError, match=r"policy\.yaml:4:1: a rule of the base tests the task"):
        load("rules: [{name: r, when: {task: simple}, forbid: [opus]}]", child)


def test_a_rule_on_the_model_asked_for_keeps_the_models(load: Load) -> None:
    child = "models: {local: , rack: }"
    assert set(load("", child).models) == {"local", "rack"}
    with pytest.raises(
        PolicyError, match=r"policy\.yaml:4:1: a rule of the base tests which model"
    ):
        load("rules: [{name: r, when: {model: opus}, deny: no opus}]", child)


@pytest.mark.parametrize(
    ("effect", "slips"),
    [
        ("forbid: [private]", True),
        ("only: [cloud, local]", True),
        ("forbid: [cloud]", False),
        ("forbid: [private, rack]", False),
        ("only: [rack]", False),
    ],
)
def test_a_lower_locality_may_not_slip_past_a_rule_that_names_localities(
    load: Load, effect: str, slips: bool
) -> None:
    base, child = f"rules: [{{name: r, {effect}}}]", "models: {local: , rack: {locality: cloud}}"
    if not slips:
        assert load(base, child).models["rack"].locality is Locality.CLOUD
        return
    with pytest.raises(PolicyError, match=r"policy\.yaml:4:26: a rule of the base would let"):
        load(base, child)


@pytest.mark.parametrize("clearance", ["all", "[pii]"])
def test_a_model_of_lower_locality_is_cleared_for_nothing(load: Load, clearance: str) -> None:
    """Else a local server that forwards to a cloud (I3) would keep what it is cleared for as a local one."""
    child = f"models: {{local: {{locality: cloud, clearance: {clearance}, because: it is here}}}}"
    with pytest.raises(PolicyError, match=r"policy\.yaml:4:18: a lower locality is checked less"):
        load("", child)
    assert load("", child.replace(clearance, "[]")).models["local"].clearance == Clearance()


def test_an_only_whose_models_are_all_removed_allows_none(load: Load) -> None:
    policy = load("rules: [{name: r, only: [opus]}]", "models: {local: }")
    assert [rule.only for rule in policy.document.rules] == [("opus",)]


def test_packs_that_a_child_adds_do_not_make_the_reading_of_names_laxer(load: Load) -> None:
    every = (
        "[gdpr, hipaa, pci, glba, sox, privilege, hr, secrets, classified, minors, confidential]"
    )
    policy = load("", f"labels: {{packs: {every}}}")
    assert name_reading(policy.document).mode == "full"
    assert name_reading(policy.document).strict
