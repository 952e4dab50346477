"""What comes back from a model that answers, in each format that our own client speaks."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from ringfence.dispatch import Answered
from ringfence.errors import BadRequest
from ringfence.types import Answer, Attempt, Locality, Usage

TOOLS = [
    {
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
]
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}


@pytest.fixture(params=["openai", "ollama"])
def speaker(request: Any, bench: Any, local_server: Any) -> Any:
    """A bench with one model, once for each format."""
    if request.param == "openai":
        model = {"model": "openai/qwen3.5-9b", "base_url": local_server.v1, "tools": "native"}
    else:
        model = {"model": "ollama_chat/qwen3.5:9b", "base_url": local_server.url}
    return bench({"m": model})


def sent(server: Any) -> Any:
    return next(request.json for request in reversed(server.requests) if "chat" in request.path)


async def test_an_answer_names_its_model_and_usage(speaker: Any) -> None:
    answered = await speaker.ask()
    assert answered == Answered(
        answer=Answer(
            text="Hello from the stand-in.", usage=Usage(input_tokens=11, output_tokens=7)
        ),
        model="m",
        attempts=(Attempt(model="m", locality=Locality.LOCAL, ms=answered.attempts[0].ms),),
    )
    assert speaker.recorder.log == ["started m", "ended m answered"]


async def test_a_stream_gives_each_piece_and_then_the_whole(speaker: Any) -> None:
    items = [item async for item in speaker.stream()]
    assert items[:-1] == ["Hello", " from", " the", " stand-in."]
    assert items[-1].answer == Answer(
        text="Hello from the stand-in.", usage=Usage(input_tokens=11, output_tokens=7)
    )


@pytest.mark.parametrize("streaming", [False, True])
async def test_tool_calls_come_through(
    speaker: Any, local_server: Any, reply: Any, streaming: bool
) -> None:
    local_server.always(
        reply(text="", tool_calls=(("weather", {"city": "Paris"}), ("weather", {"city": "Rome"})))
    )
    request = {"messages": [{"role": "user", "content": "Weather?"}], "tools": TOOLS}
    if streaming:
        answer = [item async for item in speaker.stream(request)][-1].answer
    else:
        answer = (await speaker.ask(request)).answer
    assert [(call.name, json.loads(call.arguments)) for call in answer.tool_calls] == [
        ("weather", {"city": "Paris"}),
        ("weather", {"city": "Rome"}),
    ]
    assert answer.finish_reason == "tool_calls"
    assert sent(local_server)["tools"] == TOOLS


async def test_structured_output_is_asked_for_natively_and_parsed(
    speaker: Any, local_server: Any, reply: Any
) -> None:
    local_server.always(reply(text='{"city": "Paris"}'))
    answered = await speaker.ask(
        {"messages": [{"role": "user", "content": "?"}], "response_schema": SCHEMA}
    )
    assert answered.parsed == {"city": "Paris"}
    body = sent(local_server)
    if "format" in body:
        assert body["format"] == SCHEMA
    else:
        named = {"name": "response", "schema": SCHEMA, "strict": True}
        assert body["response_format"] == {"type": "json_schema", "json_schema": named}


async def test_structured_output_that_is_not_json_is_a_failure(
    speaker: Any, local_server: Any, reply: Any
) -> None:
    local_server.always(reply(text="Paris, I think"))
    error = await speaker.error(
        {"messages": [{"role": "user", "content": "?"}], "response_schema": SCHEMA}
    )
    assert [(attempt.error, attempt.reason) for attempt in error.attempts] == [
        ("protocol", "the answer is not the JSON that was asked for")
    ]


async def test_params_and_the_limit_reach_the_model(speaker: Any, local_server: Any) -> None:
    params = {"temperature": 0.25, "top_p": 0.5, "stop": ["END"], "seed": 7}
    await speaker.ask({"messages": [{"role": "user", "content": "?"}], "params": params}, limit=99)
    body = sent(local_server)
    if "options" in body:
        assert body["options"] == {**params, "num_predict": 99, "num_ctx": 8192}
    else:
        assert {key: body[key] for key in params} == params
        assert body["max_tokens"] == 99


@pytest.mark.parametrize("params", [{"max_tokens": 5}, {"n": 2}, {"MARKER": 1}, {"logprobs": True}])
async def test_a_param_that_nothing_honours_is_refused_before_a_byte_leaves(
    speaker: Any, local_server: Any, params: Any
) -> None:
    with pytest.raises(BadRequest) as caught:
        await speaker.ask({"messages": [{"role": "user", "content": "?"}], "params": params})
    assert "MARKER" not in str(caught.value)
    assert local_server.received == b""


async def test_a_param_that_this_wire_cannot_honour_goes_to_the_next_model(
    bench: Any, local_server: Any
) -> None:
    b = bench(
        {
            "ollama": {"model": "ollama_chat/qwen3.5:9b", "base_url": local_server.url},
            "openai": {"model": "openai/qwen3.5-9b", "base_url": local_server.v1},
        }
    )
    answered = await b.ask(
        {"messages": [{"role": "user", "content": "?"}], "params": {"logit_bias": {"50256": -100}}}
    )
    assert [(a.model, a.error) for a in answered.attempts] == [
        ("ollama", "bad_request"),
        ("openai", None),
    ]
    assert "logit_bias" in answered.attempts[0].reason


async def test_only_openais_keys_of_a_message_go_on_the_wire(
    bench: Any, cloud_model: Any, cloud: Any
) -> None:
    await bench({"m": cloud_model}).ask(
        {
            "messages": [
                {"role": "developer", "content": "Be brief.", "x_secret": "BEACON"},
                {"role": "user", "content": "?"},
            ]
        }
    )
    assert b"BEACON" not in cloud.received
    assert sent(cloud)["messages"][0]["content"] == "Be brief."


async def test_usage_is_estimated_when_the_provider_reports_none(
    bench: Any, cloud_model: Any, cloud: Any, reply: Any
) -> None:
    cloud.always(reply(text="12345678", usage=None))
    answered = await bench({"m": cloud_model}).ask()
    assert (answered.answer.usage.input_tokens, answered.answer.usage.output_tokens) == (10, 2)
    assert answered.attempts[0].reason == "usage estimated: the provider reported none"
    assert answered.attempts[0].usd == Decimal("0.000018")


async def test_cached_and_reasoning_tokens_are_kept(
    bench: Any, cloud_model: Any, cloud: Any, reply: Any
) -> None:
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "prompt_tokens_details": {"cached_tokens": 80},
        "completion_tokens_details": {"reasoning_tokens": 30},
    }
    cloud.always(reply(usage=usage))
    answered = await bench({"m": cloud_model}).ask()
    assert answered.answer.usage == Usage(
        input_tokens=100, output_tokens=50, cached_tokens=80, reasoning_tokens=30
    )


async def test_an_ollama_conversation_keeps_tools_results_and_images(
    bench: Any, local_server: Any
) -> None:
    b = bench({"m": {"model": "ollama_chat/qwen3.5:9b", "base_url": local_server.url}})
    call = {
        "id": "c1",
        "type": "function",
        "function": {"name": "weather", "arguments": '{"city": "Paris"}'},
    }
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    await b.ask(
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "Look"}, image]},
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "c1", "content": "rain"},
            ],
            "tools": TOOLS,
        }
    )
    assert sent(local_server)["messages"] == [
        {"role": "user", "content": "Look", "images": ["iVBORw0KGgo="]},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"function": {"name": "weather", "arguments": {"city": "Paris"}}}],
        },
        {"role": "tool", "content": "rain", "tool_name": "weather"},
    ]


async def test_ollama_gets_a_context_that_holds_the_request(bench: Any, local_server: Any) -> None:
    from dataclasses import replace

    from ringfence.request import Request

    b = bench(
        {
            "m": {
                "model": "ollama_chat/qwen3.5:9b",
                "base_url": local_server.url,
                "context_window": 65536,
            }
        }
    )
    for tokens, expected in ((10, 8192), (9000, 16384), (60000, 65536)):
        decision = b.decision()
        decision = replace(decision, size=replace(decision.size, input_tokens=tokens))
        await b.dispatcher.complete(decision, Request.from_text("?"), record=b.recorder)
        assert sent(local_server)["options"]["num_ctx"] == expected


@pytest.mark.parametrize("provider", ["zai", "cerebras"])
async def test_quirks_of_a_provider_are_data(
    bench: Any, cloud: Any, provider: str, reply: Any
) -> None:
    cloud.always(reply(text='{"city": "Paris"}'))
    model = {"model": f"{provider}/x", "base_url": cloud.v1, "locality": "cloud"}
    model |= {"price": {"input": 1, "output": 1}, "context_window": 9000, "json_schema": True}
    b = bench({"m": model})
    await b.ask(
        {"messages": [{"role": "user", "content": "?"}], "response_schema": SCHEMA}, limit=5
    )
    body = sent(cloud)
    if provider == "zai":
        assert body["response_format"] == {"type": "json_object"}
        assert body["messages"][0]["role"] == "system"
        assert body["max_tokens"] == 5
    else:
        assert body["response_format"]["type"] == "json_schema"
        assert body["max_completion_tokens"] == 5
