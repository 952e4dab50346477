"""Every provider's own error answers, and what each leads to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from stand_in_errors import ANTHROPIC_ERRORS, GEMINI_ERRORS, OLLAMA_ERRORS, OPENAI_ERRORS, Told
from wires import WIRES, model_at

from ringfence.dispatch import attempts
from ringfence.dispatch.failures import MEANINGS, from_response, from_stream
from ringfence.dispatch.litellm_library import load_litellm
from ringfence.dispatch.retry_after import duration, retry_after
from ringfence.types import Attempt

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm")


@pytest.fixture(scope="module", autouse=True)
def litellm_is_loaded() -> None:
    """Its import takes seconds, which no deadline here means to measure."""
    load_litellm()


ERRORS = {
    "openai": OPENAI_ERRORS,
    "ollama": OLLAMA_ERRORS,
    "anthropic": ANTHROPIC_ERRORS,
    "gemini": GEMINI_ERRORS,
}
CASES = [(wire, told) for wire, errors in ERRORS.items() for told in errors]


@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(("wire", "told"), CASES, ids=lambda case: getattr(case, "name", case))
async def test_an_error_answer_has_its_word_and_the_next_model_answers(
    bench: Any,
    cloud: Any,
    local_model: Any,
    monkeypatch: Any,
    wire: str,
    told: Told,
    streaming: bool,
) -> None:
    monkeypatch.setattr(attempts, "BACKOFF_S", 0.0)
    cloud.always(told.reply)
    b = bench({"first": model_at(wire, cloud), "second": local_model}, fallback={"deadline_s": 60})
    if streaming:
        answered = [item async for item in b.stream("BEACON")][-1]
    else:
        answered = await b.ask("BEACON")
    *failed, last = answered.attempts
    tries = 2 if told.word == "overload" else 1
    assert [(a.model, a.error, a.status) for a in failed] == [
        ("first", told.word, told.status)
    ] * tries
    assert (last.model, last.error) == ("second", None)
    assert "BEACON" not in repr(answered.attempts)


@pytest.mark.parametrize(
    ("event", "word"),
    [
        ({"error": {"code": 429, "message": "limit"}}, "rate_limit"),
        ({"error": {"code": 502, "message": "provider failed"}}, "overload"),
        ({"error": {"type": "rate_limit_error", "message": "no"}}, "rate_limit"),
        ({"error": {"type": "overloaded_error", "message": "Overloaded"}}, "overload"),
        ({"error": {"code": "context_length_exceeded"}}, "context_too_long"),
        ({"error": "an error was encountered while running the model"}, "overload"),
        ({"error": {"message": "maximum context length is 4096"}}, "context_too_long"),
        ({"error": None}, "overload"),
    ],
)
def test_an_error_inside_a_stream_has_its_word_too(event: Any, word: str) -> None:
    assert from_stream(event).error == word


@pytest.mark.parametrize("wire", ["openai", "ollama", "anthropic", "gemini"])
async def test_a_stream_that_says_an_error_first_falls_back(
    bench: Any, cloud: Any, local_model: Any, reply: Any, monkeypatch: Any, wire: str
) -> None:
    monkeypatch.setattr(attempts, "BACKOFF_S", 0.0)
    cloud.always(reply(fault="error_event"))
    b = bench({"first": model_at(wire, cloud), "second": local_model}, fallback={"deadline_s": 60})
    items = [item async for item in b.stream()]
    assert items[-1].model == "second"
    assert {a.error for a in items[-1].attempts} == {"overload", None}
    assert "".join(items[:-1]) == "Hello from the stand-in."


@pytest.mark.parametrize("wire", ["openai", "anthropic", "gemini"])
@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "stream"])
async def test_an_answer_that_the_provider_withholds_goes_to_the_next_model(
    bench: Any, cloud: Any, local_model: Any, reply: Any, wire: str, streaming: bool
) -> None:
    cloud.always(reply(text="", finish_reason="content_filter"))
    b = bench({"first": model_at(wire, cloud), "second": local_model}, fallback={"deadline_s": 60})
    answered = [i async for i in b.stream()][-1] if streaming else await b.ask()
    assert [(a.model, a.error) for a in answered.attempts] == [
        ("first", "content_filter"),
        ("second", None),
    ]


@pytest.mark.parametrize("wire", WIRES)
async def test_a_refused_key_is_not_sent_again_until_it_changes(
    bench: Any, cloud: Any, local_model: Any, reply: Any, wire: str
) -> None:
    """Whatever model of the provider it is for."""
    env = {"STAND_IN_KEY": "old"}
    model = {**model_at(wire, cloud), "api_key_env": "STAND_IN_KEY"}
    b = bench(
        {"first": model, "sister": model, "local": local_model},
        env=env,
        fallback={"deadline_s": 60},
    )
    cloud.always(reply(status=401))
    answered = await b.ask()
    sent = len(cloud.requests)
    assert [(a.model, a.error) for a in answered.attempts] == [
        ("first", "auth"),
        ("sister", "cool_down"),
        ("local", None),
    ]
    assert set(b.dispatcher.health()) == {"first", "sister"}
    cloud.always(reply())
    assert (await b.ask()).model == "local"
    assert len(cloud.requests) == sent
    env["STAND_IN_KEY"] = "new"
    assert (await b.ask()).model == "first"
    assert b.dispatcher.health() == {}


@pytest.mark.parametrize(
    ("headers", "text", "seconds"),
    [
        ({"retry-after": "3"}, "", 3.0),
        ({"retry-after": "0.5"}, "", 0.5),
        ({"retry-after-ms": "250"}, "", 0.25),
        ({"retry-after-ms": "250", "retry-after": "1"}, "", 0.25),
        ({"x-ms-retry-after-ms": "1500"}, "", 1.5),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, "", 0.0),
        ({"retry-after": "-4"}, "", 0.0),
        ({"x-ratelimit-reset-requests": "6m0s", "x-ratelimit-remaining-requests": "0"}, "", 360.0),
        ({"x-ratelimit-reset-tokens": "120ms", "x-ratelimit-remaining-tokens": "0"}, "", 0.12),
        ({"x-ratelimit-reset-tokens": "120ms", "x-ratelimit-remaining-tokens": "9"}, "", None),
        ({}, '{"details": [{"retryDelay": "34s"}]}', 34.0),
        ({}, "{'retryDelay': 'soon'}", None),
        ({"retry-after": "soon"}, "", None),
        ({"retry-after": "nan"}, "", None),
        ({"retry-after": "inf"}, "", None),
        ({"retry-after": ""}, "", None),
        ({}, "", None),
    ],
)
def test_each_way_of_asking_for_patience(headers: Any, text: str, seconds: float | None) -> None:
    assert retry_after(headers, text) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1s", 1.0), ("6m0s", 360.0), ("1h2m3.5s", 3723.5), ("17ms", 0.017), ("", None), ("6", None)],
)
def test_durations_of_the_limit_headers(text: str, seconds: float | None) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("wire", ["openai", "anthropic", "gemini"])
async def test_a_model_rests_as_long_as_its_provider_asked(
    bench: Any, cloud: Any, local_model: Any, reply: Any, wire: str
) -> None:
    cloud.script(reply(status=429, headers={"retry-after": "34"}))
    b = bench({"first": model_at(wire, cloud), "second": local_model}, fallback={"deadline_s": 60})
    start, later = b.dispatcher._clock(), 0.0
    b.dispatcher._health._clock = lambda: start + later
    assert (await b.ask()).model == "second"
    later = 33.0
    assert set(b.dispatcher.health()) == {"first"}
    later = 35.0
    assert b.dispatcher.health() == {}
    assert (await b.ask()).model == "first"


async def test_a_request_too_long_goes_to_a_longer_window_first(
    bench: Any, cloud: Any, make_server: Any, reply: Any
) -> None:
    short, same, longer = cloud, make_server(), make_server()
    short.always(reply(status=413))
    windows = {"short": (short, 8000), "same": (same, 8000), "longer": (longer, 64000)}
    models = {
        name: {"model": "openai/x", "base_url": server.v1, "context_window": window}
        for name, (server, window) in windows.items()
    }
    answered = await bench(models).ask()
    assert [(a.model, a.error) for a in answered.attempts] == [
        ("short", "context_too_long"),
        ("longer", None),
    ]
    assert same.accepted == 0


async def test_two_models_that_call_a_request_malformed_end_the_call(
    bench: Any, cloud_model: Any, local_model: Any, cloud: Any, local_server: Any, reply: Any
) -> None:
    for server in (cloud, local_server):
        server.always(reply(status=400))
    b = bench({"a": cloud_model, "b": local_model, "c": local_model}, fallback={"attempts": 9})
    error = await b.error()
    assert [(a.model, a.error) for a in error.attempts] == [
        ("a", "bad_request"),
        ("b", "bad_request"),
    ]
    assert "1 more not tried (two agree)" in str(error)


def test_a_message_that_quotes_a_request_decides_nothing_by_its_status() -> None:
    """The status comes first: words of a prompt that a provider echoes cannot turn one failure into another."""
    body = b'{"error": {"message": "your prompt was: insufficient_quota context_length safety"}}'
    assert from_response(401, {}, body).error == "auth"
    assert from_response(500, {}, body).error == "overload"


def test_the_docs_tell_what_follows_every_word() -> None:
    page = (Path(__file__).parents[2] / "docs" / "dispatch.md").read_text()
    assert re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE) == list(MEANINGS)
    assert set(re.findall(r"`(\w+)`", Attempt.__doc__ or "")) >= set(MEANINGS)
