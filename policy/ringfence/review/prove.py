"""`prove`: every Decision that a policy can give, by the `decide` that serves (I9), held against what the file says.

The domain is cut into classes (`domain`), and of each combination of who asks, labels and task kind (a "cell") every
circumstance is decided: each set of candidates down, each size with each need on each day, each state of the budgets.
Of a kind that shares its route with another, and of a request that asks for a model, the outermost ones will do.
Circumstances of different sorts are not multiplied with each other: each does no more than take models away, which is
checked, so any mixture leaves what some set of models that are down leaves, and all those sets are enumerated.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

from ringfence.costs import expected_usd
from ringfence.review.claims import Claims
from ringfence.review.domain import (
    KINDS,
    NO_SUCH_MODEL,
    Domain,
    Merge,
    domain_of,
    down_sets,
    sizes_of,
    spendings,
)
from ringfence.review.point import Point
from ringfence.rules import Policy
from ringfence.types import Decision, PolicyRef, Size, TaskKind

_Fit = tuple[Size, frozenset[str], date]

SHOWN = 5
"""Counterexamples that a proof keeps: the first of each claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterexample:
    """A point whose Decision breaks a claim."""

    claim: str
    what: str
    point: Point
    decision: Decision
    policy: Policy = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        return {
            "claim": self.claim,
            "what": self.what,
            **self.point.to_dict(self.policy),
            "candidates": [candidate.model for candidate in self.decision.candidates],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was enumerated, what was found, and who may see what."""

    policy: PolicyRef
    states: int
    cells: int
    seconds: float
    merges: tuple[Merge, ...]
    sees: Mapping[str, tuple[str, ...] | None]
    """Model → the labels that some Decision lets it see; None: it is a candidate of none."""
    labels: tuple[str, ...]
    faults: Mapping[str, int]
    """Claim → Decisions that break it."""
    counterexamples: tuple[Counterexample, ...]
    remarks: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.faults

    @property
    def whole(self) -> bool:
        """Whether every class was enumerated."""
        return not any(merge.why.startswith("NOT WHOLE") for merge in self.merges)

    def to_dict(self) -> dict[str, Any]:
        return {
            "holds": self.holds,
            "whole": self.whole,
            "policy": self.policy.to_dict(),
            "states": self.states,
            "cells": self.cells,
            "seconds": round(self.seconds, 3),
            "merged": [merge.to_dict() for merge in self.merges],
            "labels": list(self.labels),
            "sees": {
                name: None if seen is None else list(seen) for name, seen in self.sees.items()
            },
            "faults": dict(self.faults),
            "counterexamples": [example.to_dict() for example in self.counterexamples],
            "remarks": list(self.remarks),
        }


def prove(
    policy: Policy,
    *,
    now: datetime | None = None,
    enough: int | None = None,
    thorough: bool = False,
    tick: Callable[[int, int], None] | None = None,
) -> Proof:
    """Enumerate a policy's domain and check every Decision.

    Args:
        policy: the policy.
        now: from when on it is to hold; the present when None.
        enough: stop after so many faults; None goes on to the end.
        thorough: every circumstance in every cell, and sizes with failures too; takes many times as long.
        tick: hears after each cell how many of how many are done.
    """
    started = time.perf_counter()
    now = now or datetime.now(UTC)
    models = (None, *policy.models, NO_SUCH_MODEL)
    domain = domain_of([policy], now=now, models=models)
    run = _Run(policy, domain, now, thorough)
    run.merged_labels()
    for done, (labels, index, kind) in enumerate(_cells(domain), 1):
        run.cell(index, labels, kind)
        if tick is not None:
            tick(done, domain.cells)
        if enough is not None and run.faults.total() >= enough:
            break
    return Proof(
        policy=policy.ref,
        states=run.states,
        cells=domain.cells,
        seconds=time.perf_counter() - started,
        merges=domain.merges,
        sees=run.sees(),
        labels=domain.labels,
        faults=dict(run.faults),
        counterexamples=tuple(run.examples.values())[:SHOWN],
        remarks=tuple(_remarks(policy, run)),
    )


def _cells(domain: Domain) -> Iterator[tuple[tuple[str, ...], int, TaskKind]]:
    return product(domain.label_sets, range(len(domain.profiles.chosen)), KINDS)


@dataclass(slots=True)
class _Run:
    """One enumeration, as far as it has come."""

    policy: Policy
    domain: Domain
    now: datetime
    thorough: bool = False
    claims: Claims = field(init=False)
    states: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Counterexample] = field(default_factory=dict)
    matched: Counter[str] = field(default_factory=Counter)
    """Rule → cells that it matches."""
    _seen: dict[str, set[str]] = field(default_factory=dict)
    _sizes: dict[TaskKind, tuple[Size, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.claims = Claims(self.policy)
        self._sizes = {kind: sizes_of(self.policy, kind, self.domain.rule_tokens) for kind in KINDS}

    def cell(self, index: int, labels: tuple[str, ...], kind: TaskKind) -> None:
        """Every circumstance of one combination of who asks, labels and kind."""
        base = self._case(index, labels, kind)
        self.matched.update(self.claims.ruled(base).matching)
        everyone = [candidate.model for candidate in self._check(base).candidates]
        others = self.claims.names.difference(everyone)
        leads = base.profile.request.model is None and kind in self.domain.leading_kinds
        if leads or self.thorough:
            downs, sizes = down_sets(everyone, others), self._all_sizes(kind)
        else:
            downs, sizes = (
                iter({frozenset(everyone), others, self.claims.names}),
                self._far_sizes(kind),
            )
        for down in downs:
            self._check(base.but(down=down))
        for size, needs, day in sizes:
            sized = base.but(size=replace(size, needs=needs), day=day)
            self._check(sized)
            for down in down_sets(everyone, others) if self.thorough else ():
                self._check(sized.but(down=down))
        if self.policy.document.budgets:
            self._budgets(base)

    def _all_sizes(self, kind: TaskKind) -> Iterator[_Fit]:
        """Every size with all needs on all days."""
        return product(self._sizes[kind], self.domain.needs, self.domain.days)

    def _far_sizes(self, kind: TaskKind) -> Iterator[_Fit]:
        """Each bound of a rule, and the most of everything: what all models of a kind can be dropped for."""
        needs, days = self.domain.needs, self.domain.days
        for tokens in self.domain.rule_tokens[1:]:
            yield Size(input_tokens=tokens), needs[0], days[0]
        *_, largest = (size for size in self._sizes[kind] if size.max_output_tokens is None)
        yield largest, needs[0], days[0]
        for size in self._sizes[kind]:
            if size.max_output_tokens is not None:
                yield size, needs[0], days[0]
        yield self._sizes[kind][0], needs[-1], days[-1]

    def _budgets(self, base: Point) -> None:
        for tokens in self.domain.rule_tokens:
            sized = base.but(size=Size(input_tokens=tokens))
            ruled = self.claims.ruled(sized)
            models = self.policy.models.values()
            costs = {
                expected_usd(m.facts, sized.size, ruled.kind, ruled.cap_output) for m in models
            }
            if base.kind not in self.domain.leading_kinds:
                costs = {min(costs), max(costs)}
            for spent in spendings(self.policy, costs, self.now):
                self._check(sized.but(spent=spent))

    def merged_labels(self) -> None:
        """Labels that share a class with another, each alone, and all labels at once."""
        others = [(label,) for group in self.domain.label_classes for label in group[1:]]
        for labels in (*others, self.domain.labels):
            for index, kind in product(range(len(self.domain.profiles.chosen)), KINDS):
                self._check(self._case(index, labels, kind))

    def _case(self, index: int, labels: tuple[str, ...], kind: TaskKind) -> Point:
        profile = self.domain.profiles.chosen[index]
        adds = profile.adds[0]
        return Point(
            profile=profile,
            labels=tuple(sorted({*labels, *adds})) if adds else labels,
            kind=kind,
            size=Size(input_tokens=1),
            day=self.domain.days[0],
        )

    def _check(self, point: Point) -> Decision:
        decision = point.decide(self.policy)
        self.states += 1
        for candidate in decision.candidates:
            self._seen.setdefault(candidate.model, set()).update(decision.labels)
        broken = dict(reversed(list(self.claims.faults(decision, point))))
        for claim, what in broken.items():
            self.faults[claim] += 1
            if claim not in self.examples:
                self.examples[claim] = Counterexample(
                    claim=claim,
                    what=what,
                    point=point,
                    decision=decision,
                    policy=self.policy,
                )
        return decision

    def sees(self) -> Mapping[str, tuple[str, ...] | None]:
        return {
            name: tuple(sorted(self._seen[name])) if name in self._seen else None
            for name in self.policy.models
        }


def _remarks(policy: Policy, run: _Run) -> Iterator[str]:
    document = policy.document
    if not document.gate.enabled:
        yield "the gate is off by policy: no request gets a label, so all of them are as unlabelled"
    for rule in document.rules:
        if not run.matched[rule.name]:
            yield f"rule '{rule.name}' matches in no state: nothing reaches it"
    for name, seen in run.sees().items():
        if seen is None:
            yield f"'{name}' is a candidate in no state"
