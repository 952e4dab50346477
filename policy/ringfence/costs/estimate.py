"""`Estimate`: what a request or a workload is expected to cost, and on what assumptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ringfence.catalog import ModelFacts
from ringfence.costs.breakeven import BreakEven
from ringfence.costs.output import OutputTokens, basis, expected_output
from ringfence.costs.pricing import token_cost
from ringfence.costs.workload import plain
from ringfence.types import Locality, Size, TaskKind, money


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedModel:
    """A model of the policy as an estimate sees it."""

    name: str
    facts: ModelFacts
    locality: Locality
    eligible: bool = True
    """Whether the decision would let it answer; a price is shown either way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEstimate:
    """What one model would take and cost: output and US dollars as a median and as nine in ten."""

    model: str
    locality: Locality
    eligible: bool
    input_tokens: int
    output_tokens: OutputTokens
    usd_p50: Decimal
    usd_p90: Decimal

    def to_dict(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "locality": self.locality.value,
            "eligible": self.eligible,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens.to_dict(),
            "usd": {"p50": money(self.usd_p50), "p90": money(self.usd_p90)},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteBill:
    """One entry of a workload's mix: where its share goes and what that costs a month."""

    share: Decimal
    task: TaskKind
    labels: tuple[str, ...]
    model: str | None
    locality: Locality | None
    sessions_per_month: Decimal
    per_session_usd: Decimal
    monthly_usd: Decimal
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {
            "share": plain(self.share),
            "task": self.task.value,
            "labels": list(self.labels),
            "model": self.model,
            "locality": self.locality.value if self.locality else None,
            "sessions_per_month": plain(self.sessions_per_month),
            "per_session_usd": money(self.per_session_usd),
            "monthly_usd": money(self.monthly_usd),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """The whole workload on one model. `saving_*` is what the routed mix saves against it."""

    model: str
    monthly_usd: Decimal
    saving_usd: Decimal
    saving_pct: Decimal | None
    """Percent of the alternative's bill, one decimal; None when that bill is 0."""

    def to_dict(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "monthly_usd": money(self.monthly_usd),
            "saving_usd": money(self.saving_usd),
            "saving_pct": None if self.saving_pct is None else plain(self.saving_pct),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a workload adds to an estimate: its months, its routes, what else it could cost."""

    monthly_usd: Decimal
    yearly_usd: Decimal
    per_session_usd: Decimal
    by_route: tuple[RouteBill, ...]
    alternatives: tuple[Alternative, ...]
    """Dearest first."""
    break_even: BreakEven

    def to_dict(self) -> dict[str, Any]:
        return {
            "monthly_usd": money(self.monthly_usd),
            "yearly_usd": money(self.yearly_usd),
            "per_session_usd": money(self.per_session_usd),
            "by_route": [route.to_dict() for route in self.by_route],
            "alternatives": [alternative.to_dict() for alternative in self.alternatives],
            "break_even": self.break_even.to_dict(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a request, or a workload, is expected to cost with each model of the policy.

    `about` names the request (never its text) or repeats the workload; `bill` is there for a
    workload only. `assumptions` are sentences that a person can check.
    """

    kind: str
    """`request` or `workload`."""
    about: Mapping[str, Any] = field(default_factory=dict)
    chosen: ModelEstimate | None = None
    """The model that would answer; of a workload, the one that takes the largest share."""
    models: tuple[ModelEstimate, ...] = ()
    assumptions: tuple[str, ...] = ()
    bill: Bill | None = None

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON shape; money is a decimal string."""
        return {
            self.kind: dict(self.about),
            "chosen": self.chosen.to_dict() if self.chosen else None,
            "models": [model.to_dict() for model in self.models],
            "assumptions": list(self.assumptions),
            **(self.bill.to_dict() if self.bill else {}),
        }


def price_request(
    models: Sequence[PricedModel],
    *,
    about: Mapping[str, Any],
    chosen: str | None,
    size: Size,
    kind: TaskKind,
    limit: int | None = None,
) -> Estimate:
    """Estimate one request on every model of the policy, in the order given.

    Args:
        models: the policy's.
        about: what names the request in the result (id, task, labels); never its text (I4).
        chosen: the model that the decision chose, or None.
        size: what `measure` says of it.
        kind: the task's kind.
        limit: the decision's output limit.

    Raises:
        UnknownPrice: for a model without a price.
    """
    rows = {model.name: _price(model, size, kind, limit) for model in models}
    facts = next((model.facts for model in models if model.name == chosen), None)
    return Estimate(
        kind="request",
        about=about,
        chosen=rows[chosen] if chosen is not None else None,
        models=tuple(rows.values()),
        assumptions=(
            f"input is {size.input_tokens:,} tokens by ringfence's own count, within about 5 % of OpenAI's for "
            "English, code and JSON; providers count differently",
            basis(kind),
            *_limits(limit if limit is not None else size.max_output_tokens),
            "no input is served from a provider's cache",
            *(model_notes([facts]) if facts else ()),
        ),
    )


def model_notes(facts: Iterable[ModelFacts]) -> tuple[str, ...]:
    """What the catalogue remarks on the figures of these models, each once."""
    return tuple(dict.fromkeys(f"{row.title}: {note}" for row in facts for note in row.notes))


def _limits(limit: int | None) -> tuple[str, ...]:
    return () if limit is None else (f"output is limited to {limit:,} tokens",)


def _price(model: PricedModel, size: Size, kind: TaskKind, limit: int | None) -> ModelEstimate:
    bounds = [bound for bound in (limit, model.facts.max_output_tokens) if bound is not None]
    output = expected_output(kind, size, limit=min(bounds, default=None))
    return ModelEstimate(
        model=model.name,
        locality=model.locality,
        eligible=model.eligible,
        input_tokens=size.input_tokens,
        output_tokens=output,
        usd_p50=token_cost(model.facts, size.input_tokens, output.p50),
        usd_p90=token_cost(model.facts, size.input_tokens, output.p90),
    )
