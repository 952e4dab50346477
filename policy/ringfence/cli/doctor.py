"""`ringfence doctor`: what is installed, in force, reachable and recorded, and what to do about each problem."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from ringfence.cli import output
from ringfence.cli.check import Check, State
from ringfence.cli.checks import examine
from ringfence.cli.options import Json, PolicyDigest, PolicyFile, TrustRootFile

_MARKS = {State.OK: "ok", State.INFO: "-", State.WARNING: "warning", State.PROBLEM: "PROBLEM"}


def doctor(
    *,
    policy: PolicyFile = None,
    policy_digest: PolicyDigest = None,
    trust_root: TrustRootFile = None,
    as_json: Json = False,
) -> None:
    """Find problems, and what to do about them.

    What is installed, which policy is in force, which keys are found, which endpoints answer, which
    models have failed lately. Endpoints are only connected to: no request is sent.

    Examples:
      ringfence doctor
      ringfence doctor --policy ringfence.yaml --json

    Exits with 1 when there is a problem. A missing key or an unreachable cloud is a warning: the route's next model
    serves.
    """
    checks = examine(policy, policy_digest, trust_root)
    healthy = not any(check.state is State.PROBLEM for check in checks)
    if as_json:
        output.print_json({"ok": healthy, "checks": [check.to_dict() for check in checks]})
    else:
        _show(checks)
    raise typer.Exit(0 if healthy else 1)


def _show(checks: Sequence[Check]) -> None:
    output.print_table(
        ("", "what", "state"),
        [(_MARKS[check.state], f"{check.area}: {check.name}", check.detail) for check in checks],
    )
    troubled = [check for check in checks if check.remedy]
    output.console().print()
    for number, check in enumerate(troubled, 1):
        output.print_text(f"{number}. {check.area}: {check.name}: {check.remedy}\n")
    if not troubled:
        output.print_text("nothing to do\n")
