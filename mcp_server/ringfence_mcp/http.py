"""Streamable HTTP: the same server for clients that do not start it themselves.

On loopback, or elsewhere with a bearer token. A browser page cannot reach it by rebinding a name: Host and Origin are
checked. There is no TLS here; put a proxy that has it in front. `/healthz` answers anybody, without a token: it says
which policy is in force and holds nothing of it.
"""

from __future__ import annotations

import hmac
from typing import Any

import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ringfence_mcp.health import Probe

PATH = "/mcp"
HEALTH_PATH = "/healthz"
MAX_BODY_BYTES = 33 * 1024 * 1024
"""A little over the largest request that the engine takes."""


async def serve_http(
    server: Server[Any, Any], *, address: tuple[str, int], token: str | None, probe: Probe
) -> None:
    """Serve until interrupted."""
    host, port = address
    hosts = [f"{name}:{port}" for name in (host, "localhost", "127.0.0.1", "[::1]")]
    manager = StreamableHTTPSessionManager(
        server,
        max_request_body_size=MAX_BODY_BYTES,
        security_settings=TransportSecuritySettings(
            allowed_hosts=hosts, allowed_origins=[f"http://{name}" for name in hosts]
        ),
    )
    app = _with_health(_guarded(manager.asgi_app, token), probe)
    config = uvicorn.Config(
        app, host=host, port=port, log_config=None, access_log=False, lifespan="off", ws="none"
    )
    async with manager.run():
        await uvicorn.Server(config).serve()


def _with_health(app: ASGIApp, probe: Probe) -> ASGIApp:
    """Answer probes of the server's health; the rest is for the app."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != HEALTH_PATH:
            await app(scope, receive, send)
        elif scope["method"] not in ("GET", "HEAD"):
            refused = PlainTextResponse(
                "read only", status_code=405, headers={"Allow": "GET, HEAD"}
            )
            await refused(scope, receive, send)
        else:
            status, health = await probe()
            found = JSONResponse(health, status_code=status, headers={"Cache-Control": "no-store"})
            await found(scope, receive, send)

    return answered


def _guarded(app: ASGIApp, token: str | None) -> ASGIApp:
    """Only the path of MCP, and only with the token, where there is one."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await PlainTextResponse("not found", status_code=404)(scope, receive, send)
        elif token is not None and not _holds(scope, token):
            denied = PlainTextResponse(
                "a bearer token is needed", status_code=401, headers={"WWW-Authenticate": "Bearer"}
            )
            await denied(scope, receive, send)
        else:
            await app(scope, receive, send)

    return guarded


def _holds(scope: Scope, token: str) -> bool:
    headers = dict(scope["headers"])
    given = headers.get(b"authorization", b"")
    return hmac.compare_digest(given, f"Bearer {token}".encode())
