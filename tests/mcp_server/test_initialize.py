"""The greeting: at once, complete, and the same as the SDK's own."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from mcp.shared.memory import create_connected_server_and_client_session
from mcp.shared.version import SUPPORTED_PROTOCOL_VERSIONS

from ringfence.request import ROLES
from ringfence.types import Locality, TaskKind
from ringfence_mcp.command import parse
from ringfence_mcp.engine import Engine
from ringfence_mcp.greeting import PROTOCOLS, greet
from ringfence_mcp.schemas import LOCALITIES, REQUEST, TASKS, TOOLS
from ringfence_mcp.server import build


def initialize(**params: Any) -> bytes:
    asked = {
        "protocolVersion": PROTOCOLS[-1],
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
        **params,
    }
    message = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": asked}
    return json.dumps(message).encode() + b"\n"


def test_initialize_is_answered_before_anything_heavy_is_imported(tmp_path: Path) -> None:
    """Printed, not asserted: another machine's clock is not ours. `pytest -s` shows it."""
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "ringfence_mcp"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ,
        cwd=tmp_path,
    ) as server:
        assert server.stdin and server.stdout and server.stderr
        server.stdin.write(initialize())
        server.stdin.flush()
        reply = json.loads(server.stdout.readline())
        print(f"\ninitialize answered after {time.perf_counter() - started:.2f} s")
        server.stdin.close()
        imported = server.stderr.read().decode()
    assert reply["result"]["serverInfo"]["name"] == "ringfence"
    before = imported[: imported.index("| mcp.types") if "| mcp.types" in imported else None]
    assert "litellm" not in before
    assert "presidio" not in before


async def test_the_early_greeting_says_what_the_sdk_says() -> None:
    early = greet(initialize())
    assert early is not None
    server = build(Engine(parse([])))
    async with create_connected_server_and_client_session(server) as session:
        # The helper has initialised already; a server may be asked again.
        late = await session.initialize()
    said = late.model_dump(by_alias=True, exclude_none=True, mode="json")
    assert early["result"] == said


def test_the_greeting_speaks_the_versions_that_the_sdk_speaks() -> None:
    assert list(PROTOCOLS) == SUPPORTED_PROTOCOL_VERSIONS


def test_an_older_client_is_greeted_in_its_own_version_and_a_newer_one_in_ours() -> None:
    older, newer = (
        greet(initialize(protocolVersion="2024-11-05")),
        greet(initialize(protocolVersion="2199-01-01")),
    )
    assert older is not None and older["result"]["protocolVersion"] == "2024-11-05"
    assert newer is not None and newer["result"]["protocolVersion"] == PROTOCOLS[-1]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"not json\n",
        b"[]\n",
        b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n',
        initialize(clientInfo={"name": "no version"}),
        initialize(capabilities=None),
        initialize(protocolVersion=None),
        b"\xff\xfe\n",
    ],
)
def test_what_the_sdk_would_refuse_is_left_to_the_sdk(line: bytes) -> None:
    assert greet(line) is None


async def test_the_tools_are_listed_with_schemas(connect: Any) -> None:
    async with connect() as session:
        listed = {tool.name: tool for tool in (await session.list_tools()).tools}
    assert set(listed) == {"route_and_complete", "estimate_cost", "explain_route"}
    for tool in listed.values():
        Draft202012Validator.check_schema(tool.inputSchema)
        Draft202012Validator.check_schema(tool.outputSchema)
        assert tool.inputSchema["additionalProperties"] is False
        assert tool.outputSchema["type"] == "object"
        assert tool.description


def test_the_schemas_list_what_the_engine_knows() -> None:
    assert list(TASKS) == [kind.value for kind in TaskKind]
    assert list(LOCALITIES) == [locality.value for locality in Locality]
    assert REQUEST["messages"]["items"]["properties"]["role"]["enum"] == list(ROLES)
    assert {tool.name for tool in TOOLS} == {"route_and_complete", "estimate_cost", "explain_route"}


async def test_without_a_policy_the_server_greets_and_each_tool_says_what_to_do(
    connect: Any, text_of: Any, server_log: Path
) -> None:
    async with connect() as session:
        for name in ("route_and_complete", "estimate_cost", "explain_route"):
            result = await session.call_tool(name, {"prompt": "Hello"})
            assert result.isError
            assert text_of(result).startswith("policy_error: ")
            assert "ringfence policy init" in text_of(result)
    assert server_log.read_text().count("ringfence policy init") == 1


async def test_a_mended_policy_is_taken_without_a_restart(
    connect: Any, text_of: Any, embedded_policy: Path
) -> None:
    whole = embedded_policy.read_text()
    embedded_policy.write_text(whole.replace("routes:", "rutes:"))
    async with connect("--policy", embedded_policy) as session:
        broken = await session.call_tool("explain_route", {"prompt": "Hello"})
        embedded_policy.write_text(whole)
        mended = await session.call_tool("explain_route", {"prompt": "Hello"})
    assert broken.isError and "unknown key 'rutes'" in text_of(broken)
    assert mended.structuredContent["model"] == "tiny"


@pytest.mark.invariant("I7")
async def test_another_policy_than_the_pinned_one_is_refused_with_both_digests(
    connect: Any, text_of: Any, embedded_policy: Path
) -> None:
    pin = "sha256:" + "0" * 64
    async with connect("--policy", embedded_policy, "--policy-digest", pin) as session:
        by_argument = await session.call_tool("explain_route", {"prompt": "Hello"})
    async with connect("--policy", embedded_policy, RINGFENCE_POLICY_DIGEST=pin) as session:
        by_variable = await session.call_tool("explain_route", {"prompt": "Hello"})
    for result in (by_argument, by_variable):
        assert result.isError
        assert text_of(result).startswith("trust_error: ")
        assert text_of(result).count("sha256:") >= 2


async def test_the_policy_in_force_is_a_resource(connect: Any, embedded_policy: Path) -> None:
    async with connect("--policy", embedded_policy) as session:
        (resource,) = (await session.list_resources()).resources
        (content,) = (await session.read_resource(resource.uri)).contents
    described = json.loads(content.text)
    assert described["policy"]["name"] == "embedded"
    assert described["models"]["tiny"]["locality"] == "local"


def test_the_server_ends_when_its_client_closes_stdin(embedded_policy: Path) -> None:
    command = [sys.executable, "-m", "ringfence_mcp", "--policy", str(embedded_policy)]
    ended = subprocess.run(
        command, input=initialize(), capture_output=True, timeout=60, check=False
    )
    assert ended.returncode == 0
    assert len(ended.stdout.splitlines()) == 1
    assert ended.stderr == b""


@pytest.mark.invariant("I4")
async def test_a_line_that_is_not_utf8_is_answered_and_the_next_one_served(
    embedded_policy: Path,
) -> None:
    marker = "zebra-marker"
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ringfence_mcp", "--policy", str(embedded_policy)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    params = '{"name": "x", "arguments": {"prompt": "' + marker
    call = '{"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": ' + params
    lines = [
        initialize(),
        b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n',
        call.encode() + b'\xff"}}}\n',
        call.replace('"id": 5', '"id": 6').encode() + b'\\ud800"}}}\n',
        b'{"jsonrpc":"2.0","id":7,"method":"ping"}\n',
    ]
    assert server.stdin and server.stdout
    server.stdin.write(b"".join(lines))
    replies = {}
    while 7 not in replies:
        reply = json.loads(await server.stdout.readline())
        replies[reply["id"]] = reply
    out, err = await server.communicate(b"")
    assert replies[5]["error"]["code"] == replies[6]["error"]["code"] == -32700
    assert replies[7]["result"] == {}
    assert marker not in json.dumps(replies)
    assert out == b""
    assert marker.encode() not in err
