"""Asking a small model of the policy what kind of work a request is (`classifier:`), before its route is decided.

The question is a call like any other: the labels of the request it shows are on it, `decide` and dispatch check its
clearance (I1), the ledger has its row before a byte leaves (I11), and its cost counts. Whatever goes wrong, the
built-in reading stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from ringfence.cache import TextCache
from ringfence.costs import cost_of, measure
from ringfence.decide import Ask, as_error, decide
from ringfence.dispatch import Answered, Dispatcher
from ringfence.errors import RingfenceError
from ringfence.records import Records
from ringfence.request import Request
from ringfence.rules import Policy
from ringfence.rules.schema import ClassifierSpec
from ringfence.tasks import Question, kind_in
from ringfence.types import Candidate, Completion, Decision, Findings, State, Task, TaskKind


class Asker:
    """Asks the policy's classifier model, remembers what it said, and never fails."""

    def __init__(
        self,
        policy: Policy,
        *,
        dispatcher: Dispatcher,
        records: Records,
        clock: Callable[[], datetime],
    ) -> None:
        self._spec = policy.document.classifier
        self._policy = _asking_policy(policy, self._spec)
        self._dispatcher = dispatcher
        self._records = records
        self._clock = clock
        self._said: TextCache[TaskKind] = TextCache()

    def wants(self, task: Task) -> bool:
        """Whether a reading of a request is to be asked about: never one that was stated or that structure shows."""
        if self._spec.model is None or task.source != "classifier":
            return False
        return self._spec.when == "always" or self._unsure(task)

    def remembered(self, request: Request, task: Task) -> Task:
        """The reading of a request after what was said of it before; with a remark where a call would ask now."""
        question = Question.about(request)
        kind = self._said.get(self._said.key(question.shown))
        if kind is None:
            return _remark(task, f"a call would first ask {self._spec.model}")
        return question.settle(task, kind, unsure=self._unsure(task))

    async def ask(self, request: Request, task: Task, *, findings: Findings, state: State) -> Task:
        """The reading of a request after asking, within `classifier.timeout_ms`. Never raises."""
        question = Question.about(request)
        key = self._said.key(question.shown)
        kind = self._said.get(key)
        if kind is None:
            try:
                kind = kind_in(await self._answer(question, request, findings, state))
            except RingfenceError as error:
                return _remark(task, f"{self._spec.model} did not say: {error.code}")
            except TimeoutError:
                limit = self._spec.timeout_ms
                return _remark(task, f"{self._spec.model} did not say within {limit} ms")
            if kind is None:
                return _remark(task, f"{self._spec.model} named no kind")
            self._said.put(key, kind)
        return question.settle(task, kind, unsure=self._unsure(task))

    def expected(
        self, request: Request, task: Task, *, findings: Findings, state: State
    ) -> Candidate | None:
        """What asking about a request is expected to cost; None when it would not be asked, or could not be."""
        if not self.wants(task):
            return None
        _, decision = self._decided(Question.about(request), request, findings, state)
        return decision.candidates[0] if decision.candidates else None

    async def _answer(
        self, question: Question, request: Request, findings: Findings, state: State
    ) -> str:
        asked, decision = self._decided(question, request, findings, state)
        if decision.refusal is not None:
            raise as_error(decision)
        now = self._clock()
        call = await asyncio.to_thread(self._records.begin, self._policy, asked, decision, now=now)
        try:
            async with asyncio.timeout(self._spec.timeout_ms / 1000):
                answered = await self._dispatcher.complete(decision, asked, record=call)
        except BaseException as error:
            code = error.code if isinstance(error, RingfenceError) else "timeout"
            await asyncio.shield(asyncio.to_thread(call.fail, code))
            raise
        await asyncio.to_thread(call.settle, self._completion(decision, answered))
        return answered.answer.text

    def _decided(
        self, question: Question, request: Request, findings: Findings, state: State
    ) -> tuple[Request, Decision]:
        """The call that asks, and its decision: labels and rules are those of the request that it shows.

        Which kind that is nobody knows yet, so a rule that narrows on any kind holds: a refusal under one is one.
        """
        asked = Request.parse(question.body(), caller=request.caller)
        fingerprint = self._records.fingerprint(asked.body)
        ask = Ask(
            request=_without_preference(request),
            id=f"ask_{fingerprint[:24]}",
            fingerprint=fingerprint,
        )
        kinds = tuple(TaskKind) if self._policy.rules.tests_task else ()
        decisions = [
            decide(
                self._policy,
                ask,
                findings=Findings(labels=findings.labels),
                task=_asking_about(kind),
                size=measure(asked),
                state=state,
            )
            for kind in (TaskKind.SIMPLE, *kinds)
        ]
        refused = (decision for decision in decisions if decision.refusal is not None)
        return asked, next(refused, decisions[0])

    def _completion(self, decision: Decision, answered: Answered) -> Completion:
        model = self._policy.models[answered.model]
        return Completion(
            text=answered.answer.text,
            tool_calls=(),
            parsed=answered.parsed,
            finish_reason=answered.answer.finish_reason,
            model=model.name,
            locality=model.locality,
            labels=decision.labels,
            usage=answered.answer.usage,
            usd=cost_of(model.facts, answered.answer.usage),
            attempts=answered.attempts,
            ms={},
            decision=decision,
        )

    def _unsure(self, task: Task) -> bool:
        return task.confidence < self._spec.min_confidence


def _asking_policy(policy: Policy, spec: ClassifierSpec) -> Policy:
    """The policy with one route, to the model that is asked. Rules that choose a task or a route do not choose here."""
    if spec.model is None:
        return policy
    rules = tuple(
        rule.model_copy(update={"task": None, "route": None}) for rule in policy.document.rules
    )
    document = policy.document.model_copy(
        update={"routes": {TaskKind.SIMPLE: (spec.model,)}, "rules": rules}
    )
    return replace(policy, document=document)


def _asking_about(kind: TaskKind) -> Task:
    reason = "ringfence asks what kind of work a request is"
    return Task(kind=kind, confidence=1.0, source="signal", reasons=(reason,))


def _without_preference(request: Request) -> Request:
    """The model that a request prefers is for its answer."""
    return replace(
        request, body={key: value for key, value in request.body.items() if key != "model"}
    )


def _remark(task: Task, reason: str) -> Task:
    return replace(task, reasons=(*task.reasons, reason))
