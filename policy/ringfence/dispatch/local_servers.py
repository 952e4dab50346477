"""What serves models on this machine: asked on loopback alone, with short patience, and without any request's text.

The environment's proxies and redirects do not count, as in every client of dispatch. Of Ollama's models, those that it
would forward to its maker's cloud are told from the rest (I3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import httpx

from ringfence.dispatch.endpoints import SOCKET_PATHS, RefusedEndpoint, address_of, is_loopback
from ringfence.rules import Model

OLLAMA_PORT = 11434
OPENAI_PORTS = (8080, 1234, 8000)
"""Where servers of OpenAI's format usually listen: llama.cpp, LM Studio, vLLM."""
PATIENCE_S = 1.0
_MOST_BYTES = 4 * 1024 * 1024

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """A model that a server on this machine has."""

    name: str
    wire: Literal["ollama", "openai"]
    base_url: str
    size: int = 0
    """Bytes of its weights, where the server says."""
    context_window: int | None = None
    tools: bool = False
    vision: bool = False


def find_served(
    *, ollama: Iterable[int] = (OLLAMA_PORT,), openai: Iterable[int] = OPENAI_PORTS
) -> tuple[ServedModel, ...]:
    """The models that run on this machine, largest first. Those that are forwarded to a cloud are left out.

    Args:
        ollama: ports where Ollama may listen.
        openai: ports where servers of OpenAI's format may listen.
    """
    asked = [(_of_ollama, port) for port in ollama] + [(_of_openai, port) for port in openai]
    found = _all_at_once(lambda pair: pair[0](f"http://127.0.0.1:{pair[1]}"), asked)
    return tuple(sorted((m for models in found for m in models), key=lambda m: -m.size))


def trouble_with(models: Sequence[Model]) -> Mapping[str, tuple[bool, str]]:
    """Name → what is wrong with a local model, as (whether it is forwarded to a cloud, words). Absent: nothing is."""
    answers = _all_at_once(_trouble, models)
    return {
        model.name: answer
        for model, answer in zip(models, answers, strict=True)
        if answer is not None
    }


def _all_at_once(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    if not items:
        return []
    with ThreadPoolExecutor(min(8, len(items))) as pool:
        return list(pool.map(work, items))


def _of_ollama(url: str) -> list[ServedModel]:
    with _client() as client:
        listed = _ask(client, "GET", f"{url}/api/tags").get("models")
        named = [entry for entry in _objects(listed) if _is_name(entry.get("name"))]
        return [model for entry in named[:20] if (model := _ollama_model(client, url, entry))]


def _ollama_model(client: httpx.Client, url: str, entry: Mapping[str, Any]) -> ServedModel | None:
    name = str(entry["name"])
    facts = _ask(client, "POST", f"{url}/api/show", json={"model": name})
    if _is_forwarded(name, entry) or _is_forwarded(name, facts):
        return None
    able = facts.get("capabilities")
    if isinstance(able, list) and "completion" not in able:  # a model of embeddings
        return None
    able = able if isinstance(able, list) else []
    size = entry.get("size")
    return ServedModel(
        name=name,
        wire="ollama",
        base_url=url,
        size=size if isinstance(size, int) else 0,
        context_window=_window(facts.get("model_info")),
        tools="tools" in able,
        vision="vision" in able,
    )


def _is_name(name: object) -> bool:
    """Whether what a server calls a model can be a name: it will stand in a policy, and on a terminal."""
    return isinstance(name, str) and 0 < len(name) <= 200 and name.isprintable()


def _window(info: object) -> int | None:
    """`qwen3.context_length` and its like, of what Ollama says of a model."""
    lengths = [
        value
        for key, value in (info.items() if isinstance(info, Mapping) else ())
        if str(key).endswith(".context_length") and isinstance(value, int) and value >= 256
    ]
    return min(lengths, default=None)


def _of_openai(url: str) -> list[ServedModel]:
    with _client() as client:
        listed = _ask(client, "GET", f"{url}/v1/models").get("data")
    models = []
    for entry in _objects(listed)[:20]:
        if not _is_name(entry.get("id")) or "embed" in entry["id"].lower():
            continue
        meta = entry.get("meta")
        own = meta.get("n_ctx") if isinstance(meta, Mapping) else None
        window = entry.get("max_model_len") or own  # vLLM's word, and llama.cpp's
        known = window if isinstance(window, int) and window >= 256 else None
        model = ServedModel(
            name=entry["id"], wire="openai", base_url=f"{url}/v1", context_window=known
        )
        models.append(model)
    return models


def _trouble(model: Model) -> tuple[bool, str] | None:
    if model.provider.wire not in SOCKET_PATHS:
        return None
    try:
        where = address_of(model)
    except RefusedEndpoint as error:
        return False, str(error)
    with _client(where.socket) as client:
        if model.provider.wire == "openai":
            return _trouble_in_list(model, _ask(client, "GET", f"{where.url}/models").get("data"))
        facts = _ask(client, "POST", f"{where.url}/api/show", json={"model": model.served})
    if not facts:
        return False, "the server does not answer, or does not have it"
    if _is_forwarded(model.served, facts):
        return True, "the server forwards it to a cloud"
    return None


def _trouble_in_list(model: Model, listed: object) -> tuple[bool, str] | None:
    if listed is None:
        return False, "the server does not answer"
    ids = [entry.get("id") for entry in _objects(listed)]
    return None if model.served in ids or not ids else (False, "the server does not have it")


def _is_forwarded(name: str, facts: Mapping[str, Any]) -> bool:
    remote = facts.get("remote_host") or facts.get("remote_model")
    return bool(remote) or name.endswith((":cloud", "-cloud"))


def _client(socket: str | None = None) -> httpx.Client:
    return httpx.Client(
        transport=httpx.HTTPTransport(uds=socket, trust_env=False),
        trust_env=False,
        follow_redirects=False,
        timeout=PATIENCE_S,
        headers={"accept-encoding": "identity"},
    )


def _ask(client: httpx.Client, method: str, url: str, **extra: Any) -> Mapping[str, Any]:
    """The JSON object that a server on this machine answers; empty for every other answer, and for none."""
    host = httpx.URL(url).host
    if host != "localhost" and not is_loopback(host):
        return {}
    try:
        with client.stream(method, url, **extra) as response:
            body = b""
            for piece in response.iter_raw():
                body += piece
                if len(body) > _MOST_BYTES:
                    return {}
            if response.status_code != 200:
                return {}
            value = httpx.Response(200, content=body).json()
    except (httpx.HTTPError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
