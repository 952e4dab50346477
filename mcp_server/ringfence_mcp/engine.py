"""The engine behind the server, built in a thread once the client has been greeted.

Importing and warming it takes seconds, and a client waits for its greeting two. Calls that come sooner wait for it.
When it cannot start (no policy, a wrong one, another than the pinned), every call says why and tries again, so that
mending the file is enough.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Self

import anyio

from ringfence_mcp.command import Options

if TYPE_CHECKING:
    from ringfence import Router

_WARM_UP = "We met Maria Lopez at the clinic on Monday."
"""A made-up sentence that makes the gate load all that it has, its model of names last."""

_WARM_UP_TRIES = 5
"""Loading counts as reading: on a busy machine the gate runs out of time and says `unscanned`, until all is loaded."""


class Engine:
    """One `Router` for the life of the server."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._loading: asyncio.Task[Router] | None = None
        self._told: str | None = None

    def start(self) -> asyncio.Task[Router]:
        """Begin to load, in the background, unless that was done. A failed start is tried again."""
        if self._loading is None or _failed(self._loading):
            self._loading = asyncio.create_task(asyncio.to_thread(self._load))
            self._loading.add_done_callback(self._tell)
        return self._loading

    async def router(self) -> Router:
        """The router, once it is there.

        Raises:
            RingfenceError: when the policy in force does not load.
        """
        return await asyncio.shield(self.start())

    @property
    def loaded(self) -> Router | None:
        """The router, if it is there already."""
        loading = self._loading
        return loading.result() if loading is not None and _succeeded(loading) else None

    @property
    def failure(self) -> BaseException | None:
        """Why the last start failed; None when there was none, or it is under way."""
        loading = self._loading
        failed = loading is not None and loading.done() and not loading.cancelled()
        return loading.exception() if loading is not None and failed else None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the router. One that is still loading is waited for: its thread cannot be stopped."""
        with anyio.CancelScope(shield=True):
            if self._loading is not None:
                await asyncio.wait({self._loading})
                if _succeeded(self._loading):
                    await self._loading.result().aclose()

    def _load(self) -> Router:
        from ringfence import Caller, Router

        options = self.options
        caller = Caller(
            tenant=options.tenant, user=options.user, team=options.team, key_id=options.caller
        )
        router = Router.from_policy(
            options.policy,
            caller=caller,
            policy_digest=options.policy_digest,
            trust_root=options.trust_root,
        )
        for _ in range(_WARM_UP_TRIES):
            if "unscanned" not in router.decide(_WARM_UP).labels:
                break
        return router

    def _tell(self, loading: asyncio.Task[Router]) -> None:
        """Say once on stderr why the engine did not start; the tools say it to the client."""
        if not _failed(loading):
            return
        from ringfence_mcp.results import explain

        error = None if loading.cancelled() else loading.exception()
        text = explain(error) if isinstance(error, Exception) else "interrupted"
        if text != self._told:
            self._told = text
            sys.stderr.write(f"ringfence-mcp: {text}\n")


def _succeeded(loading: asyncio.Task[Router]) -> bool:
    return loading.done() and not _failed(loading)


def _failed(loading: asyncio.Task[Router]) -> bool:
    return loading.done() and (loading.cancelled() or loading.exception() is not None)
