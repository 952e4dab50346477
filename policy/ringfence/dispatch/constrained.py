"""Tools for a model that has no native tool calls, or whose server cannot be told which tool to call.

The tools are written into the system prompt, and the model decodes one JSON object under a schema: `{"tool": …,
"arguments": {…}}` or `{"answer": …}`. `tool_choice` picks which of these forms the schema allows; no tool is ever left
out. Earlier tool calls and their results become plain turns, since such a model's template knows no others.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from ringfence.dispatch.answers import added, call_id
from ringfence.dispatch.calls import Call, Piece, Wire, WireFailure
from ringfence.dispatch.messages import joined, text_of, with_system_roles, with_system_text
from ringfence.dispatch.partial import AnswerText
from ringfence.dispatch.schemas import fitted
from ringfence.types import Answer, ToolCall, Usage

TRIES = (2.0, 0.5)
"""Characters for each token that strings are given room for: at the first try, and at the second when the first was
cut off. English text has about 4 characters a token, unusual text less than one.
"""
ASSUMED_LIMIT = 1024
FORM_TOKENS = 16
"""What `{"tool": …, "arguments": …}` takes itself."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much of the output limit strings and lists may fill."""

    tokens: int
    characters_a_token: float

    def fit(self, schema: Any) -> Any:
        return fitted(
            schema, tokens=self.tokens - FORM_TOKENS, characters_a_token=self.characters_a_token
        )


def is_needed(call: Call) -> bool:
    """Whether a call's tools must go this way; without tools nothing does."""
    if not call.tools and not has_tool_turns(call.messages):
        return False
    if call.model.facts.tools == "constrained" or call.model.provider.wire == "embedded":
        return True
    # Ollama's own format has no tool_choice: only a schema can hold a model to it.
    forced = call.tool_choice not in (None, "auto", "none")
    return call.model.provider.wire == "ollama" and forced


def has_tool_turns(messages: Sequence[Mapping[str, Any]]) -> bool:
    return any(
        message.get("tool_calls") or message["role"] in ("tool", "function") for message in messages
    )


async def send(wire: Wire, call: Call) -> AsyncGenerator[Piece, None]:
    """Send a call with its tools rendered; the text of an `answer` streams, a tool call comes whole.

    Raises:
        WireFailure: `protocol` when two tries brought no whole JSON object.
    """
    tools = offered(call)
    plain = replace(call, messages=flattened(call.messages), tools=(), tool_choice=None)
    if not tools:
        async with aclosing(wire.send(plain)) as pieces:
            async for piece in pieces:
                yield piece
        return
    spent = Usage()
    for characters_a_token in TRIES:
        room = Room(call.limit or ASSUMED_LIMIT, characters_a_token)
        async with aclosing(_once(wire, call, plain, tools, room)) as pieces:
            async for piece in pieces:
                if isinstance(piece, str):
                    yield piece
                    continue
                spent = added(spent, piece.usage)
                answer = read(call, tools, piece)
                if answer is not None:
                    yield replace(answer, usage=spent)
                    return
    reason = "its tool call was cut off twice; raise max_output_tokens"
    raise WireFailure("protocol", reason, usage=spent)


async def _once(
    wire: Wire, call: Call, plain: Call, tools: Sequence[Mapping[str, Any]], room: Room
) -> AsyncGenerator[Piece, None]:
    """One try: the text of an answer as it comes, then the whole JSON as the model wrote it."""
    asked = replace(
        plain,
        messages=with_system_text(plain.messages, instructions(call, tools)),
        schema=decoding_schema(call, tools, room),
        narrowed=True,
        # the likeliest choice, unless the caller wants otherwise
        params={"temperature": 0, **call.params},
    )
    said = AnswerText(streams=call.schema is None)
    async with aclosing(wire.send(asked)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Answer):
                yield piece
            elif text := said.feed(piece):
                yield text


def offered(call: Call) -> tuple[Mapping[str, Any], ...]:
    """The tools that `tool_choice` lets the model use: all, one by name, or none."""
    if call.tool_choice == "none":
        return ()
    if not isinstance(call.tool_choice, Mapping):
        return call.tools
    name = (call.tool_choice.get("function") or {}).get("name")
    named = tuple(tool for tool in call.tools if tool["function"]["name"] == name)
    if not named:
        raise WireFailure(
            "bad_request", "tool_choice names a tool that is not in 'tools'", connected=False
        )
    return named


def must_call(call: Call) -> bool:
    return call.tool_choice == "required" or isinstance(call.tool_choice, Mapping)


def instructions(call: Call, tools: Sequence[Mapping[str, Any]]) -> str:
    """What the system prompt says of the tools; their schemas go in as they are, one a line."""
    described = "\n".join(json.dumps(tool["function"], ensure_ascii=False) for tool in tools)
    form = 'To use a tool, reply with {"tool": NAME, "arguments": {…}} that fits its parameters.'
    if must_call(call):
        rest = "Reply with one such JSON object and nothing else. You must use a tool now."
    else:
        rest = (
            'To answer, reply with {"answer": …}. Reply with one such JSON object and nothing else. '
            "When a tool's result already holds what was asked for, answer."
        )
    return f"You can use these tools, given as JSON:\n{described}\n{form}\n{rest}"


def decoding_schema(
    call: Call, tools: Sequence[Mapping[str, Any]], room: Room
) -> Mapping[str, Any]:
    """The schema that the model decodes under. The text of an answer has no end but the output limit."""
    forms = [_tool_form(tool["function"], room) for tool in tools]
    if not must_call(call):
        answer = {"type": "string"} if call.schema is None else room.fit(call.schema)
        forms.append(_closed({"answer": answer}))
    return forms[0] if len(forms) == 1 else {"anyOf": forms}


def _tool_form(function: Mapping[str, Any], room: Room) -> dict[str, Any]:
    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    if parameters.get("type", "object") == "object":
        parameters = {"properties": {}, **parameters}
    return _closed({"tool": {"const": function["name"]}, "arguments": room.fit(parameters)})


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def flattened(messages: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """A history without tool turns, neighbours of one role joined (some templates demand that roles alternate)."""
    names = {
        call["id"]: call["function"]["name"]
        for message in messages
        for call in message.get("tool_calls") or ()
    }
    result: list[dict[str, Any]] = []
    for message in with_system_roles(messages):
        turn = _plain_turn(message, names)
        if result and result[-1]["role"] == turn["role"] and isinstance(turn["content"], str):
            result[-1] = {**result[-1], "content": joined(result[-1]["content"], turn["content"])}
        else:
            result.append(turn)
    return tuple(result)


def _plain_turn(message: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    content = message.get("content")
    if message["role"] in ("tool", "function"):
        name = message.get("name") or names.get(message.get("tool_call_id", ""), "")
        return {"role": "user", "content": f"Result of the tool {name}:\n{text_of(content)}"}
    for call in message.get("tool_calls") or ():
        function = call["function"]
        spoken = f'{{"tool": {json.dumps(function["name"])}, "arguments": {function["arguments"]}}}'
        content = joined(content, spoken)
    return {"role": message["role"], "content": content if content is not None else ""}


def read(call: Call, tools: Sequence[Mapping[str, Any]], answer: Answer) -> Answer | None:
    """The decoded object as an answer; None when it was cut off before it could be read.

    Raises:
        WireFailure: the model's server did not hold it to the schema.
    """
    try:
        said = json.loads(answer.text)
    except (ValueError, RecursionError):
        return _cut_off(call, answer)
    if isinstance(said, dict) and "answer" in said and not must_call(call):
        text = said["answer"]
        if call.schema is not None:
            text = json.dumps(text, ensure_ascii=False)
        if isinstance(text, str):
            return replace(answer, text=text)
    names = {tool["function"]["name"] for tool in tools}
    if (
        isinstance(said, dict)
        and said.get("tool") in names
        and isinstance(said.get("arguments"), dict)
    ):
        arguments = json.dumps(said["arguments"], ensure_ascii=False)
        tool_call = ToolCall(id=call_id(), name=said["tool"], arguments=arguments)
        return replace(answer, text="", tool_calls=(tool_call,), finish_reason="tool_calls")
    raise WireFailure("protocol", "the answer is not the JSON that was asked for")


def _cut_off(call: Call, answer: Answer) -> Answer | None:
    """A long answer in words ends at the output limit as any other does; half a tool call is nothing."""
    partial = AnswerText(streams=call.schema is None)
    text = partial.feed(answer.text)
    if partial.started and not must_call(call):
        return replace(answer, text=text, finish_reason="length")
    if answer.finish_reason == "length":
        return None
    raise WireFailure("protocol", "the answer is not the JSON that was asked for")
