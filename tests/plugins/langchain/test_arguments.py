"""What becomes of ChatOpenAI's arguments, and of those that nobody knows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.globals import set_llm_cache
from langchain_core.runnables import ConfigurableField
from langchain_openai import ChatOpenAI
from pydantic import ValidationError

from langchain_ringfence import ChatRingfence
from langchain_ringfence.arguments import ENDPOINT, KEYS, NEUTRAL, UNSUPPORTED
from ringfence import BadRequest, Caller, PolicyError, Router, TrustError
from ringfence.drill.server import ModelServer

Make = Callable[..., ChatRingfence]


def test_every_argument_of_chat_openai_is_known_here() -> None:
    theirs = set(ChatOpenAI.model_fields)
    theirs |= {field.alias for field in ChatOpenAI.model_fields.values() if field.alias}
    ours = set(ChatRingfence.model_fields)
    ours |= {field.alias for field in ChatRingfence.model_fields.values() if field.alias}
    assert theirs <= ours | ENDPOINT | KEYS | UNSUPPORTED | NEUTRAL


def test_arguments_reach_the_model_as_chat_openai_would_send_them(
    chat: Make, cloud: ModelServer
) -> None:
    llm = chat(
        temperature=0.2,
        max_tokens=50,
        top_p=0.9,
        stop=["END"],
        seed=7,
        presence_penalty=0.1,
        frequency_penalty=0.3,
        reasoning_effort="low",
        model_kwargs={"user": "team-a"},
        n=1,
        max_retries=2,
        timeout=30,
    )
    llm.invoke("Say hello.")
    body = cloud.requests[0].json
    sent = {
        "temperature": 0.2,
        "top_p": 0.9,
        "stop": ["END"],
        "seed": 7,
        "presence_penalty": 0.1,
        "frequency_penalty": 0.3,
        "reasoning_effort": "low",
        "user": "team-a",
    }
    assert {key: body[key] for key in sent} == sent
    assert 50 in (body.get("max_tokens"), body.get("max_completion_tokens"))


def test_a_call_may_say_otherwise(chat: Make, cloud: ModelServer) -> None:
    chat(temperature=0.2, stop=["A"]).bind(temperature=0.9, max_tokens=5).invoke("Hi", stop=["B"])
    body = cloud.requests[0].json
    assert (body["temperature"], body["stop"]) == (0.9, ["B"])


def test_endpoint_and_key_are_taken_and_never_used(
    split_policy: Path, cloud: ModelServer, make_server: Callable[[], ModelServer]
) -> None:
    elsewhere, key = make_server(), "-".join(["not", "a", "key"])
    with pytest.warns(UserWarning, match="use base_url, default_headers:") as warned:
        llm = ChatRingfence(
            policy=split_policy,
            api_key=key,
            base_url=elsewhere.v1,
            default_headers={"x-key": key},
            organization=None,
        )
    llm.invoke("Say hello.")
    llm.close()
    assert elsewhere.received == b""
    assert key.encode() not in cloud.received
    assert key not in repr(llm) + str(warned[0].message)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"temprature": 1}, "did you mean 'temperature'"),
        ({"store": True}, "'store' is not supported"),
        ({"use_responses_api": True}, "'use_responses_api' is not supported"),
        ({"n": 2}, "n may only be 1"),
        ({"policy": "policy.yaml"}, "not both"),
        ({"tenant": "a", "caller": Caller()}, "not both"),
    ],
)
def test_what_cannot_be_honoured_is_refused(
    split_router: Router, arguments: dict[str, object], says: str
) -> None:
    if "caller" in arguments:
        with pytest.raises(BadRequest, match=says):
            ChatRingfence(policy="absent.yaml", **arguments)
        return
    with pytest.raises(BadRequest, match=says):
        ChatRingfence(router=split_router, **arguments)


def test_defaults_of_unsupported_arguments_are_no_reason_to_refuse(chat: Make) -> None:
    chat(store=None, use_responses_api=False, logprobs=None, stream_usage=True)


def test_a_wrong_value_is_refused_without_being_shown(chat: Make) -> None:
    with pytest.raises(ValidationError) as caught:
        chat(temperature="Mrs Ada Example")
    assert "Ada" not in str(caught.value)


@pytest.mark.parametrize("keyword", ["functions", "nonsense"])
def test_an_unknown_keyword_of_a_call_is_refused_before_anything_is_sent(
    chat: Make, cloud: ModelServer, keyword: str
) -> None:
    with pytest.raises(BadRequest, match=keyword):
        chat().invoke("Hi", **{keyword: []})
    assert cloud.received == b""


def test_another_policy_than_the_pinned_one_is_refused_at_construction(split_policy: Path) -> None:
    with pytest.raises(TrustError, match="sha256:"):
        ChatRingfence(policy=split_policy, policy_digest="sha256:" + "0" * 64)


def test_a_broken_policy_is_refused_at_construction(write_policy: Callable[..., Path]) -> None:
    with pytest.raises(PolicyError):
        ChatRingfence(policy=write_policy("ringfence: 1\nname: broken\n"))


def test_a_global_cache_answers_only_when_it_was_asked_for(chat: Make, cloud: ModelServer) -> None:
    set_llm_cache(InMemoryCache())
    try:
        for llm, calls in ((chat(), 2), (chat(cache=None), 4), (chat(cache=True), 5)):
            llm.invoke("Say hello.")
            llm.invoke("Say hello.")
            assert len(cloud.requests) == calls
        llm.invoke("Say hello.", stop=["X"])
        assert len(cloud.requests) == 6
    finally:
        set_llm_cache(None)


def test_tokens_are_counted_without_a_model(chat: Make, cloud: ModelServer) -> None:
    assert chat().get_num_tokens("one two three four five") in range(3, 15)
    assert cloud.received == b""


def test_fields_may_be_chosen_for_a_call_by_configuration(chat: Make, cloud: ModelServer) -> None:
    llm = chat(temperature=0.2).configurable_fields(temperature=ConfigurableField(id="warmth"))
    llm.with_config(configurable={"warmth": 0.7}).invoke("Say hello.")
    assert cloud.requests[0].json["temperature"] == 0.7
