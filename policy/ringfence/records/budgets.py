"""Budgets (I8): what a payer has spent and reserved in the running UTC day or month, and whether a call still fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select

from ringfence.errors import BudgetExceeded
from ringfence.records.tables import from_nano, reservations, spend, to_ms, to_nano
from ringfence.records.windows import PAYERS, payer, window
from ringfence.request import Caller
from ringfence.rules.schema import Budget
from ringfence.types import Spent, money


def spent_on(
    connection: Connection, budgets: Sequence[Budget], caller: Caller, now: datetime
) -> tuple[Spent, ...]:
    """What each budget has used for this caller: settled cost and live reservations."""
    return tuple(
        Spent(
            budget=index,
            usd=from_nano(_used(connection, budget, caller, now)),
            resets_at=window(budget.every, now)[1],
        )
        for index, budget in enumerate(budgets)
    )


def check(
    connection: Connection,
    budgets: Sequence[Budget],
    caller: Caller,
    now: datetime,
    *,
    reserve: int,
) -> None:
    """Refuse a reservation (nano-dollars) that would pass a limit. A call that costs nothing always fits.

    Raises:
        BudgetExceeded: for the first budget that it does not fit.
    """
    if reserve == 0:
        return
    for budget in budgets:
        used = _used(connection, budget, caller, now)
        if used + reserve > to_nano(budget.usd):
            raise _exceeded(budget, used, reserve, now)


def _exceeded(budget: Budget, used: int, reserve: int, now: datetime) -> BudgetExceeded:
    resets = window(budget.every, now)[1].isoformat(timespec="seconds")
    limit, spent = money(budget.usd), money(from_nano(used))
    return BudgetExceeded(
        f"the budget per {budget.per} every {budget.every} (${limit}) does not fit this call, which may cost "
        f"${money(from_nano(reserve))}: ${spent} is spent or reserved. Wait until {resets}, or raise it in the policy",
        limit=limit,
        spent=spent,
        resets_at=resets,
    )


def _used(connection: Connection, budget: Budget, caller: Caller, now: datetime) -> int:
    values = {
        "per": budget.per,
        "tenant": caller.tenant,
        "who": payer(budget.per, caller),
        "since": window(budget.every, now)[0],
        "now": to_ms(now),
    }
    return int(connection.execute(_USED[budget.per], values).scalar_one())


def _used_statement(per: str) -> Select[tuple[int]]:
    """Settled sums plus live reservations of one payer since a day, as one statement."""
    settled = (
        select(func.coalesce(func.sum(spend.c.usd), 0))
        .where(
            spend.c.per == bindparam("per"),
            spend.c.tenant == bindparam("tenant"),
            spend.c.who == bindparam("who"),
            spend.c.day >= bindparam("since"),
        )
        .scalar_subquery()
    )
    mine: list[ColumnElement[bool]] = [
        reservations.c.tenant == bindparam("tenant"),
        reservations.c.day >= bindparam("since"),
        reservations.c.expires > bindparam("now"),
    ]
    if per != "tenant":
        mine.append(reservations.c[per] == bindparam("who"))
    held = select(func.coalesce(func.sum(reservations.c.usd), 0)).where(*mine).scalar_subquery()
    return select(settled + held)


_USED: Mapping[str, Select[tuple[int]]] = {per: _used_statement(per) for per in PAYERS}
