"""I1, door by door: whatever happens, no byte of a labelled request reaches the cloud.

These tests look only at what the cloud received. What the caller is told is in `test_what_the_caller_is_told.py`,
so that either clearance check alone is enough to keep every test here green (see `test_mutations.py`).
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

from ringfence import Router

pytestmark = pytest.mark.invariant("I1")


def attempt(door: Any, policy: Path, text: str, **how: Any) -> None:
    """Use a door for what it does to the network, whatever it answers."""
    with contextlib.suppress(Exception):
        door(policy, text, **how)


def test_a_plain_request_reaches_the_cloud_so_the_recorder_records(
    door: Any, split_policy: Path, cloud: Any, plain: str, beacon: bytes
) -> None:
    assert door(split_policy, plain)
    assert beacon in cloud.received


def test_a_labelled_request_goes_to_the_local_model(
    door: Any, split_policy: Path, cloud: Any, local_server: Any, labelled: str, beacon: bytes
) -> None:
    assert "stand-in" in door(split_policy, labelled)
    assert beacon in local_server.received
    assert cloud.received == b""


def test_a_labelled_stream_goes_to_the_local_model(
    door: Any, split_policy: Path, cloud: Any, local_server: Any, labelled: str, beacon: bytes
) -> None:
    assert "stand-in" in door(split_policy, labelled, stream=True)
    assert beacon in local_server.received
    assert cloud.received == b""


def test_when_the_local_model_fails_a_labelled_request_does_not_fall_back_to_the_cloud(
    door: Any, split_policy: Path, cloud: Any, local_server: Any, reply: Any, labelled: str
) -> None:
    local_server.always(reply(status=500))
    attempt(door, split_policy, labelled)
    assert local_server.requests
    assert cloud.received == b""


def test_when_the_local_model_is_down_a_labelled_request_does_not_fall_back_to_the_cloud(
    door: Any, split_policy: Path, cloud: Any, local_server: Any, labelled: str
) -> None:
    local_server.close()
    attempt(door, split_policy, labelled)
    attempt(door, split_policy, labelled, stream=True)
    assert cloud.received == b""


def test_where_no_model_is_cleared_nothing_is_sent(
    door: Any, cloud_only_policy: Path, cloud: Any, labelled: str
) -> None:
    attempt(door, cloud_only_policy, labelled)
    attempt(door, cloud_only_policy, labelled, stream=True)
    assert cloud.received == b""


def test_a_proxy_of_the_environment_sees_nothing(
    door: Any,
    split_policy: Path,
    cloud: Any,
    make_server: Any,
    labelled: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy = make_server()
    for variable in (
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ):
        monkeypatch.setenv(variable, proxy.url)
    assert "stand-in" in door(split_policy, labelled)
    assert proxy.received == b""
    assert cloud.received == b""


def test_a_local_stream_that_dies_is_not_restarted_in_the_cloud(
    split_policy: Path, cloud: Any, local_server: Any, reply: Any, labelled: str
) -> None:
    local_server.always(reply(text="one two three four", fault="die", pieces_before_death=2))
    with Router.from_policy(split_policy) as router, contextlib.suppress(Exception):
        for _ in router.stream(labelled):
            pass
    assert cloud.received == b""


def test_a_tool_loop_stays_local_once_a_tool_result_is_labelled(
    split_policy: Path, cloud: Any, local_server: Any, plain: str, labelled: str
) -> None:
    tool = {"type": "function", "function": {"name": "chart", "parameters": {"type": "object"}}}
    call = {"id": "c1", "type": "function", "function": {"name": "chart", "arguments": "{}"}}
    history = [
        {"role": "user", "content": "Fetch the chart and shorten it."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": labelled},
    ]
    with Router.from_policy(split_policy) as router:
        assert router.complete({"messages": history, "tools": [tool]}).model == "local-model"
    assert cloud.received == b""
    assert local_server.requests


def test_what_a_labelled_answer_said_stays_local_when_it_comes_back(
    split_policy: Path, cloud: Any, local_server: Any, reply: Any, labelled: str
) -> None:
    """I5: the answer holds nothing that a recogniser knows; its labels come back with the text alone."""
    answer = (
        "The guest got better after some days of rest and went home in good spirits with a plan."
    )
    local_server.always(reply(text=answer))
    with Router.from_policy(split_policy) as router:
        assert router.complete(labelled).text == answer
    with Router.from_policy(split_policy) as router:
        messages = [
            {"role": "user", "content": answer},
            {"role": "user", "content": "Translate that."},
        ]
        assert router.complete({"messages": messages}).model == "local-model"
    assert cloud.received == b""


def test_when_the_gate_raises_the_request_is_treated_as_labelled(
    split_policy: Path, cloud: Any, plain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I2: a plain request, so that only the failure of the gate can keep it in."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr("ringfence.gate.stages.walk", broken)
    with Router.from_policy(split_policy) as router:
        completion = router.complete(plain)
    assert (completion.model, completion.labels) == ("local-model", ("unscanned",))
    assert cloud.received == b""


def test_deciding_and_estimating_send_nothing_anywhere(
    split_policy: Path, cloud: Any, local_server: Any, labelled: str, plain: str
) -> None:
    with Router.from_policy(split_policy) as router:
        for text in (labelled, plain):
            router.decide(text)
            router.estimate(text)
    assert (cloud.received, local_server.received) == (b"", b"")
