"""`RingfenceLLM` as crewai's agents call it: text, tools, shapes, streams, hooks and events."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from crewai.events.event_bus import crewai_event_bus
from crewai.events.types.llm_events import LLMCallFailedEvent, LLMStreamChunkEvent
from crewai.hooks import HookAborted
from crewai.llms.base_llm import call_stop_override
from crewai.utilities.exceptions.context_window_exceeding_exception import (
    LLMContextLengthExceededError,
)
from pydantic import BaseModel

from crewai_ringfence import CallDenied, RingfenceLLM
from ringfence import BadRequest, TrustError, errors
from ringfence.drill.formats import Reply
from ringfence.drill.server import ModelServer

ADD = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Add two numbers.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
        },
    },
}


class Sum(BaseModel):
    total: int


def test_a_call_answers_with_text_and_counts_its_tokens(llm: RingfenceLLM) -> None:
    assert llm.call("Say hello.") == "Hello from the stand-in."
    used = llm.get_token_usage_summary()
    assert (used.prompt_tokens, used.completion_tokens, used.successful_requests) == (11, 7, 1)


async def test_an_async_call_is_no_different(llm: RingfenceLLM) -> None:
    assert await llm.acall([{"role": "user", "content": "Hi"}]) == "Hello from the stand-in."
    assert llm.get_token_usage_summary().total_tokens == 18


def test_settings_reach_the_model(split_router: Any, cloud: ModelServer) -> None:
    llm = RingfenceLLM(
        router=split_router, temperature=0.1, top_p=0.5, max_tokens=9, seed=3, stop=["END"]
    )
    with call_stop_override(llm, ["Observation:"]):
        llm.call("Hi")
    body = cloud.requests[0].json
    assert (body["temperature"], body["top_p"], body["seed"]) == (0.1, 0.5, 3)
    assert body["stop"] == ["Observation:"]


def test_model_is_a_preference(split_router: Any, cloud: ModelServer) -> None:
    RingfenceLLM(router=split_router, model="local-model").call("Hi")
    assert cloud.received == b""


def test_an_answer_ends_at_a_stop_word(split_router: Any, cloud: ModelServer) -> None:
    cloud.always(Reply(text="Thought. Observation: made up"))
    llm = RingfenceLLM(router=split_router, stop=["Observation:"])
    assert llm.call("Hi") == "Thought."


def test_tool_calls_go_back_to_the_executor(llm: RingfenceLLM, cloud: ModelServer) -> None:
    cloud.always(Reply(text="", tool_calls=(("add", {"a": 2, "b": 3}),)))
    (call,) = llm.call("2 and 3?", tools=[ADD])
    assert call["function"] == {"name": "add", "arguments": json.dumps({"a": 2, "b": 3})}
    assert cloud.requests[0].json["tools"] == [ADD]


def test_a_given_function_is_run_at_once(llm: RingfenceLLM, cloud: ModelServer) -> None:
    cloud.always(Reply(text="", tool_calls=(("add", {"a": 2, "b": 3}),)))
    functions = {"add": lambda a, b: a + b}
    assert llm.call("2 and 3?", tools=[ADD], available_functions=functions) == "5"


def test_tool_results_are_sent_without_what_crewai_keeps_for_itself(
    llm: RingfenceLLM, cloud: ModelServer
) -> None:
    asked = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "add", "arguments": '{"a": 2, "b": 3}'},
    }
    llm.call(
        [
            {"role": "user", "content": "2 and 3?", "cache_breakpoint": True},
            {"role": "assistant", "content": None, "tool_calls": [asked], "raw_tool_call_parts": 1},
            {"role": "tool", "content": "5", "tool_call_id": "call_1", "name": "add"},
        ],
        tools=[ADD],
    )
    sent = cloud.requests[0].json["messages"]
    assert sent[0] == {"role": "user", "content": "2 and 3?"}
    assert sent[1]["tool_calls"] == [asked]
    assert "raw_tool_call_parts" not in sent[1]
    assert sent[2]["tool_call_id"] == "call_1"


@pytest.mark.parametrize("by", ["call", "constructor"])
def test_an_answer_has_the_shape_that_was_asked_for(
    split_router: Any, cloud: ModelServer, by: str
) -> None:
    cloud.always(Reply(text='{"total": 5}'))
    llm = RingfenceLLM(router=split_router, response_format=Sum if by == "constructor" else None)
    answer = llm.call("2 and 3?", response_model=Sum if by == "call" else None)
    assert answer == Sum(total=5)


def test_a_rule_for_the_callers_team_holds(
    engine: Callable[..., Any], split_policy: Path, cloud: ModelServer
) -> None:
    rule = {"name": "finance", "when": {"caller.team": "finance"}, "label": "confidential"}
    router = engine(yaml.safe_load(split_policy.read_text()) | {"rules": [rule]})
    RingfenceLLM(router=router, team="finance").call("Hi")
    assert cloud.received == b""
    RingfenceLLM(router=router, team="sales").call("Hi")
    assert cloud.requests


def test_a_stream_tells_its_pieces_as_events(split_router: Any) -> None:
    heard: list[str] = []
    with crewai_event_bus.scoped_handlers():

        @crewai_event_bus.on(LLMStreamChunkEvent)
        def hear(source: Any, event: LLMStreamChunkEvent) -> None:
            heard.append(event.chunk)

        answer = RingfenceLLM(router=split_router, stream=True).call("Hi")
        crewai_event_bus.flush()
    assert answer == "Hello from the stand-in."
    assert sorted(heard) == sorted(["Hello", " from", " the", " stand-in."])


def test_a_hook_of_crewai_may_still_stop_a_call(
    llm: RingfenceLLM, cloud: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny(self: RingfenceLLM, messages: Any, agent: Any = None) -> bool:
        raise HookAborted("not today")

    monkeypatch.setattr(RingfenceLLM, "_invoke_before_llm_call_hooks", deny)
    with pytest.raises(HookAborted, match="not today"):
        llm.call("Hi")
    assert cloud.received == b""


def test_the_events_of_a_refusal_hold_no_text(
    engine: Callable[..., Any], split_policy: Path, llm: RingfenceLLM, local_server: ModelServer
) -> None:
    heard: list[str] = []
    with crewai_event_bus.scoped_handlers():

        @crewai_event_bus.on(LLMCallFailedEvent)
        def hear(source: Any, event: LLMCallFailedEvent) -> None:
            heard.append(event.error)

        with pytest.raises(CallDenied) as caught:
            llm.call([{"role": "wizard", "content": "Ada Example"}])
        crewai_event_bus.flush()
    assert isinstance(caught.value.error, BadRequest)
    assert caught.value.error.path == "/messages/0/role"
    assert len(heard) == 1
    assert "Ada" not in heard[0] + str(caught.value)


def test_a_request_that_is_only_too_long_is_crewais_to_shorten(
    engine: Callable[..., Any], cloud: ModelServer
) -> None:
    model = {
        "model": "openai/small",
        "base_url": cloud.v1,
        "locality": "local",
        "context_window": 1024,
    }
    policy = {
        "ringfence": 1,
        "name": "small",
        "models": {"small": model},
        "routes": {"standard": ["small"]},
    }
    llm = RingfenceLLM(router=engine(policy))
    assert llm.get_context_window_size() == 870  # 85 % of the window
    with pytest.raises(LLMContextLengthExceededError):
        llm.call("a word " * 4000)
    assert cloud.received == b""


def test_what_crewai_asks_about_the_model_comes_from_the_policy(llm: RingfenceLLM) -> None:
    assert llm.get_context_window_size() == int(32768 * 0.85)
    assert llm.supports_function_calling() is True
    assert llm.supports_multimodal() is False
    assert 3 <= llm.get_input_tokens_count("one two three four five") <= 15
    assert llm.to_config_dict() == {"model": "ringfence/ringfence"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"temprature": 1}, "did you mean 'temperature'"),
        ({"timeout": 5}, "no argument 'timeout'"),
        ({"n": 2}, "n may only be 1"),
        ({"additional_params": {"store": True}}, "additional_params"),
        ({"policy": "policy.yaml"}, "not both"),
    ],
)
def test_what_cannot_be_honoured_is_refused(
    split_router: Any, arguments: dict[str, Any], says: str
) -> None:
    with pytest.raises(BadRequest, match=says):
        RingfenceLLM(router=split_router, **arguments)


def test_endpoint_and_key_are_taken_and_never_used(
    split_router: Any, cloud: ModelServer, make_server: Callable[[], ModelServer]
) -> None:
    elsewhere, key = make_server(), "-".join(["not", "a", "key"])
    with pytest.warns(UserWarning, match="use base_url:") as warned:
        llm = RingfenceLLM(router=split_router, api_key=key, base_url=elsewhere.v1)
    llm.call("Hi")
    assert elsewhere.received == b""
    assert key.encode() not in cloud.received
    assert key not in repr(llm) + str(warned[0].message)


def test_another_policy_than_the_pinned_one_is_refused_at_construction(split_policy: Path) -> None:
    with pytest.raises(TrustError, match="sha256:"):
        RingfenceLLM(policy=split_policy, policy_digest="sha256:" + "0" * 64)


def test_crewais_own_tracing_is_refused_unless_it_is_allowed(
    split_router: Any, llm: RingfenceLLM, cloud: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREWAI_TRACING_ENABLED", "true")
    with pytest.raises(errors.TracingRefused):
        RingfenceLLM(router=split_router)
    with pytest.raises(CallDenied, match="CREWAI_TRACING_ENABLED"):
        llm.call("Hi")
    assert cloud.received == b""
    assert RingfenceLLM(router=split_router, allow_tracing=True).call("Hi")
