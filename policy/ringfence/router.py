"""The whole of ringfence in one place: gate → tasks → decide → dispatch → records.

`_read` and `_decide` are the first half (what is this, and who may answer?), `acomplete` the whole line. Each stage
takes the value before it and returns a frozen one; every door comes through here, and none adds policy of its own (I9).
"""

from __future__ import annotations

import asyncio
import os
import time
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from ringfence.asking import Asker
from ringfence.bridge import Bridge
from ringfence.costs import Estimate, cost_of, measure, reserved_usd
from ringfence.credentials import Credentials
from ringfence.decide import Ask, as_error, decide
from ringfence.dispatch import Answered, Dispatcher
from ringfence.errors import BudgetExceeded, RingfenceError
from ringfence.estimates import estimate_request, estimate_workload, is_workload
from ringfence.gate import Gate, labelled_results, texts_of
from ringfence.in_force import policy_in_force
from ringfence.records import Call, Records
from ringfence.request import Caller, Request
from ringfence.rules import Policy
from ringfence.tasks import built_in, classify, with_fitted
from ringfence.types import Chunk, Completion, Decision, Findings, Size, State, Task

RequestLike = Request | Mapping[str, Any] | str
"""A `Request`, a JSON object of its shape, or the text of one user message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A request that has been read: what it holds, how large it is, what it asks for."""

    request: Request
    findings: Findings
    size: Size
    task: Task
    gate_ms: float
    started: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Considered:
    """A request that has been through the first half, with the milliseconds that the gate and the rest took."""

    request: Request
    decision: Decision
    gate_ms: float
    decide_ms: float
    started: float


class Router:
    """Decides which model may and should answer each request, and gets the answer.

    Make one with `from_policy` and share it: threads, tasks and event loops may use it at once. Close it, or use it
    as a context manager. Every method takes a `Request`, a JSON object of its shape, or a plain text.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        records: Records,
        credentials: Credentials,
        caller: Caller | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.policy = policy
        self.caller = caller or Caller()
        self._records = records
        self._clock = clock
        self._gate = Gate(policy, taint=records.taint)
        self._dispatcher = Dispatcher(policy, credentials=credentials)
        self._asker = Asker(policy, dispatcher=self._dispatcher, records=records, clock=clock)
        self._classifier = (
            with_fitted(built_in(), policy.fitted) if policy.fitted is not None else None
        )
        self._windows = tuple(
            sorted(model.facts.context_window for model in policy.models.values())
        )
        self._bridge = Bridge()
        # For who never closes it: connections and the ledger close with the router, or with the interpreter.
        self._shut = weakref.finalize(self, _shut, self._bridge, records)

    @classmethod
    def from_policy(
        cls,
        source: str | Path | None = None,
        *,
        caller: Caller | None = None,
        policy_digest: str | None = None,
        trust_root: str | Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Self:
        """Load the policy in force and stand the engine up. Nothing is connected or loaded before it is needed.

        Args:
            source: path of the policy; None looks where `ringfence.rules.find_policy` says.
            caller: who asks, unless a call says otherwise.
            policy_digest: refuse any policy but this one (`sha256:…`), as does `RINGFENCE_POLICY_DIGEST`.
            trust_root: refuse any policy that is not signed as this file asks, as does `RINGFENCE_TRUST_ROOT`. One that
                stands in /etc/ringfence holds in any case and cannot be replaced.
            env: the environment for keys and paths; the process's own when None.

        Raises:
            PolicyError: when the policy does not load.
            TrustError: when it is not the pinned one, or not one that was approved.
            RecordError: when the ledger was made with another HMAC key.
        """
        env = os.environ if env is None else env
        policy = policy_in_force(source, env=env, digest=policy_digest, trust_root=trust_root)
        records = Records.of(
            policy.document.records, taint_days=policy.document.taint.days, env=env
        )
        records.check_key()
        return cls(policy, records=records, credentials=Credentials(env), caller=caller)

    # -- deciding

    def decide(self, request: RequestLike, *, caller: Caller | None = None) -> Decision:
        """Which models may answer, in order, and why every other one may not. Nothing is sent or recorded."""
        return self._consider(request, caller).decision

    async def adecide(self, request: RequestLike, *, caller: Caller | None = None) -> Decision:
        """`decide`, without blocking the event loop."""
        return await asyncio.to_thread(self.decide, request, caller=caller)

    def _consider(self, request: RequestLike, caller: Caller | None) -> _Considered:
        """Read and decide, asking no model: of what one would be asked, only what it said before counts."""
        return self._decide(self._remembered(self._read(request, caller)))

    def _remembered(self, read: _Read) -> _Read:
        if not self._asker.wants(read.task):
            return read
        return replace(read, task=self._asker.remembered(read.request, read.task))

    def _read(self, request: RequestLike, caller: Caller | None) -> _Read:
        started = time.perf_counter()
        asked = self._request(request, caller)
        findings = self._gate.read(asked)
        gated = time.perf_counter()
        size = measure(asked)
        task = classify(
            asked,
            size,
            windows=self._windows,
            min_confidence=self.policy.document.classifier.min_confidence,
            classifier=self._classifier,
        )
        return _Read(
            request=asked,
            findings=findings,
            size=size,
            task=task,
            gate_ms=(gated - started) * 1000,
            started=started,
        )

    def _decide(self, read: _Read) -> _Considered:
        decision = decide(
            self.policy,
            self._ask(read.request),
            findings=read.findings,
            task=read.task,
            size=read.size,
            state=self._state(read.request.caller),
        )
        spent = (time.perf_counter() - read.started) * 1000
        return _Considered(
            request=read.request,
            decision=decision,
            gate_ms=read.gate_ms,
            decide_ms=spent - read.gate_ms,
            started=read.started,
        )

    def _request(self, request: RequestLike, caller: Caller | None) -> Request:
        caller = caller or self.caller
        if isinstance(request, Request):
            return replace(request, caller=caller)
        if isinstance(request, str):
            return Request.from_text(request, caller=caller)
        return Request.parse(request, caller=caller)

    def _ask(self, request: Request) -> Ask:
        fingerprint = self._records.fingerprint(request.body)
        return Ask(
            request=request, id=request.id or f"req_{fingerprint[:24]}", fingerprint=fingerprint
        )

    def _state(self, caller: Caller) -> State:
        now = self._clock()
        budgets = self.policy.document.budgets
        spent = self._records.spent(budgets, caller, now) if budgets else ()
        return State(now=now, health=self._dispatcher.health(), spent=spent)

    # -- completing

    def complete(self, request: RequestLike, *, caller: Caller | None = None) -> Completion:
        """Answer a request with the best model that may see it.

        Raises:
            NotCleared, Denied, BudgetExceeded, NoModel: the decision says no, with what would allow it.
            Unavailable: every eligible model was tried and failed; `attempts` tells how.
            CredentialMissing: the only eligible models have no key.
            RecordError: the call could not be recorded, so it was not made (I11).
            BadRequest: the request cannot be read.
        """
        return self._bridge.run(self.acomplete(request, caller=caller))

    async def acomplete(self, request: RequestLike, *, caller: Caller | None = None) -> Completion:
        """`complete`, without blocking the event loop. Cancelling it stops the upstream call."""
        considered, call = await self._opened(request, caller)
        try:
            async with self._noting(considered):
                answered = await self._dispatcher.complete(
                    considered.decision, considered.request, record=call
                )
        except BaseException as error:
            await asyncio.shield(asyncio.to_thread(call.fail, _word(error)))
            raise
        return await asyncio.to_thread(self._close, considered, call, answered)

    def stream(self, request: RequestLike, *, caller: Caller | None = None) -> Iterator[Chunk]:
        """`complete`, piece by piece: text as it comes, then one chunk with the whole `completion`."""
        return self._bridge.iterate(self.astream(request, caller=caller))

    async def astream(
        self, request: RequestLike, *, caller: Caller | None = None
    ) -> AsyncGenerator[Chunk, None]:
        """`stream` for async callers. Closing the generator closes the upstream connection."""
        considered, call = await self._opened(request, caller)
        said: list[str] = []
        try:
            pieces = self._dispatcher.stream(considered.decision, considered.request, record=call)
            async with self._noting(considered), aclosing(pieces):
                async for piece in pieces:
                    if isinstance(piece, Answered):
                        completion = await asyncio.to_thread(self._close, considered, call, piece)
                        yield Chunk(completion=completion)
                    else:
                        said.append(piece)
                        yield Chunk(text=piece)
        except BaseException as error:
            call.fail(_word(error))
            if considered.decision.labels:
                self._remember(considered, ["".join(said)])
            raise

    async def _opened(
        self, request: RequestLike, caller: Caller | None
    ) -> tuple[_Considered, Call]:
        """Read, decide and record a call; between the two, ask the model that the policy lets be asked."""
        if self.policy.document.classifier.model is None:
            return await asyncio.to_thread(lambda: self._open(self._read(request, caller)))
        read = await asyncio.to_thread(self._read, request, caller)
        if self._asker.wants(read.task):
            state = await asyncio.to_thread(self._state, read.request.caller)
            task = await self._asker.ask(
                read.request, read.task, findings=read.findings, state=state
            )
            read = replace(read, task=task)
        return await asyncio.to_thread(self._open, read)

    def _open(self, read: _Read) -> tuple[_Considered, Call]:
        """Decide, refuse what the decision refuses, and record the call before it is made (I8, I11).

        Another process may spend a budget between the decision and its reservation; then decide again.
        """
        for last in (False, False, True):
            considered = self._decide(read)
            asked, decision, now = considered.request, considered.decision, self._clock()
            if decision.refusal is not None:
                self._records.refused(asked, decision, now=now)
                raise as_error(decision)
            if decision.labels:
                results = labelled_results(asked, decision.findings)
                self._records.remember(asked, decision.labels, results, now=now)
            reserve = self._most_expected(decision)
            try:
                return considered, self._records.begin(
                    self.policy, asked, decision, reserve=reserve, now=now
                )
            except BudgetExceeded:
                if last:
                    raise
        raise AssertionError("unreachable")

    def _most_expected(self, decision: Decision) -> Decimal:
        """What the call may cost, its fallbacks included: the dearest candidate with a long answer."""
        return max(
            reserved_usd(
                self.policy.models[candidate.model].facts,
                decision.size,
                decision.task.kind,
                decision.max_output_tokens,
            )
            for candidate in decision.candidates
        )

    def _close(self, considered: _Considered, call: Call, answered: Answered) -> Completion:
        decision, answer = considered.decision, answered.answer
        model = self.policy.models[answered.model]
        usd = cost_of(model.facts, answer.usage)
        completion = Completion(
            text=answer.text,
            tool_calls=answer.tool_calls,
            parsed=answered.parsed,
            finish_reason=answer.finish_reason,
            model=model.name,
            locality=model.locality,
            labels=decision.labels,
            usage=answer.usage,
            usd=usd,
            attempts=answered.attempts,
            ms={
                "gate": considered.gate_ms,
                "decide": considered.decide_ms,
                "total": (time.perf_counter() - considered.started) * 1000,
            },
            decision=decision,
        )
        self._remember(considered, [answer.text, *(made.arguments for made in answer.tool_calls)])
        call.settle(completion)
        return completion

    def _remember(self, considered: _Considered, answers: Sequence[str]) -> None:
        """What a model answered to a labelled request carries its labels from now on; else it is free of any (I5)."""
        request, labels = considered.request, considered.decision.labels
        if labels:
            texts = dict.fromkeys(answers, labels)
            self._records.remember(request, labels, texts, now=self._clock())
        elif self._gate.spec.enabled:
            self._records.note_unlabelled(request, answers)

    @asynccontextmanager
    async def _noting(self, considered: _Considered) -> AsyncIterator[None]:
        """While a model works on an unlabelled request, note its texts: a licence header is nobody's secret."""
        if considered.decision.labels or not self._gate.spec.enabled:
            yield
            return
        request = considered.request
        noting = asyncio.create_task(
            asyncio.to_thread(lambda: self._records.note_unlabelled(request, texts_of(request)))
        )
        try:
            yield
        finally:
            await asyncio.shield(noting)

    # -- estimating

    def estimate(self, request: RequestLike, *, caller: Caller | None = None) -> Estimate:
        """What a request, or a workload (a JSON object with `mix`), is expected to cost, by the same `decide` (I9).

        Raises:
            BadRequest: when the request or the workload cannot be read.
        """
        if isinstance(request, Mapping) and is_workload(request):
            # A plan for months: what is down or spent at this moment does not belong in it.
            plan = State(now=self._clock())
            return estimate_workload(self.policy, request, caller=caller or self.caller, state=plan)
        read = self._remembered(self._read(request, caller))
        state = self._state(read.request.caller)
        asking = self._asker.expected(read.request, read.task, findings=read.findings, state=state)
        return estimate_request(self.policy, self._decide(read).decision, asking=asking)

    async def aestimate(self, request: RequestLike, *, caller: Caller | None = None) -> Estimate:
        """`estimate`, without blocking the event loop."""
        return await asyncio.to_thread(self.estimate, request, caller=caller)

    # -- closing

    def close(self) -> None:
        """Close connections and the ledger."""
        self._bridge.run(self._dispatcher.aclose())
        self._shut()

    async def aclose(self) -> None:
        """`close`, for async callers."""
        await self._dispatcher.aclose()
        await asyncio.to_thread(self._shut)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()


def _shut(bridge: Bridge, records: Records) -> None:
    bridge.close()
    records.close()


def _word(error: BaseException) -> str:
    """The stable word that the ledger keeps of a failure; never its message."""
    if isinstance(error, RingfenceError):
        return error.code
    return "cancelled" if isinstance(error, asyncio.CancelledError | GeneratorExit) else "internal"
