"""Keeps prompts out of crewai's own tracing, which uploads every event of a crew, messages included."""

from __future__ import annotations

from ringfence import errors


def refuse_leaks() -> None:
    """Refuse while crewai would upload traces.

    Raises:
        TracingRefused: saying how to switch it off.
    """
    from crewai.events.listeners.tracing.utils import (
        is_tracing_enabled_in_context,
        should_enable_tracing,
    )

    if is_tracing_enabled_in_context() or should_enable_tracing():
        raise errors.TracingRefused(
            "crewai tracing would send the prompts out: set CREWAI_TRACING_ENABLED=false and no "
            "tracing=True, or pass allow_tracing=True if the policy's owner agrees"
        )
