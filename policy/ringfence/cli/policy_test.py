"""`ringfence policy test`: the tests that stand beside a policy."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from ringfence.cli import output
from ringfence.cli.options import Json


def test(
    *,
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE|DIR", help="A policy, a NAME.test.yaml, or a folder.", show_default=False
        ),
    ] = None,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Show what no test reached, with its line.")
    ] = False,
    fail_under: Annotated[
        float | None,
        typer.Option("--fail-under", metavar="PERCENT", help="Fail where tests reach less."),
    ] = None,
    only: Annotated[
        str, typer.Option("-k", metavar="TEXT", help="Run the cases with this in their name.")
    ] = "",
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, help="Processes; as many as pay when absent.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run the tests beside a policy.

    NAME.test.yaml holds requests and what is to become of them: labels, task, model or refusal. They pass the real
    gate, classifier and rules; nothing is sent or recorded, and neither pin nor signature is asked for. Exits with 1
    when a case fails, or less is reached than --fail-under.

    Examples:
      ringfence policy test ringfence.yaml
      ringfence policy test policies/ --coverage --fail-under 100
    """
    from ringfence.cli import testing

    files = testing.files_of(target, os.environ)
    runs = testing.run(files, only=only, jobs=jobs, env=os.environ)
    short = [run for run in runs if fail_under is not None and run.coverage.percent < fail_under]
    ok = not short and all(result.passed for run in runs for result in run.results)
    if as_json:
        output.print_json({"ok": ok, "files": [run.to_dict() for run in runs]})
    else:
        testing.show(runs, coverage=coverage or bool(short))
    raise typer.Exit(0 if ok else 1)
