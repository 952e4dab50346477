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
addresses, lookups = set(), set()
def watch(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple):
        addresses.add(args[1][:2])
    if event == "socket.getaddrinfo":
        lookups.add(str(args[0]))
sys.addaudithook(watch)
with Router.from_policy(sys.argv[1]) as router:
    completion = router.complete(sys.argv[2])
    streamed = "".join(chunk.text for chunk in router.stream(sys.argv[2]))
print(json.dumps({"model": completion.model, "streamed": bool(streamed), "addresses": sorted(addresses),
                  "lookups": sorted(lookups)}))
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


def test_labelled_work_connects_to_the_cleared_endpoint_and_to_nothing_else(
    split_policy: Path, local_server: Any, cloud: Any, labelled: str
) -> None:
    seen = probe(split_policy, labelled, [])
    assert (seen["model"], seen["streamed"]) == ("local-model", True)
    assert seen["addresses"] == [["127.0.0.1", local_server.port]]
    assert cloud.accepted == 0


def test_labelled_work_needs_no_network_at_all(embedded_policy: Path, labelled: str) -> None:
    seen = probe(embedded_policy, labelled, namespace())
    assert seen["model"] == "tiny"
    assert {host for host, _ in seen["addresses"]} <= {"127.0.0.1"}
    assert set(seen["lookups"]) <= {"127.0.0.1", "localhost"}
