"""An upstream on loopback for benchmarks: speaks OpenAI's chat format, answers at once, in a process of its own."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

PIECES = ("Done", ",", " and", " checked", ".")
"""What it says: whole, or one piece an event when the request streams."""
USAGE = {"prompt_tokens": 256, "completion_tokens": 5, "total_tokens": 261}


@contextmanager
def instant_upstream(*, fail_every: int = 0) -> Iterator[str]:
    """Its base URL, while it runs. With `fail_every` n, each nth request gets a 500."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, fail_every), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}/v1"
    finally:
        process.terminate()
        process.join()


def _serve(ready: Connection, fail_every: int) -> None:
    whole, streamed, failure = _whole(), _streamed(), _failure()
    count = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        while True:
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
                body = await reader.readexactly(length)
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()
                return
            count += 1
            if fail_every and count % fail_every == 0:
                writer.write(failure)
            else:
                streams = b'"stream":true' in body or b'"stream": true' in body
                writer.write(streamed if streams else whole)

    async def main() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=512)
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


def _response(status: str, kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _whole() -> bytes:
    message = {"role": "assistant", "content": "".join(PIECES)}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return _response("200 OK", "application/json", _json("chat.completion", [choice], USAGE))


def _failure() -> bytes:
    body = {"error": {"type": "server_error", "code": "server_error", "message": "try again"}}
    return _response("500 Error", "application/json", json.dumps(body).encode())


def _streamed() -> bytes:
    deltas: list[dict[str, str]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": piece} for piece in PIECES]
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    events = [_json("chat.completion.chunk", [choice], None) for choice in choices]
    events += [_json("chat.completion.chunk", [], USAGE), b"[DONE]"]
    body = b"".join(b"data: " + event + b"\n\n" for event in events)
    return _response("200 OK", "text/event-stream", body)


def _json(kind: str, choices: list[dict[str, object]], usage: dict[str, int] | None) -> bytes:
    data = {"id": "x", "object": kind, "created": 0, "model": "stand-in", "choices": choices}
    return json.dumps({**data, **({"usage": usage} if usage else {})}).encode()
