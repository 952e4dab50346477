"""A real `ringfence-mcp` process on stdio, with the official client.

Fixtures
    connect     `async with connect("--policy", path) as session:` starts the server, greets it and gives the client's
                `ClientSession`. Keyword arguments are variables of the server's environment.
    server_log  Path of all that the servers of this test wrote to stderr.
    text_of     the text of a tool's result.

The shared policies are used with `gate: {names: off}`: the model of names takes seconds to load in each of so many
processes, and what a door does does not depend on it. The demo's test runs with it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import CallToolResult, TextContent

Connect = Callable[..., AbstractAsyncContextManager[ClientSession]]


@pytest.fixture
def split_policy(split_policy: Path) -> Path:
    return without_names(split_policy)


@pytest.fixture
def embedded_policy(embedded_policy: Path) -> Path:
    return without_names(embedded_policy)


def without_names(policy: Path) -> Path:
    policy.write_text(policy.read_text() + 'gate: {names: "off"}\n')
    return policy


@pytest.fixture
def server_log(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


@pytest.fixture
def connect(tmp_path: Path, server_log: Path) -> Connect:
    @asynccontextmanager
    async def connect(*arguments: object, **environment: str) -> AsyncIterator[ClientSession]:
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "ringfence_mcp", *map(str, arguments)],
            env={**os.environ, **environment},
            cwd=tmp_path,
        )
        with server_log.open("a") as log:
            async with (
                stdio_client(server, errlog=log) as streams,
                ClientSession(*streams) as session,
            ):
                await session.initialize()
                yield session

    return connect


@pytest.fixture
def text_of() -> Callable[[CallToolResult], str]:
    def text_of(result: CallToolResult) -> str:
        return "\n".join(part.text for part in result.content if isinstance(part, TextContent))

    return text_of
