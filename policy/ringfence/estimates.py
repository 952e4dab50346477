"""Estimates, by the same `decide` as real calls (I9): what one request, or a month of a workload, would cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ringfence.costs import (
    Choice,
    Estimate,
    MixEntry,
    PricedModel,
    parse_workload,
    price_request,
    price_workload,
)
from ringfence.decide import Ask, decide
from ringfence.request import Caller, Request
from ringfence.rules import Policy
from ringfence.types import Candidate, Decision, Findings, State, Task, money


def is_workload(data: object) -> bool:
    """Whether a JSON object is a workload rather than a request."""
    return isinstance(data, Mapping) and ("workload" in data or "mix" in data)


def estimate_request(
    policy: Policy, decision: Decision, *, asking: Candidate | None = None
) -> Estimate:
    """What the request of a decision is expected to cost on each model, and which would answer.

    `asking` is the model that a call would ask for the kind of work first, with its cost.
    """
    kind = decision.task.kind
    estimate = price_request(
        _priced(policy, {candidate.model for candidate in decision.candidates}),
        about={
            "id": decision.request_id,
            "decision_id": decision.id,
            "task": kind.value,
            "labels": list(decision.labels),
            "outcome": decision.outcome.value,
            "refusal": decision.refusal.to_dict() if decision.refusal else None,
        },
        chosen=decision.model,
        size=decision.size,
        kind=kind,
        limit=decision.max_output_tokens,
    )
    if asking is None:
        return estimate
    return replace(
        estimate,
        about={**estimate.about, "asks": asking.to_dict()},
        assumptions=(
            *estimate.assumptions,
            f"a call first asks {asking.model} for the kind of work, for about ${money(asking.expected_usd)} more "
            "(`asks`); its answer may choose another route",
        ),
    )


def estimate_workload(
    policy: Policy, data: Mapping[str, Any], *, caller: Caller, state: State
) -> Estimate:
    """What a workload is expected to cost: each entry of its mix goes where `decide` sends it.

    Raises:
        BadRequest: with a JSON pointer to what is wrong with the workload.
    """
    workload = parse_workload(data)

    def choose(entry: MixEntry) -> Choice:
        body = {
            "messages": [{"role": "user", "content": "a session of a workload"}],
            "model": entry.model,
        }
        decision = decide(
            policy,
            Ask(request=Request.parse(body, caller=caller), id=entry.path, fingerprint=entry.path),
            findings=Findings(labels=entry.labels),
            task=Task(kind=entry.task, confidence=1.0, source="caller"),
            size=workload.call,
            state=state,
        )
        reason = decision.refusal.message if decision.refusal else ""
        return Choice(model=decision.model, reason=reason)

    return price_workload(
        workload,
        _priced(policy, policy.models),
        choose=choose,
        hardware=policy.catalog.hardware,
    )


def _priced(policy: Policy, eligible: Iterable[str]) -> tuple[PricedModel, ...]:
    allowed = frozenset(eligible)
    return tuple(
        PricedModel(name=name, facts=model.facts, locality=model.locality, eligible=name in allowed)
        for name, model in policy.models.items()
    )
