"""`ringfence policy prove` and `diff`: what a policy can do, and what a change of it means."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ringfence.cli import output
from ringfence.cli.options import Json
from ringfence.cli.verbs import verb

if TYPE_CHECKING:
    from ringfence.review.prove import Counterexample, Proof
    from ringfence.rules import Policy


def register(app: typer.Typer) -> None:
    """Add the verbs to `ringfence policy`."""
    verb(app, "prove")(prove)


def prove(
    policy: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE", help="The policy; else the one in force.", show_default=False
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Prove that no request can reach a model that may not see it.

    Every set of labels, task, size, need, failure, budget and condition of a rule that the policy can tell apart is
    decided by the code that serves, and each decision is held against what the file says. Prints how many states that
    were, what was merged and why, who may see what, and for a fault a request that shows it. A fault exits with 1.

    Examples:
      ringfence policy prove policy.yaml
      ringfence policy prove policy.yaml --json > proof.json
    """
    from ringfence.review.prove import prove as run

    loaded = _load(policy)
    with _bar("cells") as tick:
        proof = run(loaded, tick=tick)
    if as_json:
        output.print_json(proof.to_dict())
    else:
        _show_proof(proof)
    raise typer.Exit(0 if proof.holds else 1)


def _load(policy: str | None) -> Policy:
    """The policy in force; or a file that is under review, which nobody has pinned or signed yet."""
    from ringfence.in_force import policy_in_force
    from ringfence.rules import load_policy

    if policy is None:
        return policy_in_force(env=os.environ)
    env = {name: value for name, value in os.environ.items() if name != "RINGFENCE_POLICY_DIGEST"}
    return load_policy(policy, env=env)


@contextmanager
def _bar(items: str) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on stderr, while a terminal watches."""
    import sys

    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(items), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _show_proof(proof: Proof) -> None:
    ref = proof.policy
    output.print_facts(
        [
            ("policy", f"{ref.name}, serial {ref.serial}, {ref.digest[:19]}… from {ref.source}"),
            (
                "states",
                f"{proof.states:,} decided in {proof.seconds:.1f} s, in {proof.cells:,} cells",
            ),
        ]
    )
    output.console().print()
    output.print_table(
        ("merged", "values", "classes", "why"),
        [(m.what, f"{m.values:,}", f"{m.classes:,}", m.why) for m in proof.merges],
        numbers=("values", "classes"),
    )
    output.console().print()
    output.print_table(("model", "may see"), [(name, _seen(proof, name)) for name in proof.sees])
    output.console().print()
    for remark in proof.remarks:
        output.print_text(f"note: {remark}\n")
    for example in proof.counterexamples:
        _show_example(example, proof.faults[example.claim])
    output.print_text(f"{_verdict(proof)}\n")


def _seen(proof: Proof, name: str) -> str:
    seen = proof.sees[name]
    if seen is None:
        return "nothing: it is a candidate of no decision"
    if not seen:
        return "unlabelled requests"
    missing = [label for label in proof.labels if label not in seen]
    if len(missing) < len(seen):
        return "everything" + (f" but {', '.join(missing)}" if missing else "")
    return ", ".join(seen)


def _show_example(example: Counterexample, count: int) -> None:
    import json

    facts: dict[str, Any] = example.to_dict()
    output.console().print(f"FAULT {example.claim}: ", style="bold red", end="")
    output.print_text(f"{example.what} ({count:,} decisions break this claim), as in:\n")
    output.print_text(f"{json.dumps(facts, ensure_ascii=False)}\n")


def _verdict(proof: Proof) -> str:
    if not proof.holds:
        return "not proved: a decision breaks what the policy says. This is a fault of ringfence; report it"
    if not proof.whole:
        return "no fault found; the lines NOT WHOLE say what was not enumerated"
    return "proved: every candidate of every decision is cleared, and every rule that matches is honoured"
