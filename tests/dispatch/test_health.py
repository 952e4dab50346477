"""The circuit breaker and the rests of models, on a clock of the test's own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ringfence.dispatch.calls import WireFailure
from ringfence.dispatch.health import CoolingDown, Health


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> Health:
    return Health(clock)


def attempt(
    health: Health,
    error: str | None = None,
    *,
    key: str | None = None,
    retry_after: float | None = None,
) -> str:
    """How one try of model `m` goes: answered, refused by the breaker, or failed."""
    try:
        with health.attempt(model="m", endpoint="http://e", key=key):
            if error is not None:
                raise WireFailure(error, "as told", retry_after=retry_after)
    except CoolingDown:
        return "cool_down"
    except WireFailure as failure:
        return failure.error
    return "answered"


def down(health: Health, key: str | None = None) -> str | None:
    return health.why_down(model="m", endpoint="http://e", key=lambda: key)


def test_three_failures_in_a_row_open_the_breaker(health: Health) -> None:
    assert [attempt(health, "connect") for _ in range(3)] == ["connect"] * 3
    assert attempt(health) == "cool_down"
    assert down(health) == "it failed 3 times in a row; last: as told"


def test_an_answer_between_failures_keeps_it_closed(health: Health) -> None:
    for error in (
        "timeout",
        "overload",
        None,
        "timeout",
        "overload",
        "bad_request",
        "connect",
        "connect",
    ):
        attempt(health, error)
    assert attempt(health) == "answered"


def test_after_a_while_one_probe_goes_through_and_its_success_closes(
    health: Health, clock: Clock
) -> None:
    for _ in range(3):
        attempt(health, "connect")
    clock.now += 5.1
    assert down(health) is None
    with health.attempt(model="m", endpoint="http://e", key=None):
        assert attempt(health) == "cool_down"
    assert attempt(health) == "answered"


def test_a_failed_probe_opens_it_for_twice_as_long(health: Health, clock: Clock) -> None:
    for _ in range(3):
        attempt(health, "connect")
    clock.now += 5.1
    assert attempt(health, "connect") == "connect"
    clock.now += 5.1
    assert attempt(health) == "cool_down"
    clock.now += 5
    assert attempt(health) == "answered"


def test_an_abandoned_probe_lets_another_through(health: Health, clock: Clock) -> None:
    for _ in range(3):
        attempt(health, "connect")
    clock.now += 5.1
    with pytest.raises(KeyboardInterrupt), health.attempt(model="m", endpoint="http://e", key=None):
        raise KeyboardInterrupt
    assert attempt(health) == "answered"


def test_one_probe_among_many_threads(health: Health, clock: Clock) -> None:
    for _ in range(3):
        attempt(health, "connect")
    clock.now += 5.1
    probe = health.attempt(model="m", endpoint="http://e", key=None)
    with probe, ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: attempt(health), range(32))) == {"cool_down"}


def test_a_refused_key_rests_until_it_changes_however_long_that_takes(
    health: Health, clock: Clock
) -> None:
    assert attempt(health, "auth", key="old") == "auth"
    clock.now += 1e9
    assert attempt(health, key="old") == "cool_down"
    assert down(health, "old") == "as told"
    assert attempt(health, key="new") == "answered"
    assert down(health, "old") == "as told"
    assert down(health, "new") is None


def test_a_refused_key_puts_all_models_of_its_endpoint_to_rest_and_no_others(
    health: Health,
) -> None:
    attempt(health, "auth", key="old")
    why = {
        endpoint: health.why_down(model="another", endpoint=endpoint, key=lambda: "old")
        for endpoint in ("http://e", "http://f")
    }
    assert why == {"http://e": "as told", "http://f": None}


def test_a_refusal_without_a_key_of_ours_rests_for_ten_minutes(
    health: Health, clock: Clock
) -> None:
    attempt(health, "auth")
    clock.now += 599
    assert attempt(health) == "cool_down"
    clock.now += 2
    assert attempt(health) == "answered"


def test_a_model_that_the_key_may_not_use_rests_alone(health: Health) -> None:
    attempt(health, "permission", key="k")
    assert attempt(health, key="k") == "cool_down"
    assert health.why_down(model="another", endpoint="http://e", key=lambda: "k") is None


@pytest.mark.parametrize(("asked", "rest"), [(3.0, 3.0), (None, 20.0), (1e9, 900.0)])
def test_a_rate_limit_rests_as_long_as_asked_within_reason(
    health: Health, clock: Clock, asked: float | None, rest: float
) -> None:
    attempt(health, "rate_limit", retry_after=asked)
    clock.now += rest - 0.1
    assert attempt(health) == "cool_down"
    clock.now += 0.2
    assert attempt(health) == "answered"


async def test_a_dead_endpoint_is_shown_and_skipped(
    bench: Any, cloud_model: Any, local_model: Any, cloud: Any
) -> None:
    b = bench({"first": cloud_model, "second": local_model})
    cloud.close()
    for _ in range(3):
        assert (await b.ask()).model == "second"
    answered = await b.ask()
    assert [(a.model, a.error) for a in answered.attempts] == [
        ("first", "cool_down"),
        ("second", None),
    ]
    assert list(b.dispatcher.health()) == ["first"]
