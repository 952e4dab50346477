"""What a call gives back: text, usage, the decision, the attempts; in one piece or in many."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate

from langchain_ringfence import ChatRingfence
from ringfence import Unavailable
from ringfence.drill.formats import Reply
from ringfence.drill.server import ModelServer

Make = Callable[..., ChatRingfence]


def _is_the_cloud_answer(message: AIMessage) -> None:
    assert message.content == "Hello from the stand-in."
    assert message.usage_metadata == {
        "input_tokens": 11,
        "output_tokens": 7,
        "total_tokens": 18,
        "input_token_details": {"cache_read": 0},
        "output_token_details": {"reasoning": 0},
    }
    said = message.response_metadata
    assert said["ringfence"]["model"] == "cloud-model"
    assert said["ringfence"]["outcome"] == "route"
    assert {key: said[key] for key in ("model_name", "locality", "labels", "usd")} == {
        "model_name": "cloud-model",
        "locality": "cloud",
        "labels": [],
        "usd": "0.000039",  # 11 tokens at $1 and 7 at $4 a million
    }
    assert [(a["model"], a["error"]) for a in said["attempts"]] == [("cloud-model", None)]
    assert said["finish_reason"] == "stop"


def test_invoke_answers_with_the_decision(chat: Make) -> None:
    _is_the_cloud_answer(chat().invoke("Say hello."))


async def test_ainvoke_answers_with_the_decision(chat: Make) -> None:
    _is_the_cloud_answer(await chat().ainvoke("Say hello."))


@pytest.mark.parametrize("timeout", [None, 30])
def test_a_timeout_changes_nothing_in_an_answer_in_time(chat: Make, timeout: int | None) -> None:
    _is_the_cloud_answer(chat(timeout=timeout).invoke("Say hello."))


def test_a_stream_comes_in_pieces_and_ends_with_the_decision(chat: Make) -> None:
    chunks = list(chat().stream("Say hello."))
    assert [chunk.content for chunk in chunks if chunk.content] == [
        "Hello",
        " from",
        " the",
        " stand-in.",
    ]
    whole = sum(chunks[1:], chunks[0])
    assert isinstance(whole, AIMessageChunk)
    _is_the_cloud_answer(whole)


async def test_an_async_stream_is_the_same(chat: Make) -> None:
    chunks = [chunk async for chunk in chat().astream("Say hello.")]
    _is_the_cloud_answer(sum(chunks[1:], chunks[0]))


def test_streaming_true_streams_inside_invoke(chat: Make, cloud: ModelServer) -> None:
    _is_the_cloud_answer(chat(streaming=True).invoke("Say hello."))
    assert cloud.requests[0].json["stream"] is True


def test_leaving_a_stream_early_stops_the_upstream(chat: Make, cloud: ModelServer) -> None:
    gate = threading.Event()
    cloud.always(Reply(text="one two three", gate=gate))
    stream = chat().stream("Say hello.")
    assert next(stream).content == "one"
    stream.close()
    gate.set()
    assert cloud.client_left.wait(10)


def test_a_batch_answers_in_order(chat: Make, cloud: ModelServer) -> None:
    answers = chat().batch(["Say hello.", "Say it again."], config={"max_concurrency": 2})
    assert [answer.content for answer in answers] == ["Hello from the stand-in."] * 2
    assert len(cloud.requests) == 2


def test_it_stands_in_a_chain(chat: Make, cloud: ModelServer) -> None:
    prompt = ChatPromptTemplate.from_messages([("system", "Be brief."), ("human", "{question}")])
    chain = prompt | chat() | StrOutputParser()
    assert chain.invoke({"question": "Who are you?"}) == "Hello from the stand-in."
    assert cloud.requests[0].json["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Who are you?"},
    ]


def test_model_is_a_preference(chat: Make, cloud: ModelServer) -> None:
    answer = chat(model="local-model").invoke("Say hello.")
    assert answer.response_metadata["model_name"] == "local-model"
    assert cloud.received == b""


def test_a_model_that_the_policy_does_not_name_changes_nothing(chat: Make) -> None:
    _is_the_cloud_answer(chat(model="gpt-4o-mini").invoke("Say hello."))


def test_the_attempts_before_the_answer_are_told(chat: Make, cloud: ModelServer) -> None:
    cloud.always(Reply(status=503))
    answer = chat().invoke("Say hello.")
    said = answer.response_metadata
    assert said["model_name"] == "local-model"
    assert [attempt["error"] is None for attempt in said["attempts"]][-1]
    assert said["attempts"][0]["model"] == "cloud-model"


def test_engine_errors_come_through_as_they_are(
    chat: Make, cloud: ModelServer, local_server: ModelServer
) -> None:
    cloud.always(Reply(status=503))
    local_server.always(Reply(status=503))
    with pytest.raises(Unavailable) as caught:
        chat().invoke("Say hello to Ada.")
    assert {attempt.model for attempt in caught.value.attempts} == {"cloud-model", "local-model"}
    assert "Ada" not in str(caught.value)


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
async def test_over_the_timeout_the_call_is_unavailable_and_stopped(
    chat: Make, cloud: ModelServer, way: str
) -> None:
    cloud.always(Reply(fault="hang"))
    llm = chat(timeout=0.2)
    with pytest.raises(Unavailable, match=r"0\.2 s"):
        if way == "invoke":
            llm.invoke("Say hello.")
        else:
            await llm.ainvoke("Say hello.")


def test_a_model_that_made_its_engine_can_close_it(split_policy: Path) -> None:
    llm = ChatRingfence(policy=split_policy, tenant="acme", team="finance")
    assert llm.invoke("Say hello.").content == "Hello from the stand-in."
    llm.close()
