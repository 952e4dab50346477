"""An estimate of one request: its shape, its money, and nothing of the request's text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ringfence.catalog import load_catalog
from ringfence.costs import PricedModel, price_request
from ringfence.types import Locality, Size, TaskKind

NAMES = {
    "sonnet": ("anthropic/claude-sonnet-4.6", Locality.CLOUD),
    "gpt": ("openai/gpt-5.4", Locality.CLOUD),
    "local-9b": ("ollama_chat/qwen3.5:9b", Locality.LOCAL),
}


def models(*ineligible: str) -> list[PricedModel]:
    found = {name: (load_catalog().models[key], where) for name, (key, where) in NAMES.items()}
    return [
        PricedModel(name=name, facts=facts, locality=where, eligible=name not in ineligible)
        for name, (facts, where) in found.items()
    ]


def estimate(chosen: str | None, *ineligible: str, **fields: Any) -> dict[str, Any]:
    fields = {"size": Size(input_tokens=10_000), "kind": TaskKind.STANDARD, **fields}
    return price_request(
        models(*ineligible), about={"id": "r1", "task": "standard"}, chosen=chosen, **fields
    ).to_dict()


def test_an_estimate_has_the_documented_shape() -> None:
    assert estimate("sonnet") | {"models": [], "assumptions": []} == {
        "request": {"id": "r1", "task": "standard"},
        "chosen": {
            "model": "sonnet",
            "locality": "cloud",
            "eligible": True,
            "input_tokens": 10_000,
            "output_tokens": {"p50": 750, "p90": 2_400},
            "usd": {"p50": "0.04125", "p90": "0.066"},
        },
        "models": [],
        "assumptions": [],
    }


def test_every_model_of_the_policy_is_priced_and_says_whether_it_may_answer() -> None:
    rows = estimate("local-9b", "sonnet", "gpt")["models"]
    assert [(row["model"], row["eligible"], row["usd"]["p50"]) for row in rows] == [
        ("sonnet", False, "0.04125"),
        ("gpt", False, "0.03625"),
        ("local-9b", True, "0"),
    ]


def test_a_refused_request_has_no_chosen_model_and_still_has_prices() -> None:
    result = estimate(None, *NAMES)
    assert result["chosen"] is None
    assert len(result["models"]) == 3


def test_a_limit_on_the_output_bounds_the_estimate_and_is_said() -> None:
    result = estimate("sonnet", limit=100)
    assert result["chosen"]["output_tokens"] == {"p50": 100, "p90": 100}
    assert "output is limited to 100 tokens" in result["assumptions"]


def test_the_assumptions_name_the_count_the_plan_and_the_remarks_on_the_price() -> None:
    said = " | ".join(estimate("gpt")["assumptions"])
    for part in ("10,000 tokens", "planning figures", "provider's cache", "15–20"):
        assert part in said


def test_money_is_a_plain_decimal_string() -> None:
    tiny = price_request(
        models(),
        about={},
        chosen="sonnet",
        size=Size(input_tokens=1),
        kind=TaskKind.SIMPLE,
        limit=1,
    )
    assert tiny.chosen is not None
    assert tiny.chosen.usd_p50 == Decimal("0.000018")
    assert tiny.to_dict()["chosen"]["usd"]["p50"] == "0.000018"


@pytest.mark.parametrize("kind", TaskKind)
def test_every_kind_of_task_has_a_plan(kind: TaskKind) -> None:
    assert any(kind.value in sentence for sentence in estimate("sonnet", kind=kind)["assumptions"])
