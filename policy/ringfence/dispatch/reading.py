"""Reading answers: bodies, server-sent events and JSON lines, one at a time (a slow reader buffers nothing)."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import httpx

from ringfence.dispatch.calls import WireFailure

MAX_LINE_BYTES = 4 * 1024 * 1024
MAX_ERROR_BYTES = 64 * 1024


async def whole_body(response: httpx.Response) -> bytes:
    """The body of a response. Its size is bounded by the transport."""
    return b"".join([piece async for piece in response.aiter_raw()])


async def start_of_body(response: httpx.Response) -> bytes:
    """As much of an error's body as is worth a look."""
    body = b""
    async for piece in response.aiter_raw():
        body += piece
        if len(body) >= MAX_ERROR_BYTES:
            break
    return body


async def lines(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """The lines of a body, without their ends, blank ones too. The last one may lack its end."""
    rest = bytearray()
    async for chunk in response.aiter_raw():
        *whole, last = chunk.split(b"\n")
        for line in whole:
            rest += line
            yield bytes(rest).rstrip(b"\r")
            rest.clear()
        rest += last
        if len(rest) > MAX_LINE_BYTES:
            raise WireFailure("protocol", f"a line is larger than {MAX_LINE_BYTES:,} bytes")
    if rest:
        yield bytes(rest).rstrip(b"\r")


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
