"""Options that several verbs share, so that they read and act the same everywhere."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ringfence.cli import output
from ringfence.errors import BadRequest

if TYPE_CHECKING:
    from ringfence.request import Caller
    from ringfence.router import Router
    from ringfence.rules import Policy


def _want_json(wanted: bool) -> bool:
    output.json_wanted = wanted
    return wanted


Json = Annotated[
    bool, typer.Option("--json", callback=_want_json, help="Print JSON; errors too, on stdout.")
]
PolicyFile = Annotated[
    str | None,
    typer.Option("--policy", metavar="FILE", help="The policy; else RINGFENCE_POLICY, else /etc …"),
]
PolicyDigest = Annotated[
    str | None,
    typer.Option("--policy-digest", metavar="sha256:…", help="Refuse any policy but this one."),
]
TrustRootFile = Annotated[
    str | None,
    typer.Option(
        "--trust-root",
        metavar="FILE",
        help="Refuse any policy not signed as this file asks; else RINGFENCE_TRUST_ROOT. "
        "One in /etc/ringfence always holds.",
    ),
]
Callers = Annotated[
    list[str] | None,
    typer.Option(
        "--caller",
        metavar="KEY=VALUE",
        help="Who asks: tenant=, user=, team= or key_id=. May be given several times.",
    ),
]
SourceFile = Annotated[
    str | None,
    typer.Argument(metavar="FILE|-", help="A request as JSON; - reads stdin.", show_default=False),
]
Text = Annotated[
    str | None,
    typer.Option(
        "--text",
        metavar="TEXT",
        help="Plain text as one user message; - reads stdin. Other users of the machine can see "
        "what stands on a command line: pipe what is sensitive.",
    ),
]
Lines = Annotated[
    str | None,
    typer.Option(
        "--jsonl", metavar="FILE|-", help="One request a line in, one answer a line out, in order."
    ),
]

_CALLER_KEYS = ("tenant", "user", "team", "key_id")


def make_caller(pairs: Sequence[str] | None) -> Caller:
    """The caller that `--caller` describes."""
    from ringfence.request import Caller

    facts: dict[str, str] = {}
    for pair in pairs or ():
        key, separator, value = pair.partition("=")
        if key not in _CALLER_KEYS or not separator or not value:
            raise BadRequest(
                f"--caller takes KEY=VALUE with one of {', '.join(_CALLER_KEYS)}, like user=alice"
            )
        facts[key] = value
    return Caller(**facts)


def make_router(
    policy: str | None,
    digest: str | None = None,
    trust_root: str | None = None,
    callers: Sequence[str] | None = None,
) -> Router:
    """The engine under the policy in force."""
    caller = make_caller(callers)
    from ringfence.router import Router

    return Router.from_policy(
        policy, caller=caller, policy_digest=digest, trust_root=trust_root, reload=False
    )


def policy_under_review(source: str | None) -> Policy:
    """A file that is under review, which nobody has pinned or signed yet; without one the policy in force."""
    from ringfence.in_force import policy_in_force
    from ringfence.rules import load_policy

    if source is None:
        return policy_in_force(env=os.environ)
    env = {name: value for name, value in os.environ.items() if name != "RINGFENCE_POLICY_DIGEST"}
    return load_policy(source, env=env)
