"""Importing ringfence does nothing and loads nothing heavy: a seconds-long import must be paid by who needs it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = (
    "litellm",
    "presidio_analyzer",
    "spacy",
    "crewai",
    "mcp",
    "langchain_core",
    "xllamacpp",
    "keyring",
    "securesystemslib",
    "cryptography",
    "numpy",
)

PROBE = """
import builtins, json, os, socket, sys
opened = []
def watch(event, args):
    if event in ("socket.connect", "subprocess.Popen"):
        opened.append(event)
    if event == "open" and isinstance(args[0], str) and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        if not args[0].endswith((".pyc",)) and "__pycache__" not in args[0]:
            opened.append(args[0])
before = dict(os.environ)
sys.addaudithook(watch)
__import__(sys.argv[1])
heavy = [name for name in json.loads(sys.argv[2]) if name in sys.modules]
print(json.dumps({"heavy": heavy, "opened": opened, "environ": dict(os.environ) == before}))
"""


@pytest.mark.parametrize(
    ("module", "may_load"),
    [
        ("ringfence", ()),
        ("ringfence.cli", ()),
        ("ringfence_mcp", ("mcp",)),
        ("langchain_ringfence", ("langchain_core",)),
    ],
)
def test_importing_a_door_is_light_and_does_nothing(module: str, may_load: tuple[str, ...]) -> None:
    heavy = [name for name in HEAVY if name not in may_load]
    command = [sys.executable, "-W", "ignore", "-c", PROBE, module, json.dumps(heavy)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(result.stdout) == {"heavy": [], "opened": [], "environ": True}
