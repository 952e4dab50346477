"""Shared fixtures: an isolated home for every test, and real HTTP servers on loopback that stand as model providers.

Fixtures
    isolated (autouse)   HOME and XDG folders under tmp_path; provider keys, proxies and RINGFENCE_* taken out of the
                         environment; the OS keyring is absent (`NoKeyringError`), as on a headless machine.
    make_server          factory: `make_server()` gives a started `ModelServer`; closed at the end of the test.
    openai_server, ollama_server, anthropic_server, local_server, cloud
                         one `ModelServer` each. Every server speaks OpenAI's chat format (plain and SSE), Ollama's
                         /api/chat and /api/show, Anthropic's /v1/messages and Gemini's generateContent: the path of a
                         request picks the format, the names say what a test means by it. `cloud` stands as a cloud that
                         records what it gets.
    reply                the `Reply` class: `reply(text=…, tool_calls=…, status=…, fault=…)`.
    write_policy         factory: `write_policy(text_or_mapping) -> Path` of a policy file.
    embedded_policy      Path of a policy whose only model, `tiny`, is the embedded one, on every route.
    split_policy         Path of a policy with `cloud-model` (at `cloud`, locality cloud) and then `local-model` (at
                         `local_server`, locality local) on every route. No keys are needed.

ModelServer
    .url                 `http://127.0.0.1:PORT`;  .v1: the same with `/v1` (the base_url of OpenAI's format)
    .received            every byte that any client sent, `bytes`
    .requests            list of `Recorded(method, path, headers, body)`; `.json` is the decoded body
    .always(reply)       what it answers from now on; .script(reply, …): what it answers first, one a request
    .client_left         `threading.Event`: a client closed its connection while an answer was being written
    .sent                how many bytes it could send;  .left_at: when a client left (`time.perf_counter`)
    .answered            how many answers were written to their end
    .open_connections    how many client connections are open now; .accepted: how many there ever were
    .close()             stop listening and drop every connection (the endpoint is dead from here on)

Reply faults: see `ringfence.drill.socket_faults`. A stream waits for `Reply.gate` (a `threading.Event`) after its
first piece, if one is given.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, settings

# Helpers that are not fixtures: tests/ holds no package (it would shadow installed ones), so this folder is a path.
sys.path.insert(0, str(Path(__file__).parent / "support"))

from ringfence.drill.formats import Reply
from ringfence.drill.server import ModelServer

# One seed for all, so that a failure on one machine is a failure on every machine.
settings.register_profile(
    "ringfence",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("ringfence")

KINDS = ("simple", "standard", "research", "codegen", "complex", "long_context", "gui", "live")


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, and no key, proxy or policy from the machine's environment."""
    home = tmp_path / "home"
    home.mkdir()
    for name in list(os.environ):
        upper = name.upper()
        if (
            upper.endswith(("_API_KEY", "_PROXY", "_API_BASE", "_BASE_URL", "_ACCESS_TOKEN"))
            or upper.startswith(("RINGFENCE_", "LANGSMITH_", "LANGCHAIN_", "OPENAI_", "ANTHROPIC_"))
            or upper.startswith(
                ("AWS_ACCESS", "AWS_SECRET", "AWS_SESSION", "GOOGLE_APP", "LITELLM_")
            )
        ):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    for variable, folder in (
        ("CONFIG", ".config"),
        ("DATA", ".local/share"),
        ("CACHE", ".cache"),
        ("STATE", ".state"),
    ):
        monkeypatch.setenv(f"XDG_{variable}_HOME", str(home / folder))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    return home


@pytest.fixture
def reply() -> type[Reply]:
    return Reply


@pytest.fixture
def make_server() -> Iterator[Callable[[], ModelServer]]:
    servers: list[ModelServer] = []

    def start() -> ModelServer:
        servers.append(ModelServer())
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def openai_server(make_server: Callable[[], ModelServer]) -> ModelServer:
    return make_server()


@pytest.fixture
def ollama_server(make_server: Callable[[], ModelServer]) -> ModelServer:
    return make_server()


@pytest.fixture
def anthropic_server(make_server: Callable[[], ModelServer]) -> ModelServer:
    return make_server()


@pytest.fixture
def local_server(make_server: Callable[[], ModelServer]) -> ModelServer:
    return make_server()


@pytest.fixture
def cloud(make_server: Callable[[], ModelServer]) -> ModelServer:
    return make_server()


@pytest.fixture
def write_policy(tmp_path: Path) -> Callable[[str | Mapping[str, Any]], Path]:
    def write(policy: str | Mapping[str, Any], name: str = "policy.yaml") -> Path:
        path = tmp_path / name
        path.write_text(
            policy if isinstance(policy, str) else yaml.safe_dump(dict(policy), sort_keys=False)
        )
        return path

    return write


@pytest.fixture
def embedded_policy(write_policy: Callable[[Mapping[str, Any]], Path]) -> Path:
    models = {"tiny": {"model": "embedded/smollm2-135m"}}
    return write_policy(
        {
            "ringfence": 1,
            "name": "embedded",
            "models": models,
            "routes": {kind: ["tiny"] for kind in KINDS},
        }
    )


@pytest.fixture
def split_policy(
    write_policy: Callable[[Mapping[str, Any]], Path], cloud: ModelServer, local_server: ModelServer
) -> Path:
    served = {"context_window": 32768, "tools": "native", "json_schema": True}
    price = {"input": 1, "output": 4}
    models = {
        "cloud-model": {
            "model": "openai/stand-in",
            "base_url": cloud.v1,
            "locality": "cloud",
            "price": price,
            **served,
        },
        "local-model": {
            "model": "openai/stand-in-local",
            "base_url": local_server.v1,
            "locality": "local",
            **served,
        },
    }
    routes = {kind: ["cloud-model", "local-model"] for kind in KINDS}
    return write_policy({"ringfence": 1, "name": "split", "models": models, "routes": routes})
