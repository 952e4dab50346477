"""Arguments: each fault names its field and holds nothing of what was sent (I4)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence import BadRequest
from ringfence_mcp.arguments import MAX_FILES, read_arguments

MARKER = "zebra-marker-4711"

FAULTS: list[tuple[dict[str, Any], str]] = [
    ({}, "/messages"),
    ({"prompt": ""}, "/prompt"),
    ({"prompt": [MARKER]}, "/prompt"),
    ({"prompt": "a", "messages": [{"role": "user", "content": MARKER}]}, "/prompt"),
    ({"messages": MARKER}, "/messages"),
    ({"messages": []}, "/messages"),
    ({"messages": [MARKER]}, "/messages/0"),
    ({"messages": [{"role": MARKER, "content": "a"}]}, "/messages/0/role"),
    ({"messages": [{"role": "user", "content": {"text": MARKER}}]}, "/messages/0/content"),
    ({"prompt": "a", "task": MARKER}, "/task"),
    ({"prompt": "a", "tools": [{"name": MARKER}]}, "/tools/0"),
    ({"prompt": "a", "tools": MARKER}, "/tools"),
    ({"prompt": "a", "tool_choice": [MARKER]}, "/tool_choice"),
    ({"prompt": "a", "response_schema": MARKER}, "/response_schema"),
    ({"prompt": "a", "max_output_tokens": MARKER}, "/max_output_tokens"),
    ({"prompt": "a", "max_output_tokens": 0}, "/max_output_tokens"),
    ({"prompt": "a", "params": MARKER}, "/params"),
    ({"prompt": "a", "metadata": MARKER}, "/metadata"),
    ({"prompt": "a", "conversation_id": [MARKER]}, "/conversation_id"),
    ({"prompt": "a", "dry_run": MARKER}, "/dry_run"),
    ({"prompt": "a", "files": MARKER}, "/files"),
    ({"prompt": "a", "files": [MARKER, 1]}, "/files/1"),
    ({"prompt": "a", "files": [f"{MARKER}\0"]}, "/files/0"),
    ({"prompt": "a", "files": [MARKER] * (MAX_FILES + 1)}, "/files"),
    ({"prompt": "a", MARKER: 1}, "unknown argument"),
]


@pytest.mark.invariant("I4")
async def test_every_bad_argument_is_a_tool_error_that_names_its_field(
    connect: Any, text_of: Any, embedded_policy: Path, server_log: Path
) -> None:
    async with connect("--policy", embedded_policy) as session:
        for arguments, field in FAULTS:
            result = await session.call_tool("route_and_complete", arguments)
            assert result.isError, arguments
            assert text_of(result).startswith("bad_request: "), arguments
            assert field in text_of(result), arguments
            assert MARKER not in result.model_dump_json(), arguments
        for arguments, field in (
            ({"workload": MARKER}, "/workload"),
            ({"workload": {}, "prompt": MARKER}, "/workload"),
        ):
            result = await session.call_tool("estimate_cost", arguments)
            assert result.isError and field in text_of(result)
        unknown = await session.call_tool(MARKER, {"prompt": MARKER})
        assert unknown.isError and "no such tool" in text_of(unknown)
    assert MARKER not in server_log.read_text()


async def test_a_request_over_the_size_limit_is_a_tool_error(
    connect: Any, text_of: Any, embedded_policy: Path
) -> None:
    async with connect("--policy", embedded_policy) as session:
        result = await session.call_tool("route_and_complete", {"prompt": "ab " * 17_000_000})
        assert result.isError and "over the limit" in text_of(result)
        after = await session.call_tool("explain_route", {"prompt": "Hello"})
        assert not after.isError


def test_null_is_the_same_as_absent() -> None:
    call = read_arguments(
        {"prompt": "a", "files": None, "tools": None, "dry_run": None}, also=("dry_run",)
    )
    assert dict(call.body) == {"messages": [{"role": "user", "content": "a"}]}
    assert (call.files, call.dry_run, call.workload) == ((), False, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["prompt", "messages", "files", "dry_run", "workload", "task"]) | st.text()


@given(st.dictionaries(KEYS, JSON))
def test_any_json_is_a_call_or_a_bad_request(arguments: dict[str, Any]) -> None:
    try:
        call = read_arguments(arguments, also=("dry_run", "workload"))
    except BadRequest as error:
        assert len(str(error)) < 400
    else:
        assert call.workload is not None or "messages" in call.body
