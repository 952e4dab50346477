"""What a stand-in server can do wrong, each by the name that `Reply.fault` gives it.

    hang           accepts the request and never answers
    reset          RST instead of an answer
    half_close     ends its side before it has answered, and keeps reading
    garbage        bytes that are not HTTP
    bad_json       a body that is not JSON
    wrong_type     a page of HTML with status 200
    truncated      half an answer, then the connection ends in the middle of a chunk
    wrong_length   a body shorter than its content-length
    slow           one byte of a stream at a time, for ever
    slow_head      one byte of the header at a time, for ever
    flood          a body without end;  big: one of 100 MB
    bomb           a gzip of 64 kB that unpacks to 64 MB
    header_flood   headers without end
    long_line      one line of a stream without end
    comments       a stream of comments without end
    redirect       to `location`

Four more stand in `server`: `die` (a stream resets after `pieces_before_death`), `no_end` (it ends there as if
it were whole), `chatter` (its text has no end) and `error_event` (it says an error first).
"""

from __future__ import annotations

import json
import socket
import struct
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from ringfence.drill.formats import Reply

JSON = {"content-type": "application/json"}
CHUNKED = {**JSON, "transfer-encoding": "chunked"}
EVENTS = {"content-type": "text/event-stream", "transfer-encoding": "chunked"}
MB = 1 << 20
Fault = Callable[[Any, Any, Reply], bool]
"""Answers a request to a server on a connection; False ends the connection."""


def head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode()


def send(connection: Any, status: int, body: Any, headers: Mapping[str, str] | None = None) -> bool:
    data = json.dumps(body).encode()
    kind = {"content-type": "application/json", "content-length": str(len(data))}
    connection.sendall(head(status, {**kind, **(headers or {})}) + data)
    return True


def hang(server: Any, connection: Any, reply: Reply) -> bool:
    server.wait(connection, reply.gate)
    return False


def reset(server: Any, connection: Any, reply: Reply) -> bool:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def garbage(server: Any, connection: Any, reply: Reply) -> bool:
    connection.sendall(b"\x00\xff\xfe this is not HTTP \r\n\r\n" * 4)
    return False


def bad_json(server: Any, connection: Any, reply: Reply) -> bool:
    connection.sendall(
        head(200, {"content-type": "application/json", "content-length": "9"}) + b'{"choices'
    )
    return True


def half_close(server: Any, connection: Any, reply: Reply) -> bool:
    connection.shutdown(socket.SHUT_WR)
    server.wait(connection)
    return False


def wrong_type(server: Any, connection: Any, reply: Reply) -> bool:
    page = b"<html><body>Please sign in to the guest network.</body></html>"
    kind = {"content-type": "text/html", "content-length": str(len(page))}
    connection.sendall(head(200, kind) + page)
    return True


def truncated(server: Any, connection: Any, reply: Reply) -> bool:
    connection.sendall(head(200, CHUNKED))
    connection.sendall(b'ff\r\n{"choices": [{"mess')
    return False


def wrong_length(server: Any, connection: Any, reply: Reply) -> bool:
    connection.sendall(
        head(200, {"content-type": "application/json", "content-length": "5000"}) + b"{}"
    )
    return False


def slow(server: Any, connection: Any, reply: Reply) -> bool:
    connection.sendall(head(200, EVENTS))
    while not server.stopped.wait(0.02):
        connection.sendall(b"1\r\n:\r\n")
    return False


def slow_head(server: Any, connection: Any, reply: Reply) -> bool:
    connection.sendall(b"HTTP/1.1 200 OK\r\nx-slow: ")
    while not server.stopped.wait(0.02):
        connection.sendall(b"z")
    return False


def _without_end(first: bytes, again: bytes) -> Fault:
    def send_on(server: Any, connection: Any, reply: Reply) -> bool:
        connection.sendall(first)
        while not server.stopped.is_set():
            connection.sendall(again)
        return False

    return send_on


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def big(server: Any, connection: Any, reply: Reply) -> bool:
    connection.sendall(head(200, {**JSON, "content-length": str(100 * MB)}))
    for _ in range(100):
        connection.sendall(b" " * MB)
    return True


@cache
def _packed() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(MB)) for _ in range(64)) + packer.flush()


def bomb(server: Any, connection: Any, reply: Reply) -> bool:
    zipped = {**JSON, "content-encoding": "gzip", "content-length": str(len(_packed()))}
    connection.sendall(head(200, zipped) + _packed())
    return True


def redirect(server: Any, connection: Any, reply: Reply) -> bool:
    return send(connection, 307, {}, {"location": reply.location})


FAULTS: Mapping[str, Fault] = {
    "hang": hang,
    "reset": reset,
    "half_close": half_close,
    "garbage": garbage,
    "bad_json": bad_json,
    "wrong_type": wrong_type,
    "truncated": truncated,
    "wrong_length": wrong_length,
    "slow": slow,
    "slow_head": slow_head,
    "flood": _without_end(head(200, CHUNKED), _chunk(b" " * MB)),
    "big": big,
    "bomb": bomb,
    "header_flood": _without_end(b"HTTP/1.1 200 OK\r\n", b"x-flood: " + b"z" * 1000 + b"\r\n"),
    "long_line": _without_end(head(200, EVENTS) + _chunk(b'data: {"x": "'), _chunk(b"z" * MB)),
    "comments": _without_end(head(200, EVENTS), _chunk((b": " + b"z" * 8000 + b"\n\n") * 8)),
    "redirect": redirect,
}
