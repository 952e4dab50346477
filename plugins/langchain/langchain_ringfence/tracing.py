"""Keeps prompts from leaving by LangSmith's tracer, which sends them before a chat model is even called.

The questions are asked as LangSmith asks them: `LANGSMITH_` before `LANGCHAIN_` variables, a `tracing_context` before
both, a run in progress, a tracer passed as a callback. A tracer may stay where its client hides inputs and outputs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler, BaseCallbackManager, Callbacks

from ringfence import errors

_HOW = (
    "set LANGSMITH_HIDE_INPUTS=true and LANGSMITH_HIDE_OUTPUTS=true, switch tracing off, or pass "
    "allow_tracing=True if the policy's owner agrees"
)


def refuse_leaks(*callbacks: Callbacks) -> bool:
    """Whether LangSmith traces this call, with inputs and outputs hidden.

    Raises:
        TracingRefused: when it traces and would send the prompt or the answer.
    """
    tracers = list(_tracers(callbacks))
    if not tracers and not _switched_on():
        return False
    if not tracers and not _environment_hides():
        raise errors.TracingRefused(f"LangSmith tracing would send the prompt out: {_HOW}")
    clients = [tracer.client for tracer in tracers] or [_client()]
    if not all(_hides(client) for client in (*clients, *_replicas())):
        raise errors.TracingRefused(
            f"a LangSmith tracer's client was made without hiding, and would send the prompt out: {_HOW}"
        )
    return True


def _tracers(callbacks: tuple[Callbacks, ...]) -> Iterator[Any]:
    from langchain_core.tracers.context import tracing_v2_callback_var
    from langchain_core.tracers.langchain import LangChainTracer

    in_context = tracing_v2_callback_var.get()
    if in_context is not None:
        yield in_context
    for group in callbacks:
        yield from (each for each in _handlers(group) if isinstance(each, LangChainTracer))


def _handlers(callbacks: Callbacks) -> list[BaseCallbackHandler]:
    if isinstance(callbacks, BaseCallbackManager):
        return [*callbacks.handlers, *callbacks.inheritable_handlers]
    return list(callbacks or ())


def _switched_on() -> bool:
    """As LangSmith answers, or as the environment does now: LangSmith remembers what it read of it first."""
    from langsmith import get_tracing_context
    from langsmith.utils import tracing_is_enabled

    if get_tracing_context()["enabled"] is False:
        return False
    flag = _variable("TRACING_V2") or _variable("TRACING")
    return flag.lower() in ("true", "1") or bool(tracing_is_enabled())


def _environment_hides() -> bool:
    return _variable("HIDE_INPUTS") == _variable("HIDE_OUTPUTS") == "true"


def _variable(name: str) -> str:
    for prefix in ("LANGSMITH", "LANGCHAIN"):
        value = os.environ.get(f"{prefix}_{name}", "")
        if value.strip():
            return value
    return ""


def _client() -> Any:
    """The client that LangChain's tracer would send with."""
    from langsmith import get_tracing_context
    from langsmith.run_trees import get_cached_client

    context = get_tracing_context()
    parent = context["parent"]
    return (parent.client if parent is not None else context["client"]) or get_cached_client()


def _replicas() -> Iterator[Any]:
    from langsmith import get_tracing_context

    for replica in get_tracing_context()["replicas"] or ():
        client = replica.get("client") if isinstance(replica, dict) else None
        if client is not None:
            yield client


def _hides(client: Any) -> bool:
    # A function that redacts is not enough: only LangSmith's own `True` is known to send nothing.
    return getattr(client, "_hide_inputs", None) is True is getattr(client, "_hide_outputs", None)
