"""Each fault has its word, and each word its reaction: retry, next model, rest, or an error that says what to do."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ringfence.errors import CredentialMissing, Unavailable


@pytest.fixture
def pair(bench: Any, cloud_model: Any, local_model: Any) -> Any:
    return bench(
        {"first": cloud_model, "second": local_model}, fallback={"deadline_s": 5, "attempts": 3}
    )


def told(answered: Any) -> list[tuple[str, str | None, int | None]]:
    return [(attempt.model, attempt.error, attempt.status) for attempt in answered.attempts]


STATUSES = [
    (401, "x", "auth"),
    (402, "x", "quota"),
    (403, "x", "permission"),
    (404, "x", "gone"),
    (408, "x", "timeout"),
    (413, "x", "context_too_long"),
    (400, "x", "bad_request"),
    (400, "context_length_exceeded", "context_too_long"),
    (400, "content_filter", "content_filter"),
    (400, "model_not_found", "gone"),
    (422, "x", "bad_request"),
    (429, "insufficient_quota", "quota"),
    (429, "x", "rate_limit"),
    (418, "x", "protocol"),
    (307, "x", "refused_endpoint"),
]


@pytest.mark.parametrize(("status", "code", "word"), STATUSES)
async def test_an_error_status_moves_to_the_next_model(
    pair: Any, cloud: Any, reply: Any, status: int, code: str, word: str
) -> None:
    cloud.always(reply(status=status, error=code))
    answered = await pair.ask()
    assert told(answered) == [("first", word, status), ("second", None, None)]
    assert len(cloud.requests) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 529])
async def test_an_overloaded_server_is_tried_once_more(
    pair: Any, cloud: Any, reply: Any, status: int
) -> None:
    cloud.script(reply(status=status))
    answered = await pair.ask()
    assert told(answered) == [("first", "overload", status), ("first", None, None)]


async def test_a_short_retry_after_is_waited_for(pair: Any, cloud: Any, reply: Any) -> None:
    cloud.script(reply(status=503, headers={"retry-after": "0.2"}))
    started = time.monotonic()
    answered = await pair.ask()
    assert told(answered) == [("first", "overload", 503), ("first", None, None)]
    assert time.monotonic() - started >= 0.2


async def test_a_long_retry_after_is_not_waited_for(pair: Any, cloud: Any, reply: Any) -> None:
    cloud.script(reply(status=429, headers={"retry-after": "3600"}))
    assert told(await pair.ask()) == [("first", "rate_limit", 429), ("second", None, None)]


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ("reset", "connect"),
        ("garbage", "protocol"),
        ("bad_json", "protocol"),
        ("truncated", "protocol"),
        ("wrong_length", "protocol"),
        ("flood", "protocol"),
    ],
)
async def test_a_fault_of_the_connection_moves_to_the_next_model(
    pair: Any, cloud: Any, reply: Any, fault: str, word: str
) -> None:
    cloud.always(reply(fault=fault))
    assert told(await pair.ask()) == [("first", word, None), ("second", None, None)]


@pytest.mark.parametrize("fault", ["hang", "slow"])
async def test_a_hang_leaves_time_for_the_next_model(
    bench: Any, cloud_model: Any, local_model: Any, cloud: Any, reply: Any, fault: str
) -> None:
    b = bench(
        {"first": cloud_model, "second": local_model}, fallback={"deadline_s": 0.5, "attempts": 3}
    )
    cloud.always(reply(fault=fault))
    assert told(await b.ask()) == [("first", "timeout", None), ("second", None, None)]


async def test_the_deadline_bounds_the_whole_call(
    bench: Any, cloud_model: Any, local_model: Any, cloud: Any, local_server: Any, reply: Any
) -> None:
    b = bench(
        {"first": cloud_model, "second": local_model}, fallback={"deadline_s": 0.4, "attempts": 9}
    )
    cloud.always(reply(fault="hang"))
    local_server.always(reply(fault="hang"))
    started = time.monotonic()
    error = await b.error()
    assert isinstance(error, Unavailable)
    assert [attempt.error for attempt in error.attempts] == ["timeout", "timeout"]
    assert time.monotonic() - started < 2


async def test_models_after_the_deadline_are_named_untried(
    bench: Any, cloud_model: Any, local_model: Any, cloud: Any, reply: Any
) -> None:
    b = bench(
        {"first": cloud_model, "second": local_model}, fallback={"deadline_s": 0.05, "attempts": 9}
    )
    b.dispatcher._clock = iter([0.0, 0.0, 0.0, *[9.0] * 99]).__next__
    error = await b.error("Hello?", "first", "second")
    assert [(a.model, a.error) for a in error.attempts][-1] == ("second", "deadline")


async def test_a_dead_host_does_not_count_against_the_attempts(
    bench: Any, cloud_model: Any, local_model: Any, cloud: Any
) -> None:
    b = bench(
        {"first": cloud_model, "second": local_model}, fallback={"deadline_s": 5, "attempts": 1}
    )
    cloud.close()
    assert told(await b.ask()) == [("first", "connect", None), ("second", None, None)]


async def test_attempts_bound_the_calls_that_connect(
    bench: Any, cloud_model: Any, local_model: Any, cloud: Any, local_server: Any, reply: Any
) -> None:
    b = bench(
        {"first": cloud_model, "second": local_model}, fallback={"deadline_s": 5, "attempts": 1}
    )
    cloud.always(reply(status=404))
    error = await b.error()
    assert told(error) == [("first", "gone", 404)]
    assert "1 more not tried (fallback.attempts is 1)" in str(error)
    assert local_server.received == b""


async def test_only_candidates_of_the_decision_are_tried(
    pair: Any, cloud: Any, local_server: Any, reply: Any
) -> None:
    cloud.always(reply(status=404))
    error = await pair.error("Hello?", "first")
    assert told(error) == [("first", "gone", 404)]
    assert local_server.received == b""


async def test_a_model_without_its_key_is_passed_over_and_named(
    bench: Any, cloud_model: Any, local_model: Any, cloud: Any
) -> None:
    keyed = {**cloud_model, "api_key_env": "STAND_IN_KEY"}
    b = bench({"first": keyed, "second": local_model}, fallback={"deadline_s": 5, "attempts": 1})
    answered = await b.ask()
    assert told(answered) == [("first", "no_key", None), ("second", None, None)]
    assert answered.attempts[0].reason == "STAND_IN_KEY is not set"
    assert cloud.accepted == 0
    assert b.recorder.log == ["started second", "ended second answered"]


@pytest.mark.parametrize("ending", ["\r\nx-evil: 1", "\0", "\u20ac"], ids=ascii)
async def test_a_key_that_no_header_can_hold_is_none_and_is_shown_nowhere(
    bench: Any, cloud_model: Any, ending: str
) -> None:
    """The error of the encoder would carry the whole of it, and httpx's would reach the caller as no error of ours."""
    secret = "-".join(["stand", "in", "key", "4711"])
    keyed = {**cloud_model, "api_key_env": "STAND_IN_KEY"}
    b = bench({"only": keyed}, env={"STAND_IN_KEY": f"{secret}{ending}.{secret}"})
    error = await b.error()
    assert isinstance(error, CredentialMissing)
    assert secret not in repr(error) + str(error) + repr(error.__context__)


async def test_when_only_keys_are_missing_the_error_names_the_variable(
    bench: Any, cloud_model: Any
) -> None:
    b = bench({"only": {**cloud_model, "api_key_env": "STAND_IN_KEY"}})
    error = await b.error()
    assert isinstance(error, CredentialMissing)
    assert (error.model, error.variable) == ("only", "STAND_IN_KEY")


async def test_a_key_goes_to_its_own_host_alone(
    bench: Any, cloud_model: Any, local_model: Any, cloud: Any, local_server: Any, reply: Any
) -> None:
    secret = "-".join(["stand", "in", "key", "4711"])
    keyed = {**cloud_model, "api_key_env": "STAND_IN_KEY"}
    b = bench(
        {"first": keyed, "second": local_model},
        env={"STAND_IN_KEY": secret, "OPENAI_API_KEY": secret},
    )
    cloud.always(reply(status=404, message=f"no such model for {secret}"))
    answered = await b.ask()
    assert cloud.requests[0].headers["authorization"] == f"Bearer {secret}"
    assert secret.encode() not in local_server.received
    assert "authorization" not in local_server.requests[0].headers
    assert secret not in repr(answered) + repr(b.dispatcher.health())


async def test_no_error_holds_request_or_provider_text(
    pair: Any, cloud: Any, local_server: Any, reply: Any
) -> None:
    for server in (cloud, local_server):
        server.always(
            reply(status=400, error="BEACON_CODE", message="BEACON your prompt was: HELLO-MARKER")
        )
    error = await pair.error("HELLO-MARKER")
    shown = str(error) + repr(error) + repr(error.attempts)
    assert "BEACON" not in shown
    assert "HELLO-MARKER" not in shown
    assert "first: the server refused the request as malformed (HTTP 400) (bad_request)" in str(
        error
    )
    assert "What to do: bad_request: check params" in str(error)


async def test_each_sent_try_is_told_to_the_record_before_and_after(
    pair: Any, cloud: Any, reply: Any
) -> None:
    cloud.always(reply(status=503))
    await pair.ask()
    assert pair.recorder.log == [
        "started first",
        "ended first overload",
        "started first",
        "ended first overload",
        "started second",
        "ended second answered",
    ]


async def test_when_the_record_cannot_be_written_nothing_is_sent(
    pair: Any, cloud: Any, local_server: Any
) -> None:
    def refuse(model: str) -> None:
        raise OSError("disk full")

    pair.recorder.started = refuse
    with pytest.raises(OSError, match="disk full"):
        await pair.ask()
    assert cloud.received + local_server.received == b""


async def test_a_failed_try_that_used_tokens_keeps_its_cost(
    pair: Any, cloud: Any, reply: Any
) -> None:
    cloud.always(reply(text="not JSON"))
    request = {
        "messages": [{"role": "user", "content": "?"}],
        "response_schema": {"type": "object"},
    }
    error = await pair.error(request, "first")
    assert [str(attempt.usd) for attempt in error.attempts] == ["0.000039"]


async def test_a_filtered_answer_goes_to_the_next_model(pair: Any, cloud: Any, reply: Any) -> None:
    cloud.always(reply(text="", finish_reason="content_filter"))
    assert told(await pair.ask()) == [("first", "content_filter", None), ("second", None, None)]
