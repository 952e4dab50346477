"""I5 on the wire: what a model answered to a labelled request never reaches the cloud, in whatever it comes back.

The answer holds nothing that a recogniser knows, so that its labels can come from nowhere but the taint store.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from ringfence import Router

pytestmark = pytest.mark.invariant("I1", "I5")

TELL = "went home in good spirits with a plan"
ANSWER = (
    f"The guest got better after some days of rest, {TELL}, and would rather walk than take the lift. "
    'Everyone was pleased: "the best week this year", they said, and the garden was open again.'
)
ASK = "Here are the notes of the week, please turn them into a limerick for the newsletter.\n\n"


@pytest.fixture
def answered(split_policy: Path, local_server: Any, reply: Any, labelled: str) -> str:
    """A labelled request was answered with `ANSWER` by the local model."""
    local_server.always(reply(text=ANSWER))
    with Router.from_policy(split_policy) as router:
        assert router.complete(labelled).text == ANSWER
    local_server.always(reply(text="stand-in"))
    return ANSWER


def test_inside_other_text_it_stays_by_every_door(
    door: Any, split_policy: Path, cloud: Any, local_server: Any, answered: str
) -> None:
    with contextlib.suppress(Exception):
        door(split_policy, f"{ASK}{answered}\n\nThank you, and mind the metre.")
    assert TELL.encode() not in cloud.received
    assert cloud.received == b""
    assert TELL.encode() in local_server.received


@pytest.mark.parametrize(
    "edited",
    [
        ANSWER[40:110],
        ANSWER.upper(),
        "> " + ANSWER.replace(", ", ",\n> "),
        json.dumps({"note": json.dumps({"text": ANSWER})}),
        ANSWER.replace(" ", "   ").replace('"', "”"),
        f"**{ANSWER[:60]}**_{ANSWER[60:]}_",
    ],
    ids=["span", "case", "quoted", "escaped", "spaced", "markdown"],
)
def test_edited_it_stays(split_policy: Path, cloud: Any, answered: str, edited: str) -> None:
    with Router.from_policy(split_policy) as router:
        assert router.complete(f"{ASK}{edited} -- that is all.").model == "local-model"
    assert cloud.received == b""


def test_in_a_tools_arguments_or_result_it_stays(
    split_policy: Path, cloud: Any, answered: str
) -> None:
    arguments = json.dumps({"body": f"As they told us: {answered}"})
    call = {"id": "c1", "type": "function", "function": {"name": "mail", "arguments": arguments}}
    tool = {"type": "function", "function": {"name": "mail", "parameters": {"type": "object"}}}
    turns: list[dict[str, Any]] = [
        {"role": "user", "content": "Mail it."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "sent"},
    ]
    with Router.from_policy(split_policy) as router:
        assert router.complete({"messages": turns, "tools": [tool]}).model == "local-model"
    assert cloud.received == b""


def test_what_a_labelled_answer_wrote_into_a_tool_call_stays(
    split_policy: Path, cloud: Any, local_server: Any, reply: Any, labelled: str
) -> None:
    local_server.always(reply(text="", tool_calls=[("mail", {"body": ANSWER})]))
    tool = {"type": "function", "function": {"name": "mail", "parameters": {"type": "object"}}}
    with Router.from_policy(split_policy) as router:
        asked = {"messages": [{"role": "user", "content": labelled}], "tools": [tool]}
        assert router.complete(asked).tool_calls
    local_server.always(reply(text="stand-in"))
    with Router.from_policy(split_policy) as router:
        assert router.complete(ASK + ANSWER).model == "local-model"
    assert cloud.received == b""


def test_the_rest_of_a_labelled_tool_result_stays(
    split_policy: Path, cloud: Any, labelled: str
) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "chart", "arguments": "{}"}}
    tool = {"type": "function", "function": {"name": "chart", "parameters": {"type": "object"}}}
    history: list[dict[str, Any]] = [
        {"role": "user", "content": "Fetch the chart and shorten it."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": f"{labelled}\n{ANSWER}"},
    ]
    with Router.from_policy(split_policy) as router:
        router.complete({"messages": history, "tools": [tool]})
        assert router.complete(ASK + ANSWER).model == "local-model"
    assert cloud.received == b""


def test_what_a_stream_said_before_it_died_stays(
    split_policy: Path, cloud: Any, local_server: Any, reply: Any, labelled: str
) -> None:
    local_server.always(reply(text=ANSWER, fault="die", pieces_before_death=25))
    with Router.from_policy(split_policy) as router, contextlib.suppress(Exception):
        for _ in router.stream(labelled):
            pass
    local_server.always(reply(text="stand-in"))
    with Router.from_policy(split_policy) as router:
        assert router.complete(ASK + ANSWER).model == "local-model"
    assert cloud.received == b""


def test_other_text_still_goes_to_the_cloud(split_policy: Path, cloud: Any, answered: str) -> None:
    with Router.from_policy(split_policy) as router:
        assert router.complete(ASK + "The garden is open.").model == "cloud-model"
    assert b"garden is open" in cloud.received
