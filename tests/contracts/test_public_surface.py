"""One hand-kept surface: what `ringfence` exports is what stands here, and sync and async agree."""

from __future__ import annotations

import inspect

import ringfence
from ringfence import Router

SURFACE = {
    *("Router", "Request", "Message", "Caller"),
    *("Decision", "Completion", "Estimate", "Finding", "Chunk"),
    *("RingfenceError", "PolicyError", "TrustError", "NotCleared", "NoModel", "Unavailable"),
    *("BudgetExceeded", "CredentialMissing", "BadRequest"),
}


def test_the_public_surface_is_this_and_no_more() -> None:
    assert set(ringfence.__all__) == SURFACE
    assert len(SURFACE) <= 20
    for name in SURFACE:
        assert inspect.getdoc(getattr(ringfence, name)), f"{name} has no docstring"


def test_sync_and_async_doors_take_the_same_arguments() -> None:
    for name in ("decide", "complete", "stream", "estimate"):
        sync, asynchronous = getattr(Router, name), getattr(Router, f"a{name}")
        assert inspect.signature(sync).parameters == inspect.signature(asynchronous).parameters
