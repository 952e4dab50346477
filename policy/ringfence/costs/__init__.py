"""What a call, or a month of calls, costs: token counts, prices, estimates, break-even and advice. Pure."""

from ringfence.costs.output import OutputTokens, expected_output
from ringfence.costs.pricing import UnknownPrice, cost_of, expected_usd, reserved_usd, token_cost
from ringfence.costs.size import measure
from ringfence.costs.tokens import count_tokens

__all__ = [
    "OutputTokens",
    "UnknownPrice",
    "cost_of",
    "count_tokens",
    "expected_output",
    "expected_usd",
    "measure",
    "reserved_usd",
    "token_cost",
]
