"""The whole of ringfence in one place: gate → tasks → decide → dispatch → records.

`_read` and `_decide` are the first half (what is this, and who may answer?), `acomplete` the whole line. Each stage
takes the value before it and returns a frozen one; every door comes through here, and none adds policy of its own (I9).
The first value of a request is its `Bundle`: the policy in force when it came, and what was made of it, to its end.
"""

from __future__ import annotations

import asyncio
import os
import time
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Self

from ringfence.bridge import Bridge
from ringfence.bundle import Bundle
from ringfence.considered import Considered, Read
from ringfence.costs import Estimate, measure
from ringfence.credentials import Credentials
from ringfence.decide import Ask, as_error, decide
from ringfence.dispatch import Answered
from ringfence.errors import BudgetExceeded, RingfenceError
from ringfence.estimates import estimate_request, estimate_workload, is_workload
from ringfence.gate import labelled_results, texts_of
from ringfence.health import Health
from ringfence.in_force import policy_in_force
from ringfence.records import Call, Records
from ringfence.reloading import Origin, Reloader
from ringfence.request import Caller, Request
from ringfence.rules import Policy, find_policy
from ringfence.standing import Hold, Standing
from ringfence.tasks import classify
from ringfence.types import Chunk, Completion, Decision, State

RequestLike = Request | Mapping[str, Any] | str
"""A `Request`, a JSON object of its shape, or the text of one user message."""


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
        """With this policy for good; `from_policy` makes one that follows its file."""
        self.caller = caller or Caller()
        self._records = records
        self._clock = clock
        self._stand_up = partial(Bundle.of, records=records, credentials=credentials, clock=clock)
        self._standing = Standing(self._stand_up(policy))
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
        reload: bool = True,
    ) -> Self:
        """Load the policy in force and stand the engine up. Nothing is connected or loaded before it is needed.

        When the policy's files change, the requests that come after are judged by the new policy, if nothing is wrong
        with it; if something is, `health` says so and the one in force stays.

        Args:
            source: path of the policy; None looks where `ringfence.rules.find_policy` says.
            caller: who asks, unless a call says otherwise.
            policy_digest: refuse any policy but this one (`sha256:…`), as does `RINGFENCE_POLICY_DIGEST`.
            trust_root: refuse any policy that is not signed as this file asks, as does `RINGFENCE_TRUST_ROOT`. One that
                stands in /etc/ringfence holds in any case and cannot be replaced.
            env: the environment for keys and paths; the process's own when None.
            reload: False keeps this policy whatever becomes of its files: for work that one policy must judge.

        Raises:
            PolicyError: when the policy does not load.
            TrustError: when it is not the pinned one, or not one that was approved.
            RecordError: when the ledger was made with another HMAC key.
        """
        env = os.environ if env is None else env
        began = time.time_ns()
        path = find_policy(source, env)
        policy = policy_in_force(path, env=env, digest=policy_digest, trust_root=trust_root)
        records = Records.of(policy.document.records, env=env)
        records.check_key()
        router = cls(policy, records=records, credentials=Credentials(env), caller=caller)
        if reload:
            origin = Origin.of(path, digest=policy_digest, trust_root=trust_root, env=env)
            router._follow(policy, origin, moment_ns=began)
        return router

    def _follow(self, policy: Policy, origin: Origin, *, moment_ns: int) -> None:
        """Look for changes of the policy's files from now on."""
        reloader = Reloader(
            origin, stand_up=self._stand_up, records=self._records, clock=self._clock
        )
        reloader.began(policy, moment_ns=moment_ns)
        self._standing = Standing(self._standing.now(), reloader=reloader)

    # -- the policy in force

    @property
    def policy(self) -> Policy:
        """The policy in force. Another may be at the next question: take it once, or see `held`."""
        return self._standing.now().policy

    def health(self) -> Health:
        """Which policy is in force, and why what its files say now is not, if so."""
        bundle = self._standing.now()
        return Health(
            policy=bundle.policy.ref, loaded_at=bundle.loaded_at, problem=self._standing.problem
        )

    @asynccontextmanager
    async def held(self) -> AsyncIterator[Self]:
        """This engine with the policy as it is now: for several questions whose answers must agree.

        It is closed with the engine that it is of, not by itself.
        """
        async with self._standing.hold() as hold:
            view = copy(self)
            view._standing = Standing(await asyncio.to_thread(hold.take))
            yield view

    # -- deciding

    def decide(self, request: RequestLike, *, caller: Caller | None = None) -> Decision:
        """Which models may answer, in order, and why every other one may not. Nothing is sent or recorded."""
        with self._standing.hold() as hold:
            return self._consider(hold, request, caller).decision

    async def adecide(self, request: RequestLike, *, caller: Caller | None = None) -> Decision:
        """`decide`, without blocking the event loop."""
        return await asyncio.to_thread(self.decide, request, caller=caller)

    def _consider(self, hold: Hold, request: RequestLike, caller: Caller | None) -> Considered:
        """Read and decide, asking no model: of what one would be asked, only what it said before counts."""
        return self._decide(self._remembered(self._read(hold, request, caller)))

    def _remembered(self, read: Read) -> Read:
        asker = read.bundle.asker
        if not asker.wants(read.task):
            return read
        return replace(read, task=asker.remembered(read.request, read.task))

    def _read(self, hold: Hold, request: RequestLike, caller: Caller | None) -> Read:
        """The start of every request: here it takes the bundle that it keeps."""
        started = time.perf_counter()
        bundle = hold.take()
        asked = self._request(request, caller)
        findings = bundle.gate.read(asked)
        gated = time.perf_counter()
        size = measure(asked)
        task = classify(
            asked,
            size,
            windows=bundle.windows,
            min_confidence=bundle.policy.document.classifier.min_confidence,
            classifier=bundle.classifier,
        )
        return Read(
            bundle=bundle,
            request=asked,
            findings=findings,
            size=size,
            task=task,
            gate_ms=(gated - started) * 1000,
            started=started,
        )

    def _decide(self, read: Read) -> Considered:
        decision = decide(
            read.bundle.policy,
            self._ask(read.request),
            findings=read.findings,
            task=read.task,
            size=read.size,
            state=self._state(read),
        )
        spent = (time.perf_counter() - read.started) * 1000
        return Considered(
            bundle=read.bundle,
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

    def _state(self, read: Read) -> State:
        now = self._clock()
        budgets = read.bundle.policy.document.budgets
        spent = self._records.spent(budgets, read.request.caller, now) if budgets else ()
        return State(now=now, health=read.bundle.dispatcher.health(), spent=spent)

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
        async with self._standing.hold() as hold:
            considered, call = await self._opened(hold, request, caller)
            try:
                answered = await considered.bundle.dispatcher.complete(
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
        async with self._standing.hold() as hold:
            considered, call = await self._opened(hold, request, caller)
            said: list[str] = []
            try:
                pieces = considered.bundle.dispatcher.stream(
                    considered.decision, considered.request, record=call
                )
                async with aclosing(pieces):
                    async for piece in pieces:
                        if isinstance(piece, Answered):
                            done = await asyncio.to_thread(self._close, considered, call, piece)
                            yield Chunk(completion=done)
                        else:
                            said.append(piece)
                            yield Chunk(text=piece)
            except BaseException as error:
                call.fail(_word(error))
                if considered.decision.labels:
                    self._remember(considered, ["".join(said)])
                raise

    async def _opened(
        self, hold: Hold, request: RequestLike, caller: Caller | None
    ) -> tuple[Considered, Call]:
        """Read, decide and record a call; between the two, ask the model that the policy lets be asked."""

        def read_and_open() -> tuple[Considered, Call] | Read:
            read = self._read(hold, request, caller)
            return read if read.bundle.asker.wants(read.task) else self._open(read)

        read = await asyncio.to_thread(read_and_open)
        if not isinstance(read, Read):
            return read
        state = await asyncio.to_thread(self._state, read)
        task = await read.bundle.asker.ask(
            read.request, read.task, findings=read.findings, state=state
        )
        return await asyncio.to_thread(self._open, replace(read, task=task))

    def _open(self, read: Read) -> tuple[Considered, Call]:
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
                self._make_stick(considered, results)
            elif read.bundle.gate.spec.enabled:  # a licence header is nobody's secret
                self._records.note_unlabelled(asked, texts_of(asked))
            policy, reserve = considered.bundle.policy, considered.most_expected()
            try:
                call = self._records.begin(policy, asked, decision, reserve=reserve, now=now)
                return considered, call
            except BudgetExceeded:
                if last:
                    raise
        raise AssertionError("unreachable")

    def _close(self, considered: Considered, call: Call, answered: Answered) -> Completion:
        completion, answer = considered.completed(answered), answered.answer
        self._remember(considered, [answer.text, *(made.arguments for made in answer.tool_calls)])
        call.settle(completion)
        return completion

    def _remember(self, considered: Considered, answers: Iterable[str]) -> None:
        """What a model answered to a labelled request carries its labels from now on; else it is free of any (I5)."""
        request, labels = considered.request, considered.decision.labels
        if labels:
            self._make_stick(considered, dict.fromkeys(answers, labels))
        elif considered.bundle.gate.spec.enabled:
            self._records.note_unlabelled(request, answers)

    def _make_stick(self, considered: Considered, texts: Mapping[str, Iterable[str]]) -> None:
        """Labels stay on these texts, and on the request's conversation, for the days that its policy says (I5)."""
        self._records.remember(
            considered.request,
            considered.decision.labels,
            texts,
            now=self._clock(),
            days=considered.bundle.policy.document.taint.days,
        )

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
        with self._standing.hold() as hold:
            read = self._remembered(self._read(hold, request, caller))
            policy, asker = read.bundle.policy, read.bundle.asker
            asking = asker.expected(
                read.request, read.task, findings=read.findings, state=self._state(read)
            )
            return estimate_request(policy, self._decide(read).decision, asking=asking)

    async def aestimate(self, request: RequestLike, *, caller: Caller | None = None) -> Estimate:
        """`estimate`, without blocking the event loop."""
        return await asyncio.to_thread(self.estimate, request, caller=caller)

    # -- closing

    def close(self) -> None:
        """Close connections and the ledger."""
        self._bridge.run(self._standing.aclose())
        self._shut()

    async def aclose(self) -> None:
        """`close`, for async callers."""
        await self._standing.aclose()
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
