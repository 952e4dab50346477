"""A model provider's endpoint on loopback that records every byte and fails as it is told."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringfence.drill.formats import (
    ANTHROPIC,
    ERROR_EVENTS,
    GEMINI,
    OLLAMA,
    OPENAI,
    Format,
    Reply,
)
from ringfence.drill.socket_faults import FAULTS, head, reset, send


@dataclass
class Recorded:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Counted:
    """A connection that counts what it could send."""

    def __init__(self, server: ModelServer, connection: socket.socket) -> None:
        self._server = server
        self._connection = connection

    def sendall(self, data: bytes) -> None:
        self._connection.sendall(data)
        self._server.sent += len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


class ModelServer:
    """A provider's endpoint on loopback, written on plain sockets so that each byte and fault is ours.

    With a `path` it listens on that Unix socket instead; with `tls` it speaks TLS.
    """

    def __init__(self, *, path: Path | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.received = b""
        self.requests: list[Recorded] = []
        self.accepted = 0
        self.sent = 0
        self.answered = 0
        self.client_left = threading.Event()
        self.left_at = 0.0
        self._default = Reply()
        self._script: list[Reply] = []
        self.stopped = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = _unix_listener(path) if path else socket.create_server(("127.0.0.1", 0))
        self.port = 0 if path else self._listener.getsockname()[1]
        self.url = f"unix://{path}" if path else f"http://127.0.0.1:{self.port}"
        self.v1 = self.url if path else f"{self.url}/v1"
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def open_connections(self) -> int:
        return len(self._open)

    def always(self, reply: Reply) -> None:
        self._default = reply

    def script(self, *replies: Reply) -> None:
        self._script.extend(replies)

    def close(self) -> None:
        self.stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self.stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if connection.family != socket.AF_UNIX:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.accepted += 1
            self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        accepted = connection
        try:
            with contextlib.ExitStack() as stack:
                stack.enter_context(connection)
                if self._tls is not None:
                    connection = stack.enter_context(
                        self._tls.wrap_socket(connection, server_side=True)
                    )
                while (request := self._read(connection)) is not None:
                    self.requests.append(request)
                    if not self._answer(Counted(self, connection), request):
                        return
                    self.answered += 1
        except OSError:
            self.left_at = time.perf_counter()
            self.client_left.set()
        finally:
            self._open.discard(accepted)

    def _read(self, connection: socket.socket) -> Recorded | None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += (piece := self._recv(connection))
            if not piece:
                return None
        start, _, body = data.partition(b"\r\n\r\n")
        first, *lines = start.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        while len(body) < int(headers.get("content-length", 0)):
            body += (piece := self._recv(connection))
            if not piece:
                return None
        method, path, *_ = [*first.split(" "), ""]
        return Recorded(method=method, path=path, headers=headers, body=body)

    def _recv(self, connection: socket.socket) -> bytes:
        piece = connection.recv(65536)
        with self._lock:
            self.received += piece
        return piece

    def _answer(self, connection: Any, request: Recorded) -> bool:
        """Send the next reply. False ends the connection."""
        if request.path.startswith("/api/show"):
            return send(
                connection, 200, {"capabilities": ["completion", "tools"], **self._default.show}
            )
        with self._lock:
            reply = self._script.pop(0) if self._script else self._default
        if fault := FAULTS.get(reply.fault or ""):
            return fault(self, connection, reply)
        if request.method != "POST":
            empty = {"object": "list", "data": [], "models": []}
            return send(connection, 200, {**empty, **self._default.listed})
        if reply.status != 200:
            error = {"type": reply.error, "code": reply.error, "message": reply.message}
            whole = {"type": "error", "error": error} if reply.body is None else reply.body
            return send(connection, reply.status, whole, reply.headers)
        return self._speak(connection, request, reply)

    def _speak(self, connection: Any, request: Recorded, reply: Reply) -> bool:
        body = request.json
        wire, streaming = _format(request.path, body)
        if not streaming:
            return send(connection, 200, wire.whole(reply, body), reply.headers)
        kind = "application/x-ndjson" if wire is OLLAMA else "text/event-stream"
        connection.sendall(
            head(200, {"content-type": kind, "transfer-encoding": "chunked", **reply.headers})
        )
        if reply.fault == "error_event":
            event = ERROR_EVENTS[wire]
            connection.sendall(b"%x\r\n%b\r\n0\r\n\r\n" % (len(event), event))
            return True
        for index, event in enumerate(_events(wire, reply, body)):
            if reply.fault == "die" and index > reply.pieces_before_death:
                return reset(self, connection, reply)
            if reply.fault == "no_end" and index > reply.pieces_before_death:
                break
            connection.sendall(b"%x\r\n%b\r\n" % (len(event), event))
            if index == 1 and reply.gate is not None:
                self.wait(connection, reply.gate)
        connection.sendall(b"0\r\n\r\n")
        return True

    def wait(self, connection: Any, gate: threading.Event | None = None) -> None:
        """Until the gate opens, the server stops, or the client leaves (then `client_left` is set)."""
        connection.settimeout(0.02)
        while not self.stopped.is_set() and not (gate and gate.is_set()):
            try:
                if not connection.recv(1, socket.MSG_PEEK):
                    raise ConnectionAbortedError
            except TimeoutError:
                continue
        connection.settimeout(None)


def _unix_listener(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.fspath(path))
    listener.listen()
    return listener


def _events(wire: type[Format], reply: Reply, body: Mapping[str, Any]) -> Iterator[bytes]:
    events = wire.events(reply, body)
    if reply.fault == "chatter":
        first = reply.pieces[0].encode()
        beginning = list(itertools.takewhile(lambda event: first not in event, events))
        said = next(event for event in wire.events(reply, body) if first in event)
        return itertools.chain(beginning, itertools.repeat(said))
    return events


def _format(path: str, body: Mapping[str, Any]) -> tuple[type[Format], bool]:
    """Which provider's format a path belongs to, and whether its answer streams."""
    path = path.partition("?")[0]
    if path == "/api/chat":
        return OLLAMA, body.get("stream", True)
    if path.endswith("Content"):
        return GEMINI, path.endswith(":streamGenerateContent")
    return (ANTHROPIC if path.endswith("/messages") else OPENAI), body.get("stream", False)
