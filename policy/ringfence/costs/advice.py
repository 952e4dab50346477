"""Cloud, local or both, on which hardware: the guide's questions, answered with numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from ringfence.catalog import Hardware, ModelFacts
from ringfence.costs.breakeven import LIFE_MONTHS, TARGET_MONTHS, WORTHWHILE_USD, Payback, payback


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Where to run models, with the arithmetic of every machine considered."""

    approach: Literal["cloud", "local", "hybrid"]
    model: str | None
    """The local model to start with; a key of the catalogue."""
    hardware: str | None
    """What to buy; None when nothing, or when the memory is there already."""
    paybacks: tuple[Payback, ...]
    reasons: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "approach": self.approach,
            "model": self.model,
            "hardware": self.hardware,
            "break_even": [row.to_dict() for row in self.paybacks],
            "reasons": list(self.reasons),
        }


def advise(
    *,
    monthly_usd: Decimal,
    models: Mapping[str, ModelFacts],
    hardware: Mapping[str, Hardware],
    labels: Sequence[str] = (),
    vram_gb: Decimal | None = None,
    needs_frontier: bool = False,
) -> Advice:
    """What the guide would say of this spend, this data and this memory.

    Args:
        monthly_usd: what the cloud costs a month for work that a local model could take.
        models: the catalogue's.
        hardware: the catalogue's.
        labels: the sensitive labels that the data carries.
        vram_gb: graphics memory that is there already.
        needs_frontier: most of the work needs the best models there are.
    """
    paybacks = tuple(payback(monthly_usd, machine) for machine in hardware.values())
    reasons = list(_sensitive(labels))
    owned = largest_that_fits(models, vram_gb) if vram_gb else None
    if owned is not None:
        reasons.append(f"{owned.title} fits the {vram_gb} GB that are there: nothing to buy")
        approach: Literal["cloud", "local", "hybrid"] = "hybrid"
        return _advice(approach, owned.key, None, paybacks, reasons)
    machine = None if needs_frontier else _worth_buying(monthly_usd, hardware, reasons)
    if machine is None and labels:
        machine = min(hardware.values(), key=lambda row: row.usd_to)
        reasons.append(f"{machine.title} is the least that keeps labelled work in the house")
    if machine is None:
        return _advice(
            "cloud", None, None, paybacks, [*reasons, *_stay(monthly_usd, needs_frontier)]
        )
    return _advice("hybrid", machine.serves[0], machine.key, paybacks, reasons)


def largest_that_fits(models: Mapping[str, ModelFacts], vram_gb: Decimal) -> ModelFacts | None:
    """The local model that needs the most memory of those that fit; the embedded one does not count."""
    fitting = [
        facts
        for facts in models.values()
        if facts.vram_gb is not None and 0 < facts.vram_gb <= vram_gb
    ]
    return max(fitting, key=lambda facts: facts.vram_gb or Decimal(0), default=None)


def _sensitive(labels: Sequence[str]) -> tuple[str, ...]:
    if not labels:
        return ()
    return (
        f"data labelled {', '.join(sorted(labels))} needs a local path; a cloud model may take the rest",
    )


def _worth_buying(
    monthly_usd: Decimal, hardware: Mapping[str, Hardware], reasons: list[str]
) -> Hardware | None:
    """The most capable machine that pays for itself within a year, else the soonest within its life."""
    if monthly_usd < WORTHWHILE_USD:
        return None
    by_power = sorted(hardware.values(), key=lambda row: row.vram_gb, reverse=True)
    within = [row for row in by_power if row.usd_to <= monthly_usd * TARGET_MONTHS]
    if not within:
        soonest = min(hardware.values(), key=lambda row: row.usd_to)
        within = [soonest] if soonest.usd_to <= monthly_usd * LIFE_MONTHS else []
    if not within:
        return None
    reasons.append(f"{within[0].title}: {payback(monthly_usd, within[0]).sum}")
    return within[0]


def _stay(monthly_usd: Decimal, needs_frontier: bool) -> tuple[str, ...]:
    if needs_frontier:
        return ("most of the work needs frontier quality, which no local model matches",)
    if monthly_usd < WORTHWHILE_USD:
        return (f"under ${WORTHWHILE_USD} a month, running hardware costs more than it saves",)
    return (f"no machine pays for itself within its {LIFE_MONTHS} months",)


def _advice(
    approach: Literal["cloud", "local", "hybrid"],
    model: str | None,
    hardware: str | None,
    paybacks: tuple[Payback, ...],
    reasons: Sequence[str],
) -> Advice:
    return Advice(
        approach=approach,
        model=model,
        hardware=hardware,
        paybacks=paybacks,
        reasons=tuple(reasons),
    )
