"""What the gate may take and where it may go: no network, bounded memory, one answer however many share it."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from ringfence.gate import Gate
from ringfence.request import Request
from ringfence.rules import load_policy
from ringfence.trust import digest_of
from ringfence.types import Findings

MakeGate = Callable[..., Gate]
SSN = "219-09-9998"
TEXTS = (
    f"my ssn is {SSN}",
    "card 4539 1488 0343 6467",
    "Brunhilde Achterberg and Otto Lindqvist looked at the garden.",
    "Ask Dr. Who about badge Q1234.",
    "Write a haiku about autumn rain.",
    "The patient was started on lisinopril 10 mg for hypertension and seen in clinic.",
)


@pytest.fixture
def whole_gate(tmp_path: Path) -> Gate:
    """Every stage on: names in full, and a team's own Presidio recognisers."""
    content = yaml.safe_dump(
        {"recognizers": [{"name": "titles", "supported_entity": "TITLE", "deny_list": ["Dr."]}]}
    ).encode()
    (tmp_path / "recognizers.yaml").write_bytes(content)
    presidio = {
        "file": "recognizers.yaml",
        "digest": digest_of(content),
        "labels": {"TITLE": "confidential"},
    }
    document = {
        "ringfence": 1,
        "name": "test",
        "models": {"local": {"model": "ollama_chat/qwen3.5:9b"}},
        "routes": {"simple": ["local"]},
        "gate": {"names": "full", "limits": {"ms": 60_000}, "presidio": presidio},
    }
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(document))
    return Gate(load_policy(tmp_path / "policy.yaml"))


def requests() -> list[Request]:
    return [
        Request.parse(
            {"messages": [{"role": "user", "content": text} for text in TEXTS[at : at + 2]]}
        )
        for at in range(len(TEXTS))
    ]


# -- no network


def test_the_whole_gate_makes_no_network_call(
    whole_gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []

    def refuse(*_: Any, **__: Any) -> Any:
        called.append("network")
        raise OSError("no network")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    whole_gate.warm()
    labels = {label for request in requests() for label in whole_gate.read(request).labels}
    assert labels >= {"pii", "pci", "confidential"}
    assert "unscanned" not in labels
    assert called == []


def test_a_fresh_process_needs_nothing_but_loopback(tmp_path: Path) -> None:
    """In a namespace without a network, from the first import on; where none may be made, with sockets refused."""
    script = tmp_path / "read.py"
    script.write_text(
        "import socket\n"
        "def refuse(*_, **__): raise SystemExit('network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from netns import only_loopback\n"
        "from ringfence.gate import Gate\n"
        "from ringfence.request import Request\n"
        "from ringfence.rules import parse_policy\n"
        "policy = '''ringfence: 1\nname: t\nmodels: {l: {model: ollama_chat/qwen3.5:9b}}\n"
        "routes: {simple: [l]}\ngate: {names: full, limits: {ms: 60000}}'''\n"
        "with only_loopback():\n"
        "    gate = Gate(parse_policy(policy))\n"
        f"    print(*gate.read(Request.from_text({TEXTS[2]!r})).labels)\n"
    )
    support = str(Path(__file__).parents[1] / "support")
    path = os.pathsep.join([support, *sys.path])
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        timeout=280,
    )
    assert (done.stdout.strip(), done.returncode) == ("pii", 0), done.stderr


# -- memory

_PEAK = """
import resource, sys
from ringfence.gate import Gate
from ringfence.request import Request
from ringfence.rules import parse_policy

policy = parse_policy('''ringfence: 1
name: t
models: {l: {model: ollama_chat/qwen3.5:9b}}
routes: {simple: [l]}
gate: {names: off, limits: {ms: 600000}}''')
unit = {
    "prose": "The committee met in the old hall, and the minutes record who spoke and why.\\n",
    "disguise": "caf\\u00e9 &amp; \\u00fcber %41 jane [at] proton dot me 4 5 3 9 and \\\\u0041 ",
}[sys.argv[1]]
size = int(sys.argv[2]) * 1024
text = (unit * (size // len(unit) + 1))[:size]
gate, request = Gate(policy), Request.from_text(text)
gate.read(Request.from_text(text[:4000]))
unit = {"darwin": 1}.get(sys.platform, 1024)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
findings = gate.read(request)
assert "unscanned" not in findings.labels, findings.notes
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit / size)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs resource.getrusage")
@pytest.mark.parametrize(("kind", "kb", "most"), [("prose", 5 * 1024, 32), ("disguise", 256, 128)])
def test_memory_stays_a_multiple_of_the_text(kind: str, kb: int, most: int) -> None:
    """Measured: 16 times 5 MB of prose, 80 times a text in which every word is disguised."""
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, kind, str(kb)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < most


# -- shared


def test_threads_and_tasks_that_share_a_gate_get_what_one_thread_gets(whole_gate: Gate) -> None:
    asked = requests() * 4
    alone = [Gate(whole_gate.policy).read(request) for request in requests()] * 4
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(whole_gate.read, asked)) == alone

    async def tasks() -> list[Findings]:
        return await asyncio.gather(
            *(asyncio.to_thread(whole_gate.read, request) for request in asked)
        )

    assert asyncio.run(tasks()) == alone


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_reads_with_workers_of_its_own(make_gate: MakeGate) -> None:
    gate = make_gate()
    expected = gate.read(Request.from_text(TEXTS[0]))
    child = os.fork()
    if child == 0:
        os._exit(0 if gate.read(Request.from_text(TEXTS[0])) == expected else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_gate_that_is_gone_takes_its_idle_workers_along(make_gate: MakeGate) -> None:
    def workers() -> set[threading.Thread]:
        return {thread for thread in threading.enumerate() if thread.name == "ringfence-gate"}

    before = workers()
    gate = make_gate()
    gate.read(Request.from_text("hello"))
    (mine,) = workers() - before
    del gate
    import gc

    gc.collect()
    mine.join(timeout=60)
    assert not mine.is_alive()
