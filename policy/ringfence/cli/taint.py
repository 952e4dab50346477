"""`ringfence taint`: take labels off what models answered, where the policy allows it. Each time is recorded."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ringfence.cli import output
from ringfence.cli.options import Json, PolicyDigest, PolicyFile, TrustRootFile
from ringfence.cli.verbs import verb
from ringfence.errors import BadRequest

if TYPE_CHECKING:
    from ringfence.records import Records
    from ringfence.records.events import Event
    from ringfence.records.release import Scope
    from ringfence.rules import Policy

app = typer.Typer(no_args_is_help=True, help="Take labels off what models answered; recorded.")

_Conversation = Annotated[
    str | None,
    typer.Option("--conversation", metavar="ID", help="A conversation, and the texts given in it."),
]
_TextFile = Annotated[
    str | None,
    typer.Option("--text-file", metavar="FILE|-", help="A text and every passage of it."),
]
_All = Annotated[bool, typer.Option("--all", help="Everything of the tenant.")]
_Tenant = Annotated[str, typer.Option("--tenant", metavar="NAME", help="Whose taint it is.")]
_Labels = Annotated[
    list[str] | None,
    typer.Option("--label", metavar="LABEL", help="Only this label; may be given several times."),
]


@verb(app, "forget")
def forget(
    *,
    conversation: _Conversation = None,
    text_file: _TextFile = None,
    everything: _All = False,
    tenant: _Tenant = "default",
    because: Annotated[
        str, typer.Option("--because", metavar="TEXT", help="Why; it is recorded.")
    ] = "",
    policy: PolicyFile = None,
    policy_digest: PolicyDigest = None,
    trust_root: TrustRootFile = None,
    as_json: Json = False,
) -> None:
    """Forget which texts carry labels.

    What a model answers to a labelled request after this is remembered again. The policy must allow it for the labels
    that go (taint.declassify). The account of the operating system, the time, the kind and the number of marks are
    recorded in the ledger; the text is not.

    Examples:
      ringfence taint forget --conversation c-117 --tenant acme
      ringfence taint forget --all --because "the test data went"
    """
    scope = _scope(conversation, text_file, everything)
    loaded, records = _open(policy, policy_digest, trust_root)
    event = _event("taint.forget", tenant, because, loaded)
    _release(loaded, records, scope, event, labels=None, as_json=as_json)


@verb(app, "declassify")
def declassify(
    *,
    because: Annotated[str, typer.Option("--because", metavar="TEXT", help="Why; it is recorded.")],
    conversation: _Conversation = None,
    text_file: _TextFile = None,
    label: _Labels = None,
    tenant: _Tenant = "default",
    policy: PolicyFile = None,
    policy_digest: PolicyDigest = None,
    trust_root: TrustRootFile = None,
    as_json: Json = False,
) -> None:
    """Say that a text may be known after all.

    Its labels go, or those that --label names. With none left it counts as unlabelled from then on: passages of it are
    not remembered when a model repeats them. The policy must allow it for the labels that go (taint.declassify).

    Example:
      ringfence taint declassify --text-file press-release.txt --because "published on 3 June"
    """
    if not because.strip():
        raise BadRequest("--because is empty: say why the text may be known")
    scope = _scope(conversation, text_file, False)
    loaded, records = _open(policy, policy_digest, trust_root)
    event = _event("taint.declassify", tenant, because, loaded)
    _release(loaded, records, scope, event, labels=label, as_json=as_json)


def _scope(conversation: str | None, text_file: str | None, everything: bool) -> Scope:
    from ringfence.cli.reading import decode, read_bytes
    from ringfence.records.release import Scope

    if (conversation is not None) + (text_file is not None) + everything != 1:
        raise BadRequest("say what: one of --conversation ID, --text-file FILE|- or --all")
    if conversation is not None:
        return Scope(kind="conversation", value=conversation)
    if text_file is not None:
        place = "stdin" if text_file == "-" else text_file
        return Scope(kind="text", value=decode(read_bytes(text_file), place=place))
    return Scope(kind="all")


def _open(
    policy: str | None, policy_digest: str | None, trust_root: str | None
) -> tuple[Policy, Records]:
    from ringfence.in_force import policy_in_force
    from ringfence.records import Records

    loaded = policy_in_force(policy, env=os.environ, digest=policy_digest, trust_root=trust_root)
    records = Records.of(loaded.document.records, env=os.environ)
    records.check_key()
    return loaded, records


def _event(action: str, tenant: str, because: str, policy: Policy) -> Event:
    from ringfence.records.events import Event, account

    return Event(
        action=action,
        actor=account(),
        tenant=tenant,
        because=because,
        policy_digest=policy.ref.digest,
        at=datetime.now(UTC),
        facts={},
    )


def _release(
    policy: Policy,
    records: Records,
    scope: Scope,
    event: Event,
    *,
    labels: list[str] | None,
    as_json: bool,
) -> None:
    try:
        done = records.release(policy.document.taint, scope, labels=labels, event=event)
    finally:
        records.close()
    if as_json:
        output.print_json(done.to_dict())
        return
    gone = ", ".join(done.facts["labels"]) or "no labels"
    output.print_text(f"{done.facts['marks']} marks, {gone}: taken off and recorded\n")
