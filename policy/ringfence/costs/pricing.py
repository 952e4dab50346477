"""What tokens cost: before a call from what is expected, after it from what the provider counted."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from ringfence.catalog import ModelFacts
from ringfence.costs.output import expected_output
from ringfence.errors import RingfenceError
from ringfence.types import Size, TaskKind, Usage

_MILLION = Decimal(1_000_000)


class UnknownPrice(RingfenceError):
    """Neither the catalogue nor the policy knows what a model costs. Unknown is never 0."""

    code: ClassVar[str] = "unknown_price"
    exit_code: ClassVar[int] = 2

    def __init__(self, model: str) -> None:
        self.model = model
        super().__init__(
            f"the price of '{model}' is not known; write 'price: {{input, output}}' (US dollars a million "
            "tokens) beside it in the policy"
        )


def cost_of(facts: ModelFacts, usage: Usage) -> Decimal:
    """US dollars for what a provider counted.

    Cached input costs its own price where the catalogue knows one, else that of other input.
    Reasoning tokens are output tokens (`Usage`), so they are in already.

    Raises:
        UnknownPrice: for a model without a price.
    """
    cached = min(usage.cached_tokens, usage.input_tokens)
    _, cached_usd, _ = _prices(facts)
    return token_cost(facts, usage.input_tokens - cached, usage.output_tokens) + (
        cached * cached_usd / _MILLION
    )


def token_cost(facts: ModelFacts, input_tokens: int, output_tokens: int) -> Decimal:
    """US dollars for so many tokens in (none of them cached) and out."""
    input_usd, _, output_usd = _prices(facts)
    return (input_tokens * input_usd + output_tokens * output_usd) / _MILLION


def expected_usd(
    facts: ModelFacts, size: Size, kind: TaskKind, limit: int | None = None
) -> Decimal:
    """US dollars that a call is expected to cost: its input, and the median output of its kind.

    Args:
        facts: the model's.
        size: what `measure` says of the request.
        kind: the task's kind.
        limit: the most output tokens that will be asked for.
    """
    output = expected_output(kind, size, limit=_tighter(limit, facts.max_output_tokens))
    return token_cost(facts, size.input_tokens, output.p50)


def reserved_usd(
    facts: ModelFacts, size: Size, kind: TaskKind, limit: int | None = None
) -> Decimal:
    """US dollars to reserve before a call: all of its output limit, or nine in ten outputs of its kind."""
    ceiling = _tighter(limit, size.max_output_tokens)
    if ceiling is None:
        ceiling = expected_output(kind, size, limit=facts.max_output_tokens).p90
    return token_cost(facts, size.input_tokens, ceiling)


def _prices(facts: ModelFacts) -> tuple[Decimal, Decimal, Decimal]:
    if facts.input_usd is None or facts.output_usd is None:
        raise UnknownPrice(facts.key)
    cached = facts.input_usd if facts.cached_input_usd is None else facts.cached_input_usd
    return facts.input_usd, cached, facts.output_usd


def _tighter(first: int | None, second: int | None) -> int | None:
    limits = [limit for limit in (first, second) if limit is not None]
    return min(limits, default=None)
