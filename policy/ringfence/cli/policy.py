"""`ringfence policy`: write a policy, check it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ringfence.cli import output
from ringfence.cli.options import Json, policy_under_review
from ringfence.cli.verbs import verb
from ringfence.errors import PolicyError

if TYPE_CHECKING:
    from ringfence.rules import Policy

app = typer.Typer(no_args_is_help=True, help="Write a policy file, check it, have it signed.")

_Policy = Annotated[
    str | None,
    typer.Argument(metavar="FILE", help="The policy; else the one in force.", show_default=False),
]


@verb(app, "check")
def check(
    *,
    policy: _Policy = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on a warning.")] = False,
    probe: Annotated[
        bool, typer.Option("--probe", help="Ask the servers of local models whether they are that.")
    ] = False,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore", metavar="CODE", help="Leave a code out. May be given several times."
        ),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option("--explain", metavar="CODE", help="Say what a code means, and stop."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Review a policy file.

    Every fault is shown with its line and column, and exits with 2. A policy that loads is then read as a careful
    reviewer would: each remark has a code (RF101 …), its place and what to do. docs/policy-findings.md lists them.

    Examples:
      ringfence policy check ringfence.yaml
      ringfence policy check ringfence.yaml --strict --ignore RF102
      ringfence policy check --explain RF101
    """
    from ringfence.cli import remarks

    if explain is not None:
        output.print_text(f"{remarks.explain(explain)}\n")
        return
    try:
        loaded = policy_under_review(policy)
    except PolicyError as error:
        if as_json:
            problems = [_problem(problem) for problem in error.problems]
            output.print_json({"ok": False, "problems": problems, "remarks": []})
            raise typer.Exit(error.exit_code) from None
        raise
    found = remarks.gather(loaded, ignore=ignore or (), probe=probe)
    failed = strict and remarks.has_warnings(found)
    if as_json:
        listed = [remark.to_dict() for remark in found]
        about = {"ok": not failed, **loaded.ref.to_dict(), "problems": [], "remarks": listed}
        output.print_json(about)
    else:
        remarks.show(found)
        _say_what_loaded(loaded, remarks.counted(found))
    raise typer.Exit(1 if failed else 0)


def _say_what_loaded(policy: Policy, state: str) -> None:
    document, ref = policy.document, policy.ref
    output.print_text(
        f"{ref.source}: {state}. Policy {ref.name}, serial {ref.serial}: {len(document.models)} models, "
        f"{len(document.routes)} routes, {len(document.rules)} rules, {len(document.budgets)} budgets\n{ref.digest}\n"
    )


def _problem(problem: Any) -> dict[str, Any]:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
    }


@verb(app, "schema")
def schema() -> None:
    """Print the JSON Schema of policy files.

    Example:
      ringfence policy schema > ringfence.schema.json
      # then, as the first line of the policy: # yaml-language-server: $schema=ringfence.schema.json
    """
    from ringfence.rules.child_schema import json_schema

    output.print_json(json_schema())
