"""From a Decision to an answer: each candidate in its order, checked once more, tried, and left for the next.

`_run` is the order of things, `_try` one try of one model. Only candidates of the Decision are ever tried, and every
byte that leaves passes `guard.check_clearance` in `_try`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ringfence.costs import cost_of
from ringfence.dispatch import constrained, guard
from ringfence.dispatch.answers import EstimatedUsage, spoken
from ringfence.dispatch.attempts import AttemptRecorder, Run
from ringfence.dispatch.calls import Call, Piece, Wire, WireFailure
from ringfence.dispatch.clients import Clients
from ringfence.dispatch.embedded_wire import EmbeddedWire
from ringfence.dispatch.health import CoolingDown, Health
from ringfence.dispatch.litellm_library import load_litellm
from ringfence.dispatch.litellm_wire import LitellmWire
from ringfence.dispatch.messages import wire_messages
from ringfence.dispatch.ollama_wire import OllamaWire
from ringfence.dispatch.openai_wire import OpenAIWire
from ringfence.dispatch.params import check_params
from ringfence.dispatch.preparing import KeyFinder, Preparer, Task, endpoint_name
from ringfence.request import Request
from ringfence.rules import Model, Policy
from ringfence.types import Answer, Attempt, Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer, which model gave it, and every try before it (I10)."""

    answer: Answer
    parsed: Any = field(default=None, repr=False)
    """The JSON value of a structured answer (`response_schema`)."""
    model: str
    attempts: tuple[Attempt, ...]


class Dispatcher:
    """Sends requests to the models of a policy. Share one: any thread and event loop may use it at once."""

    def __init__(
        self,
        policy: Policy,
        *,
        credentials: KeyFinder,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._policy = policy
        self._clock = clock
        network = policy.document.network
        self._preparer = Preparer(credentials, network)
        self._clients = Clients(ca_file=network.ca_file)
        self._health = Health(clock)
        self._wires: Mapping[str, Wire] = {
            "openai": OpenAIWire(self._clients),
            "ollama": OllamaWire(self._clients),
            "embedded": EmbeddedWire(self._clients),
            "litellm": LitellmWire(self._clients),
        }

    async def complete(
        self, decision: Decision, request: Request, *, record: AttemptRecorder
    ) -> Answered:
        """The answer of the first candidate that gives one.

        Raises:
            Unavailable: none did; `attempts` tells how each failed.
            CredentialMissing: none has its key, and that is all that is wrong.
            BadRequest: the request carries params that no model knows.
        """
        async with aclosing(self._run(decision, request, record, streaming=False)) as items:
            async for item in items:
                if isinstance(item, Answered):
                    return item
        raise AssertionError("unreachable: a run ends with an answer or an error")

    async def stream(
        self, decision: Decision, request: Request, *, record: AttemptRecorder
    ) -> AsyncGenerator[str | Answered, None]:
        """Pieces of text as they come, then the whole `Answered`. Closing the generator closes the connection.

        Raises:
            Unavailable: no candidate began an answer, or the one that did broke off (it says after how much).
            CredentialMissing, BadRequest: as `complete`.
        """
        async with aclosing(self._run(decision, request, record, streaming=True)) as items:
            async for item in items:
                yield item

    def health(self) -> Mapping[str, str]:
        """Model → why it would not be tried now. Models that are up are absent."""
        down = {}
        for name, model in self._policy.models.items():
            why = self._health.why_down(
                model=name,
                endpoint=endpoint_name(model),
                key=partial(self._preparer.key, model),
            )
            if why is not None:
                down[name] = why
        return down

    def warm(self) -> None:
        """Load what the policy's models need, for instance in a thread at start-up: litellm takes seconds."""
        if any(model.provider.wire == "litellm" for model in self._policy.models.values()):
            with contextlib.suppress(WireFailure):  # the extra is missing: the attempt will say so
                load_litellm()

    @property
    def connected(self) -> bool:
        """Whether there are connections to close."""
        return self._clients.any_open

    async def aclose(self) -> None:
        """Close every connection."""
        await self._clients.aclose()

    async def _run(
        self, decision: Decision, request: Request, record: AttemptRecorder, *, streaming: bool
    ) -> AsyncGenerator[str | Answered, None]:
        check_params(request)
        task = Task(
            decision=decision,
            request=request,
            record=record,
            messages=wire_messages(request),
            streaming=streaming,
        )
        rules = self._policy.document.fallback
        run = Run(clock=self._clock, deadline=self._clock() + rules.deadline_s, most=rules.attempts)
        waiting = [self._policy.models[candidate.model] for candidate in decision.candidates]
        while waiting and not run.over:
            model, *waiting = waiting
            async with aclosing(self._tries(task, run, model, last=not waiting)) as items:
                async for item in items:
                    yield item
                    if isinstance(item, Answered):
                        return
            waiting = run.reordered(waiting, after=model)
        raise run.error(untried=waiting)

    async def _tries(
        self, task: Task, run: Run, model: Model, *, last: bool
    ) -> AsyncGenerator[str | Answered, None]:
        """A model, and once or twice more when its failure may pass. Ends without an `Answered` when it gave none."""
        tries = 0
        while True:
            failure: WireFailure | None = None
            async with aclosing(self._try(task, run, model, last=last)) as items:
                async for item in items:
                    if isinstance(item, WireFailure):
                        failure = item
                    else:
                        yield item
            if failure is None:
                return
            if run.delivered:
                raise run.broken_off()
            wait = run.wait_before_retry(failure, tries, last=last)
            if wait is None:
                return
            await asyncio.sleep(wait)
            tries += 1

    async def _try(
        self, task: Task, run: Run, model: Model, *, last: bool
    ) -> AsyncGenerator[str | Answered | WireFailure, None]:
        """One try of one model. A failure is noted and yielded last; the caller decides what follows it."""
        began = self._clock()
        tell = False
        try:
            call = await self._prepared(task, run, model, last=last)
            with self._health.attempt(
                model=model.name, endpoint=endpoint_name(model), key=call.key
            ):
                # (I1) The last line before bytes leave. Between here and the wire nothing changes model or labels.
                guard.check_clearance(model, task.decision.labels)
                task.record.started(model.name)
                tell = True
                async with aclosing(self._pieces(task, run, call, last=last)) as pieces:
                    async for piece in pieces:
                        if isinstance(piece, str):
                            run.delivered += len(piece)
                            yield piece
                        else:
                            answer, parsed = piece
            attempt = self._answered(model, answer, began)
        except guard.NotClearedHere as error:
            failure = WireFailure("not_cleared", f"not cleared for: {error}", connected=False)
        except CoolingDown as error:
            failure = WireFailure("cool_down", f"it rests: {error}", connected=False)
        except WireFailure as error:
            failure = error
            if failure.usage is None and run.delivered:
                failure.usage = spoken(task.decision.size.input_tokens, run.delivered)
        else:
            run.attempts.append(attempt)
            task.record.ended(attempt)
            yield Answered(
                answer=answer, parsed=parsed, model=model.name, attempts=tuple(run.attempts)
            )
            return
        run.connected += failure.connected
        if failure.error == "connect":
            self._preparer.forget(model)
        attempt = run.note(model, failure, ms=(self._clock() - began) * 1000)
        if tell:
            task.record.ended(attempt)
        yield failure

    async def _prepared(self, task: Task, run: Run, model: Model, *, last: bool) -> Call:
        try:
            async with asyncio.timeout(run.patience(last=last)):
                return await self._preparer.call(task, model)
        except TimeoutError:
            reason = "its host was not looked up in time"
            raise WireFailure("connect", reason, connected=False) from None

    async def _pieces(
        self, task: Task, run: Run, call: Call, *, last: bool
    ) -> AsyncGenerator[str | tuple[Answer, Any], None]:
        """What the wire gives, each piece waited for no longer than the deadline; last, the answer and its JSON."""
        wire = self._wires[call.model.provider.wire]
        sending = constrained.send(wire, call) if constrained.is_needed(call) else wire.send(call)
        patience = run.clock() + run.patience(last=last)
        async with aclosing(sending) as pieces:
            while True:
                until = run.deadline if run.delivered else patience
                piece = await _next_piece(pieces, until - run.clock())
                if isinstance(piece, str):
                    yield piece
                else:
                    yield piece, _parsed(piece, call)
                    return

    def _answered(self, model: Model, answer: Answer, began: float) -> Attempt:
        estimated = isinstance(answer.usage, EstimatedUsage)
        guessed = "usage estimated: the provider reported none" if estimated else ""
        return Attempt(
            model=model.name,
            locality=model.locality,
            reason=guessed,
            ms=(self._clock() - began) * 1000,
            usd=cost_of(model.facts, answer.usage),
        )


async def _next_piece(pieces: AsyncGenerator[Piece, None], seconds: float) -> Piece:
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            return await anext(pieces)
    except TimeoutError:
        raise WireFailure("timeout", "it did not answer in time") from None
    except StopAsyncIteration:
        raise WireFailure("protocol", "the answer is empty") from None


def _parsed(answer: Answer, call: Call) -> Any:
    """The JSON value of a structured answer.

    Raises:
        WireFailure: it is not JSON, or only the start of it.
    """
    if call.schema is None or answer.tool_calls:
        return None
    try:
        return json.loads(answer.text)
    except (ValueError, RecursionError):
        if answer.finish_reason == "length":
            reason = "the output limit cut its JSON off; raise max_output_tokens"
        else:
            reason = "the answer is not the JSON that was asked for"
        raise WireFailure("protocol", reason, usage=answer.usage) from None
