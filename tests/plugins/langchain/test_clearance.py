"""No byte of a labelled request reaches a cloud, by any of LangChain's ways to call a model (I1)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from langchain_ringfence import ChatRingfence
from ringfence import Caller, Router, Unavailable
from ringfence.drill.formats import Reply
from ringfence.drill.server import ModelServer

Make = Callable[..., ChatRingfence]


class Refund(BaseModel):
    room: int


@tool
def book(room: int) -> str:
    """Book a room."""
    return str(room)


WAYS: dict[str, Callable[[ChatRingfence, Any], Any]] = {
    "invoke": lambda llm, said: llm.invoke(said),
    "prefer": lambda llm, said: llm.invoke(said, model="cloud-model"),
    "batch": lambda llm, said: llm.batch([said, said]),
    "stream": lambda llm, said: list(llm.stream(said)),
    "timeout": lambda llm, said: llm.bind(stop=["x"]).invoke(said),
    "tools": lambda llm, said: llm.bind_tools([book], tool_choice="any").invoke(said),
    "schema": lambda llm, said: llm.with_structured_output(Refund).invoke(said),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_labelled_request_goes_to_the_local_model_only(
    chat: Make, cloud: ModelServer, local_server: ModelServer, labelled: str, way: str
) -> None:
    local_server.always(Reply(text='{"room": 12}'))
    WAYS[way](chat(), labelled)
    assert cloud.received == b""
    assert local_server.requests


@pytest.mark.parametrize("way", WAYS)
def test_it_is_unavailable_when_the_local_model_is_down(
    chat: Make, cloud: ModelServer, local_server: ModelServer, labelled: str, way: str
) -> None:
    local_server.close()
    with pytest.raises(Unavailable) as caught:
        WAYS[way](chat(), labelled)
    assert cloud.received == b""
    assert "4111" not in str(caught.value)


async def test_async_ways_are_no_different(
    chat: Make, cloud: ModelServer, local_server: ModelServer, labelled: str
) -> None:
    await chat().ainvoke(labelled)
    await chat().abatch([labelled])
    assert [chunk async for chunk in chat().astream(labelled)]
    assert cloud.received == b""
    assert len(local_server.requests) == 3


@pytest.mark.parametrize(
    "place",
    [
        lambda text: [HumanMessage([{"type": "text", "text": text}])],
        lambda text: [HumanMessage("Hi"), AIMessage(text), HumanMessage("And now?")],
        lambda text: [
            HumanMessage("Look it up."),
            AIMessage("", tool_calls=[{"id": "1", "name": "look", "args": {"note": text}}]),
            ToolMessage("done", tool_call_id="1"),
        ],
        lambda text: [
            HumanMessage("Look it up."),
            AIMessage("", tool_calls=[{"id": "1", "name": "look", "args": {}}]),
            ToolMessage(text, tool_call_id="1"),
        ],
    ],
    ids=["content part", "earlier answer", "tool arguments", "tool result"],
)
def test_a_label_is_found_wherever_langchain_keeps_the_text(
    chat: Make,
    cloud: ModelServer,
    labelled: str,
    place: Callable[[str], list[Any]],
) -> None:
    answer = chat().invoke(place(labelled))
    assert answer.response_metadata["labels"] == ["pci"]
    assert cloud.received == b""


@pytest.mark.parametrize("shared", [True, False])
def test_a_rule_for_the_callers_team_holds(
    split_policy: Path, cloud: ModelServer, shared: bool
) -> None:
    rule = {"name": "finance", "when": {"caller.team": "finance"}, "label": "confidential"}
    policy = yaml.safe_load(split_policy.read_text()) | {"rules": [rule]}
    split_policy.write_text(yaml.safe_dump(policy))
    with Router.from_policy(split_policy) as router:
        engine: dict[str, Any] = {"router": router} if shared else {"policy": split_policy}
        llm = ChatRingfence(**engine, team="finance")
        assert llm.invoke("Hi").response_metadata["labels"] == ["confidential"]
        assert cloud.received == b""
        sales = llm.invoke("Hi", caller=Caller(team="sales"))
        assert sales.response_metadata["labels"] == []
        llm.close()


def test_an_image_counts_as_unread(chat: Make, cloud: ModelServer, split_router: Router) -> None:
    image = {"type": "image", "base64": "QUJD", "mime_type": "image/png"}
    # The local model of this policy has no vision, so nobody may answer; the cloud above all.
    with pytest.raises(Exception, match=r"unread|vision"):
        chat().invoke([HumanMessage([{"type": "text", "text": "What is this?"}, image])])
    assert cloud.received == b""
