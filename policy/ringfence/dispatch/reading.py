"""Reading answers: capped bodies, server-sent events and JSON lines, one at a time (a slow reader buffers nothing)."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import httpx

from ringfence.dispatch.calls import WireFailure

MAX_BYTES = 32 * 1024 * 1024
"""More than this of one answer is not an answer."""
MAX_LINE_BYTES = 4 * 1024 * 1024
MAX_ERROR_BYTES = 64 * 1024


async def whole_body(response: httpx.Response, *, most: int = MAX_BYTES) -> bytes:
    """The body of a response.

    Raises:
        WireFailure: it is larger than `most` bytes.
    """
    pieces: list[bytes] = []
    size = 0
    async for piece in response.aiter_bytes():
        size += len(piece)
        if size > most:
            raise WireFailure("protocol", f"the answer is larger than {most:,} bytes")
        pieces.append(piece)
    return b"".join(pieces)


async def start_of_body(response: httpx.Response) -> bytes:
    """As much of an error's body as is worth a look."""
    body = b""
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) >= MAX_ERROR_BYTES:
            break
    return body


async def lines(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """The lines of a body, without their ends, blank ones too. The last one may lack its end."""
    rest = b""
    size = 0
    chunks: AsyncIterator[bytes] = response.aiter_bytes()
    async for chunk in chunks:
        size += len(chunk)
        if size > MAX_BYTES:
            raise WireFailure("protocol", f"the answer is larger than {MAX_BYTES:,} bytes")
        *whole, rest = (rest + chunk).split(b"\n")
        if len(rest) > MAX_LINE_BYTES:
            raise WireFailure("protocol", f"a line is larger than {MAX_LINE_BYTES:,} bytes")
        for line in whole:
            yield line.rstrip(b"\r")
    if rest:
        yield rest.rstrip(b"\r")


async def events(response: httpx.Response) -> AsyncGenerator[dict[str, Any], None]:
    """The JSON data of server-sent events until `[DONE]`. Comments and other fields are passed over.

    Raises:
        WireFailure: an event is not a JSON object, or the stream ends without `[DONE]` (checked by the caller).
    """
    async with aclosing(lines(response)) as found:
        async for line in found:
            if not line.startswith(b"data:"):
                continue
            data = line[5:].strip()
            if data == b"[DONE]":
                return
            yield json_object(data)


def json_object(data: bytes) -> dict[str, Any]:
    """A JSON object, or a failure that says nothing of what else it was."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise WireFailure("protocol", "the answer is not the JSON that this format has")
    return value
