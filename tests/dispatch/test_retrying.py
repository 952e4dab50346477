"""When the same model is tried again, and after how long: with jitter, and inside the deadline of the whole call."""

from __future__ import annotations

from typing import Any

import pytest

from ringfence.dispatch.attempts import BACKOFF_S, PATIENCE_S, Run
from ringfence.dispatch.calls import WireFailure

OVERLOAD = WireFailure("overload", "busy")
LIMIT = WireFailure("rate_limit", "many")


def run(*, left: float = 50.0, most: int = 9, **how: Any) -> Run:
    return Run(clock=lambda: 0.0, deadline=left, most=most, **how)


@pytest.mark.parametrize("tries", [0, 1])
def test_the_wait_doubles_and_is_spread_at_random(tries: int) -> None:
    ends = {
        run(waits=lambda low, high, end=end: (low, high)[end]).wait_before_retry(
            OVERLOAD, tries, last=True
        )
        for end in (0, 1)
    }
    assert ends == {0.5 * BACKOFF_S * 2**tries, 1.5 * BACKOFF_S * 2**tries}
    drawn = {run().wait_before_retry(OVERLOAD, tries, last=True) for _ in range(50)}
    assert len(drawn) > 40


def test_a_wait_that_the_deadline_does_not_hold_is_not_begun() -> None:
    asks = WireFailure("overload", "busy", retry_after=1.5)
    assert run(left=1.0).wait_before_retry(asks, 0, last=True) is None
    assert run(left=2.0).wait_before_retry(asks, 0, last=True) is not None


def test_a_wait_longer_than_patience_is_left_to_others() -> None:
    asks = WireFailure("overload", "busy", retry_after=PATIENCE_S + 0.1)
    assert run().wait_before_retry(asks, 0, last=False) is None
    assert run().wait_before_retry(asks, 0, last=True) is None


def test_a_rate_limit_without_a_time_goes_to_the_next_model_and_the_last_one_is_retried() -> None:
    assert run().wait_before_retry(LIMIT, 0, last=False) is None
    assert run().wait_before_retry(LIMIT, 0, last=True) is not None


@pytest.mark.parametrize(("last", "most"), [(False, 1), (True, 2)])
def test_a_model_is_retried_once_and_the_last_one_twice(last: bool, most: int) -> None:
    waits = [run().wait_before_retry(OVERLOAD, tries, last=last) for tries in range(4)]
    assert [wait is not None for wait in waits] == [tries < most for tries in range(4)]


def test_the_last_try_that_the_policy_allows_is_kept_for_another_model() -> None:
    assert run(most=1).wait_before_retry(OVERLOAD, 0, last=False) is None


@pytest.mark.parametrize(
    "word", ["auth", "permission", "quota", "gone", "bad_request", "content_filter", "timeout"]
)
def test_what_time_does_not_heal_is_not_retried(word: str) -> None:
    assert run().wait_before_retry(WireFailure(word, "no"), 0, last=True) is None
