"""What becomes of constructor arguments: crewai's `BaseLLM` would swallow the unknown ones without a word."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from ringfence import BadRequest

_KEYS = frozenset({"api_key", "provider", "is_litellm"})
"""Most programs pass them, and to leave them unused harms nobody, so no word is lost on it."""
_ENDPOINT = frozenset({"base_url", "api_base", "api_version"})
"""Where to: only the policy may say. Their author expects them to act, so a warning says that they do not."""
_ALIASES = {"max_completion_tokens": "max_tokens", "stop_sequences": "stop"}


def check(arguments: Mapping[str, Any], *, known: Iterable[str]) -> dict[str, Any]:
    """The arguments that `RingfenceLLM` acts on. Values are never shown (I4).

    Raises:
        BadRequest: for an unknown argument, or more than one answer a call.
    """
    known = frozenset(known) - _ENDPOINT - _KEYS
    kept: dict[str, Any] = {}
    unused: list[str] = []
    for given, value in arguments.items():
        name = _ALIASES.get(given, given)
        if name in known:
            kept[name] = value
        elif name in _ENDPOINT:
            unused += [name] if value else []
        elif name not in _KEYS:
            close = difflib.get_close_matches(name, sorted(known), n=1)
            hint = f"; did you mean '{close[0]}'?" if close else ""
            raise BadRequest(f"RingfenceLLM has no argument '{name}'{hint}")
    if kept.get("n") not in (None, 1):
        raise BadRequest("n may only be 1: an agent reads one answer")
    if kept.get("additional_params"):
        raise BadRequest("additional_params is not supported; write each as an argument of its own")
    if unused:
        warnings.warn(
            f"RingfenceLLM does not use {', '.join(sorted(unused))}: the policy says where a request may go, "
            "and keys come from the environment or the keyring",
            UserWarning,
            stacklevel=4,
        )
    return kept
