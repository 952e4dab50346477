"""What a call, or a month of calls, costs: token counts, prices, estimates, break-even and advice. Pure."""

from ringfence.costs.advice import Advice, advise
from ringfence.costs.bill import Choice, Chooser, price_workload
from ringfence.costs.breakeven import BreakEven, Payback, break_even
from ringfence.costs.estimate import (
    Alternative,
    Bill,
    Estimate,
    ModelEstimate,
    PricedModel,
    RouteBill,
    price_request,
)
from ringfence.costs.output import OutputTokens, expected_output
from ringfence.costs.pricing import UnknownPrice, cost_of, expected_usd, reserved_usd, token_cost
from ringfence.costs.size import measure
from ringfence.costs.tokens import count_tokens
from ringfence.costs.workload import MixEntry, Workload, parse_workload

__all__ = [
    "Advice",
    "Alternative",
    "Bill",
    "BreakEven",
    "Choice",
    "Chooser",
    "Estimate",
    "MixEntry",
    "ModelEstimate",
    "OutputTokens",
    "Payback",
    "PricedModel",
    "RouteBill",
    "UnknownPrice",
    "Workload",
    "advise",
    "break_even",
    "cost_of",
    "count_tokens",
    "expected_output",
    "expected_usd",
    "measure",
    "parse_workload",
    "price_request",
    "price_workload",
    "reserved_usd",
    "token_cost",
]
