"""How bytes leave: httpx's interface over aiohttp's connections, kept to one endpoint, with answers that are bounded.

httpx is what the wires and litellm speak. Its own transport takes two to five times the processor time of aiohttp's
for a call, the more the more calls are under way.
"""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import httpx
from typing_extensions import override

from ringfence.dispatch.endpoints import Endpoint, Home, Proxy

if TYPE_CHECKING:
    import aiohttp

MAX_BYTES = 32 * 1024 * 1024
"""More than this of one answer is not an answer."""
_TOO_LARGE = f"the answer is larger than {MAX_BYTES:,} bytes"
_MAX_HEADER = 64 * 1024
_OURS = ("content-length", "transfer-encoding")
"""Headers of a request that say how its body is sent: aiohttp writes them of the body that it is given."""


class Unreadable(httpx.RemoteProtocolError):
    """An answer that is too large, or packed so that it might be. The message is ours."""


class Body(httpx.AsyncByteStream):
    """An answer's body as it comes. It may not be longer than `MAX_BYTES`, whoever reads it."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        content, size = self._response.content, 0
        try:
            with _as_httpx():
                async for piece in content.iter_any():
                    size += len(piece)
                    if size > MAX_BYTES:
                        raise Unreadable(_TOO_LARGE)
                    yield piece
        except Unreadable:
            raise
        except httpx.TransportError:
            # What came before the connection broke was said all the same, and aiohttp has no public way to it.
            if left := content._read_nowait(-1):
                yield left
            raise

    @override
    async def aclose(self) -> None:
        self._response.close()  # of one that is not read to its end, the connection too


OPENED: ContextVar[list[Body]] = ContextVar("opened")
"""Bodies that were opened while it is set. For a library that leaves half-read ones to the garbage collector."""


class PinnedTransport(httpx.AsyncBaseTransport):
    """A transport to one endpoint, or to a provider's own hosts, perhaps through the policy's proxy.

    It looks at each request's origin, the connector under it at each connection. TLS checks the certificate of the
    host's name. Made and used in one event loop.
    """

    def __init__(
        self, target: Endpoint | Home, context: ssl.SSLContext, *, proxy: Proxy | None = None
    ) -> None:
        import aiohttp

        from ringfence.dispatch.sockets import HomeResolver, PinnedResolver, connector

        self._target = target
        self._proxy: dict[str, Any] = {}
        way = target
        if proxy is not None:
            way = proxy.endpoint
            self._proxy = {"proxy": proxy.endpoint.origin, "proxy_headers": _login(proxy)}
        endpoint = way if isinstance(way, Endpoint) else None
        self._resolver = PinnedResolver(way) if isinstance(way, Endpoint) else HomeResolver(way)
        self._session = aiohttp.ClientSession(
            connector=connector(endpoint, self._resolver, context),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            max_line_size=_MAX_HEADER,
            max_field_size=_MAX_HEADER,
        )

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        if not self._target.owns(url.scheme, url.host, port):
            raise httpx.ConnectError("not the endpoint of this client")
        body = await request.aread()
        try:
            with _as_httpx():
                response = await self._send(request, body)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            self._resolver.forget()
            raise
        stream = Body(response)
        answer = httpx.Response(
            response.status,
            headers=response.raw_headers,
            stream=stream,
            extensions={"http_version": b"HTTP/1.1"},
        )
        reason = _unreadable(answer.headers)
        if reason is not None:
            response.close()
            raise Unreadable(reason)
        OPENED.get([]).append(stream)
        return answer

    async def _send(self, request: httpx.Request, body: bytes) -> aiohttp.ClientResponse:
        import aiohttp
        from yarl import URL

        limits: Mapping[str, float | None] = request.extensions.get("timeout", {})
        headers = [
            (name, value)
            for name, value in request.headers.multi_items()
            if name.lower() not in _OURS
        ]
        return await self._session.request(
            request.method,
            URL(str(request.url), encoded=True),
            data=body,
            headers=headers,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                total=None,
                sock_connect=limits.get("connect"),
                sock_read=limits.get("read"),
            ),
            **self._proxy,
        )

    @override
    async def aclose(self) -> None:
        await self._session.close()


def _login(proxy: Proxy) -> dict[str, str]:
    if proxy.auth is None:
        return {}
    pair = ":".join(proxy.auth).encode()
    return {"Proxy-Authorization": f"Basic {b64encode(pair).decode()}"}


def _unreadable(headers: httpx.Headers) -> str | None:
    if headers.get("content-encoding", "identity").lower() != "identity":
        return "the answer is compressed, which nothing asked for"
    length = headers.get("content-length", "0")
    if not length.isdecimal():  # aiohttp's parser in Python passes on two of them
        return "the answer has several lengths, or none that is a number"
    return _TOO_LARGE if int(length) > MAX_BYTES else None


@contextmanager
def _as_httpx() -> Iterator[None]:
    """Aiohttp's errors as httpx's, by what they mean. Their messages are left behind: they hold addresses."""
    import aiohttp

    try:
        yield
    except (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError):
        raise httpx.ProxyError("the proxy did not open a way") from None
    except aiohttp.ClientConnectorError:
        raise httpx.ConnectError("not connected") from None
    except aiohttp.ConnectionTimeoutError:
        raise httpx.ConnectTimeout("not connected in time") from None
    except TimeoutError:
        raise httpx.ReadTimeout("no answer in time") from None
    except (
        aiohttp.ServerDisconnectedError,
        aiohttp.ClientPayloadError,
        aiohttp.ClientResponseError,
    ):
        raise httpx.RemoteProtocolError("cut off, or not HTTP") from None
    except (aiohttp.ClientError, OSError):
        raise httpx.ReadError("the connection broke") from None
