"""What tokens cost, and that an unknown price is an error."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.catalog import ModelFacts, load_catalog
from ringfence.costs import (
    UnknownPrice,
    cost_of,
    expected_output,
    expected_usd,
    reserved_usd,
    token_cost,
)
from ringfence.types import Size, TaskKind, Usage

COUNT = st.integers(0, 10_000_000)
KIND = st.sampled_from(TaskKind)


def facts(key: str = "anthropic/claude-sonnet-4.6") -> ModelFacts:
    return load_catalog().models[key]


# The guide: about 100K input and 10K output tokens a session.
@pytest.mark.parametrize(
    ("key", "usd"),
    [
        ("gemini/gemini-2.5-flash-lite", "0.014"),
        ("xai/grok-4.1-fast", "0.025"),
        ("zai/glm-5", "0.132"),
        ("gemini/gemini-3.1-pro", "0.32"),
        ("openai/gpt-5.4", "0.40"),
        ("anthropic/claude-sonnet-4.6", "0.45"),
        ("anthropic/claude-opus-4.6", "0.75"),
        ("ollama_chat/qwen3.5:9b", "0"),
    ],
)
def test_a_session_costs_what_the_guides_table_says(key: str, usd: str) -> None:
    assert token_cost(facts(key), 100_000, 10_000) == Decimal(usd)


# The guide: 1,000 sessions a day; days, months of 30, years of 12.
@pytest.mark.parametrize(
    ("key", "day", "month", "year"),
    [
        ("gemini/gemini-3.1-pro", 320, 9_600, 115_200),
        ("anthropic/claude-opus-4.6", 750, 22_500, 270_000),
    ],
)
def test_a_thousand_sessions_a_day_cost_what_the_guide_says(
    key: str, day: int, month: int, year: int
) -> None:
    daily = 1000 * token_cost(facts(key), 100_000, 10_000)
    assert (daily, daily * 30, daily * 30 * 12) == (day, month, year)


def test_cached_input_has_its_own_price() -> None:
    usage = Usage(input_tokens=1_000_000, output_tokens=0, cached_tokens=600_000)
    assert cost_of(facts(), usage) == Decimal("1.38")  # 0.4 × 3.00 + 0.6 × 0.30


def test_cached_input_without_a_known_price_costs_as_the_rest() -> None:
    unknown = replace(facts(), cached_input_usd=None)
    usage = Usage(input_tokens=1_000_000, cached_tokens=600_000)
    assert cost_of(unknown, usage) == Decimal(3)


def test_reasoning_is_output_and_is_not_charged_twice() -> None:
    usage = Usage(output_tokens=1_000_000, reasoning_tokens=900_000)
    assert cost_of(facts(), usage) == Decimal(15)


@pytest.mark.parametrize("price", ["input_usd", "output_usd"])
def test_an_unknown_price_is_an_error_and_never_zero(price: str) -> None:
    unknown = replace(facts(), **{price: None})
    size = Size(input_tokens=10)
    for cost in (
        lambda: cost_of(unknown, Usage()),
        lambda: token_cost(unknown, 1, 1),
        lambda: expected_usd(unknown, size, TaskKind.SIMPLE),
        lambda: reserved_usd(unknown, size, TaskKind.SIMPLE),
    ):
        with pytest.raises(UnknownPrice, match=r"anthropic/claude-sonnet-4\.6"):
            cost()


@given(COUNT, COUNT, COUNT, COUNT)
def test_cost_never_falls_as_tokens_grow(first: int, second: int, more: int, cached: int) -> None:
    small = cost_of(facts(), Usage(input_tokens=first, output_tokens=second))
    large = cost_of(facts(), Usage(input_tokens=first + more, output_tokens=second + more))
    assert Decimal(0) <= small <= large
    saved = cost_of(facts(), Usage(input_tokens=first, output_tokens=second, cached_tokens=cached))
    assert saved <= small


@given(COUNT, st.none() | st.integers(1, 100_000), st.none() | st.integers(1, 100_000), KIND)
def test_expectations_are_ordered_and_keep_to_every_limit(
    tokens: int, asked: int | None, limit: int | None, kind: TaskKind
) -> None:
    size = Size(input_tokens=tokens, max_output_tokens=asked)
    output = expected_output(kind, size, limit=limit)
    assert 1 <= output.p50 <= output.p90
    assert output.p90 <= min(known for known in (asked, limit, 32_000) if known is not None)
    expected = expected_usd(facts(), size, kind, limit)
    assert Decimal(0) < expected <= reserved_usd(facts(), size, kind, limit)


def test_a_reservation_covers_all_of_an_output_limit() -> None:
    size = Size(input_tokens=1000, max_output_tokens=4000)
    assert reserved_usd(facts(), size, TaskKind.SIMPLE) == token_cost(facts(), 1000, 4000)
    assert reserved_usd(facts(), size, TaskKind.SIMPLE, 500) == token_cost(facts(), 1000, 500)


def test_local_models_cost_nothing() -> None:
    local = facts("ollama_chat/qwen3.5:9b")
    assert expected_usd(local, Size(input_tokens=10**6), TaskKind.COMPLEX) == 0
