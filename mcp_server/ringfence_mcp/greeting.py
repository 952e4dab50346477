"""The answer to `initialize`, given before the MCP SDK is imported.

Importing the SDK takes a second on an idle machine and three on a busy one; clients wait for their greeting, and the
first is often the one that a person watches. So the greeting is written here by hand, and the SDK's own, which comes
later and says the same (a test compares them), is dropped.
"""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version
from typing import Any

NAME = "ringfence"

INSTRUCTIONS = """\
ringfence sends each request to the best model that the user's policy allows for its content; sensitive content reaches
only models that are cleared for it. Use route_and_complete for work that another model can do. Give a sensitive file by
its path in `files`, without reading it: if it holds sensitive data its answer is kept in a file for the user, and you
get a summary and the path. estimate_cost and explain_route send nothing."""

PROTOCOLS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
"""The versions of the protocol that the SDK speaks, oldest first."""

CAPABILITIES: dict[str, Any] = {
    "experimental": {},
    "resources": {"subscribe": False, "listChanged": False},
    "tools": {"listChanged": False},
}


def server_version() -> str:
    try:
        return version("ringfence")
    except PackageNotFoundError:
        return "0"


def greet(line: bytes) -> dict[str, Any] | None:
    """The reply to a well-formed `initialize`. None for anything else, which is the SDK's to answer."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or message.get("method") != "initialize":
        return None
    wanted = _protocol_of(message)
    if wanted is None:
        return None
    return {
        "jsonrpc": "2.0",
        "id": message["id"],
        "result": {
            "protocolVersion": wanted if wanted in PROTOCOLS else PROTOCOLS[-1],
            "capabilities": CAPABILITIES,
            "serverInfo": {"name": NAME, "version": server_version()},
            "instructions": INSTRUCTIONS,
        },
    }


def _protocol_of(message: dict[str, Any]) -> str | None:
    """The version asked for, when the SDK would accept the message too."""
    params, request_id = message.get("params"), message.get("id")
    if not isinstance(request_id, str | int) or isinstance(request_id, bool):
        return None
    if not isinstance(params, dict) or not isinstance(params.get("capabilities"), dict):
        return None
    client = params.get("clientInfo")
    named = isinstance(client, dict) and all(
        isinstance(client.get(key), str) for key in ("name", "version")
    )
    wanted = params.get("protocolVersion")
    return wanted if named and isinstance(wanted, str) else None
