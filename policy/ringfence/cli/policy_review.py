"""`ringfence policy prove` and `diff`: what a policy can do, and what a change of it means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ringfence.cli import output
from ringfence.cli.options import Json, policy_under_review
from ringfence.cli.verbs import verb

if TYPE_CHECKING:
    from ringfence.records.past import Past
    from ringfence.review.diff import Diff
    from ringfence.review.prove import Counterexample, Proof
    from ringfence.review.widening import Widening


def register(app: typer.Typer) -> None:
    """Add the verbs to `ringfence policy`."""
    verb(app, "prove")(prove)
    verb(app, "diff")(diff)


def prove(
    policy: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE", help="The policy; else the one in force.", show_default=False
        ),
    ] = None,
    thorough: Annotated[
        bool,
        typer.Option(
            "--thorough", help="Every circumstance of every combination; takes many times as long."
        ),
    ] = False,
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

    loaded = policy_under_review(policy)
    with _bar("cells") as tick:
        proof = run(loaded, thorough=thorough, tick=tick)
    if as_json:
        output.print_json(proof.to_dict())
    else:
        _show_proof(proof)
    raise typer.Exit(0 if proof.holds else 1)


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The policy before.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The policy after.")],
    *,
    requests: Annotated[
        str | None,
        typer.Option(
            "--requests", metavar="FILE", help="Requests, one a line, to read under both."
        ),
    ] = None,
    ledger: Annotated[
        str | None,
        typer.Option("--ledger", metavar="FILE", help="A ledger; its decisions are made again."),
    ] = None,
    fail_on_widen: Annotated[
        bool, typer.Option("--fail-on-widen", help="Exit with 1 when the new policy allows more.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Compare two policies by what they mean.

    Who may now see which labels, from every state that the two can tell apart; what the gate finds less; who pays, who
    is trusted, what is recorded; and which requests would go elsewhere. WIDENS stands where anything lets more through.
    Of a recorded decision the ledger has labels, task, size and caller, and no text.

    Examples:
      ringfence policy diff old.yaml new.yaml
      ringfence policy diff old.yaml new.yaml --requests requests.jsonl --fail-on-widen
    """
    from pathlib import Path

    from ringfence.review.diff import diff as run

    before, after = policy_under_review(old), policy_under_review(new)
    past: Iterable[Past] = ()
    if ledger is not None:
        from ringfence.records.past import past_decisions

        past = past_decisions(Path(ledger))
    named = () if requests is None else _requests(requests)
    with _bar("requests and labels") as tick:
        found = run(before, after, requests=named, past=past, tick=tick)
    if as_json:
        output.print_json(found.to_dict())
    else:
        _show_diff(found)
    raise typer.Exit(1 if fail_on_widen and found.widens else 0)


def _requests(source: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The requests of a file, by their id or their line."""
    from ringfence.cli.lines import open_source
    from ringfence.cli.reading import lines_of, parse_object

    with open_source(source) as file:
        for number, raw, _ in lines_of(file):
            body = parse_object(raw, place=f"line {number}")
            yield str(body.get("id") or f"line {number}"), body


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
    output.console().print(f"FAULT {example.claim}: ", style="bold red", end="")
    output.print_text(f"{example.what} ({count:,} decisions break this claim), as in:\n")
    output.print_text(f"{_json(example.to_dict())}\n")


def _verdict(proof: Proof) -> str:
    if not proof.holds:
        return "not proved: a decision breaks what the policy says. This is a fault of ringfence; report it"
    if not proof.whole:
        return "no fault found; the lines NOT WHOLE say what was not enumerated"
    return "proved: every candidate of every decision is cleared, and every rule that matches is honoured"


def _show_diff(found: Diff) -> None:
    if found.empty:
        output.print_text(
            f"no difference in meaning ({found.states:,} states decided under both)\n"
        )
        return
    if found.sights:
        output.print_table(
            ("model", "may now see", "no longer"),
            [(s.model, _labels(s.gained), _labels(s.lost)) for s in found.sights],
        )
        output.console().print()
    for labels, widenings in _by_labels(found).items():
        names = ", ".join(widening.model for widening in widenings)
        _widens(
            f"{names}: may see a request with {labels}, which the old policy would not have shown there, as in:\n"
            f"       {_json(widenings[0].example())}"
        )
    for change in sorted(found.changes, key=lambda change: not change.widens):
        if change.widens:
            _widens(f"{change.section}: {change.what}")
        else:
            output.print_text(f"{change.section}: {change.what}\n")
    if found.moved:
        output.console().print()
        output.print_table(
            ("requests", "", "task", "labels", "went to", "would go to"),
            [
                (
                    str(m.count),
                    ", ".join(m.requests),
                    m.task,
                    ", ".join(m.labels) or "none",
                    m.before,
                    m.after,
                )
                for m in found.moved
            ],
            numbers=("requests",),
        )
    count = len(found.widenings) + sum(change.widens for change in found.changes)
    output.console().print()
    end = f"WIDENS in {count} places" if found.widens else "nothing widens"
    output.print_text(
        f"{end}; {found.states:,} states decided under both in {found.seconds:.1f} s\n"
    )


def _by_labels(found: Diff) -> Mapping[str, Sequence[Widening]]:
    """The widenings by what the request holds: many models mostly widen for one reason."""
    grouped: dict[str, list[Widening]] = {}
    for widening in found.widenings:
        grouped.setdefault(", ".join(widening.labels) or "no label", []).append(widening)
    return grouped


def _widens(what: str) -> None:
    output.console().print("WIDENS ", style="bold red", end="")
    output.print_text(f"{what}\n")


def _labels(labels: tuple[str, ...]) -> str:
    return ", ".join(labels) or "-"


def _json(value: Mapping[str, Any]) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)
