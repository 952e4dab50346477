"""Where a model is reached: its host resolved once, judged by its locality (I3), and that address pinned.

`local` must be loopback or a Unix socket whatever the name says; `private` must be a host that the policy lists, over
TLS unless `insecure: true`; a cloud is reached in plain text on loopback only (that is how tests stand one up). What
the policy's proxy reaches is not resolved here: the proxy is.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from ringfence.rules import Model
from ringfence.types import Locality

SOCKET_PATHS: Mapping[str, str] = {"openai": "/v1", "ollama": ""}
"""Wire → where its API usually starts; a `unix://` address may say otherwise after a colon."""


class RefusedEndpoint(Exception):
    """The endpoint is not what its locality says; the message says what is wrong, without the address's answer."""


class Unresolved(Exception):
    """The host has no address now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A URL with the addresses, or the Unix socket, that it may be connected to, and no others."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...] = ()
    socket: str | None = None

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.origin}{self.path}"

    @property
    def on_this_machine(self) -> bool:
        if self.socket is not None:
            return True
        return bool(self.addresses) and all(is_loopback(address) for address in self.addresses)

    def owns(self, scheme: str, host: str, port: int) -> bool:
        """Whether a request may go here: to this origin and to no other."""
        return (scheme, host, port) == (self.scheme, self.host, self.port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """The policy's way out to clouds. It is asked for tunnels alone, so that it sees names and no content."""

    endpoint: Endpoint
    auth: tuple[str, str] | None = field(default=None, repr=False)
    """User and password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The hosts that a provider itself serves from, where its library builds the address (litellm)."""

    hosts: tuple[str, ...]
    """Whole names, or suffixes that start with a dot."""

    def owns(self, scheme: str, host: str, port: int) -> bool:
        """Whether a request may go here: over TLS to one of the hosts."""
        host = host.lower()
        known = any(host == own or (own[0] == "." and host.endswith(own)) for own in self.hosts)
        return known and (scheme, port) == ("https", 443)


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
        endpoint = await self.resolved(address_of(model))
        self._check(model, endpoint)
        return endpoint

    async def resolved(self, endpoint: Endpoint) -> Endpoint:
        """An endpoint with the addresses of its host."""
        if endpoint.socket is not None:
            return endpoint
        place = (endpoint.host, endpoint.port)
        addresses = self._pins.get(place)
        if addresses is None:
            addresses = await _addresses(*place)
            with self._lock:
                addresses = self._pins.setdefault(place, addresses)
        return replace(endpoint, addresses=addresses)

    def forget(self, endpoint: Endpoint) -> None:
        """A connection failed: resolve again, and check again, before the next."""
        with self._lock:
            self._pins.pop((endpoint.host, endpoint.port), None)

    def _check(self, model: Model, endpoint: Endpoint) -> None:
        if model.locality is Locality.LOCAL and not endpoint.on_this_machine:
            raise RefusedEndpoint(
                "the policy calls it local, but its host is not this machine; write 'private' or 'cloud'"
            )
        if model.locality is Locality.PRIVATE and not endpoint.on_this_machine:
            if endpoint.host not in self._hosts:
                raise RefusedEndpoint("its host is not listed under network.hosts of the policy")
            if endpoint.scheme != "https" and not model.insecure:
                raise RefusedEndpoint(
                    "a private host needs https://, or 'insecure: true' beside it"
                )
        if model.locality is Locality.CLOUD and not endpoint.on_this_machine:
            check_encrypted(endpoint)


def check_encrypted(endpoint: Endpoint) -> None:
    """Raise `RefusedEndpoint` where a cloud would be spoken to in plain text."""
    if endpoint.scheme != "https":
        raise RefusedEndpoint("a cloud is reached over https:// only")


def address_of(model: Model) -> Endpoint:
    """Where the policy says that a model is, not resolved yet.

    Raises:
        RefusedEndpoint: it says nothing, or no address of a kind that is known.
    """
    if model.base_url is None:
        raise RefusedEndpoint("it has no address; write its 'base_url' in the policy")
    if model.base_url.startswith("unix:"):
        return _socket(model.base_url, SOCKET_PATHS.get(model.provider.wire, ""))
    return parse_url(model.base_url)


def _socket(url: str, usual: str) -> Endpoint:
    """`unix:///run/model.sock`, or `unix:///run/model.sock:/path` where the API does not start at its usual place."""
    parts = urlsplit(url)
    socket_path, colon, path = parts.path.partition(":")
    if parts.netloc or not socket_path.startswith("/"):
        raise RefusedEndpoint("a Unix socket is written unix:///whole/path.sock")
    path = path.rstrip("/") if colon else usual
    return Endpoint(scheme="http", host="localhost", port=80, path=path, socket=socket_path)


def parse_url(url: str) -> Endpoint:
    """A base URL, its host in lower case.

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
    path = parts.path.rstrip("/")
    return Endpoint(scheme=parts.scheme, host=parts.hostname.lower(), port=port, path=path)


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
