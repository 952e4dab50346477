"""`ringfence route`: which model would answer, which may not, and why. Nothing is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from ringfence.cli import lines, output, reading
from ringfence.cli.options import (
    Callers,
    Json,
    Lines,
    PolicyDigest,
    PolicyFile,
    SourceFile,
    Text,
    TrustRootFile,
    make_router,
)
from ringfence.errors import BadRequest

if TYPE_CHECKING:
    from ringfence.rules import Policy
    from ringfence.types import Decision

EXIT_CODES = {"route": 0, "deny": 3, "none": 4}


def route(
    *,
    source: SourceFile = None,
    text: Text = None,
    jsonl: Lines = None,
    policy: PolicyFile = None,
    policy_digest: PolicyDigest = None,
    trust_root: TrustRootFile = None,
    caller: Callers = None,
    as_json: Json = False,
) -> None:
    """Show which model would answer, and why.

    Every model of the policy is listed, kept or dropped, by which filter and why. Nothing is sent.

    Examples:
      ringfence route request.json
      ringfence route --text "Sort these tickets into billing, login and other: ..."
      ringfence route --jsonl requests.jsonl > decisions.jsonl

    Exits with 0 when a model may answer, 3 when the policy denies, 4 when no model can. With --jsonl a denial is a
    decision like any other; only lines that are no request are errors.
    """
    if jsonl is not None and (source is not None or text is not None):
        raise BadRequest("--jsonl takes the requests from its own file; give no other")
    if jsonl is not None:
        with make_router(policy, policy_digest, trust_root, caller) as router:
            code = lines.run(
                jsonl, lambda request: router.decide(request).to_dict(), jobs=lines.DECIDING
            )
        raise typer.Exit(code)
    request = reading.read_request(source, text)
    with make_router(policy, policy_digest, trust_root, caller) as router:
        decision = router.decide(request)
        if as_json:
            output.print_json(decision.to_dict())
        else:
            show(decision, router.policy)
    raise typer.Exit(EXIT_CODES[decision.outcome.value])


def show(decision: Decision, policy: Policy) -> None:
    """A decision for a person: what was seen, every model kept or dropped, and the outcome."""
    output.print_facts(_facts(decision))
    output.console().print()
    output.print_table(
        ("", "model", "runs", "expected", "kept or dropped", "why"),
        _rows(decision, policy),
        numbers=("expected",),
    )
    output.console().print()
    output.print_text(_outcome(decision) + "\n")


def _facts(decision: Decision) -> Iterator[tuple[str, str]]:
    task, ref = decision.task, decision.policy
    counts = Counter(finding.entity for finding in decision.findings)
    found = ", ".join(f"{entity} ×{count}" for entity, count in sorted(counts.items()))
    yield (
        "labels",
        (", ".join(decision.labels) or "none") + (f"  (found: {found})" if found else ""),
    )
    reasons = "; ".join(task.reasons)
    yield (
        "task",
        f"{task.kind} ({task.tier} tier, {task.confidence:.2f} sure, by {task.source})"
        + (f": {reasons}" if reasons else ""),
    )
    limit = decision.max_output_tokens
    yield (
        "tokens",
        f"about {decision.size.input_tokens:,} in" + (f", at most {limit:,} out" if limit else ""),
    )
    yield "policy", f"{ref.name}, serial {ref.serial}, {ref.digest[:19]}… from {ref.source}"
    for remark in decision.notes:
        yield "note", remark


def _rows(decision: Decision, policy: Policy) -> Iterator[tuple[str, ...]]:
    from ringfence.types import money

    for place, candidate in enumerate(decision.candidates, 1):
        why = "first choice" if place == 1 else "if those above fail"
        cost = f"${money(candidate.expected_usd)}"
        yield str(place), candidate.model, candidate.locality.value, cost, "kept", why
    for dropped in decision.dropped:
        runs = policy.models[dropped.model].locality.value
        yield "-", dropped.model, runs, "", f"dropped by {dropped.filter}", dropped.reason


def _outcome(decision: Decision) -> str:
    if decision.refusal is not None:
        word = "denied" if decision.outcome.value == "deny" else "no model"
        return f"{word}: {decision.refusal.message}"
    return f"→ {decision.model} ({decision.locality})"
