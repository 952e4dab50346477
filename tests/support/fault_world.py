"""Stand-in servers in one event loop, for thousands of calls with faults at once.

Each call has an id, which stands in the path of its models' addresses (`/s17/v1`), so that a server knows whose turn it
is and what is to go wrong for it. A server notes which calls it heard from, and every byte of its requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

from ringfence.drill.formats import ERROR_EVENTS, OLLAMA, OPENAI, Reply

TEXT = "Hello from the stand-in, which says a little more than it must."
_ID = re.compile(r"^/s(\d+)")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)

Plan = Callable[[int], str]
"""Call id → the fault of the next request of that call."""


class Stop(Exception):
    """The server ends the connection."""


class FaultServer:
    """Speaks OpenAI's and Ollama's formats; what it does wrong is planned by call."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.received = bytearray()
        self.heard_from: set[int] = set()
        self.open = 0
        self.faults: dict[str, int] = {}
        self.elsewhere = ""
        self._server: asyncio.Server | None = None
        self.url = ""

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1000)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                found = _LENGTH.search(head)
                body = await reader.readexactly(int(found[1]) if found else 0)
                self.received += head + body
                await self._answer(reader, writer, head.split(b" ", 2)[1].decode(), body)
        except (Stop, OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, body: bytes
    ) -> None:
        found = _ID.match(path)
        call = int(found[1]) if found else -1
        self.heard_from.add(call)
        wire = OLLAMA if "/api/" in path else OPENAI
        if path.endswith("/api/show"):
            return _send(writer, 200, {"capabilities": ["completion", "tools"]})
        fault = self._plan(call)
        self.faults[fault] = self.faults.get(fault, 0) + 1
        asked = json.loads(body)
        if fault.isdigit():
            headers = "retry-after: 0\r\n" if fault == "429" else ""
            headers += f"location: {self.elsewhere}\r\n" if fault == "307" else ""
            return _send(writer, int(fault), {"error": {"message": "no", "code": fault}}, headers)
        if fault in BEFORE:
            return await BEFORE[fault](reader, writer)
        if not asked.get("stream", False):
            return _send(writer, 200, wire.whole(Reply(text=TEXT), asked))
        await self._stream(reader, writer, wire, asked, fault)

    async def _stream(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        wire: Any,
        asked: Any,
        fault: str,
    ) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        events = list(wire.events(Reply(text=TEXT), asked))
        until = len(events)
        if fault in DURING:
            until = random.Random(len(self.received)).randrange(len(events))
        for event in events[:until]:
            writer.write(_chunk(event))
            await writer.drain()
        if fault == "error_event":
            writer.write(_chunk(ERROR_EVENTS[wire]))
        elif fault in DURING:
            await DURING[fault](reader, writer)
        writer.write(b"0\r\n\r\n")


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _send(writer: asyncio.StreamWriter, status: int, body: Any, headers: str = "") -> None:
    data = json.dumps(body).encode()
    writer.write(
        f"HTTP/1.1 {status} X\r\ncontent-length: {len(data)}\r\n{headers}\r\n".encode() + data
    )


async def _hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)  # until the client leaves
    raise Stop


async def _reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    raise Stop


async def _half_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write_eof()
    await _hang(reader, writer)


async def _no_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The stream ends as if it were whole."""


def _says(*pieces: bytes, then_stop: bool = True) -> Callable[..., Awaitable[None]]:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
        await writer.drain()
        if then_stop:
            raise Stop

    return say


def _drips(first: bytes, drop: bytes) -> Callable[..., Awaitable[None]]:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while not writer.is_closing():
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(0.7)
        raise Stop

    return drip


_OK = b"HTTP/1.1 200 OK\r\n"
BEFORE: dict[str, Callable[..., Awaitable[None]]] = {
    "hang": _hang,
    "reset": _reset,
    "half_close": _half_close,
    "garbage": _says(b"\x00\xff not HTTP \r\n\r\n"),
    "bad_json": _says(_OK + b"content-length: 9\r\n\r\n" + b'{"choices', then_stop=False),
    "html": _says(
        _OK + b"content-type: text/html\r\ncontent-length: 6\r\n\r\n<html>", then_stop=False
    ),
    "truncated": _says(_OK + b"transfer-encoding: chunked\r\n\r\n" + b'ff\r\n{"choices": [{"mess'),
    "wrong_length": _says(_OK + b"content-length: 5000\r\n\r\n{}"),
    "empty": _says(_OK + b"content-length: 0\r\n\r\n", then_stop=False),
    "big": _says(_OK + b"content-length: 104857600\r\n\r\n" + b" " * 1000),
    "bomb": _says(_OK + b"content-encoding: gzip\r\ncontent-length: 20\r\n\r\n" + bytes(20)),
    "slow_head": _drips(_OK + b"x-slow: ", b"z"),
    "slow": _drips(_OK + b"transfer-encoding: chunked\r\n\r\n", b"1\r\n:\r\n"),
}
DURING: dict[str, Callable[..., Awaitable[None]]] = {
    "die": _reset,
    "stall": _hang,
    "no_end": _no_end,
    "error_event": _no_end,
    "cut": _says(b"ff\r\ndata: {"),
}
STATUSES = (
    "307",
    "400",
    "401",
    "402",
    "403",
    "404",
    "408",
    "413",
    "418",
    "429",
    "500",
    "503",
    "529",
)
FAULTS = ("none", *STATUSES, *BEFORE, *DURING)
