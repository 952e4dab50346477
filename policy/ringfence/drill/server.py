"""A model provider's endpoint on loopback that records every byte and fails as it is told."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringfence.drill.formats import ANTHROPIC, OLLAMA, OPENAI, Format, Reply


@dataclass
class Recorded:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class ModelServer:
    """A provider's endpoint on loopback, written on plain sockets so that each byte and fault is ours.

    With a `path` it listens on that Unix socket instead; with `tls` it speaks TLS.
    """

    def __init__(self, *, path: Path | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.received = b""
        self.requests: list[Recorded] = []
        self.accepted = 0
        self.answered = 0
        self.client_left = threading.Event()
        self._default = Reply()
        self._script: list[Reply] = []
        self._stopped = threading.Event()
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
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._stopped.is_set():
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
                    if not self._answer(connection, request):
                        return
                    self.answered += 1
        except OSError:
            self.client_left.set()
        finally:
            self._open.discard(accepted)

    def _read(self, connection: socket.socket) -> Recorded | None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += (piece := self._recv(connection))
            if not piece:
                return None
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
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

    def _answer(self, connection: socket.socket, request: Recorded) -> bool:
        """Send the next reply. False ends the connection."""
        if request.path.startswith("/api/show"):
            return _send(
                connection, 200, {"capabilities": ["completion", "tools"], **self._default.show}
            )
        with self._lock:
            reply = self._script.pop(0) if self._script else self._default
        if fault := FAULTS.get(reply.fault or ""):
            return fault(self, connection, reply)
        if request.method != "POST":
            return _send(connection, 200, {"object": "list", "data": [], "models": []})
        if reply.status != 200:
            error = {"type": reply.error, "code": reply.error, "message": reply.message}
            return _send(connection, reply.status, {"type": "error", "error": error}, reply.headers)
        return self._speak(connection, request, reply)

    def _speak(self, connection: socket.socket, request: Recorded, reply: Reply) -> bool:
        body = request.json
        wire = _format(request.path)
        streaming = body.get("stream", wire is OLLAMA)  # Ollama streams unless told not to
        if not streaming:
            return _send(connection, 200, wire.whole(reply, body), reply.headers)
        kind = "application/x-ndjson" if wire is OLLAMA else "text/event-stream"
        connection.sendall(
            _head(200, {"content-type": kind, "transfer-encoding": "chunked", **reply.headers})
        )
        for index, event in enumerate(wire.events(reply, body)):
            if reply.fault == "die" and index > reply.pieces_before_death:
                return _reset(self, connection, reply)
            if reply.fault == "no_end" and index > reply.pieces_before_death:
                break
            connection.sendall(b"%x\r\n%b\r\n" % (len(event), event))
            if index == 1 and reply.gate is not None:
                self._wait(connection, reply.gate)
        connection.sendall(b"0\r\n\r\n")
        return True

    def _wait(self, connection: socket.socket, gate: threading.Event | None = None) -> None:
        """Until the gate opens, the server stops, or the client leaves (then `client_left` is set)."""
        connection.settimeout(0.02)
        while not self._stopped.is_set() and not (gate and gate.is_set()):
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


def _format(path: str) -> type[Format]:
    if path == "/api/chat":
        return OLLAMA
    return ANTHROPIC if path.endswith("/messages") else OPENAI


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode()


def _send(
    connection: socket.socket, status: int, body: Any, headers: Mapping[str, str] | None = None
) -> bool:
    data = json.dumps(body).encode()
    kind = {"content-type": "application/json", "content-length": str(len(data))}
    connection.sendall(_head(status, {**kind, **(headers or {})}) + data)
    return True


def _hang(server: ModelServer, connection: socket.socket, reply: Reply) -> bool:
    server._wait(connection, reply.gate)
    return False


def _reset(server: ModelServer, connection: socket.socket, reply: Reply) -> bool:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def _garbage(server: ModelServer, connection: socket.socket, reply: Reply) -> bool:
    connection.sendall(b"\x00\xff\xfe this is not HTTP \r\n\r\n" * 4)
    return False


def _bad_json(server: ModelServer, connection: socket.socket, reply: Reply) -> bool:
    connection.sendall(
        _head(200, {"content-type": "application/json", "content-length": "9"}) + b'{"choices'
    )
    return True


def _truncated(server: ModelServer, connection: socket.socket, reply: Reply) -> bool:
    connection.sendall(
        _head(200, {"content-type": "application/json", "transfer-encoding": "chunked"})
    )
    connection.sendall(b'ff\r\n{"choices": [{"mess')
    return False


def _wrong_length(server: ModelServer, connection: socket.socket, reply: Reply) -> bool:
    connection.sendall(
        _head(200, {"content-type": "application/json", "content-length": "5000"}) + b"{}"
    )
    return False


def _slow(server: ModelServer, connection: socket.socket, reply: Reply) -> bool:
    connection.sendall(
        _head(200, {"content-type": "text/event-stream", "transfer-encoding": "chunked"})
    )
    while not server._stopped.wait(0.02):
        connection.sendall(b"1\r\n:\r\n")
    return False


def _flood(server: ModelServer, connection: socket.socket, reply: Reply) -> bool:
    connection.sendall(
        _head(200, {"content-type": "application/json", "transfer-encoding": "chunked"})
    )
    block = b"%x\r\n%b\r\n" % (1 << 20, b" " * (1 << 20))
    while not server._stopped.is_set():
        connection.sendall(block)
    return False


def _redirect(server: ModelServer, connection: socket.socket, reply: Reply) -> bool:
    return _send(connection, 307, {}, {"location": reply.location})


FAULTS: Mapping[str, Callable[[ModelServer, socket.socket, Reply], bool]] = {
    "hang": _hang,
    "reset": _reset,
    "garbage": _garbage,
    "bad_json": _bad_json,
    "truncated": _truncated,
    "wrong_length": _wrong_length,
    "slow": _slow,
    "flood": _flood,
    "redirect": _redirect,
}
