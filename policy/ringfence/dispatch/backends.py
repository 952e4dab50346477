"""What a connection pool may connect to: the pinned addresses of one endpoint, and nothing else.

The transport looks at each request's origin, the backend under it at each connection. Either alone keeps a client to
its endpoint. The transport also bounds what an answer may weigh, for every wire.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterable
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx
from typing_extensions import override

from ringfence.dispatch.endpoints import Endpoint, Home, Proxy, is_loopback

MAX_BYTES = 32 * 1024 * 1024
"""More than this of one answer is not an answer."""
_TOO_LARGE = f"the answer is larger than {MAX_BYTES:,} bytes"
_MAX_CONNECTIONS = 200
_MAX_IDLE = 50
_IDLE_S = 30.0


class PinnedBackend(httpcore.AnyIOBackend):
    """Connects to the pinned addresses of one endpoint, in order, or to its Unix socket."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        if (host.lower(), port) != (self._endpoint.host, self._endpoint.port):
            raise httpcore.ConnectError("not the pinned endpoint")
        if self._endpoint.socket is not None:
            return await super().connect_unix_socket(self._endpoint.socket, timeout, socket_options)
        failure: Exception = httpcore.ConnectError("no pinned address")
        for address in self._endpoint.addresses:
            try:
                return await super().connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    @override
    async def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
        raise httpcore.ConnectError("not the pinned endpoint")


class HomeBackend(httpcore.AnyIOBackend):
    """For a provider whose address its library knows: connects to that provider's own hosts over TLS.

    Each host is resolved once, and again after a connection failed.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._pins: dict[str, str] = {}

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        if not self._home.owns("https", host, port):
            raise httpcore.ConnectError("not the provider's own host")
        try:
            stream = await super().connect_tcp(
                self._pins.get(host, host), port, timeout, local_address, socket_options
            )
        except (httpcore.ConnectError, httpcore.ConnectTimeout):
            self._pins.pop(host, None)
            raise
        address = str(stream.get_extra_info("server_addr")[0])
        if is_loopback(address):
            await stream.aclose()
            raise httpcore.ConnectError("not the provider's own host")
        self._pins[host] = address
        return stream

    @override
    async def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
        raise httpcore.ConnectError("not the provider's own host")


class Unreadable(httpx.RemoteProtocolError):
    """An answer that is too large, or packed so that it might be. The message is ours."""


class BoundedStream(httpx.AsyncByteStream):
    """A body that may not be longer than `MAX_BYTES`, whoever reads it."""

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._stream:
            size += len(piece)
            if size > MAX_BYTES:
                raise Unreadable(_TOO_LARGE)
            yield piece

    @override
    async def aclose(self) -> None:
        await self._stream.aclose()


OPENED: ContextVar[list[BoundedStream]] = ContextVar("opened")
"""Bodies that were opened while it is set. For a library that leaves half-read ones to the garbage collector."""


class PinnedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over a pool whose backend is pinned. TLS still checks the certificate of the host's name."""

    def __init__(
        self, target: Endpoint | Home, context: ssl.SSLContext, *, proxy: Proxy | None = None
    ) -> None:
        super().__init__(verify=context, trust_env=False)
        self._target = target
        self._pool = _pool(target, context) if proxy is None else _tunnels(proxy, context)

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        if not self._target.owns(url.scheme, url.host, port):
            raise httpx.ConnectError("not the endpoint of this client")
        response = await super().handle_async_request(request)
        reason = _unreadable(response.headers)
        if reason is not None:
            await response.aclose()
            raise Unreadable(reason)
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = BoundedStream(response.stream)
            OPENED.get([]).append(response.stream)
        return response


def _unreadable(headers: httpx.Headers) -> str | None:
    if headers.get("content-encoding", "identity").lower() != "identity":
        return "the answer is compressed, which nothing asked for"
    return _TOO_LARGE if int(headers.get("content-length", "0")) > MAX_BYTES else None


def _pool(target: Endpoint | Home, context: ssl.SSLContext) -> httpcore.AsyncConnectionPool:
    backend = PinnedBackend(target) if isinstance(target, Endpoint) else HomeBackend(target)
    return httpcore.AsyncConnectionPool(
        ssl_context=context,
        max_connections=_MAX_CONNECTIONS,
        max_keepalive_connections=_MAX_IDLE,
        keepalive_expiry=_IDLE_S,
        network_backend=backend,
    )


def _tunnels(proxy: Proxy, context: ssl.SSLContext) -> httpcore.AsyncConnectionPool:
    """A pool that connects to the proxy alone, and asks it for a tunnel (`CONNECT`) to each https origin."""
    encrypted = proxy.endpoint.scheme == "https"
    return httpcore.AsyncHTTPProxy(
        proxy_url=proxy.endpoint.origin,
        proxy_auth=proxy.auth,
        proxy_ssl_context=context if encrypted else None,
        ssl_context=context,
        max_connections=_MAX_CONNECTIONS,
        max_keepalive_connections=_MAX_IDLE,
        keepalive_expiry=_IDLE_S,
        network_backend=PinnedBackend(proxy.endpoint),
    )
