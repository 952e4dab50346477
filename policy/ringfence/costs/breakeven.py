"""When hardware of one's own pays for itself: its price over the cloud bill that it replaces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from ringfence.catalog import Hardware
from ringfence.types import money

_WIDE = Context(prec=100)

TARGET_MONTHS = 12
"""The guide asks at what spend hardware pays for itself within twelve months."""
LIFE_MONTHS = 36
"""The guide's three-year hardware lifecycle."""
WORTHWHILE_USD = Decimal(500)
"""Under this cloud spend a month, running hardware costs more than it saves (guide)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payback:
    """One machine: its price, and the months until it has saved that. A range where the price is one."""

    hardware: str
    title: str
    usd_from: Decimal
    usd_to: Decimal
    months_from: Decimal | None
    """One decimal, two below one month; None when there is no spend that it could replace."""
    months_to: Decimal | None
    serves: tuple[str, ...]
    sum: str
    """The arithmetic, written out."""

    def to_dict(self) -> dict[str, Any]:
        return {
            "hardware": self.hardware,
            "title": self.title,
            "usd": {"from": money(self.usd_from), "to": money(self.usd_to)},
            "months": {"from": _number(self.months_from), "to": _number(self.months_to)},
            "pays_within_12_months_from_monthly_usd": money(cents(self.usd_to / TARGET_MONTHS)),
            "serves": list(self.serves),
            "sum": self.sum,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """A monthly cloud bill that hardware would replace, and each machine against it."""

    monthly_usd: Decimal
    what: str
    hardware: tuple[Payback, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "monthly_usd": money(cents(self.monthly_usd)),
            "what": self.what,
            "hardware": [row.to_dict() for row in self.hardware],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """When hardware has paid for itself: from the local share alone, and from all that the cloud still gets."""

    local_share: Replacement | None
    """What the sessions on one's own models would cost in the cloud; None when there are none."""
    cloud_share: Replacement
    """What the cloud still costs, were one machine to take all of it."""
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "local_share": self.local_share.to_dict() if self.local_share else None,
            "cloud_share": self.cloud_share.to_dict(),
            "notes": list(self.notes),
        }


def replacement(what: str, monthly_usd: Decimal, hardware: Iterable[Hardware]) -> Replacement:
    """Each machine against one monthly bill."""
    rows = tuple(payback(monthly_usd, machine) for machine in hardware)
    return Replacement(monthly_usd=monthly_usd, what=what, hardware=rows)


def break_even(
    local_share: Replacement | None, cloud_share: Replacement, *, tokens_per_second: int
) -> BreakEven:
    """Both, with what the sums leave out."""
    notes = [
        "a machine's price alone: power, hosting and the hours to run it are not counted",
        f"whether one machine keeps up is for you to measure: the whole workload writes {tokens_per_second:,} tokens "
        "a second, averaged over the day",
    ]
    if cloud_share.monthly_usd + (local_share.monthly_usd if local_share else 0) < WORTHWHILE_USD:
        notes.append(
            f"under ${WORTHWHILE_USD} a month, running hardware usually costs more than it saves (guide)"
        )
    return BreakEven(local_share=local_share, cloud_share=cloud_share, notes=tuple(notes))


def payback(cloud_usd: Decimal, hardware: Hardware) -> Payback:
    """One machine against one monthly spend."""
    low, high = (_months(usd, cloud_usd) for usd in (hardware.usd_from, hardware.usd_to))
    return Payback(
        hardware=hardware.key,
        title=hardware.title,
        usd_from=hardware.usd_from,
        usd_to=hardware.usd_to,
        months_from=low,
        months_to=high,
        serves=hardware.serves,
        sum=_sum(hardware, cloud_usd, low, high),
    )


def cents(usd: Decimal) -> Decimal:
    """Rounded to cents."""
    return rounded(usd, "0.01")


def rounded(number: Decimal, step: str) -> Decimal:
    """Rounded half up to a step. Wide enough for any sum: `quantize` raises where the digits run out."""
    return number.quantize(Decimal(step), ROUND_HALF_UP, _WIDE)


def _months(usd: Decimal, cloud_usd: Decimal) -> Decimal | None:
    if cloud_usd <= 0:
        return None
    months = usd / cloud_usd
    return rounded(months, "0.1" if months >= 1 else "0.01")


def _sum(hardware: Hardware, cloud_usd: Decimal, low: Decimal | None, high: Decimal | None) -> str:
    price, months = f"${hardware.usd_from:,}", f"{low}"
    if hardware.usd_to != hardware.usd_from:
        price, months = f"{price}–{hardware.usd_to:,}", f"{low}–{high}"
    if low is None:
        return f"{price} ÷ $0 a month: never, nothing is spent in the cloud"
    return f"{price} ÷ ${cents(cloud_usd):,} a month = {months} months"


def _number(months: Decimal | None) -> float | None:
    return None if months is None else float(months)
