"""Every socket that labelled work opens, watched from outside the engine: an audit hook, and a network namespace.

The probe is a process of its own. In the namespace there is nothing but loopback; where the machine does not allow
one to be made, the probe runs without it and the audit hook alone watches.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.invariant("I1", "I3")


def test_where_a_namespace_can_be_made_there_is_no_way_out_of_it(alone: bool) -> None:
    if not alone:
        pytest.skip("this machine lets us make no network namespace")
    devices = Path("/proc/thread-self/net/dev").read_text().splitlines()[2:]
    assert [line.split(":")[0].strip() for line in devices] == ["lo"]
    reach_out = "import socket; socket.create_connection(('192.0.2.1', 443), timeout=5)"
    result = subprocess.run([sys.executable, "-c", reach_out], capture_output=True, text=True)
    assert "unreachable" in result.stderr


PROBE = """
import json, sys
from ringfence import Router
from ringfence.errors import RingfenceError
addresses, lookups = set(), set()
def watch(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple):
        addresses.add(args[1][:2])
    if event == "socket.getaddrinfo":
        lookups.add(str(args[0]))
sys.addaudithook(watch)
def outcome(work):
    try:
        return work()
    except RingfenceError as error:
        return error.code
with Router.from_policy(sys.argv[1]) as router:
    model = outcome(lambda: router.complete(sys.argv[2]).model)
    streamed = outcome(lambda: [chunk.completion for chunk in router.stream(sys.argv[2])][-1].model)
print(json.dumps({"model": model, "streamed": streamed, "addresses": sorted(addresses), "lookups": sorted(lookups)}))
"""


def namespace() -> list[str]:
    """A command prefix that runs the rest in a network namespace with loopback alone, or nothing."""
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return []
    prefix = [
        "unshare",
        "--net",
        "--map-root-user",
        "sh",
        "-c",
        'ip link set lo up && exec "$@"',
        "sh",
    ]
    works = subprocess.run([*prefix, "true"], capture_output=True).returncode == 0
    return prefix if works else []


def probe(policy: Path, text: str, prefix: list[str]) -> dict[str, Any]:
    command = [*prefix, sys.executable, "-W", "ignore", "-c", PROBE, str(policy), text]
    result = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))
    assert result.returncode == 0, result.stderr
    return dict(json.loads(result.stdout))


def rewritten(policy: Path, **changes: Any) -> Path:
    document = yaml.safe_load(policy.read_text()) | changes
    path = policy.with_name("rewritten.yaml")
    path.write_text(json.dumps(document))
    return path


def test_labelled_work_connects_to_the_cleared_endpoint_and_to_nothing_else(
    split_policy: Path, local_server: Any, cloud: Any, labelled: str
) -> None:
    seen = probe(split_policy, labelled, [])
    assert (seen["model"], seen["streamed"]) == ("local-model", "local-model")
    assert seen["addresses"] == [["127.0.0.1", local_server.port]]
    assert cloud.accepted == 0


@pytest.mark.parametrize("fault", [{"status": 500}, {"fault": "reset"}, {"fault": "die"}], ids=str)
def test_labelled_work_that_fails_connects_to_nothing_else_either(
    split_policy: Path, local_server: Any, cloud: Any, reply: Any, labelled: str, fault: Any
) -> None:
    local_server.always(reply(**fault))
    seen = probe(split_policy, labelled, [])
    assert seen["streamed"] == "unavailable"
    assert seen["addresses"] == [["127.0.0.1", local_server.port]]
    assert cloud.accepted == 0


def test_a_cleared_cloud_is_connected_to_at_its_own_address_alone(
    split_policy: Path, cloud: Any, local_server: Any, make_server: Any, labelled: str
) -> None:
    """Neither the proxy of the policy nor the other cloud hears of it."""
    proxy, other = make_server(), make_server()
    document = yaml.safe_load(split_policy.read_text())
    models = document["models"]
    models["other-cloud"] = {**models["cloud-model"], "base_url": other.v1}
    models["cloud-model"] |= {"clearance": "all", "because": "contract 4711"}
    network = {"proxy": proxy.url}
    seen = probe(rewritten(split_policy, models=models, network=network), labelled, [])
    assert (seen["model"], seen["streamed"]) == ("cloud-model", "cloud-model")
    assert seen["addresses"] == [["127.0.0.1", cloud.port]]
    assert seen["lookups"] in ([], ["127.0.0.1"])


def test_labelled_work_needs_no_network_at_all(embedded_policy: Path, labelled: str) -> None:
    seen = probe(embedded_policy, labelled, namespace())
    assert seen["model"] == "tiny"
    assert {host for host, _ in seen["addresses"]} <= {"127.0.0.1"}
    assert set(seen["lookups"]) <= {"127.0.0.1", "localhost"}


@pytest.mark.parametrize("apart", [False, True], ids=["audit-hook", "namespace"])
def test_with_mode_none_even_plain_work_looks_up_and_reaches_no_cloud(
    split_policy: Path,
    local_server: Any,
    cloud: Any,
    plain: str,
    apart: bool,
) -> None:
    """Clouds by name, by litellm and on loopback stand first in the route. None is even looked up."""
    document = yaml.safe_load(split_policy.read_text())
    clouds = {
        "sonnet": {"model": "anthropic/claude-sonnet-4.6"},
        "gpt": {"model": "openai/gpt-5.4"},
        "loopback": document["models"]["cloud-model"],
    }
    # In a namespace of its own the stand-in is out of reach, so the embedded model answers there.
    local = {"model": "embedded/smollm2-135m"} if apart else document["models"]["local-model"]
    models = {**clouds, "local-model": local}
    changes = {"models": models, "routes": {key: list(models) for key in document["routes"]}}
    policy = rewritten(split_policy, network={"mode": "none"}, **changes)
    seen = probe(policy, plain, namespace() if apart else [])
    assert (seen["model"], seen["streamed"]) == ("local-model", "local-model")
    assert set(seen["lookups"]) <= {"127.0.0.1", "localhost"}
    assert {host for host, _ in seen["addresses"]} == {"127.0.0.1"}
    if not apart:
        assert seen["addresses"] == [["127.0.0.1", local_server.port]]
    assert cloud.accepted == 0


def test_with_mode_none_and_only_clouds_nothing_is_connected_to(
    split_policy: Path, cloud: Any, plain: str
) -> None:
    document = yaml.safe_load(split_policy.read_text())
    models = {"cloud-model": document["models"]["cloud-model"]}
    routes = {key: ["cloud-model"] for key in document["routes"]}
    policy = rewritten(split_policy, models=models, routes=routes, network={"mode": "none"})
    seen = probe(policy, plain, [])
    assert (seen["model"], seen["streamed"]) == ("no_model", "no_model")
    assert (seen["addresses"], seen["lookups"]) == ([], [])
