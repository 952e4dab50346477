"""The tools over a real server process, with stand-in models on loopback that record every byte they get."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import McpError, types

MARKER = "zebra-marker-4711"
SENSITIVE = (
    f"{MARKER}: patient Margaret Ellison, MRN 00482913, SSN 536-90-4399, m.ellison@example.org"
)
"""Made up; labelled by several recognisers at once, so that the tests here do not rest on any one of them."""


@pytest.mark.invariant("I10")
async def test_an_unlabelled_request_is_answered_with_its_history(
    connect: Any, text_of: Any, split_policy: Path, cloud: Any, reply: Any
) -> None:
    cloud.always(reply(text="Rust is oxidised iron."))
    async with connect("--policy", split_policy) as session:
        result = await session.call_tool("route_and_complete", {"prompt": "What is rust?"})
    answer = result.structuredContent
    assert not result.isError
    assert answer["text"] == "Rust is oxidised iron."
    assert (answer["model"], answer["locality"], answer["labels"]) == ("cloud-model", "cloud", [])
    assert answer["usage"]["output_tokens"] == 7
    assert Decimal(answer["usd"]) == Decimal("0.000039")  # 11 × $1 + 7 × $4 a million
    assert answer["decision"]["outcome"] == "route"
    assert text_of(result).startswith(
        "Rust is oxidised iron.\n[ringfence: cloud-model (cloud), labels: none, $0.000039"
    )


@pytest.mark.invariant("I1")
async def test_a_labelled_request_never_reaches_the_cloud(
    connect: Any, split_policy: Path, cloud: Any, local_server: Any, reply: Any
) -> None:
    local_server.always(reply(text="A patient was discharged."))
    async with connect("--policy", split_policy) as session:
        result = await session.call_tool(
            "route_and_complete", {"prompt": f"Summarise: {SENSITIVE}"}
        )
        preferred = await session.call_tool(
            "route_and_complete", {"prompt": f"Summarise: {SENSITIVE}", "model": "cloud-model"}
        )
        local_server.close()
        down = await session.call_tool(
            "route_and_complete", {"prompt": f"Summarise again: {SENSITIVE}"}
        )
    for answered in (result, preferred):
        assert answered.structuredContent["model"] == "local-model"
        # What the caller sent inline itself, it may read back (I1).
        assert answered.structuredContent["text"] == "A patient was discharged."
    assert down.isError
    assert cloud.received == b""


@pytest.mark.invariant("I4")
async def test_errors_of_the_engine_hold_no_request_text(
    connect: Any, text_of: Any, write_policy: Any, cloud: Any, server_log: Path
) -> None:
    policy = write_policy(
        {
            "ringfence": 1,
            "name": "cloud-only",
            "models": {
                "cloud-model": {
                    "model": "openai/stand-in",
                    "base_url": cloud.v1,
                    "locality": "cloud",
                    "price": {"input": 1, "output": 4},
                    "context_window": 4096,
                }
            },
            "routes": {"standard": ["cloud-model"]},
            "rules": [{"name": "no-poems", "when": {"text": "poem"}, "deny": "we write no poems"}],
        }
    )
    cloud.close()
    calls = {
        "not_cleared": {"prompt": SENSITIVE},
        "denied": {"prompt": f"A poem about {MARKER}"},
        "no_model": {"prompt": f"{MARKER} " * 9000},
        "unavailable": {"prompt": f"What is {MARKER}?"},
    }
    async with connect("--policy", policy) as session:
        for code, arguments in calls.items():
            result = await session.call_tool("route_and_complete", arguments)
            assert result.isError
            assert text_of(result).startswith(f"{code}: "), text_of(result)
            assert result.meta["ringfence"]["code"] == code
            assert MARKER not in result.model_dump_json()
    assert MARKER not in server_log.read_text()


async def test_a_model_that_answers_with_half_a_surrogate_pair_does_not_end_the_server(
    connect: Any, split_policy: Path, cloud: Any, reply: Any
) -> None:
    cloud.always(reply(text="cut \ud83d off"))
    async with connect("--policy", split_policy) as session:
        for _ in range(2):
            result = await session.call_tool("route_and_complete", {"prompt": "Say hello."})
            assert not result.isError
            assert result.structuredContent["text"].startswith("cut ")


async def test_tools_of_the_request_come_back_as_calls(
    connect: Any, split_policy: Path, cloud: Any, reply: Any
) -> None:
    cloud.always(reply(text="", tool_calls=(("weather", {"city": "Lisbon"}),)))
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
    async with connect("--policy", split_policy) as session:
        result = await session.call_tool(
            "route_and_complete",
            {"prompt": "How is the weather in Lisbon?", "tools": [tool], "tool_choice": "required"},
        )
    (call,) = result.structuredContent["tool_calls"]
    assert call["function"]["name"] == "weather"
    assert json.loads(call["function"]["arguments"]) == {"city": "Lisbon"}
    assert cloud.requests[-1].json["tools"][0]["function"]["name"] == "weather"


@pytest.mark.invariant("I9")
async def test_a_dry_run_and_explain_route_give_the_same_decision_and_send_nothing(
    connect: Any, split_policy: Path, cloud: Any, local_server: Any
) -> None:
    async with connect("--policy", split_policy) as session:
        arguments = {"prompt": f"Summarise: {SENSITIVE}", "id": "mine"}
        dry = await session.call_tool("route_and_complete", {**arguments, "dry_run": True})
        explained = await session.call_tool("explain_route", arguments)
        estimated = await session.call_tool("estimate_cost", arguments)
    decision = dry.structuredContent
    assert decision == explained.structuredContent
    assert decision["request_id"] == "mine"
    assert decision["model"] == "local-model"
    assert {"model": "cloud-model", "filter": "clearance"}.items() <= decision["dropped"][0].items()
    assert estimated.structuredContent["chosen"]["model"] == "local-model"
    for result in (dry, explained, estimated):
        assert MARKER not in result.model_dump_json()
    assert cloud.received == local_server.received == b""


async def test_a_workload_is_estimated_with_its_sum(
    connect: Any, text_of: Any, split_policy: Path
) -> None:
    workload = {"sessions_per_day": 100, "mix": [{"share": 1, "task": "standard"}]}
    async with connect("--policy", split_policy) as session:
        result = await session.call_tool("estimate_cost", {"workload": workload})
        wrong = await session.call_tool("estimate_cost", {"workload": {"sessions_per_day": 100}})
    # 100 sessions × 30 days × (100,000 × $1 + 10,000 × $4) a million = $420
    assert Decimal(result.structuredContent["monthly_usd"]) == 420
    assert wrong.isError and "/mix" in text_of(wrong)


async def test_progress_arrives_while_a_model_works(
    connect: Any, split_policy: Path, cloud: Any, reply: Any
) -> None:
    cloud.always(reply(fault="hang"))
    told: list[tuple[float, str | None]] = []

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, message))
        if len(told) == 3:
            cloud.close()  # the model is gone, so the call ends

    async with connect("--policy", split_policy) as session:
        await session.call_tool(
            "route_and_complete", {"prompt": f"What is {MARKER}?"}, progress_callback=on_progress
        )
    assert len(told) >= 3
    assert [progress for progress, _ in told] == sorted({progress for progress, _ in told})
    assert all(message and "a model is at work" in message for _, message in told)
    assert not any(MARKER in (message or "") for _, message in told)


async def test_a_cancelled_call_closes_the_upstream_connection(
    connect: Any, split_policy: Path, cloud: Any, local_server: Any, reply: Any
) -> None:
    cloud.always(reply(fault="hang"))
    async with connect("--policy", split_policy) as session:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call_and_expect_cancellation, session)
            await asked(cloud)
            assert cloud.open_connections == 1
            request_id = session._request_id - 1
            await session.send_notification(
                types.ClientNotification(
                    types.CancelledNotification(
                        params=types.CancelledNotificationParams(requestId=request_id)
                    )
                )
            )
        with anyio.fail_after(30):
            while cloud.open_connections:
                await anyio.sleep(0.01)
        # The server lives on, and did not go on to the next candidate.
        assert local_server.received == b""
        assert not (await session.call_tool("explain_route", {"prompt": "Hello"})).isError


async def asked(server: Any) -> None:
    """Wait until a stand-in server has a whole request."""
    with anyio.fail_after(60):
        while not server.requests:
            await anyio.sleep(0.01)


async def call_and_expect_cancellation(session: Any) -> None:
    with pytest.raises(McpError, match="cancelled"):
        await session.call_tool("route_and_complete", {"prompt": "What is rust?"})


async def test_a_client_that_goes_away_closes_the_upstream_connection(
    connect: Any, split_policy: Path, cloud: Any, reply: Any
) -> None:
    cloud.always(reply(fault="hang"))
    async with connect("--policy", split_policy) as session, anyio.create_task_group() as tasks:
        tasks.start_soon(session.call_tool, "route_and_complete", {"prompt": "What is rust?"})
        await asked(cloud)
        tasks.cancel_scope.cancel()
    with anyio.fail_after(30):
        while cloud.open_connections:
            await anyio.sleep(0.01)
