"""Advice: the guide's crossovers, and the machine that each spend, memory and label calls for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.catalog import load_catalog
from ringfence.costs import Advice, advise

CATALOG = load_catalog()


def advice(usd: int, **fields: Any) -> Advice:
    return advise(
        monthly_usd=Decimal(usd), models=CATALOG.models, hardware=CATALOG.hardware, **fields
    )


# The guide: "at $5,000 a month an A100 breaks even in about two months; at $1,000 it takes ten".
@pytest.mark.parametrize(("usd", "months"), [(5000, 2), (1000, 10)])
def test_an_a100_breaks_even_when_the_guide_says(usd: int, months: int) -> None:
    rows = {row.hardware: row for row in advice(usd).paybacks}
    assert (rows["a100-80gb"].months_from, rows["a100-80gb"].months_to) == (months, months)


@pytest.mark.parametrize(
    ("usd", "approach", "hardware"),
    [
        (0, "cloud", None),
        (499, "cloud", None),  # the guide: under $500 a month, stay in the cloud
        (500, "hybrid", "a6000"),
        (1000, "hybrid", "a100-80gb"),
        (5000, "hybrid", "a100-80gb"),
        (9000, "hybrid", "h100-cluster"),
    ],
)
def test_the_most_capable_machine_that_pays_within_a_year_is_advised(
    usd: int, approach: str, hardware: str | None
) -> None:
    assert (advice(usd).approach, advice(usd).hardware) == (approach, hardware)


def test_sensitive_data_needs_a_local_path_at_any_spend() -> None:
    result = advice(0, labels=["phi", "pii"])
    assert (result.approach, result.hardware) == ("hybrid", "rtx-4080")
    assert result.model == "ollama_chat/qwen3.5:9b"
    assert "phi, pii" in result.reasons[0]


@pytest.mark.parametrize(
    ("vram", "model"),
    [
        ("6.49", "ollama_chat/qwen3.5:9b"),
        ("24", "ollama_chat/qwen3.5:14b"),
        ("48", "ollama_chat/qwen3.5:72b"),
        ("240", "hosted_vllm/llama-4-maverick"),
    ],
)
def test_memory_that_is_there_runs_the_largest_model_that_fits(vram: str, model: str) -> None:
    result = advice(5000, vram_gb=Decimal(vram))
    assert (result.model, result.hardware) == (model, None)


def test_frontier_work_stays_in_the_cloud_and_its_labelled_part_does_not() -> None:
    assert advice(9000, needs_frontier=True).approach == "cloud"
    assert advice(9000, needs_frontier=True, labels=["mnpi"]).approach == "hybrid"


@given(st.integers(0, 10**9), st.booleans(), st.lists(st.sampled_from(["pii", "phi"]), max_size=2))
def test_labelled_data_is_never_advised_to_go_all_to_the_cloud(
    usd: int, frontier: bool, labels: list[str]
) -> None:
    result = advice(usd, labels=labels, needs_frontier=frontier)
    assert result.reasons
    assert not labels or result.approach != "cloud"
    assert (result.model is None) == (result.approach == "cloud")
    result.to_dict()
