"""`ringfence tasks`: adapt the reading of tasks to an organisation's own requests."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ringfence.cli import output, reading
from ringfence.cli.files import replace_file
from ringfence.cli.options import Json
from ringfence.cli.verbs import verb
from ringfence.errors import BadRequest
from ringfence.types import TaskKind

if TYPE_CHECKING:
    from ringfence.request import Request
    from ringfence.tasks.head import Fitted
    from ringfence.types import Task

app = typer.Typer(no_args_is_help=True, help="The reading of tasks, and your own labels for it.")

LEAST = 24
"""Labelled rows below which nothing can be fitted and checked on rows left out."""
SHOWN = 900
_LABELS = frozenset({"kind", "source", "suggested", "confidence"})

Source = Annotated[
    str, typer.Argument(metavar="FILE.jsonl|-", help="One request a line; - reads stdin.")
]


@verb(app, "label")
def label(
    source: Source,
    target: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where labelled rows are added."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Ask about so many at most.")] = 200,
) -> None:
    """Say of your own requests what kind of work they are.

    On a terminal with -o it asks about each request, those first of which the classifier is least sure: Enter takes
    its guess, a number another kind, s skips, q ends. Rows that FILE already holds are not asked about again.
    Elsewhere it prints the rows, the least sure first, each with `suggested` and `confidence`, for you to write a
    `kind` into. The rows hold your requests as they are: keep them where you keep those.

    Examples:
      ringfence tasks label requests.jsonl -o labelled.jsonl
      ringfence tasks label requests.jsonl > to-label.jsonl
    """
    rows = sorted(_read(source), key=lambda row: row[2].confidence)[:limit]
    if target is None:
        for body, _, task in rows:
            guess = {"suggested": task.kind.value, "confidence": round(task.confidence, 3)}
            output.print_text(json.dumps({**body, **guess}, ensure_ascii=False) + "\n")
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise BadRequest(
            "-o asks at a terminal; without it the rows are printed for labelling elsewhere"
        )
    done = {_name(body) for body in _bodies(target)} if Path(target).exists() else set()
    left = [row for row in rows if _name(row[0]) not in done]
    with Path(target).open("a", encoding="utf-8") as file:
        for number, (body, request, task) in enumerate(left, 1):
            kind = _ask(request, task, place=f"{number} of {len(left)}")
            if kind == "quit":
                break
            if kind is not None:
                file.write(json.dumps({**body, "kind": kind}, ensure_ascii=False) + "\n")
                file.flush()


@verb(app, "fit")
def fit(
    source: Source,
    target: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to write the fitted head.")
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Write it even if it does not help on rows left out.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fit a light head on the built-in classifier to your labelled requests.

    Each line is a request with its `kind`, and a `source` where you know one: sources are left out whole when it is
    measured, so that the figures hold for traffic to come. The shipped classifier stays as it is. The lines for the
    policy are printed; the file holds weights and counts, no text.

    Examples:
      ringfence tasks fit labelled.jsonl -o acme.tasks

    Exits with 1, and writes nothing, when it reads rows left out no better than the shipped classifier alone.
    """
    from ringfence.tasks.head import encode, fit_head, labelled
    from ringfence.tasks.model import built_in
    from ringfence.trust import digest_of

    examples = [
        labelled(request, _kind(body, number), source=str(body.get("source") or "own"))
        for number, (body, request, _) in enumerate(_read(source), 1)
    ]
    kinds = {example.kind for example in examples}
    if len(examples) < LEAST or len(kinds) < 2:
        raise BadRequest(
            f"{len(examples)} labelled rows of {len(kinds)} kinds: it takes at least {LEAST}, of two kinds"
        )
    fitted = fit_head(examples, built_in())
    raw = encode(fitted.head)
    written = fitted.helps or force
    if written:
        replace_file(Path(target), raw)
    if as_json:
        output.print_json(_facts(fitted) | {"written": written, "digest": digest_of(raw)})
    else:
        _show(fitted, target, digest_of(raw), written=written)
    raise typer.Exit(0 if written else 1)


def _read(source: str) -> Iterator[tuple[Mapping[str, Any], Request, Task]]:
    """Each row with its request, and what the shipped classifier reads in it."""
    from ringfence.costs import measure
    from ringfence.request import Request
    from ringfence.tasks import classify

    for body in _bodies(source):
        request = Request.parse({key: value for key, value in body.items() if key not in _LABELS})
        yield body, request, classify(request, measure(request))


def _bodies(source: str) -> Iterable[Mapping[str, Any]]:
    raw = reading.read_bytes(source)
    for number, line in enumerate(reading.decode(raw, place=source).splitlines(), 1):
        if line.strip():
            yield reading.parse_object(line.encode(), place=f"line {number}")


def _kind(body: Mapping[str, Any], number: int) -> TaskKind:
    try:
        return TaskKind(body["kind"])
    except (KeyError, ValueError):
        known = ", ".join(kind.value for kind in TaskKind)
        raise BadRequest(f"row {number}: 'kind' must be one of {known}") from None


def _name(body: Mapping[str, Any]) -> str:
    """A row without its labels: what tells it from others."""
    return json.dumps(
        {key: value for key, value in body.items() if key not in _LABELS}, sort_keys=True
    )


def _ask(request: Request, task: Task, *, place: str) -> str | None:
    """The kind that a person gives; None to skip, `quit` to end."""
    kinds = [kind.value for kind in TaskKind]
    text = "\n".join(message.text for message in request.messages if message.role == "user")
    output.print_text(f"\n-- {place}\n{text[-SHOWN:]}\n\n")
    choices = "  ".join(f"{number} {kind}" for number, kind in enumerate(kinds, 1))
    output.print_text(f"{choices}  s skip  q end\n")
    while True:
        said = typer.prompt("kind", default=task.kind.value, show_default=True).strip().lower()
        if said == "q":
            return "quit"
        if said == "s":
            return None
        if said in kinds:
            return str(said)
        if said.isdecimal() and 1 <= int(said) <= len(kinds):
            return kinds[int(said) - 1]


def _facts(fitted: Fitted) -> dict[str, Any]:
    return {
        "rows": fitted.rows,
        "folds": fitted.folds,
        "kind_accuracy": {
            "before": round(fitted.kind_before, 4),
            "after": round(fitted.kind_after, 4),
        },
        "tier_accuracy": {
            "before": round(fitted.tier_before, 4),
            "after": round(fitted.tier_after, 4),
        },
    }


def _show(fitted: Fitted, target: str, digest: str, *, written: bool) -> None:
    output.print_table(
        ("on rows left out", "shipped", "with the head"),
        [
            ("kind", f"{fitted.kind_before:.3f}", f"{fitted.kind_after:.3f}"),
            ("tier", f"{fitted.tier_before:.3f}", f"{fitted.tier_after:.3f}"),
        ],
        numbers=("shipped", "with the head"),
    )
    output.console().print()
    if not written:
        output.print_text("it does not help; nothing is written (--force writes it all the same)\n")
        return
    output.print_text(
        f"wrote {target}, from {fitted.rows:,} rows\nfor the policy:\n"
        f'  classifier: {{fitted: {json.dumps(target)}, digest: "{digest}"}}\n'
    )
