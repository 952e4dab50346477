"""Which arguments a request may carry, and which of them each wire can honour. None is ever dropped silently."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringfence.dispatch.calls import WireFailure
from ringfence.errors import BadRequest
from ringfence.request import Request

OPENAI = frozenset(
    {"temperature", "top_p", "stop", "seed", "frequency_penalty", "presence_penalty", "logit_bias"}
    | {"user", "parallel_tool_calls", "reasoning_effort", "verbosity", "service_tier"}
)
"""Of OpenAI's chat completions: those whose effect an `Answer` can carry (so no `n`, no `logprobs`)."""

OLLAMA = frozenset(
    {
        "temperature",
        "top_p",
        "stop",
        "seed",
        "frequency_penalty",
        "presence_penalty",
        "top_k",
        "min_p",
    }
)
"""Of Ollama's `options`: https://github.com/ollama/ollama/blob/main/docs/modelfile.mdx."""

EMBEDDED = frozenset(
    {"temperature", "top_p", "stop", "seed", "frequency_penalty", "presence_penalty", "logit_bias"}
    | {"top_k", "min_p", "cache_prompt"}
)
"""Of llama.cpp's server."""

LITELLM = OPENAI - {"service_tier", "verbosity"}
"""litellm refuses what the chosen provider cannot do (`drop_params` stays off)."""

BY_WIRE: Mapping[str, frozenset[str]] = {
    "openai": OPENAI,
    "ollama": OLLAMA,
    "embedded": EMBEDDED,
    "litellm": LITELLM,
}
KNOWN = frozenset().union(*BY_WIRE.values())

_OWN_KEYS = {
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "response_format": "response_schema",
    "tools": "tools",
    "tool_choice": "tool_choice",
    "model": "model",
}


def check_params(request: Request) -> None:
    """Refuse a request with params that no wire knows.

    Raises:
        BadRequest: saying what to write instead. Names that are not ours are not echoed (I4).
    """
    for name, key in _OWN_KEYS.items():
        if name in request.params:
            raise BadRequest(f"write '{key}' of the request instead", path=f"/params/{name}")
    unknown = [name for name in request.params if name not in KNOWN]
    if unknown:
        raise BadRequest(
            f"{len(unknown)} unknown param(s); known are: {', '.join(sorted(KNOWN))}",
            path="/params",
        )


def honoured(params: Mapping[str, Any], wire: str) -> dict[str, Any]:
    """The params that were given a value, all of which this wire can honour.

    Raises:
        WireFailure: `bad_request`, naming those that it cannot.
    """
    given = {name: value for name, value in params.items() if value is not None}
    beyond = sorted(set(given) - BY_WIRE[wire])
    if beyond:
        raise WireFailure(
            "bad_request", f"its endpoint cannot honour: {', '.join(beyond)}", connected=False
        )
    return given
