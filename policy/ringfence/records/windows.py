"""Who pays for a call, and in which window: the words of a budget, without the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ringfence.request import Caller

PAYERS = ("tenant", "team", "user", "key_id")
"""What a budget can be `per`."""


def payer(per: str, caller: Caller) -> str:
    """Who pays, for a budget `per` something. Callers that name none share one purse: none escapes a budget so."""
    return "" if per == "tenant" else getattr(caller, per) or ""


def window(every: str, now: datetime) -> tuple[str, datetime]:
    """The first day of the running window, and when the next one starts. Days and months are UTC."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if every == "day":
        return day_of(today), today + timedelta(days=1)
    first = today.replace(day=1)
    return day_of(first), (first + timedelta(days=32)).replace(day=1)


def day_of(moment: datetime) -> str:
    """The UTC day that a moment belongs to."""
    return moment.astimezone(UTC).date().isoformat()
