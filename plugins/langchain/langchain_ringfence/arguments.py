"""What becomes of `ChatOpenAI`'s arguments, so that a swap changes nothing else in a program.

Four kinds: those that mean the same here (fields of `ChatRingfence`); those that say where a request goes and with
which key, which only the policy may say, so they are taken and never used; those that have no meaning here, taken at
their defaults only; and unknown ones, which are refused. Values are never shown: one may be a key (I4).
"""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from ringfence import BadRequest

KEYS = frozenset({"api_key", "openai_api_key", "organization", "openai_organization"})
"""With which key. Most programs pass one, and to leave it unused harms nobody, so no word is lost on it."""

ENDPOINT = frozenset(
    {"base_url", "openai_api_base", "openai_proxy", "default_headers", "default_query"}
    | {"http_client", "http_async_client", "http_socket_options"}
    | {"client", "async_client", "root_client", "root_async_client"}
)
"""Where to: a path around the policy. Their author expects them to act, so a warning says that they do not."""

UNSUPPORTED = frozenset(
    {
        "logprobs",
        "top_logprobs",
        "reasoning",
        "extra_body",
        "include_response_headers",
        "disabled_params",
        "context_management",
        "include",
        "prompt_cache_options",
        "store",
        "truncation",
        "use_previous_response_id",
        "use_responses_api",
        "stream_chunk_timeout",
    }
)
"""Of OpenAI's own API; not every model that the policy may choose has them."""

NEUTRAL = frozenset({"tiktoken_model_name", "stream_usage"})
"""Change nothing in what is asked: tokens are always counted here."""


def check(arguments: Mapping[str, Any], *, known: Iterable[str]) -> dict[str, Any]:
    """The arguments that `ChatRingfence` acts on.

    Raises:
        BadRequest: for an unknown argument, or one of `ChatOpenAI`'s that cannot be honoured.
    """
    known = frozenset(known)
    kept: dict[str, Any] = {}
    unused: list[str] = []
    for name, value in arguments.items():
        if name in known:
            kept[name] = value
        elif name in ENDPOINT:
            unused += [name] if value is not None else []
        elif name in UNSUPPORTED:
            _refuse_unless_default(name, value)
        elif name not in NEUTRAL | KEYS:
            raise BadRequest(_unknown(name, known))
    if unused:
        warnings.warn(
            f"ChatRingfence does not use {', '.join(sorted(unused))}: the policy says where a request may go, "
            "and keys come from the environment or the keyring",
            UserWarning,
            stacklevel=4,
        )
    return kept


def one_answer(name: str, value: int | None) -> None:
    """Refuse more than one answer a call: each would be a call of its own to the policy and the budget."""
    if value not in (None, 1):
        raise BadRequest(f"{name} may only be 1; use batch() for more answers")


def _refuse_unless_default(name: str, value: object) -> None:
    if value is not None and value is not False:
        raise BadRequest(
            f"'{name}' is not supported: not every model that the policy may choose can honour it"
        )


def _unknown(name: str, known: frozenset[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known | ENDPOINT | UNSUPPORTED), n=1)
    hint = f"; did you mean '{close[0]}'?" if close else ""
    return f"ChatRingfence has no argument '{name}'{hint}"
