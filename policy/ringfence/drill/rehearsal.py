"""One scene: a route's request, some models down and one failing in its own way, and who answers.

Each scene has a stage, a dispatcher and so a circuit breaker of its own: no failure carries over to the next.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from ringfence.costs import measure
from ringfence.decide import Ask, decide
from ringfence.dispatch import Answered, Dispatcher, endpoint_name
from ringfence.drill.faults import FAULTS, Fault
from ringfence.drill.stage import Stage, StageKeys
from ringfence.errors import RingfenceError
from ringfence.gate import Gate
from ringfence.request import Request
from ringfence.rules import Policy
from ringfence.tasks import classify
from ringfence.types import Attempt, Decision, State, TaskKind, money

AT_ONCE = 6
"""Scenes that play at the same time."""

_KILL = FAULTS[0]
_PLAIN = "Explain in two sentences why a bridge has expansion joints."
# Invented, and put together here so that no scanner takes it for a leak.
_SENSITIVE = (
    "Patient Marta Lindqvist, born 4 May 1961, SSN "
    + "-".join(("536", "22", "8716"))
    + ", was admitted with chest "
    "pain; troponin 0.8, started on aspirin 300 mg. Write the discharge letter."
)


class Traffic(StrEnum):
    """What is asked: something that any model may see, or something that the gate labels."""

    PLAIN = "plain"
    LABELLED = "labelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A call to rehearse: `down` refuse connections, `failing` does what `fault` says."""

    route: TaskKind
    traffic: Traffic
    decision: Decision
    request: Request
    down: tuple[str, ...]
    alone: bool
    """Whether all of the eligible models are on the endpoint that fails."""
    failing: str | None
    """None: no model is eligible at all, so that nothing is sent."""
    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a scene ended."""

    scene: Scene
    answered_by: str | None
    error: str | None
    """The code of the error that the caller gets when nobody answers."""
    ms: float
    usd: Decimal
    attempts: tuple[Attempt, ...]
    bytes_out: int
    """Bytes of a labelled request that reached an endpoint that is not cleared for it."""

    @property
    def passed(self) -> bool:
        return self.answered_by is not None and self.bytes_out == 0

    def to_dict(self) -> dict[str, Any]:
        return {
            "route": self.scene.route.value,
            "traffic": self.scene.traffic.value,
            "labels": list(self.scene.decision.labels),
            "down": list(self.scene.down),
            "failing": self.scene.failing,
            "fault": self.scene.fault.name,
            "answered_by": self.answered_by,
            "error": self.error,
            "ms": round(self.ms, 1),
            "usd": money(self.usd),
            "attempts": [attempt.to_dict() for attempt in self.attempts],
            "labelled_bytes_out": self.bytes_out,
        }


def scenes(policy: Policy) -> Iterator[Scene]:
    """Every scene of a policy: of each route and traffic, each endpoint but the last failing, those before it down.

    Models of one endpoint fail together. A request with one eligible endpoint is rehearsed with that one failing:
    then nothing can answer, which is worth knowing.
    """
    gate = Gate(policy)
    windows = tuple(model.facts.context_window for model in policy.models.values())
    for route in policy.document.routes:
        for traffic, text in ((Traffic.PLAIN, _PLAIN), (Traffic.LABELLED, _SENSITIVE)):
            request = Request.parse(
                {"messages": [{"role": "user", "content": text}], "task": route.value}
            )
            size = measure(request)
            decision = decide(
                policy,
                Ask(request=request, id="drill", fingerprint="drill"),
                findings=gate.read(request),
                task=classify(request, size, windows=windows),
                size=size,
                state=State(now=datetime.now(UTC)),
            )
            names = _first_of_each_endpoint(policy, decision)
            for index, failing in enumerate(names[: max(1, len(names) - 1)] or [None]):
                for fault in FAULTS:
                    yield Scene(
                        route=route,
                        traffic=traffic,
                        decision=decision,
                        request=request,
                        down=tuple(names[:index]),
                        alone=len(names) == 1,
                        failing=failing,
                        fault=fault,
                    )


def _first_of_each_endpoint(policy: Policy, decision: Decision) -> list[str]:
    first: dict[str, str] = {}
    for candidate in decision.candidates:
        first.setdefault(endpoint_name(policy.models[candidate.model]), candidate.model)
    return list(first.values())


async def rehearse(
    policy: Policy, planned: list[Scene], *, deadline_s: float
) -> AsyncIterator[Outcome]:
    """Play the scenes, several at once; outcomes come as they end.

    Args:
        policy: the real one; nothing of it is called but stand-ins in its models' places.
        planned: from `scenes`.
        deadline_s: seconds that a call may take; a hang costs most of them.
    """
    limit = asyncio.Semaphore(AT_ONCE)
    with Stage.build(
        policy, deadline_s=deadline_s
    ) as stage:  # loading libraries is no part of an outage
        await asyncio.to_thread(Dispatcher(stage.policy, credentials=StageKeys()).warm)

    async def one(scene: Scene) -> Outcome:
        async with limit:
            return await _play(policy, scene, deadline_s)

    for ended in asyncio.as_completed([one(scene) for scene in planned]):
        yield await ended


async def _play(policy: Policy, scene: Scene, deadline_s: float) -> Outcome:
    if scene.failing is None:
        refusal = scene.decision.refusal
        code = refusal.code if refusal else "no_model"
        return _outcome(scene, error=code)
    with Stage.build(policy, deadline_s=deadline_s) as stage:
        for name in scene.down:
            stage.fail(name, _KILL)
        stage.fail(scene.failing, scene.fault)
        dispatcher = Dispatcher(stage.policy, credentials=StageKeys())
        answered, error = None, None
        started = time.perf_counter()
        try:
            answered = await _answer(dispatcher, scene)
        except RingfenceError as failure:
            error = failure
        finally:
            ms = (time.perf_counter() - started) * 1000
            await dispatcher.aclose()
        labels = scene.decision.labels
        return _outcome(
            scene,
            answered=answered,
            error=error.code if error else None,
            attempts=tuple(getattr(error, "attempts", ())),
            ms=ms,
            bytes_out=stage.bytes_at_uncleared(labels) if labels else 0,
        )


def _outcome(
    scene: Scene,
    *,
    answered: Answered | None = None,
    error: str | None = None,
    attempts: tuple[Attempt, ...] = (),
    ms: float = 0.0,
    bytes_out: int = 0,
) -> Outcome:
    tried = answered.attempts if answered else attempts
    return Outcome(
        scene=scene,
        answered_by=answered.model if answered else None,
        error=error,
        ms=ms,
        usd=sum((attempt.usd for attempt in tried), Decimal(0)),
        attempts=tried,
        bytes_out=bytes_out,
    )


async def _answer(dispatcher: Dispatcher, scene: Scene) -> Answered:
    recorder = _Unrecorded()
    if not scene.fault.streaming:
        return await dispatcher.complete(scene.decision, scene.request, record=recorder)
    async with aclosing(
        dispatcher.stream(scene.decision, scene.request, record=recorder)
    ) as pieces:
        async for piece in pieces:
            if isinstance(piece, Answered):
                return piece
    raise AssertionError("unreachable: a stream ends with an answer or an error")


class _Unrecorded:
    """A rehearsal is no call: the ledger does not hear of it."""

    def started(self, model: str) -> None:
        """Nothing to write."""

    def ended(self, attempt: Attempt) -> None:
        """Nothing to write."""
