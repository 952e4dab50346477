"""`policy test`: cases through the real gate, classifier and `decide`. Nothing is sent and nothing is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from ringfence.costs import measure
from ringfence.decide import Ask, decide
from ringfence.records.windows import window
from ringfence.request import Request
from ringfence.review.case_file import (
    Case,
    CaseFile,
    check_against,
    read_cases,
    request_of,
)
from ringfence.review.coverage import Reached, reached_by
from ringfence.review.reader import Reader
from ringfence.rules import Facts, Policy, label_rules, load_policy
from ringfence.types import Decision, Findings, Spent, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that was expected and is not so."""

    what: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one case went. `reasons` say why the decision is what it is; they hold no word of the request (I4)."""

    file: str
    line: int
    column: int
    name: str
    differences: tuple[Difference, ...]
    reasons: tuple[str, ...]
    reached: Reached

    @property
    def passed(self) -> bool:
        return not self.differences

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def to_dict(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "name": self.name,
            "passed": self.passed,
            "differences": [
                {"what": d.what, "expected": d.expected, "actual": d.actual}
                for d in self.differences
            ],
            "reasons": list(self.reasons),
        }


class Bench:
    """One policy stood up for its tests."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._reader = Reader(policy)

    def run(self, file: CaseFile, indexes: Iterable[int]) -> Iterator[Result]:
        """The results of some cases of a file."""
        for index in indexes:
            case = file.document.cases[index]
            moment = case.time or file.document.time or datetime.now(UTC)
            now = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            decision, reached = self._decide(case, now)
            place = file.place(index)
            differences = tuple(_differences(case, decision))
            yield Result(
                file=place.file,
                line=place.line,
                column=place.column,
                name=case.name,
                differences=differences,
                reasons=tuple(_reasons(case, decision)) if differences else (),
                reached=reached,
            )

    def _decide(self, case: Case, now: datetime) -> tuple[Decision, Reached]:
        request = request_of(case)
        findings = self._findings(case, request)
        size = measure(request)
        if case.tokens is not None:
            size = replace(size, input_tokens=case.tokens)
        task = self._reader.task(request, size)
        decision = decide(
            self._policy,
            Ask(request=request, id="test", fingerprint="test"),
            findings=findings,
            task=task,
            size=size,
            state=self._state(case, now),
        )
        reached = reached_by(
            self._policy, request, findings=findings, task=task, decision=decision, now=now
        )
        return decision, reached

    def _findings(self, case: Case, request: Request) -> Findings:
        """What the gate says; or the labels that the case gives, with those that rules add."""
        if case.labels is None:
            return self._reader.gate.read(request)
        ruled = label_rules(self._policy, Facts(request))
        return Findings(labels=tuple(sorted({*case.labels, *ruled})))

    def _state(self, case: Case, now: datetime) -> State:
        spent = {(item.per, item.every): item.usd for item in case.spent}
        return State(
            now=now,
            health=dict.fromkeys(case.down, "down, says the test"),
            spent=tuple(
                Spent(
                    budget=index,
                    usd=spent.get((budget.per, budget.every), Decimal(0)),
                    resets_at=window(budget.every, now)[1],
                )
                for index, budget in enumerate(self._policy.document.budgets)
            ),
        )


def _differences(case: Case, decision: Decision) -> Iterator[Difference]:
    expect = case.expect
    names = [candidate.model for candidate in decision.candidates]
    refusal = decision.refusal
    facts = refusal.facts if refusal else {}
    equal: Sequence[tuple[str, Any, Any]] = (
        ("labels", _sorted(expect.labels), list(decision.labels)),
        ("task", expect.task, decision.task.kind),
        ("model", expect.model, decision.model),
        ("candidates", _listed(expect.candidates), names),
        ("outcome", expect.outcome, decision.outcome.value),
        ("code", expect.code, refusal.code if refusal else None),
        ("rule", expect.rule, facts.get("rule")),
        ("max_output_tokens", expect.max_output_tokens, decision.max_output_tokens),
    )
    for what, wanted, actual in equal:
        if wanted is not None and wanted != actual:
            yield Difference(what=what, expected=_shown(wanted), actual=_shown(actual))
    missing = [label for label in expect.labels_include if label not in decision.labels]
    if missing:
        yield Difference(
            what="labels", expected=f"with {_shown(missing)}", actual=_shown(decision.labels)
        )
    wrong = [c for c in decision.candidates if {c.model, c.locality.value} & set(expect.never)]
    if wrong:
        shown = ", ".join(f"{candidate.model} ({candidate.locality})" for candidate in wrong)
        yield Difference(what="candidates", expected=f"never {_shown(expect.never)}", actual=shown)
    message = refusal.message if refusal else ""
    if expect.message is not None and expect.message not in message:
        yield Difference(what="message", expected=f"…{expect.message}…", actual=message or "none")


def _sorted(labels: Sequence[str] | None) -> list[str] | None:
    return None if labels is None else sorted(set(labels))


def _listed(names: Sequence[str] | None) -> list[str] | None:
    return None if names is None else list(names)


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value) or "none"
    return "none" if value is None else str(value)


_MOST_FINDINGS = 6


def _reasons(case: Case, decision: Decision) -> Iterator[str]:
    named = {case.expect.model, *(case.expect.candidates or ())}
    for found in decision.findings[:_MOST_FINDINGS]:
        why = f", {found.why}" if found.why else ""
        yield f"{found.label}: {found.entity} at {found.path} {found.start}–{found.end}{why}"
    if len(decision.findings) > _MOST_FINDINGS:
        yield f"and {len(decision.findings) - _MOST_FINDINGS} findings more"
    task = decision.task
    told = "; ".join(task.reasons)
    yield f"task: {task.kind}, {task.confidence:.2f} by {task.source}" + (
        f" ({told})" if told else ""
    )
    for dropped in decision.dropped:
        if dropped.filter == "route" and dropped.model not in named:
            continue
        yield f"{dropped.model}: dropped by {dropped.filter}, {dropped.reason}"
    if decision.refusal is not None:
        yield f"refused: {decision.refusal.message}"
    yield from decision.notes


def load(path: Path, *, env: Mapping[str, str]) -> tuple[CaseFile, Policy]:
    """A file of cases and its policy, a draft or not: neither pin nor signature is asked for.

    Raises:
        PolicyError: for what is wrong with either, or where the cases name what the policy does not have.
    """
    file = read_cases(path)
    unpinned = {name: value for name, value in env.items() if name != "RINGFENCE_POLICY_DIGEST"}
    policy = load_policy(file.policy_path, env=unpinned)
    check_against(file, policy)
    return file, policy


def run_part(path: Path, indexes: Sequence[int], env: Mapping[str, str]) -> tuple[Result, ...]:
    """Some cases of a file, for a process of its own."""
    file, policy = load(path, env=env)
    return tuple(Bench(policy).run(file, indexes))
