"""I3: local means local, addresses are pinned, and neither redirects nor the environment lead anywhere else."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import certifi
import httpx
import pytest

from ringfence.dispatch.clients import Clients, _usual_trust
from ringfence.dispatch.endpoints import Endpoint, Home, RefusedEndpoint, Resolver, parse_url
from ringfence.dispatch.sockets import Elsewhere, HomeResolver, PinnedResolver, connector
from ringfence.types import Locality


def answering(addresses: dict[str, list[str]]) -> Any:
    """A resolver of names in the event loop's place; it also counts how often it is asked."""
    asked: list[str] = []

    async def getaddrinfo(host: str, port: int, **_: Any) -> Any:
        asked.append(host)
        if host not in addresses:
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses[host]]

    getaddrinfo.asked = asked  # type: ignore[attr-defined]
    return getaddrinfo


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The addresses that names have, for the running loop."""

    def use(addresses: dict[str, list[str]]) -> Any:
        fake = answering(addresses)
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", fake)
        return fake

    return use


def at(bench: Any, model: dict[str, Any], url: str, locality: Locality, **changes: Any) -> Any:
    b = bench({"m": model})
    return replace(b.policy.models["m"], base_url=url, locality=locality, **changes)


@pytest.mark.parametrize(
    "address", ["10.0.0.5", "169.254.169.254", "93.184.216.34", "::ffff:10.0.0.5"]
)
async def test_local_must_resolve_to_this_machine(
    bench: Any, local_model: Any, names: Any, address: str
) -> None:
    names({"localhost": [address]})
    with pytest.raises(RefusedEndpoint):
        await Resolver([]).endpoint(at(bench, local_model, "http://localhost:9/v1", Locality.LOCAL))


async def test_one_foreign_address_among_several_is_enough_to_refuse(
    bench: Any, local_model: Any, names: Any
) -> None:
    names({"localhost": ["127.0.0.1", "10.0.0.5"]})
    with pytest.raises(RefusedEndpoint):
        await Resolver([]).endpoint(at(bench, local_model, "http://localhost:9/v1", Locality.LOCAL))


@pytest.mark.parametrize(
    ("url", "hosts", "insecure", "allowed"),
    [
        ("https://gpu.internal/v1", ["gpu.internal"], False, True),
        ("https://GPU.internal/v1", ["gpu.internal"], False, True),
        ("https://gpu.internal/v1", [], False, False),
        ("http://gpu.internal/v1", ["gpu.internal"], False, False),
        ("http://gpu.internal/v1", ["gpu.internal"], True, True),
    ],
)
async def test_private_hosts_are_listed_and_over_tls(
    bench: Any,
    local_model: Any,
    names: Any,
    url: str,
    hosts: list[str],
    insecure: bool,
    allowed: bool,
) -> None:
    names({"gpu.internal": ["10.0.0.5"]})
    model = at(bench, local_model, url, Locality.PRIVATE, insecure=insecure)
    if allowed:
        assert (await Resolver(hosts).endpoint(model)).addresses == ("10.0.0.5",)
    else:
        with pytest.raises(RefusedEndpoint):
            await Resolver(hosts).endpoint(model)


async def test_a_cloud_in_plain_text_is_refused(bench: Any, local_model: Any, names: Any) -> None:
    names({"api.example": ["93.184.216.34"]})
    with pytest.raises(RefusedEndpoint):
        await Resolver([]).endpoint(at(bench, local_model, "http://api.example/v1", Locality.CLOUD))


async def test_a_host_is_resolved_once_until_a_connection_fails(
    bench: Any, local_model: Any, names: Any
) -> None:
    fake = names({"gpu.internal": ["10.0.0.5"]})
    resolver = Resolver(["gpu.internal"])
    model = at(bench, local_model, "https://gpu.internal/v1", Locality.PRIVATE)
    for _ in range(3):
        await resolver.endpoint(model)
    assert fake.asked == ["gpu.internal"]
    resolver.forget(parse_url("https://gpu.internal/v1"))
    await resolver.endpoint(model)
    assert fake.asked == ["gpu.internal", "gpu.internal"]


@pytest.mark.parametrize(
    "url", ["ftp://h/", "http://", "http://u:p@h/v1", "http://h/v1?x=1", "http://h:x/v1", "h/v1"]
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(RefusedEndpoint):
        parse_url(url)


async def test_the_pinned_address_is_used_and_the_name_kept(names: Any, local_server: Any) -> None:
    """The name resolves elsewhere by now; the client goes to the pin and still sends the name as its Host."""
    names({"model.test": ["203.0.113.7"]})
    endpoint = Endpoint(
        scheme="http",
        host="model.test",
        port=local_server.port,
        path="/v1",
        addresses=("127.0.0.1",),
    )
    clients = Clients(ca_file=None)
    client = await clients.client(endpoint, labelled=True)
    response = await client.get(f"{endpoint.url}/models")
    assert response.status_code == 200
    assert local_server.requests[0].headers["host"] == f"model.test:{local_server.port}"
    await clients.aclose()


async def test_a_client_connects_to_its_own_endpoint_alone(local_server: Any, cloud: Any) -> None:
    endpoint = Endpoint(
        scheme="http", host="127.0.0.1", port=local_server.port, path="", addresses=("127.0.0.1",)
    )
    clients = Clients(ca_file=None)
    client = await clients.client(endpoint, labelled=True)
    with pytest.raises(httpx.ConnectError):
        await client.get(cloud.url)
    await clients.aclose()
    assert cloud.accepted == 0


async def test_the_sockets_under_a_client_open_to_pinned_addresses_alone(
    local_server: Any, cloud: Any
) -> None:
    """The second look, without the transport that looks first: by the host's name, and by the bare address."""
    endpoint = Endpoint(
        scheme="http", host="model.test", port=local_server.port, path="", addresses=("127.0.0.1",)
    )
    pool = connector(endpoint, PinnedResolver(endpoint), httpx.create_ssl_context(trust_env=False))
    async with aiohttp.ClientSession(connector=pool) as session:
        async with session.get(f"http://model.test:{local_server.port}/v1/models") as response:
            assert response.status == 200
        for elsewhere in (cloud.url, cloud.url.replace("127.0.0.1", "localhost")):
            with pytest.raises(aiohttp.ClientConnectorError):
                await session.get(elsewhere)
    assert cloud.accepted == 0


async def test_a_providers_own_name_that_resolves_to_this_machine_is_not_connected_to(
    names: Any,
) -> None:
    asked = names({"api.anthropic.com": ["127.0.0.1"], "evil.example": ["127.0.0.1"]})
    resolver = HomeResolver(Home(hosts=("api.anthropic.com",)))
    (found,) = await resolver.resolve("api.anthropic.com", 443)
    assert not resolver.permits(found["host"], found["port"])
    for host, port in (("evil.example", 443), ("api.anthropic.com", 80)):
        with pytest.raises(Elsewhere):
            await resolver.resolve(host, port)
    await resolver.resolve("api.anthropic.com", 443)
    assert asked.asked == ["api.anthropic.com"], "resolved once"
    resolver.forget()
    await resolver.resolve("api.anthropic.com", 443)
    assert asked.asked == ["api.anthropic.com"] * 2, "and again after a connection failed"


@pytest.mark.parametrize(
    ("host", "owned"),
    [
        ("bedrock-runtime.eu-west-1.amazonaws.com", True),
        ("api.anthropic.com", True),
        ("API.anthropic.com", True),
        ("evilamazonaws.com", False),
        ("api.anthropic.com.evil.example", False),
        ("127.0.0.1", False),
    ],
)
def test_a_provider_owns_its_hosts_and_no_lookalikes(host: str, owned: bool) -> None:
    assert Home(hosts=(".amazonaws.com", "api.anthropic.com")).owns("https", host, 443) is owned


async def test_redirects_are_refused_not_followed(
    bench: Any, local_model: Any, local_server: Any, cloud: Any, reply: Any
) -> None:
    local_server.always(reply(fault="redirect", location=f"{cloud.v1}/chat/completions"))
    error = await bench({"m": local_model}).error("BEACON", labels=("pii",))
    assert [(a.error, a.status) for a in error.attempts] == [("refused_endpoint", 307)]
    assert cloud.accepted == 0


async def test_proxies_of_the_environment_are_ignored(
    bench: Any,
    local_model: Any,
    cloud_model: Any,
    make_server: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy = make_server()
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ):
        monkeypatch.setenv(name, proxy.url)
    b = bench({"local": local_model, "cloud": cloud_model})
    assert (await b.ask("BEACON", "local", labels=("pii",))).model == "local"
    assert (await b.ask("BEACON", "cloud")).model == "cloud"
    assert proxy.accepted == 0


async def test_a_netrc_file_gives_no_password_away(
    bench: Any, local_model: Any, local_server: Any, isolated: Any
) -> None:
    (isolated / ".netrc").write_text("machine 127.0.0.1 login me password mine\n")
    await bench({"local": local_model}).ask()
    assert "authorization" not in local_server.requests[0].headers


@pytest.mark.parametrize("served", ["qwen3.5:cloud", "gpt-oss:120b-cloud"])
async def test_ollamas_cloud_models_are_refused_by_name(
    bench: Any, local_server: Any, served: str
) -> None:
    b = bench({"m": {"model": "ollama_chat/qwen3.5:9b", "base_url": local_server.url}})
    model = b.policy.models["m"]
    b.policy.models["m"] = replace(model, served=served)
    error = await b.error("BEACON", labels=("pii",))
    assert [a.error for a in error.attempts] == ["refused_endpoint"]
    assert b"BEACON" not in local_server.received


async def test_an_ollama_model_that_is_forwarded_is_refused_before_the_request_leaves(
    bench: Any, local_server: Any, reply: Any
) -> None:
    local_server.always(reply(show={"remote_host": "https://ollama.com:443", "remote_model": "x"}))
    b = bench({"m": {"model": "ollama_chat/qwen3.5:9b", "base_url": local_server.url}})
    error = await b.error("BEACON", labels=("pii",))
    assert [a.error for a in error.attempts] == ["refused_endpoint"]
    assert [request.path for request in local_server.requests] == ["/api/show"]
    assert b"BEACON" not in local_server.received


async def test_a_model_that_ollama_lacks_names_the_command_that_pulls_it(
    bench: Any, local_server: Any, reply: Any
) -> None:
    local_server.always(reply(status=404))
    error = await bench(
        {"m": {"model": "ollama_chat/qwen3.5:9b", "base_url": local_server.url}}
    ).error()
    assert "ollama pull qwen3.5:9b" in str(error)
    assert [a.error for a in error.attempts] == ["gone"]


async def test_cookies_are_neither_kept_nor_sent(
    bench: Any, local_model: Any, local_server: Any, reply: Any
) -> None:
    local_server.always(reply(headers={"set-cookie": "track=me"}))
    b = bench({"m": local_model})
    await b.ask()
    await b.ask()
    assert "cookie" not in local_server.requests[1].headers


async def test_without_a_network_no_cloud_is_reached(
    bench: Any, cloud_model: Any, local_model: Any, cloud: Any
) -> None:
    b = bench({"cloud": cloud_model, "local": local_model}, network={"mode": "none"})
    answered = await b.ask()
    assert [(a.model, a.error) for a in answered.attempts] == [
        ("cloud", "refused_endpoint"),
        ("local", None),
    ]
    assert cloud.accepted == 0


@pytest.mark.parametrize("ca_file", [None, certifi.where()])
def test_the_environment_cannot_have_the_keys_of_connections_written_down(
    ca_file: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's own TLS contexts follow `SSLKEYLOGFILE`: who reads that file can read every call."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    _usual_trust.cache_clear()
    assert Clients(ca_file=ca_file)._tls().keylog_filename is None
    _usual_trust.cache_clear()
