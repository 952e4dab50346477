"""Tools without native tool calls: what the prompt and the schema say, and how the answer is read back."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.dispatch.partial import AnswerText
from ringfence.dispatch.schemas import bounded, fitted, is_strict

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Weather of a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
CLOCK = {"type": "function", "function": {"name": "clock"}}
ASK = [{"role": "user", "content": "Weather in Paris?"}]


@pytest.fixture
def constrained(bench: Any, local_model: Any) -> Any:
    return bench(
        {"m": {**local_model, "tools": "constrained"}}, fallback={"deadline_s": 5, "attempts": 3}
    )


def forms(server: Any) -> list[Any]:
    """The forms that the sent schema allows: names of tools, `answer`."""
    schema = server.requests[-1].json["response_format"]["json_schema"]["schema"]
    found = [form["properties"] for form in schema.get("anyOf", [schema])]
    return [
        properties["tool"]["const"] if "tool" in properties else "answer" for properties in found
    ]


@pytest.mark.parametrize(
    ("choice", "allowed"),
    [
        (None, ["weather", "clock", "answer"]),
        ("auto", ["weather", "clock", "answer"]),
        ("required", ["weather", "clock"]),
        ({"type": "function", "function": {"name": "clock"}}, ["clock"]),
    ],
)
async def test_tool_choice_picks_the_forms_and_no_tool_is_dropped(
    constrained: Any, local_server: Any, reply: Any, choice: Any, allowed: list[str]
) -> None:
    local_server.always(reply(text='{"tool": "clock", "arguments": {}}'))
    answered = await constrained.ask(
        {"messages": ASK, "tools": [WEATHER, CLOCK], "tool_choice": choice}
    )
    assert forms(local_server) == allowed
    assert [(call.name, call.arguments) for call in answered.answer.tool_calls] == [("clock", "{}")]
    assert answered.answer.finish_reason == "tool_calls"
    assert answered.answer.text == ""
    body = local_server.requests[-1].json
    assert "tools" not in body
    assert body["temperature"] == 0
    assert [
        name
        for name in ("weather", "clock")
        if f'"name": "{name}"' in body["messages"][0]["content"]
    ] == [name for name in allowed if name != "answer"]


async def test_tool_choice_none_is_a_plain_question(constrained: Any, local_server: Any) -> None:
    answered = await constrained.ask({"messages": ASK, "tools": [WEATHER], "tool_choice": "none"})
    assert answered.answer.text == "Hello from the stand-in."
    assert local_server.requests[-1].json["messages"] == ASK


async def test_an_unknown_named_tool_is_a_bad_request(constrained: Any, local_server: Any) -> None:
    choice = {"type": "function", "function": {"name": "other"}}
    error = await constrained.error({"messages": ASK, "tools": [WEATHER], "tool_choice": choice})
    assert [a.error for a in error.attempts] == ["bad_request"]
    assert local_server.accepted == 0


@pytest.mark.parametrize("streaming", [False, True])
async def test_an_answer_in_words_comes_as_text(
    constrained: Any, local_server: Any, reply: Any, streaming: bool
) -> None:
    said = 'It rains — "cats & dogs"\n\U0001f327'
    local_server.always(reply(text=json.dumps({"answer": said})))
    request = {"messages": ASK, "tools": [WEATHER]}
    if streaming:
        items = [item async for item in constrained.stream(request)]
        assert "".join(items[:-1]) == said
        assert len(items) > 3
        answer = items[-1].answer
    else:
        answer = (await constrained.ask(request)).answer
    assert (answer.text, answer.tool_calls, answer.finish_reason) == (said, (), "stop")


async def test_an_answer_under_a_schema_beside_tools(
    constrained: Any, local_server: Any, reply: Any
) -> None:
    local_server.always(reply(text='{"answer": {"rain": true}}'))
    schema = {"type": "object", "properties": {"rain": {"type": "boolean"}}, "required": ["rain"]}
    answered = await constrained.ask(
        {"messages": ASK, "tools": [WEATHER], "response_schema": schema}
    )
    assert answered.parsed == {"rain": True}


async def test_a_long_answer_that_is_cut_off_keeps_its_text(
    constrained: Any, local_server: Any, reply: Any
) -> None:
    local_server.always(reply(text='{"answer": "It rains \\u26', finish_reason="length"))
    answered = await constrained.ask({"messages": ASK, "tools": [WEATHER]})
    assert (answered.answer.text, answered.answer.finish_reason) == ("It rains ", "length")


async def test_a_tool_call_that_is_cut_off_is_tried_again_with_less_room(
    constrained: Any, local_server: Any, reply: Any
) -> None:
    local_server.script(
        reply(text='{"tool": "weather", "arguments": {"city": "Pa', finish_reason="length")
    )
    local_server.always(reply(text='{"tool": "weather", "arguments": {"city": "Paris"}}'))
    answered = await constrained.ask({"messages": ASK, "tools": [WEATHER]}, limit=64)
    assert answered.answer.tool_calls[0].arguments == '{"city": "Paris"}'
    assert answered.answer.usage.output_tokens == 14
    rooms = [
        request.json["response_format"]["json_schema"]["schema"]["anyOf"][0]["properties"][
            "arguments"
        ]["properties"]["city"]["maxLength"]
        for request in local_server.requests
    ]
    assert rooms[0] > rooms[1]


@pytest.mark.parametrize(
    "said", ["It rains.", '{"tool": "rm", "arguments": {}}', '{"tool": "weather"}', "[1]"]
)
async def test_a_model_that_was_not_held_to_the_form_is_a_failure(
    constrained: Any, local_server: Any, reply: Any, said: str
) -> None:
    local_server.always(reply(text=said))
    error = await constrained.error({"messages": ASK, "tools": [WEATHER]})
    assert [a.error for a in error.attempts] == ["protocol"]
    assert said not in str(error)


async def test_earlier_tool_turns_become_plain_turns(
    constrained: Any, local_server: Any, reply: Any
) -> None:
    local_server.always(reply(text='{"answer": "Rain."}'))
    call = {
        "id": "c1",
        "type": "function",
        "function": {"name": "weather", "arguments": '{"city": "Paris"}'},
    }
    history = [
        {"role": "system", "content": "Be brief."},
        *ASK,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "rain"},
        {"role": "user", "content": "So?"},
    ]
    await constrained.ask({"messages": history, "tools": [WEATHER]})
    system, *turns = local_server.requests[-1].json["messages"]
    assert system["content"].startswith("Be brief.\n\nYou can use these tools")
    assert turns == [
        *ASK,
        {"role": "assistant", "content": '{"tool": "weather", "arguments": {"city": "Paris"}}'},
        {"role": "user", "content": "Result of the tool weather:\nrain\n\nSo?"},
    ]


async def test_ollama_is_held_to_a_forced_tool_by_a_schema(
    bench: Any, local_server: Any, reply: Any
) -> None:
    local_server.always(reply(text='{"tool": "weather", "arguments": {"city": "Paris"}}'))
    b = bench({"m": {"model": "ollama_chat/qwen3.5:9b", "base_url": local_server.url}})
    answered = await b.ask({"messages": ASK, "tools": [WEATHER], "tool_choice": "required"})
    assert answered.answer.tool_calls[0].name == "weather"
    assert local_server.requests[-1].json["format"]["properties"]["tool"] == {"const": "weather"}


@given(
    text=st.text(),
    ascii_only=st.booleans(),
    cuts=st.lists(st.integers(min_value=0, max_value=400), max_size=8),
)
def test_text_streams_out_of_json_whatever_the_cuts(
    text: str, ascii_only: bool, cuts: list[int]
) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        text = ""
    data = json.dumps({"answer": text}, ensure_ascii=ascii_only)
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    reader = AnswerText()
    pieces = [reader.feed(data[a:b]) for a, b in itertools.pairwise(edges)]
    assert "".join(pieces) == text


@given(st.text())
def test_text_that_is_no_answer_streams_nothing(text: str) -> None:
    assert AnswerText().feed('{"tool": "' + text) == ""


SCHEMAS: list[Any] = [
    {"type": "string"},
    {"type": "array", "items": {"type": "string"}},
    {
        "type": "object",
        "properties": {"a": {"type": ["string", "null"]}, "b": {}},
        "required": ["a", "c"],
    },
    {"anyOf": [{"type": "string", "pattern": "^a+$"}, {"type": "array"}]},
    {
        "$defs": {"n": {"type": "string"}},
        "type": "object",
        "properties": {"x": {"$ref": "#/$defs/n"}},
    },
    {},
]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_bounded_schema_has_an_end_everywhere(schema: Any) -> None:
    def ends(part: Any) -> bool:
        if isinstance(part, list):
            return all(ends(item) for item in part)
        if not isinstance(part, dict):
            return True
        if part.get("type") == "string" and "enum" not in part and "maxLength" not in part:
            return False
        if part.get("type") == "array" and "maxItems" not in part:
            return False
        if part.get("type") == "object" and part.get("additionalProperties") is not False:
            return False
        return all(ends(value) for value in part.values())

    assert ends(bounded(schema, characters=50))


def test_more_strings_leave_less_room_for_each() -> None:
    one = {"type": "object", "properties": {"a": {"type": "string"}}}
    many = {"type": "object", "properties": {name: {"type": "string"} for name in "abcdefgh"}}
    room = [
        fitted(schema, tokens=256, characters_a_token=1.0)["properties"]["a"]["maxLength"]
        for schema in (one, many)
    ]
    assert room == [244, 21]


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        ({"type": "object", "properties": {}, "additionalProperties": False}, True),
        (
            {
                "type": "object",
                "properties": {"a": {}},
                "required": ["a"],
                "additionalProperties": False,
            },
            True,
        ),
        ({"type": "object", "properties": {"a": {}}, "additionalProperties": False}, False),
        ({"type": "object"}, False),
        ({"type": "array", "items": {"type": "object"}}, False),
    ],
)
def test_strict_is_asked_for_only_where_openai_takes_it(schema: Any, strict: bool) -> None:
    assert is_strict(schema) is strict
