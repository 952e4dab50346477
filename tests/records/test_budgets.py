"""I8: no number of threads or processes that share a ledger can together pass a limit."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import BudgetExceeded
from ringfence.records import Ledger
from ringfence.records.windows import window
from ringfence.request import Caller
from ringfence.rules.schema import Budget
from ringfence.types import Decision

MakeDecision = Callable[..., Decision]
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ALICE = Caller(tenant="acme", user="alice", team="red", key_id="k1")


def budget(usd: str, per: str = "user", every: str = "day") -> Budget:
    return Budget.model_validate({"per": per, "every": every, "usd": usd})


def spent(ledger: Ledger, limit: Budget, caller: Caller = ALICE, now: datetime = NOW) -> Decimal:
    return ledger.spent([limit], caller, now)[0].usd


def test_a_reservation_counts_until_the_real_cost_takes_its_place(
    ledger: Ledger, make_decision: MakeDecision
) -> None:
    limit = budget("1.00")
    call = ledger.begin(make_decision("0.40"), caller=ALICE, budgets=[limit], now=NOW)
    assert spent(ledger, limit) == Decimal("0.40")
    ledger.settle(call, usd=Decimal("0.15"), outcome="answered", model="cloud-model", now=NOW)
    assert spent(ledger, limit) == Decimal("0.15")


def test_what_would_pass_the_limit_is_refused_and_leaves_no_row(
    ledger: Ledger, make_decision: MakeDecision
) -> None:
    limit = budget("1.00")
    ledger.begin(make_decision("0.70"), caller=ALICE, budgets=[limit], now=NOW)
    with pytest.raises(BudgetExceeded) as refusal:
        ledger.begin(make_decision("0.31"), caller=ALICE, budgets=[limit], now=NOW)
    assert (refusal.value.limit, refusal.value.spent) == ("1", "0.7")
    assert refusal.value.resets_at == "2026-11-25T00:00:00+00:00"
    assert "per user every day" in str(refusal.value)
    assert ledger.summary(NOW.date(), NOW.date()).unsettled == 1
    ledger.begin(make_decision("0.30"), caller=ALICE, budgets=[limit], now=NOW)


def test_a_call_that_costs_nothing_fits_a_spent_budget(
    ledger: Ledger, make_decision: MakeDecision
) -> None:
    limit = budget("0")
    ledger.begin(make_decision("0"), caller=ALICE, budgets=[limit], now=NOW)
    with pytest.raises(BudgetExceeded):
        ledger.begin(make_decision("0.000000001"), caller=ALICE, budgets=[limit], now=NOW)


@pytest.mark.parametrize(
    ("per", "other", "shared"),
    [
        ("user", Caller(tenant="acme", user="bob", team="red"), False),
        ("user", Caller(tenant="other", user="alice"), False),
        ("team", Caller(tenant="acme", user="bob", team="red"), True),
        ("key_id", Caller(tenant="acme", user="bob", key_id="k1"), True),
        ("tenant", Caller(tenant="acme", user="bob"), True),
        ("tenant", Caller(tenant="other", user="alice"), False),
    ],
)
@pytest.mark.parametrize("settled", [True, False])
def test_a_budget_is_per_what_it_says(
    ledger: Ledger,
    make_decision: MakeDecision,
    per: str,
    other: Caller,
    shared: bool,
    settled: bool,
) -> None:
    call = ledger.begin(make_decision("0.5"), caller=ALICE, now=NOW)
    if settled:
        ledger.settle(call, usd=Decimal("0.5"), outcome="answered", model="m", now=NOW)
    assert spent(ledger, budget("1", per=per), other) == (Decimal("0.5") if shared else 0)


def test_callers_without_a_name_share_one_purse(
    ledger: Ledger, make_decision: MakeDecision
) -> None:
    ledger.begin(make_decision("0.9"), caller=Caller(), budgets=[budget("1")], now=NOW)
    with pytest.raises(BudgetExceeded):
        ledger.begin(make_decision("0.9"), caller=Caller(), budgets=[budget("1")], now=NOW)


def test_days_and_months_are_utc_windows() -> None:
    assert window("day", datetime(2026, 12, 31, 23, 59, tzinfo=UTC)) == (
        "2026-12-31",
        datetime(2027, 1, 1, tzinfo=UTC),
    )
    assert window("month", datetime(2026, 12, 31, 23, 59, tzinfo=UTC)) == (
        "2026-12-01",
        datetime(2027, 1, 1, tzinfo=UTC),
    )
    east = datetime.fromisoformat("2026-11-25T01:00:00+02:00")
    assert window("day", east)[0] == "2026-11-24"


def test_yesterday_counts_to_the_month_and_not_to_the_day(
    ledger: Ledger, make_decision: MakeDecision
) -> None:
    yesterday = NOW - timedelta(days=1)
    call = ledger.begin(make_decision("0.5"), caller=ALICE, now=yesterday)
    # Settled today: it still counts to the day it was reserved on.
    ledger.settle(call, usd=Decimal("0.5"), outcome="answered", model="m", now=NOW)
    assert spent(ledger, budget("1", every="day")) == 0
    assert spent(ledger, budget("1", every="month")) == Decimal("0.5")


def test_the_reservation_of_a_dead_process_lapses_and_a_late_result_still_counts(
    ledger: Ledger, make_decision: MakeDecision
) -> None:
    limit = budget("1.00")
    call = ledger.begin(make_decision("0.9"), caller=ALICE, budgets=[limit], now=NOW, hold_s=60)
    with pytest.raises(BudgetExceeded):
        ledger.begin(make_decision("0.9"), caller=ALICE, budgets=[limit], now=NOW)
    later = NOW + timedelta(seconds=61)
    assert spent(ledger, limit, now=later) == 0
    ledger.begin(make_decision("0.1"), caller=ALICE, budgets=[limit], now=later)
    ledger.settle(call, usd=Decimal("0.8"), outcome="answered", model="m", now=later)
    assert spent(ledger, limit, now=later) == Decimal("0.9")


def _run_threads(work: Callable[[], None], count: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@settings(max_examples=15)
@given(
    costs=st.lists(st.integers(1, 500), min_size=1, max_size=24),
    limit=st.integers(1, 2000),
    settle=st.booleans(),
)
def test_i8_threads_never_pass_a_limit_together(
    tmp_path_factory: pytest.TempPathFactory,
    make_decision: MakeDecision,
    key: bytes,
    costs: Sequence[int],
    limit: int,
    settle: bool,
) -> None:
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    ceiling = budget(str(Decimal(limit) / 1000))
    queue, refused = list(costs), []
    with Ledger.open(path, key=key) as ledger:

        def work() -> None:
            while True:
                try:
                    cost = queue.pop()
                except IndexError:
                    return
                usd = Decimal(cost) / 1000
                try:
                    call = ledger.begin(
                        make_decision(str(usd)), caller=ALICE, budgets=[ceiling], now=NOW
                    )
                except BudgetExceeded:
                    refused.append(cost)
                else:
                    if settle:
                        ledger.settle(call, usd=usd, outcome="answered", model="m", now=NOW)

        _run_threads(work, 6)
        total = spent(ledger, ceiling)
    assert total <= ceiling.usd
    assert total * 1000 == sum(costs) - sum(refused)
    assert all(total + Decimal(cost) / 1000 > ceiling.usd for cost in refused) or not refused


def _spend_until_refused(path: str, key: bytes, decision: Decision, results: Any) -> None:
    done = 0
    limit = budget("1.00")
    with Ledger.open(Path(path), key=key) as ledger:
        try:
            while True:
                call = ledger.begin(decision, caller=ALICE, budgets=[limit], now=NOW)
                ledger.settle(call, usd=Decimal("0.03"), outcome="answered", model="m", now=NOW)
                done += 1
        except BudgetExceeded:
            results.put(done)


def test_i8_processes_never_pass_a_limit_together(
    path: Path, key: bytes, make_decision: MakeDecision
) -> None:
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    decision = make_decision("0.03")
    workers = [
        context.Process(target=_spend_until_refused, args=(str(path), key, decision, results))
        for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    done = sum(results.get(timeout=120) for _ in workers)
    for worker in workers:
        worker.join()
    results.close()
    results.join_thread()
    assert done == 33
    with Ledger.open(path, key=key) as ledger:
        assert spent(ledger, budget("1.00")) == Decimal("0.99")


def test_a_forked_child_gets_connections_of_its_own(
    ledger: Ledger, make_decision: MakeDecision
) -> None:
    ledger.begin(make_decision("0.1"), caller=ALICE, now=NOW)
    context = multiprocessing.get_context("fork")
    child = context.Process(
        target=lambda: ledger.begin(make_decision("0.1"), caller=ALICE, now=NOW)
    )
    child.start()
    child.join()
    assert child.exitcode == 0
    ledger.begin(make_decision("0.1"), caller=ALICE, now=NOW)
    assert spent(ledger, budget("1")) == Decimal("0.3")
