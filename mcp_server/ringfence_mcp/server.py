"""The MCP server: which requests it answers, and how a tool call reaches `ringfence_mcp.calls`.

Handlers are registered with the SDK's low-level `Server` as they are, without its decorators: those validate arguments
with messages that quote them, and show the text of any exception to the client (I4).
"""

from __future__ import annotations

import asyncio
import json
from importlib import import_module
from types import ModuleType
from typing import Any

from mcp import types
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import McpError
from pydantic import AnyUrl

from ringfence_mcp.engine import Engine
from ringfence_mcp.greeting import INSTRUCTIONS, NAME, server_version
from ringfence_mcp.progress import Tell
from ringfence_mcp.schemas import TOOLS

POLICY_URI = "ringfence://policy"


def build(engine: Engine) -> Server[Any, Any]:
    """A server that answers `initialize` at once and starts the engine behind it."""
    server: Server[Any, Any] = Server(NAME, version=server_version(), instructions=INSTRUCTIONS)

    async def greeted(_: types.InitializedNotification) -> None:
        engine.start()

    async def list_tools(_: types.ListToolsRequest) -> types.ServerResult:
        return types.ServerResult(types.ListToolsResult(tools=list(TOOLS)))

    async def call_tool(request: types.CallToolRequest) -> types.ServerResult:
        return types.ServerResult(await _call(engine, request.params, _teller(server)))

    async def list_resources(_: types.ListResourcesRequest) -> types.ServerResult:
        return types.ServerResult(types.ListResourcesResult(resources=[_POLICY]))

    async def read_resource(request: types.ReadResourceRequest) -> types.ServerResult:
        return types.ServerResult(await _read_resource(engine, request.params.uri))

    server.notification_handlers[types.InitializedNotification] = greeted
    server.request_handlers[types.ListToolsRequest] = list_tools
    server.request_handlers[types.CallToolRequest] = call_tool
    server.request_handlers[types.ListResourcesRequest] = list_resources
    server.request_handlers[types.ReadResourceRequest] = read_resource
    return server


async def _call(
    engine: Engine, params: types.CallToolRequestParams, tell: Tell
) -> types.CallToolResult:
    """Run a tool. An installation that cannot even import the engine is a tool error too."""
    try:
        calls = await _calls()
    except Exception as error:
        text = (
            f"internal_error: ringfence cannot be imported ({type(error).__name__}); reinstall it"
        )
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=text)], isError=True
        )
    result: types.CallToolResult = await calls.call_tool(
        engine, params.name, params.arguments or {}, tell
    )
    return result


async def _calls() -> ModuleType:
    """The module behind the tools, imported in a thread: it brings the engine, and the client may want a ping now."""
    return await asyncio.to_thread(import_module, "ringfence_mcp.calls")


_POLICY = types.Resource(
    uri=AnyUrl(POLICY_URI),
    name="policy",
    title="The policy in force",
    description="Its models (where they are, what they may see, their price), its routes and its digest.",
    mimeType="application/json",
)


async def _read_resource(engine: Engine, uri: AnyUrl) -> types.ReadResourceResult:
    if str(uri) != POLICY_URI:
        raise McpError(_error(types.INVALID_PARAMS, f"no such resource; there is: {POLICY_URI}"))
    try:
        described = (await _calls()).describe_policy(await engine.router())
    except Exception as error:
        from ringfence_mcp.results import explain

        raise McpError(_error(types.INTERNAL_ERROR, explain(error))) from None
    text = json.dumps(described, ensure_ascii=False, indent=2)
    content = types.TextResourceContents(uri=uri, mimeType="application/json", text=text)
    return types.ReadResourceResult(contents=[content])


def _error(code: int, message: str) -> types.ErrorData:
    return types.ErrorData(code=code, message=message)


def _teller(server: Server[Any, Any]) -> Tell:
    """How the present call tells its client of progress: not at all, unless it asked to be told."""
    context = server.request_context
    token = context.meta.progressToken if context.meta else None

    async def tell(seconds: float, message: str) -> None:
        if token is not None:
            await context.session.send_progress_notification(
                token, seconds, message=message, related_request_id=str(context.request_id)
            )

    return tell
