"""The HTTP clients: one for each event loop, endpoint and kind of call, each able to connect to its endpoint alone.

Nothing of the environment counts (`trust_env=False`), redirects are not followed, and a labelled call's client is
never an unlabelled one's (sealed dispatch), nor does it ever know of a proxy.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
import weakref
from collections.abc import AsyncGenerator
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, cast

import httpx

from ringfence.dispatch.calls import Call, WireFailure
from ringfence.dispatch.endpoints import Endpoint, Home, Proxy
from ringfence.dispatch.transport import PinnedTransport

CONNECT_S = 5.0
"""How long a connection may take to open; a dead host is a reason to fall back, not to wait."""
CLOSE_S = 1.0
"""How long to wait for another loop to close its clients: it may be busy, or end meanwhile."""
_Key = tuple[Endpoint | Home, Proxy | None, bool]


class Clients:
    """All clients of a dispatcher. Each event loop has its own, closed when the loop ends or by `aclose`."""

    def __init__(self, *, ca_file: str | None) -> None:
        self._ca_file = ca_file
        self._context: ssl.SSLContext | None = None
        self._lock = threading.Lock()
        self._loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _LoopClients] = (
            weakref.WeakKeyDictionary()
        )

    async def of(self, call: Call, target: Endpoint | Home | None = None) -> httpx.AsyncClient:
        """The client of a call: to its endpoint, or to the `target` that its wire knows.

        Raises:
            WireFailure: the call is labelled and would pass a proxy; or the policy's `ca_file` cannot be read.
        """
        if call.labelled and call.proxy is not None:  # (I1) whatever prepared it so
            raise WireFailure(
                "refused_endpoint", "labelled calls pass no proxy (network.proxy)", connected=False
            )
        return await self.client(target or call.where, labelled=call.labelled, proxy=call.proxy)

    async def client(
        self, target: Endpoint | Home, *, labelled: bool, proxy: Proxy | None = None
    ) -> httpx.AsyncClient:
        """The running loop's client for an endpoint; labelled calls get one of their own."""
        loop = asyncio.get_running_loop()
        clients = self._loops.get(loop)
        if clients is None:
            clients = await self._adopt(loop)
        key = (target, proxy, labelled)
        if key not in clients.open:
            clients.open[key] = httpx.AsyncClient(
                transport=PinnedTransport(target, self._tls(), proxy=proxy),
                trust_env=False,
                follow_redirects=False,
                timeout=httpx.Timeout(None, connect=CONNECT_S),
                headers={"accept-encoding": "identity"},
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # none is kept or sent
            )
        return clients.open[key]

    @property
    def any_open(self) -> bool:
        """Whether there is something to close."""
        with self._lock:
            return any(clients.open for clients in self._loops.values())

    async def aclose(self) -> None:
        """Close the clients of this loop, and of other loops that still run."""
        here = asyncio.get_running_loop()
        with self._lock:
            loops = list(self._loops.items())
            self._loops.clear()
        elsewhere = [
            asyncio.wrap_future(asyncio.run_coroutine_threadsafe(clients.aclose(), loop))
            for loop, clients in loops
            if loop is not here and loop.is_running()
        ]
        for loop, clients in loops:
            if loop is here:
                await clients.aclose()
        if elsewhere:
            await asyncio.wait(elsewhere, timeout=CLOSE_S)

    async def _adopt(self, loop: asyncio.AbstractEventLoop) -> _LoopClients:
        clients = _LoopClients()
        await clients.keep()
        with self._lock:
            self._loops[loop] = clients
        return clients

    def _tls(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                self._context = _usual_trust() if self._ca_file is None else _trust(self._ca_file)
            return self._context


@cache
def _usual_trust() -> ssl.SSLContext:
    """One for the process: reading the certificates takes tens of milliseconds."""
    return _context()


def _context() -> ssl.SSLContext:
    context: Any = httpx.create_ssl_context(trust_env=False)
    context.keylog_filename = None  # it was SSLKEYLOGFILE's: who reads that file reads the calls
    return cast(ssl.SSLContext, context)


def _trust(ca_file: str) -> ssl.SSLContext:
    context = _context()
    try:
        context.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError):
        raise WireFailure(
            "refused_endpoint",
            "network.ca_file of the policy cannot be read as certificates in PEM",
            connected=False,
        ) from None
    return context


class _LoopClients:
    """The clients of one loop.

    `asyncio.run` closes a loop's unfinished async generators at its end: so `_keeper` closes the connections of a
    caller that never closes the dispatcher.
    """

    def __init__(self) -> None:
        self.open: dict[_Key, httpx.AsyncClient] = {}
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
