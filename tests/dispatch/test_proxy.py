"""I3: clouds may be reached through the policy's proxy; labelled, local and private calls never are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from stand_in_proxy import RecordingProxy
from stand_in_tls import Authority

from ringfence.dispatch.clients import Clients
from ringfence.dispatch.endpoints import Endpoint, Proxy
from ringfence.dispatch.litellm_library import load_litellm
from ringfence.drill.server import ModelServer
from ringfence.errors import CredentialMissing, Unavailable

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm")

BEACON = "BEACON-4711"
OPENAI, ANTHROPIC = "api.openai.com:443", "api.anthropic.com:443"
GPT = {"model": "openai/gpt-5.4"}
KEYS = {"OPENAI_API_KEY": "k-openai", "ANTHROPIC_API_KEY": "k-anthropic"}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def provider(authority: Authority) -> Iterator[ModelServer]:
    """One server that stands, with certificates for both names, for OpenAI and for Anthropic."""
    server = ModelServer(tls=authority.server("api.openai.com", "api.anthropic.com"))
    yield server
    server.close()


@pytest.fixture
def proxies() -> Iterator[Callable[..., RecordingProxy]]:
    made: list[RecordingProxy] = []

    def make(ways: dict[str, int], **how: Any) -> RecordingProxy:
        made.append(RecordingProxy(ways, **how))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def proxy(proxies: Any, provider: ModelServer) -> RecordingProxy:
    return proxies({OPENAI: provider.port, ANTHROPIC: provider.port})


@pytest.fixture
def network(proxy: RecordingProxy, authority: Authority) -> dict[str, Any]:
    return {"proxy": proxy.url, "ca_file": str(authority.ca_file)}


async def test_a_cloud_is_reached_through_a_tunnel_of_the_proxy(
    bench: Any, network: Any, proxy: RecordingProxy, provider: ModelServer
) -> None:
    b = bench({"gpt": GPT}, env=KEYS, network=network)
    assert (await b.ask(BEACON)).answer.text == "Hello from the stand-in."
    assert "".join([item async for item in b.stream(BEACON)][:-1]) == "Hello from the stand-in."
    assert proxy.asked == [f"CONNECT {OPENAI}"]
    assert provider.received.count(BEACON.encode()) == 2
    assert BEACON.encode() not in proxy.received
    assert b"k-openai" not in proxy.received


async def test_a_cloud_behind_litellm_is_reached_through_it_too(
    bench: Any, network: Any, proxy: RecordingProxy, provider: ModelServer
) -> None:
    load_litellm()
    b = bench(
        {"sonnet": {"model": "anthropic/claude-sonnet-4.6"}},
        env=KEYS,
        network=network,
        fallback={"deadline_s": 60},
    )
    assert (await b.ask(BEACON)).answer.text == "Hello from the stand-in."
    assert proxy.asked == [f"CONNECT {ANTHROPIC}"]
    assert provider.requests[-1].path == "/v1/messages"
    assert BEACON.encode() not in proxy.received


@pytest.mark.parametrize("labels", [(), ("pii",)])
@pytest.mark.parametrize("locality", ["local", "private"])
async def test_local_and_private_traffic_never_passes_it(
    bench: Any,
    network: Any,
    proxy: RecordingProxy,
    local_server: Any,
    locality: str,
    labels: Any,
) -> None:
    hosts = [{"host": "127.0.0.1", "because": "our rack"}]
    model = {"model": "openai/x", "base_url": local_server.v1, "locality": locality}
    cleared = {**model, "clearance": "all", "because": "our rack", "insecure": True}
    b = bench({"m": cleared, "gpt": GPT}, network={**network, "hosts": hosts})
    assert (await b.ask(BEACON, "m", labels=labels)).model == "m"
    assert [item async for item in b.stream(BEACON, "m", labels=labels)][-1].model == "m"
    assert proxy.accepted == 0


async def test_a_private_host_by_name_is_resolved_here_and_not_by_the_proxy(
    bench: Any, network: Any, proxy: RecordingProxy
) -> None:
    rack = {"model": "openai/x", "base_url": "https://rack.invalid/v1"}
    hosts = [{"host": "rack.invalid", "because": "our rack"}]
    error = await bench({"rack": rack}, network={**network, "hosts": hosts}).error(BEACON)
    assert [(a.error, a.reason) for a in error.attempts] == [("connect", "its host has no address")]
    assert proxy.accepted == 0


async def test_a_labelled_byte_never_passes_it_even_to_a_cleared_cloud(
    bench: Any, network: Any, proxy: RecordingProxy, provider: ModelServer
) -> None:
    """A proxy with a certificate of its own in `ca_file` could read a tunnel; a labelled call goes straight or not."""
    cleared = {"model": "openai/x", "base_url": "https://baa.invalid/v1", "locality": "cloud"}
    cleared |= {"price": {"input": 1, "output": 1}, "context_window": 9000}
    cleared |= {"clearance": "all", "because": "contract 4711"}
    b = bench({"baa": cleared}, network=network)
    error = await b.error(BEACON, labels=("pii",))
    assert [(a.error, a.reason) for a in error.attempts] == [("connect", "its host has no address")]
    assert (proxy.accepted, provider.accepted) == (0, 0)


async def test_a_labelled_call_prepared_with_a_proxy_is_refused_where_clients_are_made(
    bench: Any, network: Any, proxy: RecordingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second of two checks: the first is taken away here."""
    b = bench(
        {"gpt": {**GPT, "clearance": "all", "because": "contract"}}, env=KEYS, network=network
    )
    right = b.dispatcher._preparer._proxy
    monkeypatch.setattr(
        b.dispatcher._preparer, "_proxy", lambda model, labelled: right(model, labelled=False)
    )
    error = await b.error(BEACON, labels=("pii",))
    assert [a.reason for a in error.attempts] == ["labelled calls pass no proxy (network.proxy)"]
    assert proxy.accepted == 0


async def test_a_cloud_on_loopback_is_not_asked_of_the_proxy(
    bench: Any, cloud_model: Any, network: Any, proxy: RecordingProxy
) -> None:
    assert (await bench({"cloud": cloud_model}, network=network).ask()).model == "cloud"
    assert proxy.accepted == 0


async def test_a_cloud_in_plain_text_is_refused_behind_the_proxy_as_well(
    bench: Any, cloud_model: Any, network: Any, proxy: RecordingProxy
) -> None:
    b = bench({"cloud": cloud_model}, network=network)
    b.policy.models["cloud"] = replace(b.policy.models["cloud"], base_url="http://api.example/v1")
    error = await b.error()
    assert [a.error for a in error.attempts] == ["refused_endpoint"]
    assert proxy.accepted == 0


async def test_without_the_ca_file_its_certificate_is_not_trusted(
    bench: Any, network: Any, provider: ModelServer
) -> None:
    error = await bench({"gpt": GPT}, env=KEYS, network={"proxy": network["proxy"]}).error(BEACON)
    assert [a.error for a in error.attempts] == ["connect"]
    assert BEACON.encode() not in provider.received


async def test_a_ca_file_that_cannot_be_read_is_said(bench: Any, cloud_model: Any) -> None:
    error = await bench({"cloud": cloud_model}, network={"ca_file": "/nowhere.pem"}).error()
    assert [(a.error, a.reason) for a in error.attempts] == [
        ("refused_endpoint", "network.ca_file of the policy cannot be read as certificates in PEM")
    ]


@pytest.mark.parametrize("status", [403, 407, 502])
async def test_a_proxy_that_refuses_is_named_and_the_next_model_answers(
    bench: Any, proxies: Any, local_model: Any, status: int
) -> None:
    refusing = proxies({}, status=status)
    b = bench({"gpt": GPT, "local": local_model}, env=KEYS, network={"proxy": refusing.url})
    answered = await b.ask()
    assert next((a.model, a.error, a.reason) for a in answered.attempts) == (
        "gpt",
        "connect",
        "the proxy of network.proxy did not open a way",
    )
    assert answered.model == "local"


async def test_the_proxys_password_comes_from_its_variable(
    bench: Any, network: Any, proxy: RecordingProxy, provider: ModelServer
) -> None:
    network = {**network, "proxy_auth_env": "PROXY_LOGIN"}
    missing = await bench({"gpt": GPT}, env=KEYS, network=network).error()
    assert isinstance(missing, CredentialMissing)
    assert missing.variable == "PROXY_LOGIN"
    b = bench({"gpt": GPT}, env={**KEYS, "PROXY_LOGIN": "me:mine"}, network=network)
    await b.ask()
    assert b"proxy-authorization: basic bwu6bwluzq==" in proxy.heads[-1].lower()
    assert b"proxy-authorization" not in provider.received.lower()


async def test_a_client_through_a_proxy_still_serves_its_own_host_alone(
    proxy: RecordingProxy,
) -> None:
    target = Endpoint(scheme="https", host="api.openai.com", port=443, path="/v1")
    port = int(proxy.url.rpartition(":")[2])
    way = Endpoint(scheme="http", host="127.0.0.1", port=port, path="", addresses=("127.0.0.1",))
    clients = Clients(ca_file=None)
    client = await clients.client(target, labelled=False, proxy=Proxy(endpoint=way))
    for elsewhere in ("https://api.anthropic.com/v1", "http://api.openai.com/v1"):
        with pytest.raises(Exception, match="not the endpoint of this client"):
            await client.get(elsewhere)
    await clients.aclose()
    assert proxy.accepted == 0


async def test_a_dead_proxy_is_a_failed_connection(bench: Any, network: Any, proxy: Any) -> None:
    proxy.close()
    error = await bench({"gpt": GPT}, env=KEYS, network=network).error()
    assert isinstance(error, Unavailable)
    assert [a.error for a in error.attempts] == ["connect"]
