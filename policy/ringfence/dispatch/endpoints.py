"""Where a model is reached: its host resolved once, judged by its locality (I3), and that address pinned.

`local` must be loopback whatever the name says; `private` must be a host that the policy lists, over TLS unless
`insecure: true`; a cloud is reached in plain text on loopback only (that is how tests stand one up).
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from ringfence.rules import Model
from ringfence.types import Locality


class RefusedEndpoint(Exception):
    """The endpoint is not what its locality says; the message says what is wrong, without the address's answer."""


class Unresolved(Exception):
    """The host has no address now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A URL with the addresses that it may be connected to, and no others."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.origin}{self.path}"

    @property
    def loopback(self) -> bool:
        return all(is_loopback(address) for address in self.addresses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The hosts that a provider itself serves from, where its library builds the address (litellm)."""

    hosts: tuple[str, ...]
    """Whole names, or suffixes that start with a dot."""

    def owns(self, host: str) -> bool:
        host = host.lower()
        return any(host == own or (own[0] == "." and host.endswith(own)) for own in self.hosts)


class Resolver:
    """Resolves each host once and keeps the answer until a connection to it fails. Safe among threads and loops."""

    def __init__(self, hosts: Iterable[str]) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._pins: dict[tuple[str, int], tuple[str, ...]] = {}
        self._lock = threading.Lock()

    async def endpoint(self, model: Model) -> Endpoint:
        """The checked and pinned endpoint of a model.

        Raises:
            RefusedEndpoint: it is not where its locality says that it is.
            Unresolved: its host has no address.
        """
        if model.base_url is None:
            raise RefusedEndpoint("it has no address; write its 'base_url' in the policy")
        endpoint = await self._resolve(model.base_url)
        self._check(model, endpoint)
        return endpoint

    def forget(self, url: str) -> None:
        """A connection failed: resolve again, and check again, before the next."""
        _, host, port, _ = split_url(url)
        with self._lock:
            self._pins.pop((host, port), None)

    async def _resolve(self, url: str) -> Endpoint:
        scheme, host, port, path = split_url(url)
        addresses = self._pins.get((host, port))
        if addresses is None:
            addresses = await _addresses(host, port)
            with self._lock:
                addresses = self._pins.setdefault((host, port), addresses)
        return Endpoint(scheme=scheme, host=host, port=port, path=path, addresses=addresses)

    def _check(self, model: Model, endpoint: Endpoint) -> None:
        if model.locality is Locality.LOCAL and not endpoint.loopback:
            raise RefusedEndpoint(
                "the policy calls it local, but its host is not this machine; write 'private' or 'cloud'"
            )
        if model.locality is Locality.PRIVATE and not endpoint.loopback:
            if endpoint.host not in self._hosts:
                raise RefusedEndpoint("its host is not listed under network.hosts of the policy")
            if endpoint.scheme != "https" and not model.insecure:
                raise RefusedEndpoint(
                    "a private host needs https://, or 'insecure: true' beside it"
                )
        if (
            model.locality is Locality.CLOUD
            and endpoint.scheme != "https"
            and not endpoint.loopback
        ):
            raise RefusedEndpoint("a cloud is reached over https:// only")


def split_url(url: str) -> tuple[str, str, int, str]:
    """Scheme, host (lower case), port and path of a base URL.

    Raises:
        RefusedEndpoint: it is not a plain http or https URL.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise RefusedEndpoint(
            "its base_url must be http(s)://host[:port][/path], with no user and no query"
        )
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise RefusedEndpoint("the port of its base_url is not a number") from None
    return parts.scheme, parts.hostname.lower(), port, parts.path.rstrip("/")


async def _addresses(host: str, port: int) -> tuple[str, ...]:
    try:
        return (str(ipaddress.ip_address(host)),)
    except ValueError:
        pass
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unresolved from None
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_loopback(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return bool((mapped or ip).is_loopback)
