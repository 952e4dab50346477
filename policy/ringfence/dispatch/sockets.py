"""What a client may connect to: the pinned addresses of one endpoint, or the hosts that a provider owns.

Names are resolved by a resolver that knows nothing else, and each socket is opened by a factory that looks at the
address once more. Either alone keeps a client to its endpoint.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from typing_extensions import override

from ringfence.dispatch.endpoints import Endpoint, Home, is_loopback

MAX_CONNECTIONS = 200
_IDLE_S = 30.0


class Elsewhere(OSError):
    """A connection to what is not the endpoint was asked for; it was not opened."""


class PinnedResolver(AbstractResolver):
    """Knows the name of one endpoint, and its pinned addresses."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        if (host.lower(), port) != (self._endpoint.host, self._endpoint.port):
            raise Elsewhere("not the pinned endpoint")
        return [_result(host, address, port) for address in self._endpoint.addresses]

    def permits(self, address: str, port: int) -> bool:
        return port == self._endpoint.port and address in self._endpoint.addresses

    def forget(self) -> None:
        """Nothing: whoever pinned the addresses resolves them again."""

    @override
    async def close(self) -> None: ...


class HomeResolver(AbstractResolver):
    """For a provider whose address its library knows: resolves that provider's own hosts, for TLS.

    Each host is resolved once, and again after a connection failed.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._pins: dict[str, list[ResolveResult]] = {}

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        if not self._home.owns("https", host, port):
            raise Elsewhere("not the provider's own host")
        if host not in self._pins:
            loop = asyncio.get_running_loop()
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
            self._pins[host] = [_result(host, address, port) for address in addresses]
        return self._pins[host]

    def permits(self, address: str, port: int) -> bool:
        known = (entry["host"] for entries in self._pins.values() for entry in entries)
        return port == 443 and address in known and not is_loopback(address)

    def forget(self) -> None:
        """A connection failed: resolve again before the next."""
        self._pins.clear()

    @override
    async def close(self) -> None: ...


Resolver = PinnedResolver | HomeResolver


def connector(
    endpoint: Endpoint | None, resolver: Resolver, context: ssl.SSLContext
) -> aiohttp.BaseConnector:
    """A pool of connections that the resolver permits, or to the Unix socket of an endpoint."""
    if endpoint is not None and endpoint.socket is not None:
        return aiohttp.UnixConnector(
            endpoint.socket, limit=MAX_CONNECTIONS, keepalive_timeout=_IDLE_S
        )

    def opened(info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, place = info
        if not resolver.permits(str(place[0]), int(place[1])):
            raise Elsewhere("not a pinned address")
        return socket.socket(family, kind, protocol)

    return aiohttp.TCPConnector(
        resolver=resolver,
        use_dns_cache=False,
        ssl=context,
        limit=MAX_CONNECTIONS,
        keepalive_timeout=_IDLE_S,
        happy_eyeballs_delay=None,  # the addresses in their order, one after another
        socket_factory=opened,
    )


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=family,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
