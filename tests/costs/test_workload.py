"""A workload's bill: the guide's own arithmetic, its shape, and what a bad workload is told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.catalog import load_catalog
from ringfence.costs import Choice, Estimate, MixEntry, PricedModel, parse_workload, price_workload
from ringfence.errors import BadRequest
from ringfence.types import Locality

CATALOG = load_catalog()
MODELS = {
    "flash-lite": "gemini/gemini-2.5-flash-lite",
    "sonnet": "anthropic/claude-sonnet-4.6",
    "gemini-pro": "gemini/gemini-3.1-pro",
    "opus": "anthropic/claude-opus-4.6",
    "local-9b": "ollama_chat/qwen3.5:9b",
}
PRICED = [
    PricedModel(
        name=name,
        facts=CATALOG.models[key],
        locality=Locality.LOCAL if name.startswith("local") else Locality.CLOUD,
    )
    for name, key in MODELS.items()
]
GUIDE: dict[str, Any] = {
    "sessions_per_day": 2000,
    "days_per_month": 30,
    "input_tokens_per_session": 100_000,
    "output_tokens_per_session": 10_000,
    "mix": [
        {"share": 0.40, "task": "simple"},
        {"share": 0.45, "task": "standard"},
        {"share": 0.10, "labels": ["pii"]},
        {"share": 0.05, "task": "complex"},
    ],
}


def guide_tree(entry: MixEntry) -> Choice:
    """The guide's routing: labelled work stays local, the rest goes by its task."""
    if entry.labels:
        return Choice(model="local-9b", reason="only local-9b is cleared for pii")
    by_task = {"simple": "flash-lite", "standard": "sonnet", "complex": "opus"}
    return Choice(model=entry.model or by_task[entry.task.value])


def bill(workload: dict[str, Any]) -> Estimate:
    return price_workload(
        parse_workload(workload), PRICED, choose=guide_tree, hardware=CATALOG.hardware
    )


def everything_on(model: str, sessions: float) -> dict[str, Any]:
    return {"sessions_per_day": sessions, "mix": [{"share": 1, "model": model}]}


# The guide's table "At-Scale Cost Accumulation".
@pytest.mark.parametrize(
    ("sessions", "sonnet", "opus", "gemini"),
    [
        (500, 6_750, 11_250, 4_800),
        (1_000, 13_500, 22_500, 9_600),
        (5_000, 67_500, 112_500, 48_000),
        (10_000, 135_000, 225_000, 96_000),
    ],
)
def test_monthly_bills_are_those_of_the_guides_table(
    sessions: int, sonnet: int, opus: int, gemini: int
) -> None:
    for model, usd in (("sonnet", sonnet), ("opus", opus), ("gemini-pro", gemini)):
        result = bill(everything_on(model, sessions)).bill
        assert result is not None
        assert result.monthly_usd == usd


def test_the_yearly_gap_between_opus_and_gemini_is_the_guides() -> None:
    opus, gemini = (
        Decimal(bill(everything_on(model, 1000)).to_dict()["yearly_usd"])
        for model in ("opus", "gemini-pro")
    )
    assert (opus, gemini, opus - gemini) == (270_000, 115_200, 154_800)


def test_the_guides_mix_costs_what_its_own_prices_add_up_to() -> None:
    result = bill(GUIDE).to_dict()
    money = (result["monthly_usd"], result["yearly_usd"], result["per_session_usd"])
    assert money == ("14736", "176832", "0.2456")
    routes = [
        (row["model"], row["per_session_usd"], row["monthly_usd"]) for row in result["by_route"]
    ]
    assert routes == [
        ("flash-lite", "0.014", "336"),
        ("sonnet", "0.45", "12150"),
        ("local-9b", "0", "0"),
        ("opus", "0.75", "2250"),
    ]


def test_where_the_guides_sums_disagree_the_sum_is_shown() -> None:
    said = " | ".join(bill(GUIDE).assumptions)
    for part in (
        "45 % × 60,000 sessions × $0.45 = $12,150.00",
        "together $14,736.00 a month",
        "the guide writes $18,000–22,000",
    ):
        assert part in said
    assert "the guide writes" not in " ".join(bill({**GUIDE, "sessions_per_day": 2001}).assumptions)


def test_alternatives_put_everything_on_one_model_dearest_first() -> None:
    assert bill(GUIDE).to_dict()["alternatives"] == [
        {"model": "opus", "monthly_usd": "45000", "saving_usd": "30264", "saving_pct": 67.3},
        {"model": "sonnet", "monthly_usd": "27000", "saving_usd": "12264", "saving_pct": 45.4},
        {"model": "gemini-pro", "monthly_usd": "19200", "saving_usd": "4464", "saving_pct": 23.3},
        {
            "model": "flash-lite",
            "monthly_usd": "840",
            "saving_usd": "-13896",
            "saving_pct": -1654.3,
        },
        {"model": "local-9b", "monthly_usd": "0", "saving_usd": "-14736", "saving_pct": None},
    ]


def test_the_chosen_model_is_the_one_with_the_largest_share() -> None:
    chosen = bill(GUIDE).to_dict()["chosen"]
    assert (chosen["model"], chosen["usd"]) == ("sonnet", {"p50": "0.45", "p90": "0.45"})


def test_break_even_prices_the_local_share_where_it_would_go_unlabelled() -> None:
    local = bill(GUIDE).to_dict()["break_even"]["local_share"]
    assert local["monthly_usd"] == "2700"  # 6,000 sessions × $0.45
    assert [row["sum"] for row in local["hardware"]] == ["$700 ÷ $2,700.00 a month = 0.26 months"]


def test_break_even_sets_every_machine_against_the_cloud_share() -> None:
    cloud = bill(GUIDE).to_dict()["break_even"]["cloud_share"]
    assert cloud["monthly_usd"] == "14736"
    assert [row["hardware"] for row in cloud["hardware"]] == list(CATALOG.hardware)
    assert cloud["hardware"][-1]["months"] == {"from": 2, "to": 6.8}


def test_the_machines_that_are_asked_for_are_the_ones_reckoned_with() -> None:
    rows = bill({**GUIDE, "hardware": "a100-80gb"}).to_dict()["break_even"]
    for part in ("local_share", "cloud_share"):
        assert [row["hardware"] for row in rows[part]["hardware"]] == ["a100-80gb"]


def test_a_share_that_no_model_may_take_is_said_and_costs_nothing() -> None:
    result = price_workload(
        parse_workload({"sessions_per_day": 10, "mix": [{"share": 1, "labels": ["phi"]}]}),
        PRICED,
        choose=lambda entry: Choice(model=None, reason="no model is cleared for phi"),
        hardware=CATALOG.hardware,
    )
    assert result.chosen is None
    assert result.to_dict()["by_route"][0]["reason"] == "no model is cleared for phi"
    assert "100 % of the sessions can go nowhere and cost nothing here" in result.assumptions


def test_one_call_of_a_session_is_what_must_fit_a_window() -> None:
    assert parse_workload(GUIDE).call.input_tokens == 10_000
    assert parse_workload({**GUIDE, "calls_per_session": 50}).call.max_output_tokens == 200


def test_the_workload_comes_back_with_its_defaults_written_out() -> None:
    about = bill({"workload": {"sessions_per_day": 0.5, "mix": [{"share": 1}]}}).to_dict()[
        "workload"
    ]
    assert about == {
        "sessions_per_day": 0.5,
        "days_per_month": 30,
        "input_tokens_per_session": 100_000,
        "output_tokens_per_session": 10_000,
        "calls_per_session": 10,
        "mix": [{"share": 1, "task": "standard"}],
    }


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"sessions_per_day": None}, "/sessions_per_day"),
        ({"sessions_per_day": 0}, "/sessions_per_day"),
        ({"sessions_per_day": "2000"}, "/sessions_per_day"),
        ({"sessions_per_day": True}, "/sessions_per_day"),
        ({"sessions_per_day": float("nan")}, "/sessions_per_day"),
        ({"sessions_per_day": 10**5000}, "/sessions_per_day"),
        ({"days_per_month": 32}, "/days_per_month"),
        ({"input_tokens_per_session": 1.5}, "/input_tokens_per_session"),
        ({"output_tokens_per_session": -1}, "/output_tokens_per_session"),
        ({"mix": []}, "/mix"),
        ({"mix": "all"}, "/mix"),
        ({"mix": None}, "/mix"),
        ({"mix": [{"share": 0.5}]}, "/mix"),
        ({"mix": [{"share": 1.2}]}, "/mix/0/share"),
        ({"mix": [{"task": "simple"}]}, "/mix/0/share"),
        ({"mix": [{"share": 1, "task": "magic"}]}, "/mix/0/task"),
        ({"mix": [{"share": 1, "task": []}]}, "/mix/0/task"),
        ({"mix": [{"share": 1, "labels": "pii"}]}, "/mix/0/labels"),
        ({"mix": [{"share": 1, "labels": ["A b"]}]}, "/mix/0/labels/0"),
        ({"mix": [{"share": 1, "model": 7}]}, "/mix/0/model"),
        ({"mix": [{"share": 1, "model": "nobody"}]}, "/mix/0/model"),
        ({"mix": [{"share": 1, "colour": "red"}]}, "/mix/0"),
        ({"mix": [1]}, "/mix/0"),
        ({"hardware": "abacus"}, "/hardware"),
        ({"hardware": 7}, "/hardware"),
        ({"colour": "red"}, ""),
    ],
)
def test_a_bad_workload_is_told_where(change: dict[str, Any], path: str) -> None:
    with pytest.raises(BadRequest) as caught:
        bill({**GUIDE, **change})
    assert caught.value.path == path


@pytest.mark.parametrize("data", [None, [], "x", {"workload": 3}])
def test_what_is_no_object_is_no_workload(data: Any) -> None:
    with pytest.raises(BadRequest):
        parse_workload(data)


shares = st.lists(st.integers(1, 1000), min_size=1, max_size=6)


@given(shares, st.integers(1, 10**9), st.integers(1, 10**9), st.integers(1, 10**9))
def test_the_parts_add_up_to_the_whole_at_any_size(
    weights: list[int], sessions: int, tokens_in: int, tokens_out: int
) -> None:
    total = sum(weights)
    tasks = ("simple", "standard", "complex")
    workload = {
        "sessions_per_day": sessions,
        "input_tokens_per_session": tokens_in,
        "output_tokens_per_session": tokens_out,
        "mix": [{"share": w / total, "task": tasks[i % 3]} for i, w in enumerate(weights)],
    }
    result = bill(workload).bill
    assert result is not None
    assert result.monthly_usd == sum(route.monthly_usd for route in result.by_route)
    assert result.yearly_usd == 12 * result.monthly_usd
    for alternative in result.alternatives:
        assert alternative.monthly_usd - alternative.saving_usd == pytest.approx(result.monthly_usd)
    result.to_dict()


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_bill_grows_with_its_sessions(sessions: int, more: int) -> None:
    small, large = (bill(everything_on("sonnet", n)).bill for n in (sessions, sessions + more))
    assert small is not None
    assert large is not None
    assert small.monthly_usd < large.monthly_usd
