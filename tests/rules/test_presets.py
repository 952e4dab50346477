"""The presets: each loads, gets no remark, and holds its own tests, which reach all of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ringfence.review.check import remarks
from ringfence.review.coverage import coverage
from ringfence.review.testing import Bench, load
from ringfence.rules import load_policy
from ringfence.types import Locality

FOLDER = Path(__file__).parents[2] / "policy" / "ringfence" / "rules" / "presets"
NAMES = (
    "air-gapped",
    "classified",
    "default",
    "gdpr",
    "glba",
    "hipaa",
    "pci",
    "privilege",
    "sox",
)
TODAY = datetime.now(UTC).date()  # a preset that names a model at its end must be changed


def test_these_presets_are_shipped_each_with_its_tests() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(
        [f"{name}.yaml" for name in NAMES] + [f"{name}.test.yaml" for name in NAMES]
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_gets_no_remark(name: str) -> None:
    policy = load_policy(FOLDER / f"{name}.yaml")
    assert [str(remark) for remark in remarks(policy, TODAY)] == []
    assert all(model.provider.wire != "embedded" for model in policy.models.values())
    for (
        model
    ) in policy.models.values():  # what a cloud may see is for its user to write, and to sign
        assert model.locality is not Locality.CLOUD or not model.clearance.labels
        assert model.locality is Locality.LOCAL or not model.clearance.everything


@pytest.mark.parametrize("name", NAMES)
def test_the_tests_of_a_preset_pass_and_reach_all_of_it(name: str) -> None:
    file, policy = load(FOLDER / f"{name}.test.yaml", env={})
    results = list(Bench(policy).run(file, range(len(file.document.cases))))
    assert [(r.name, r.differences, r.reasons) for r in results if not r.passed] == []
    assert coverage(policy, (result.reached for result in results)).missed == ()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "default"])
def test_a_preset_says_what_it_does_and_what_it_does_not(name: str) -> None:
    text = (FOLDER / f"{name}.yaml").read_text()
    head = text[: text.index("ringfence: 1")]
    for said in ("What this policy does.", "What it does not do.", "Before you sign:"):
        assert said in head
    assert all(len(line) <= 120 for line in text.splitlines())


def test_air_gapped_is_local_and_private_only() -> None:
    policy = load_policy(FOLDER / "air-gapped.yaml")
    assert policy.document.network.mode == "none"
    places = {model.locality for model in policy.models.values()}
    assert places == {Locality.LOCAL, Locality.PRIVATE}


def test_no_scanner_takes_the_tests_of_presets_for_a_leak() -> None:
    for path in FOLDER.glob("*.test.yaml"):
        assert not re.search(r"\b(?:\d[ -]?){13,19}\b", _without_dates(path.read_text())), path


def _without_dates(text: str) -> str:
    return re.sub(
        r"\d{4}-\d{2}-\d{2}T\S+|4929137204569120", "", text
    )  # that one fails its checksum
