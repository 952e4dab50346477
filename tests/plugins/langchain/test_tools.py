"""Tools and structured output."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel, ConfigDict
from typing_extensions import TypedDict

from langchain_ringfence import ChatRingfence
from ringfence import BadRequest, Unavailable
from ringfence.drill.formats import Reply
from ringfence.drill.server import ModelServer

Make = Callable[..., ChatRingfence]


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


class Sum(BaseModel):
    """A sum."""

    model_config = ConfigDict(extra="forbid")
    total: int


class SumDict(TypedDict):
    """A sum."""

    total: int


SUM_SCHEMA = {
    "title": "Sum",
    "description": "A sum.",
    "type": "object",
    "properties": {"total": {"type": "integer"}},
    "required": ["total"],
}


def test_a_tool_loop_runs_to_its_end(chat: Make, cloud: ModelServer) -> None:
    cloud.script(Reply(text="", tool_calls=(("add", {"a": 2, "b": 3}),)), Reply(text="It is 5."))
    llm = chat().bind_tools([add])
    conversation: list[Any] = [HumanMessage("What is 2 and 3?")]
    asked = llm.invoke(conversation)
    assert asked.tool_calls == [
        {"type": "tool_call", "id": "call_0", "name": "add", "args": {"a": 2, "b": 3}}
    ]
    assert asked.response_metadata["finish_reason"] == "tool_calls"
    conversation += [asked, add.invoke(asked.tool_calls[0])]
    assert llm.invoke(conversation).content == "It is 5."
    assert isinstance(conversation[-1], ToolMessage)
    sent = cloud.requests[1].json["messages"]
    assert sent[1]["tool_calls"][0]["function"] == {"name": "add", "arguments": '{"a": 2, "b": 3}'}
    assert sent[2] == {"role": "tool", "content": "5", "tool_call_id": "call_0", "name": "add"}


def test_a_stream_carries_the_tool_calls(chat: Make, cloud: ModelServer) -> None:
    cloud.always(Reply(text="", tool_calls=(("add", {"a": 2, "b": 3}),)))
    chunks = list(chat().bind_tools([add]).stream("What is 2 and 3?"))
    whole = sum(chunks[1:], chunks[0])
    assert [call["args"] for call in whole.tool_calls] == [{"a": 2, "b": 3}]


NAMED = {"type": "function", "function": {"name": "add"}}


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (None, None),
        (False, None),
        ("auto", "auto"),
        ("none", "none"),
        ("any", "required"),
        (True, "required"),
        ("required", "required"),
        ("add", NAMED),
        (NAMED, NAMED),
    ],
)
def test_tool_choice_is_said_as_openai_says_it(
    chat: Make, cloud: ModelServer, choice: Any, sent: Any
) -> None:
    chat().bind_tools([add], tool_choice=choice).invoke("Hi")
    assert cloud.requests[0].json.get("tool_choice") == sent


def test_a_tool_choice_that_is_not_offered_is_refused(chat: Make) -> None:
    with pytest.raises(BadRequest, match="one of the 1 tools"):
        chat().bind_tools([add], tool_choice="subtract")


@pytest.mark.parametrize(
    ("schema", "expected"),
    [(Sum, Sum(total=5)), (SumDict, {"total": 5}), (SUM_SCHEMA, {"total": 5})],
)
@pytest.mark.parametrize("method", ["json_schema", "function_calling", "json_mode"])
def test_an_answer_has_the_shape_that_was_asked_for(
    chat: Make, cloud: ModelServer, schema: Any, expected: Any, method: str
) -> None:
    by_tool = method == "function_calling"
    call = (("Sum" if schema is not SumDict else "SumDict", {"total": 5}),)
    cloud.always(Reply(text="", tool_calls=call) if by_tool else Reply(text='{"total": 5}'))
    llm = chat().with_structured_output(schema, method=method)
    assert llm.invoke("2 and 3?") == expected
    assert list(llm.stream("2 and 3?")) == [expected]


def test_include_raw_gives_the_message_too(chat: Make, cloud: ModelServer) -> None:
    cloud.always(Reply(text='{"total": 5}'))
    result = chat().with_structured_output(Sum, include_raw=True).invoke("2 and 3?")
    assert isinstance(result, dict)
    assert (result["parsed"], result["parsing_error"]) == (Sum(total=5), None)
    assert result["raw"].response_metadata["model_name"] == "cloud-model"


def test_an_answer_that_is_no_json_is_the_engines_to_refuse(chat: Make, cloud: ModelServer) -> None:
    cloud.always(Reply(text="Mrs Ada Example owes"))
    with pytest.raises(Unavailable) as caught:
        chat().with_structured_output(Sum).invoke("2 and 3?")
    assert {attempt.error for attempt in caught.value.attempts} == {"protocol"}
    assert "Ada" not in str(caught.value)


BAD_ANSWERS = ['{"total": "Ada"}', '{"Ada Example": 1, "total": 1}']


@pytest.mark.parametrize("text", BAD_ANSWERS)
def test_an_answer_of_another_shape_is_an_error_without_the_answer(
    chat: Make, cloud: ModelServer, text: str
) -> None:
    cloud.always(Reply(text=text))
    with pytest.raises(OutputParserException, match=r"does not fit Sum .*'stop'") as caught:
        chat().with_structured_output(Sum, method="json_mode").invoke("2 and 3?")
    assert "Ada" not in str(caught.value)
    result = chat().with_structured_output(Sum, method="json_mode", include_raw=True).invoke("?")
    assert isinstance(result, dict)
    assert result["parsed"] is None
    assert isinstance(result["parsing_error"], OutputParserException)


def test_a_missing_tool_call_is_an_error(chat: Make, cloud: ModelServer) -> None:
    cloud.always(Reply(text="I would rather not."))
    with pytest.raises(OutputParserException, match="does not call 'Sum'"):
        chat().with_structured_output(Sum, method="function_calling").invoke("2 and 3?")


def test_an_unknown_method_is_refused(chat: Make) -> None:
    with pytest.raises(BadRequest, match="method must be"):
        chat().with_structured_output(Sum, method="telepathy")
