"""LangSmith's tracer sends a prompt before the model is called: it may not, unless it hides or is allowed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler, CallbackManager
from langchain_core.tools import tool
from langchain_core.tracers.context import tracing_v2_enabled
from langchain_core.tracers.langchain import LangChainTracer, wait_for_all_tracers
from langsmith import Client, run_trees, tracing_context
from langsmith.utils import get_env_var
from pydantic import BaseModel, Field

from langchain_ringfence import ChatRingfence
from ringfence import errors
from ringfence.drill.formats import Reply
from ringfence.drill.server import ModelServer

Make = Callable[..., ChatRingfence]
PROMPT = "Who is Ada Example?"


@pytest.fixture(autouse=True)
def forgetful_langsmith(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """LangSmith keeps what it read of the environment, and one client, for the whole process."""
    get_env_var.cache_clear()
    monkeypatch.setattr(run_trees, "_CLIENT", None)
    yield
    get_env_var.cache_clear()


class Recorder(ThreadingHTTPServer):
    """Stands as LangSmith: takes anything, and keeps every body."""

    daemon_threads = True

    def __init__(self) -> None:
        self.received = b""
        super().__init__(("127.0.0.1", 0), _Keep)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Keep(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.received += body  # type: ignore[attr-defined]
        self.send_response(202)
        self.send_header("content-length", "0")
        self.end_headers()

    do_PATCH = do_GET = do_POST

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def langsmith() -> Iterator[Recorder]:
    with Recorder() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def client(langsmith: Recorder) -> Callable[..., Client]:
    def make(**hiding: Any) -> Client:
        key = "-".join(["not", "a", "key"])
        return Client(api_url=langsmith.url, api_key=key, info={}, **hiding)

    return make


WAYS: dict[str, Callable[[ChatRingfence, Any], Any]] = {
    "invoke": lambda llm, config: llm.invoke(PROMPT, config),
    "stream": lambda llm, config: list(llm.stream(PROMPT, config)),
    "batch": lambda llm, config: llm.batch([PROMPT], config),
    "generate": lambda llm, config: llm.generate([[]], callbacks=config.get("callbacks")),
    "events": lambda llm, config: llm.stream_events(PROMPT, config, version="v3"),
    "structured": lambda llm, config: llm.bind(response_format={"type": "json_object"}).invoke(
        PROMPT, config
    ),
}


def _refused(call: Callable[[], Any], *servers: ModelServer | Recorder) -> None:
    with pytest.raises(errors.TracingRefused) as caught:
        call()
    wait_for_all_tracers()
    assert "Ada" not in str(caught.value)
    assert [server.received for server in servers] == [b""] * len(servers)


@pytest.mark.parametrize(
    "variable",
    ["LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGCHAIN_TRACING"],
)
@pytest.mark.parametrize("hidden", [(), ("INPUTS",), ("OUTPUTS",)])
def test_tracing_of_the_environment_is_refused_at_construction(
    chat: Make, monkeypatch: pytest.MonkeyPatch, variable: str, hidden: tuple[str, ...]
) -> None:
    monkeypatch.setenv(variable, "true")
    for half in hidden:
        monkeypatch.setenv(f"LANGSMITH_HIDE_{half}", "true")
    _refused(chat)


@pytest.mark.parametrize("way", WAYS)
def test_tracing_switched_on_later_is_refused_at_each_call(
    chat: Make,
    monkeypatch: pytest.MonkeyPatch,
    langsmith: Recorder,
    cloud: ModelServer,
    way: str,
) -> None:
    llm = chat()
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", langsmith.url)
    for _ in range(2):
        _refused(lambda: WAYS[way](llm, {}), langsmith, cloud)


async def test_async_ways_are_no_different(
    chat: Make, monkeypatch: pytest.MonkeyPatch, cloud: ModelServer
) -> None:
    llm = chat()
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    with pytest.raises(errors.TracingRefused):
        await llm.ainvoke(PROMPT)
    with pytest.raises(errors.TracingRefused):
        await llm.abatch([PROMPT])
    with pytest.raises(errors.TracingRefused):
        async for _ in llm.astream(PROMPT):
            pass
    with pytest.raises(errors.TracingRefused):
        async for _ in llm.astream_events(PROMPT):
            pass
    assert cloud.received == b""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("passed", ["callbacks", "manager", "context", "field"])
def test_a_tracer_that_the_program_passes_is_refused(
    chat: Make,
    client: Callable[..., Client],
    langsmith: Recorder,
    cloud: ModelServer,
    way: str,
    passed: str,
) -> None:
    tracer = LangChainTracer(client=client())
    llm = chat()
    if passed == "context":
        with tracing_v2_enabled(client=client()):
            _refused(lambda: WAYS[way](llm, {}), langsmith, cloud)
        return
    config: dict[str, Any] = {"callbacks": [tracer]}
    if passed == "manager":
        config = {"callbacks": CallbackManager(handlers=[tracer])}
    if passed == "field":
        llm.callbacks, config = [tracer], {}
    _refused(lambda: WAYS[way](llm, config), langsmith, cloud)


def test_a_tracing_context_counts_before_the_environment(
    chat: Make, monkeypatch: pytest.MonkeyPatch, client: Callable[..., Client], cloud: ModelServer
) -> None:
    llm = chat()
    with tracing_context(enabled=True, client=client()):
        _refused(lambda: llm.invoke(PROMPT), cloud)
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    with tracing_context(enabled=False):
        assert llm.invoke(PROMPT).content


def test_a_client_made_before_hiding_was_switched_on_is_refused(
    chat: Make, monkeypatch: pytest.MonkeyPatch, client: Callable[..., Client], cloud: ModelServer
) -> None:
    llm = chat()
    monkeypatch.setattr(run_trees, "_CLIENT", client())
    for variable in ("TRACING", "HIDE_INPUTS", "HIDE_OUTPUTS"):
        monkeypatch.setenv(f"LANGSMITH_{variable}", "true")
    _refused(lambda: llm.invoke(PROMPT), cloud)


class Wanted(BaseModel):
    """Zanzibar"""

    total: int = Field(description="Zanzibar")


@tool
def zanzibar(a: int) -> int:
    """Zanzibar."""
    return a


def test_a_tracer_that_hides_is_sent_no_content_at_all(
    chat: Make, client: Callable[..., Client], langsmith: Recorder, cloud: ModelServer
) -> None:
    hiding = client(hide_inputs=True, hide_outputs=True)
    config: Any = {"callbacks": [LangChainTracer(client=hiding)]}
    llm = chat(stop=["Zanzibar0"], model_kwargs={"user": "Zanzibar1"}, conversation_id="Zanzibar2")
    llm.invoke("Zanzibar", config, stop=["Zanzibar"])
    list(llm.stream("Zanzibar", config, stop=["Zanzibar"]))
    llm.bind_tools([zanzibar], tool_choice="zanzibar").invoke("Hi", config)
    cloud.always(Reply(text='{"total": 1}'))
    structured: Any = llm.with_structured_output(Wanted)
    structured.first.invoke("Hi", config)
    hiding.flush()
    assert "anzibar" in str([request.json for request in cloud.requests])
    assert b"ringfence" in langsmith.received
    assert b"anzibar" not in langsmith.received
    assert b"stand-in" not in langsmith.received


def test_allow_tracing_allows_it(
    chat: Make, client: Callable[..., Client], langsmith: Recorder
) -> None:
    tracing = client()
    config: Any = {"callbacks": [LangChainTracer(client=tracing)]}
    chat(allow_tracing=True).invoke(PROMPT, config)
    tracing.flush()
    assert b"Ada" in langsmith.received


def test_a_handler_of_the_program_hears_of_the_call(chat: Make) -> None:
    heard: list[str] = []

    class Handler(BaseCallbackHandler):
        def on_chat_model_start(self, serialized: Any, messages: Any, **kwargs: Any) -> None:
            heard.append(messages[0][0].content)

    chat().invoke(PROMPT, {"callbacks": [Handler()]})
    assert heard == [PROMPT]
