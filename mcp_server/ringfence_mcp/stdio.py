"""The stdio transport: the SDK's, with three differences.

The greeting has already been given (`ringfence_mcp.greeting`), so the SDK's is dropped. A line that does not parse is
answered, where the SDK leaves the client to wait. And an answer with half a surrogate pair does not end the server.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO

import anyio
import anyio.lowlevel
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.server.lowlevel import Server
from mcp.shared.message import SessionMessage
from mcp.types import PARSE_ERROR, ErrorData, JSONRPCError, JSONRPCMessage, JSONRPCResponse

Id = str | int


async def serve_stdio(
    server: Server[Any, Any],
    stdin: BinaryIO,
    stdout: BinaryIO,
    *,
    first: bytes,
    greeted: Id | None,
) -> None:
    """Serve one client until it closes its end.

    Args:
        server: what answers.
        stdin: the client's messages, one a line, after the `first`.
        stdout: where ours go; nothing else may write there.
        first: the first line, already read.
        greeted: the id of the `initialize` that was answered already, if that was the first line.
    """
    to_server, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outgoing, from_server = anyio.create_memory_object_stream[SessionMessage](0)
    reader = _Reader(stdin, to_server, outgoing)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_until_closed, partial(reader.run, first))
        tasks.start_soon(_until_closed, partial(_write, stdout, from_server, greeted))
        await server.run(incoming, outgoing, server.create_initialization_options())


@dataclass(frozen=True, slots=True)
class _Reader:
    """From lines of stdin to messages for the server."""

    stdin: BinaryIO
    to_server: MemoryObjectSendStream[SessionMessage | Exception]
    to_client: MemoryObjectSendStream[SessionMessage]

    async def run(self, first: bytes) -> None:
        async with self.to_server:
            await self._take(first)
            async for line in anyio.wrap_file(self.stdin):
                await self._take(line)

    async def _take(self, line: bytes) -> None:
        try:
            message = JSONRPCMessage.model_validate_json(line)
        except ValueError:
            await self._answer_unreadable(line)
        else:
            await self.to_server.send(SessionMessage(message))

    async def _answer_unreadable(self, line: bytes) -> None:
        request_id = id_of(line)
        if request_id is not None:
            error = ErrorData(code=PARSE_ERROR, message="not a JSON-RPC message in valid UTF-8")
            reply = JSONRPCError(jsonrpc="2.0", id=request_id, error=error)
            await self.to_client.send(SessionMessage(JSONRPCMessage(reply)))


async def _write(
    stdout: BinaryIO,
    from_server: MemoryObjectReceiveStream[SessionMessage],
    greeted: Id | None,
) -> None:
    """From messages of the server to lines of stdout, without the second greeting."""
    file = anyio.wrap_file(stdout)
    async with from_server:
        async for message in from_server:
            root = message.message.root
            if greeted is not None and isinstance(root, JSONRPCResponse) and root.id == greeted:
                greeted = None
                continue
            await file.write(encode(message))
            await file.flush()


async def _until_closed(work: Callable[[], Awaitable[None]]) -> None:
    """Run one direction; the other end going away is how a session ends, not a failure."""
    try:
        await work()
    except (anyio.ClosedResourceError, anyio.BrokenResourceError, BrokenPipeError):
        await anyio.lowlevel.checkpoint()


def id_of(line: bytes) -> Id | None:
    """The id of a message that is not valid, where it still has one that can be answered."""
    try:
        message = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    found = message.get("id") if isinstance(message, dict) else None
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None


def encode(message: SessionMessage) -> bytes:
    """One line of UTF-8. What cannot be written (half a surrogate pair of a model) becomes a question mark."""
    data = message.message.model_dump(by_alias=True, exclude_none=True)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str)
    return text.encode("utf-8", "replace") + b"\n"
