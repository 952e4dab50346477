"""The library litellm, made to keep to itself: imported late, told nothing of the environment, heard by nobody.

Its import takes seconds. Its retries, fallbacks, `.env` loading and telemetry are off, and it is handed our client.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx

from ringfence.dispatch.calls import Call, WireFailure

_CALLBACKS = (
    "callbacks",
    "success_callback",
    "failure_callback",
    "input_callback",
    "service_callback",
)
_lock = threading.Lock()
_quiet: dict[str, Any] = {}


def load_litellm() -> Any:
    """Import litellm as a library that keeps to itself.

    Raises:
        WireFailure: `missing_extra` when it is not installed.
    """
    with _lock:
        if "litellm" not in sys.modules and importlib.util.find_spec("litellm") is None:
            raise WireFailure(
                "missing_extra", "install it with: pip install 'ringfence[cloud]'", connected=False
            )
        os.environ.setdefault("LITELLM_MODE", "PRODUCTION")  # else it loads .env
        os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else it downloads prices
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            litellm: Any = importlib.import_module("litellm")
            if litellm is not _quiet.get("litellm"):
                _make_quiet(litellm)
        return litellm


def _make_quiet(litellm: Any) -> None:
    """Settings that it needs here, also where the program imported it first."""
    for model in ("Message", "Delta", "ModelResponse", "ModelResponseStream"):
        getattr(litellm.types.utils, model).model_rebuild(force=True)  # warns when it is first used
    litellm.telemetry = False
    litellm.REPEATED_STREAMING_CHUNK_LIMIT = sys.maxsize  # ends an answer that repeats itself
    litellm.suppress_debug_info = True  # it prints to stdout, which is MCP's wire
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # its messages hold requests (I4)
    _quiet["litellm"] = litellm


def refuse_interference(litellm: Any, call: Call) -> None:
    """What the program set in litellm for itself and that would take a request elsewhere.

    Raises:
        WireFailure: `refused_endpoint`, saying what to remove.
    """
    if litellm.model_fallbacks:  # it would try models that no decision names
        raise WireFailure(
            "refused_endpoint",
            "litellm.model_fallbacks is set in this process; remove it",
            connected=False,
        )
    _refuse_listeners(litellm, call)


def _refuse_listeners(litellm: Any, call: Call) -> None:
    """Callbacks and a cache that the program gave litellm are handed every request: never a labelled one (I1)."""
    if call.labelled and (litellm.cache is not None or any(_listeners(litellm))):
        raise WireFailure(
            "refused_endpoint",
            "litellm has callbacks or a cache in this process, which would see the request; remove them",
            connected=False,
        )


def _listeners(litellm: Any) -> Iterator[object]:
    for name in _CALLBACKS:
        # litellm writes "cache" there for caches of its own; nothing hears while `litellm.cache` is None.
        yield from (each for each in getattr(litellm, name, None) or () if each != "cache")


def handler_of(client: httpx.AsyncClient) -> Any:
    handler = _one_try()()
    handler.client = client
    return handler


@cache
def _one_try() -> Any:
    """Litellm's handler without its second try, which it makes on its own after a broken connection."""
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

    class OneTry(AsyncHTTPHandler):  # type: ignore[misc]
        def create_client(self, *args: Any, **kwargs: Any) -> Any:
            return _NoClient()

        async def single_connection_post_request(self, *args: Any, **kwargs: Any) -> Any:
            raise sys.exception() or httpx.ConnectError("not tried twice")

    return OneTry


class _NoClient:
    """Stands where litellm would make a client of its own."""

    is_closed = False

    async def aclose(self) -> None:
        return None


def azure_of(call: Call, client: httpx.AsyncClient, key: str | None) -> Any:
    from openai import AsyncAzureOpenAI

    return AsyncAzureOpenAI(
        api_key=key or "none",
        azure_endpoint=call.where.url,
        api_version="2024-10-21",  # the latest that is generally available: Azure OpenAI's API lifecycle page
        http_client=client,
        max_retries=0,
    )
