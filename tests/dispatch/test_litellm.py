"""The clouds behind litellm, against real servers that speak their formats. Its import takes seconds: one file."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ringfence.dispatch import litellm_library
from ringfence.errors import Unavailable
from ringfence.types import Answer, Usage

pytestmark = [
    pytest.mark.xdist_group("litellm"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm"),
]
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
ASK = [{"role": "user", "content": "Weather in Paris?"}]


@pytest.fixture
def sonnet(bench: Any, anthropic_server: Any) -> Any:
    model = {
        "model": "anthropic/claude-sonnet-4.6",
        "base_url": anthropic_server.url,
        "locality": "cloud",
    }
    return bench({"sonnet": model}, fallback={"deadline_s": 60, "attempts": 2})


async def test_anthropic_answers(sonnet: Any, anthropic_server: Any) -> None:
    answered = await sonnet.ask(limit=50)
    assert answered.answer == Answer(
        text="Hello from the stand-in.", usage=Usage(input_tokens=11, output_tokens=7)
    )
    sent = anthropic_server.requests[-1]
    assert sent.path == "/v1/messages"
    assert sent.json["max_tokens"] == 50


async def test_anthropic_streams(sonnet: Any) -> None:
    items = [item async for item in sonnet.stream()]
    assert items[:-1] == ["Hello", " from", " the", " stand-in."]
    assert items[-1].answer.usage == Usage(input_tokens=11, output_tokens=7)


@pytest.mark.parametrize("streaming", [False, True])
async def test_anthropic_calls_tools(
    sonnet: Any, anthropic_server: Any, reply: Any, streaming: bool
) -> None:
    anthropic_server.always(reply(text="", tool_calls=(("weather", {"city": "Paris"}),)))
    request = {"messages": ASK, "tools": TOOLS, "tool_choice": "required"}
    if streaming:
        answer = [item async for item in sonnet.stream(request)][-1].answer
    else:
        answer = (await sonnet.ask(request)).answer
    assert [(call.name, json.loads(call.arguments)) for call in answer.tool_calls] == [
        ("weather", {"city": "Paris"})
    ]
    assert answer.finish_reason == "tool_calls"
    assert anthropic_server.requests[-1].json["tools"][0]["name"] == "weather"


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ({"status": 401}, "auth"),
        ({"status": 429, "headers": {"retry-after": "60"}}, "rate_limit"),
        ({"status": 400}, "bad_request"),
        (
            {"status": 400, "message": "prompt is too long: 300000 tokens > 200000 maximum"},
            "context_too_long",
        ),
        ({"status": 404}, "gone"),
        ({"fault": "redirect", "location": "http://127.0.0.1:1/"}, "refused_endpoint"),
        ({"fault": "reset"}, "connect"),
        ({"fault": "garbage"}, "protocol"),
        ({"fault": "truncated"}, "protocol"),
        ({"fault": "bad_json"}, "protocol"),
    ],
    ids=str,
)
@pytest.mark.parametrize("streaming", [False, True])
async def test_a_fault_has_its_word_and_is_sent_once(
    sonnet: Any, anthropic_server: Any, reply: Any, fault: Any, word: str, streaming: bool
) -> None:
    anthropic_server.always(reply(**{"message": "BEACON", **fault}))
    with pytest.raises(Unavailable) as caught:
        if streaming:
            async for _ in sonnet.stream("BEACON"):
                pass
        else:
            await sonnet.ask("BEACON")
    assert [attempt.error for attempt in caught.value.attempts] == [word]
    assert "BEACON" not in str(caught.value) + repr(caught.value.attempts)
    assert len(anthropic_server.requests) == 1


async def test_a_hang_ends_in_time_and_closes_the_connection(
    bench: Any, anthropic_server: Any, reply: Any
) -> None:
    anthropic_server.always(reply(fault="hang"))
    model = {
        "model": "anthropic/claude-sonnet-4.6",
        "base_url": anthropic_server.url,
        "locality": "cloud",
    }
    litellm_library.load_litellm()
    b = bench({"sonnet": model}, fallback={"deadline_s": 4, "attempts": 1})
    error = await b.error()
    assert [attempt.error for attempt in error.attempts] == ["timeout"]
    assert await asyncio.to_thread(anthropic_server.client_left.wait, 2)


async def test_no_environment_leads_it_elsewhere(
    sonnet: Any,
    bench: Any,
    anthropic_server: Any,
    make_server: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither a proxy nor an address nor a key of the environment counts."""
    elsewhere = make_server()
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "ANTHROPIC_BASE_URL",
        "ANTHROPIC_API_BASE",
        "GEMINI_API_BASE",
    ):
        monkeypatch.setenv(name, elsewhere.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key-of-the-environment")
    assert (await sonnet.ask()).model == "sonnet"
    assert b"key-of-the-environment" not in anthropic_server.received
    own = bench(
        {
            "own": {"model": "anthropic/claude-sonnet-4.6"},
            "gem": {"model": "gemini/gemini-2.5-flash-lite"},
        },
        env={"ANTHROPIC_API_KEY": "k", "GEMINI_API_KEY": "k"},
    )
    error = await own.error("BEACON")
    assert [attempt.error for attempt in error.attempts] == ["connect", "connect"]
    assert elsewhere.accepted == 0


async def test_azure_goes_through_our_client(
    bench: Any, cloud: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = {
        "model": "azure/gpt-5.4",
        "base_url": cloud.url,
        "locality": "cloud",
        "api_key_env": "STAND_IN_KEY",
    }
    b = bench({"azure": model}, env={"STAND_IN_KEY": "k-1"})
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert (await b.ask()).answer.text == "Hello from the stand-in."
    sent = cloud.requests[-1]
    assert sent.path.startswith("/openai/deployments/gpt-5.4/chat/completions")
    assert sent.headers["api-key"] == "k-1"
    assert sent.headers["accept-encoding"] == "identity"


async def test_azure_without_its_address_is_refused(bench: Any) -> None:
    b = bench({"azure": {"model": "azure/gpt-5.4"}}, env={"AZURE_API_KEY": "k"})
    error = await b.error()
    assert [(a.error, a.reason) for a in error.attempts] == [
        ("refused_endpoint", "write its 'base_url' in the policy")
    ]


async def test_listeners_of_the_program_never_hear_a_labelled_request(
    bench: Any, anthropic_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = {
        "model": "anthropic/claude-sonnet-4.6",
        "base_url": anthropic_server.url,
        "locality": "cloud",
    }
    b = bench({"sonnet": {**model, "clearance": ["pii"], "because": "contract 4711"}})
    assert (await b.ask(labels=("pii",))).model == "sonnet"
    monkeypatch.setattr(litellm_library.load_litellm(), "success_callback", [print])
    error = await b.error("BEACON", labels=("pii",))
    assert [a.error for a in error.attempts] == ["refused_endpoint"]
    assert b"BEACON" not in anthropic_server.received


async def test_fallbacks_of_the_program_are_not_taken(
    bench: Any,
    anthropic_server: Any,
    make_server: Any,
    reply: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It would go on to models that no decision names, whatever their clearance."""
    elsewhere = make_server()
    anthropic_server.always(reply(status=500))
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("OPENAI_BASE_URL", elsewhere.v1)
    monkeypatch.setattr(litellm_library.load_litellm(), "model_fallbacks", ["openai/gpt-5.4"])
    model = {
        "model": "anthropic/claude-sonnet-4.6",
        "base_url": anthropic_server.url,
        "locality": "cloud",
    }
    b = bench({"sonnet": {**model, "clearance": ["pii"], "because": "contract 4711"}})
    for labels in ((), ("pii",)):
        error = await b.error("BEACON", labels=labels)
        assert [a.error for a in error.attempts] == ["refused_endpoint"]
    assert (elsewhere.accepted, anthropic_server.accepted) == (0, 0)


QUIET_AFTER = """
import logging, litellm
from ringfence.dispatch.litellm_library import load_litellm
load_litellm()
print(litellm.suppress_debug_info, logging.getLogger("LiteLLM").isEnabledFor(logging.CRITICAL))
"""


def test_it_is_made_quiet_where_the_program_imported_it_first(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", QUIET_AFTER]
    environment = os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert result.stdout == "True False\n", result.stderr


async def test_a_missing_extra_names_its_command_and_the_next_model_answers(
    bench: Any, anthropic_server: Any, local_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = {
        "model": "anthropic/claude-sonnet-4.6",
        "base_url": anthropic_server.url,
        "locality": "cloud",
    }
    monkeypatch.delitem(sys.modules, "litellm", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    answered = await bench({"sonnet": model, "local": local_model}).ask()
    assert [(a.error, a.reason) for a in answered.attempts] == [
        ("missing_extra", "install it with: pip install 'ringfence[cloud]'"),
        (None, ""),
    ]


PROBE = """
import os, sys
loud = []
def watch(event, args):
    if event == "socket.connect" or event == "socket.getaddrinfo":
        loud.append(event)
sys.addaudithook(watch)
from ringfence.dispatch.litellm_library import load_litellm
litellm = load_litellm()
print(loud, os.environ.get("FROM_DOTENV"), litellm.telemetry, litellm.suppress_debug_info)
"""


def test_its_import_reads_no_dotenv_and_touches_no_network(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FROM_DOTENV=read\n")
    command = [sys.executable, "-W", "ignore", "-c", PROBE]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert result.stdout == "[] None False True\n"
    assert result.stderr == ""
