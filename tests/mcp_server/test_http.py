"""Streamable HTTP: the same server, closed to pages that rebind a name and to callers without the token."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

TOKEN = "a-test's-token"
Serve = Callable[..., AbstractAsyncContextManager[str]]


@pytest.fixture
def serve(embedded_policy: Path, server_log: Path) -> Serve:
    @asynccontextmanager
    async def serve(**environment: str) -> AsyncIterator[str]:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "ringfence_mcp", "--policy", str(embedded_policy)]
        with server_log.open("w") as log:
            process = subprocess.Popen(
                [*command, "--http", f"127.0.0.1:{port}"],
                env={**os.environ, **environment},
                stderr=log,
            )
            try:
                with anyio.fail_after(60):
                    while not await listens(port):
                        assert process.poll() is None, server_log.read_text()
                        await anyio.sleep(0.05)
                yield f"http://127.0.0.1:{port}/mcp"
            finally:
                process.terminate()
                process.wait(timeout=30)

    return serve


async def listens(port: int) -> bool:
    try:
        stream = await anyio.connect_tcp("127.0.0.1", port)
    except OSError:
        return False
    await stream.aclose()
    return True


async def test_a_tool_answers_over_http_with_the_token(serve: Serve) -> None:
    async with serve(RINGFENCE_MCP_TOKEN=TOKEN) as url:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with (
            httpx.AsyncClient(headers=headers, timeout=60, trust_env=False) as client,
            streamable_http_client(url, http_client=client) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            result = await session.call_tool("explain_route", {"prompt": "What is rust?"})
    assert result.structuredContent is not None
    assert result.structuredContent["model"] == "tiny"


async def test_without_the_token_or_by_a_rebound_name_nothing_is_served(serve: Serve) -> None:
    ping: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    accept = {"Accept": "application/json, text/event-stream"}
    async with (
        serve(RINGFENCE_MCP_TOKEN=TOKEN) as url,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        bearer = {"Authorization": f"Bearer {TOKEN}", **accept}
        assert (await client.post(url, json=ping, headers=accept)).status_code == 401
        wrong = {"Authorization": f"Bearer {TOKEN}x", **accept}
        assert (await client.post(url, json=ping, headers=wrong)).status_code == 401
        assert (
            await client.post(url.removesuffix("/mcp"), json=ping, headers=bearer)
        ).status_code == 404
        rebound = {**bearer, "Host": "attacker.example"}
        assert (await client.post(url, json=ping, headers=rebound)).status_code == 421
        page = {**bearer, "Origin": "http://attacker.example"}
        assert (await client.post(url, json=ping, headers=page)).status_code == 403
