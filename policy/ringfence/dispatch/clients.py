"""The HTTP clients: one for each event loop, endpoint and kind of call, each able to connect to its endpoint alone.

Nothing of the environment counts (`trust_env=False`), redirects are not followed, and a labelled call's client is
never an unlabelled one's (sealed dispatch). A client's backend knows only the pinned addresses of its endpoint: any
other host or port is refused before a socket is made.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
import weakref
from collections.abc import AsyncGenerator, Iterable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpcore
import httpx
from typing_extensions import override

from ringfence.dispatch.endpoints import Endpoint, Home, is_loopback

CONNECT_S = 5.0
"""How long a connection may take to open; a dead host is a reason to fall back, not to wait."""
_LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=30)


class PinnedBackend(httpcore.AnyIOBackend):
    """Connects to the pinned addresses of one endpoint, in order, and to nothing else."""

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
    """For a provider whose address its library knows: connects to that provider's own hosts over TLS, resolved once."""

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
        if port != 443 or not self._home.owns(host):
            raise httpcore.ConnectError("not the provider's own host")
        stream = await super().connect_tcp(
            self._pins.get(host, host), port, timeout, local_address, socket_options
        )
        address = str(stream.get_extra_info("server_addr")[0])
        if is_loopback(address):
            await stream.aclose()
            raise httpcore.ConnectError("not the provider's own host")
        self._pins[host] = address
        return stream

    @override
    async def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
        raise httpcore.ConnectError("not the provider's own host")


class PinnedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over a pool whose backend is pinned. TLS still checks the certificate of the host's name."""

    def __init__(self, target: Endpoint | Home, context: ssl.SSLContext) -> None:
        super().__init__(verify=context, trust_env=False)
        pinned = PinnedBackend(target) if isinstance(target, Endpoint) else HomeBackend(target)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=_LIMITS.max_connections,
            max_keepalive_connections=_LIMITS.max_keepalive_connections,
            keepalive_expiry=_LIMITS.keepalive_expiry,
            network_backend=pinned,
        )


class Clients:
    """All clients of a dispatcher. Each event loop has its own, closed when the loop ends or by `aclose`."""

    def __init__(self, *, ca_file: str | None) -> None:
        self._ca_file = ca_file
        self._context: ssl.SSLContext | None = None
        self._lock = threading.Lock()
        self._loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _LoopClients] = (
            weakref.WeakKeyDictionary()
        )

    async def client(self, target: Endpoint | Home, *, labelled: bool) -> httpx.AsyncClient:
        """The running loop's client for an endpoint; labelled calls get one of their own."""
        loop = asyncio.get_running_loop()
        clients = self._loops.get(loop)
        if clients is None:
            clients = await self._adopt(loop)
        key = (target, labelled)
        if key not in clients.open:
            clients.open[key] = httpx.AsyncClient(
                transport=PinnedTransport(target, self._tls()),
                trust_env=False,
                follow_redirects=False,
                timeout=httpx.Timeout(None, connect=CONNECT_S),
                headers={"accept-encoding": "identity"},
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # none is kept or sent
            )
        return clients.open[key]

    async def aclose(self) -> None:
        """Close the clients of this loop, and of other loops that still run."""
        here = asyncio.get_running_loop()
        with self._lock:
            loops = list(self._loops.items())
            self._loops.clear()
        for loop, clients in loops:
            if loop is here:
                await clients.aclose()
            elif loop.is_running():
                future = asyncio.run_coroutine_threadsafe(clients.aclose(), loop)
                await asyncio.wrap_future(future)

    async def _adopt(self, loop: asyncio.AbstractEventLoop) -> _LoopClients:
        clients = _LoopClients()
        await clients.keep()
        with self._lock:
            self._loops[loop] = clients
        return clients

    def _tls(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                self._context = httpx.create_ssl_context(trust_env=False)
                if self._ca_file is not None:
                    self._context.load_verify_locations(cafile=self._ca_file)
            return self._context


class _LoopClients:
    """The clients of one loop.

    `asyncio.run` closes a loop's unfinished async generators at its end: so `_keeper` closes the connections of a
    caller that never closes the dispatcher.
    """

    def __init__(self) -> None:
        self.open: dict[tuple[Endpoint | Home, bool], httpx.AsyncClient] = {}
        self._keeper = self._keep()

    async def keep(self) -> None:
        await anext(self._keeper)

    async def aclose(self) -> None:
        await self._keeper.aclose()

    async def _keep(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            clients = list(self.open.values())
            self.open.clear()
            for client in clients:
                await client.aclose()
