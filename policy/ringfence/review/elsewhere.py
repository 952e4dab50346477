"""Which of given or recorded requests would go elsewhere under a new policy.

A given request is read by each policy's own gate and classifier. Of a recorded one the ledger has labels, task, size
and caller: rules on text, tools, metadata and model see none of it there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ringfence.costs import measure
from ringfence.decide import Ask, decide
from ringfence.request import Request
from ringfence.review.reader import Reader
from ringfence.rules import Facts, Policy, label_rules
from ringfence.types import Decision, Findings, Size, State, Task

if TYPE_CHECKING:
    from ringfence.records.past import Past


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Requests that would be answered elsewhere, or not at all, or after all."""

    requests: tuple[str, ...]
    """Their ids or line numbers; of recorded ones, none."""
    count: int
    labels: tuple[str, ...]
    task: str
    before: str
    """The first choice, or the code of the refusal."""
    after: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "requests": list(self.requests),
            "count": self.count,
            "labels": list(self.labels),
            "task": self.task,
            "before": self.before,
            "after": self.after,
        }


def given(
    old: Policy, new: Policy, requests: Iterable[tuple[str, Mapping[str, Any]]], *, now: datetime
) -> Iterator[Moved]:
    """Of requests with their names, those that would go elsewhere.

    Raises:
        BadRequest: for one that is none.
    """
    readers = (old, Reader(old)), (new, Reader(new))
    for name, body in requests:
        before, after = (
            _read(policy, reader, Request.parse(body), now) for policy, reader in readers
        )
        if _where(before) != _where(after):
            yield Moved(
                requests=(name,),
                count=1,
                labels=after.labels,
                task=after.task.kind.value,
                before=_where(before),
                after=_where(after),
            )


def recorded(old: Policy, new: Policy, past: Iterable[Past], *, now: datetime) -> tuple[Moved, ...]:
    """Of recorded decisions, those that would go elsewhere, added up; the most frequent first."""
    counts: Counter[tuple[tuple[str, ...], str, str, str]] = Counter()
    for item in past:
        before, after = (_again(policy, item, now) for policy in (old, new))
        if _where(before) != _where(after):
            counts[item.labels, item.task.value, _where(before), _where(after)] += item.calls
    return tuple(
        Moved(requests=(), count=count, labels=labels, task=task, before=before, after=after)
        for (labels, task, before, after), count in counts.most_common()
    )


def _read(policy: Policy, reader: Reader, request: Request, now: datetime) -> Decision:
    size = measure(request)
    task, findings = reader.task(request, size), reader.gate.read(request)
    return _decided(policy, request, findings=findings, task=task, size=size, now=now)


def _again(policy: Policy, past: Past, now: datetime) -> Decision:
    request = Request.from_text("…", caller=past.caller)
    labels = {*past.labels, *label_rules(policy, Facts(request, now=now))}
    return _decided(
        policy,
        request,
        findings=Findings(labels=tuple(sorted(labels))),
        task=Task(kind=past.task, confidence=1.0, source="caller"),
        size=Size(input_tokens=past.input_tokens),
        now=now,
    )


def _decided(
    policy: Policy,
    request: Request,
    *,
    findings: Findings,
    task: Task,
    size: Size,
    now: datetime,
) -> Decision:
    ask = Ask(request=request, id=request.id or "diff", fingerprint="diff")
    return decide(policy, ask, findings=findings, task=task, size=size, state=State(now=now))


def _where(decision: Decision) -> str:
    if decision.model is not None:
        return decision.model
    return f"refused: {decision.refusal.code}" if decision.refusal else "refused"
