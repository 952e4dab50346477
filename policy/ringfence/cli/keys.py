"""`ringfence keys`: put providers' keys into the system's keyring. No verb ever prints one."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ringfence.cli import output
from ringfence.cli.options import Json, PolicyFile
from ringfence.cli.verbs import verb
from ringfence.errors import BadRequest, PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from keyring.backend import KeyringBackend

    from ringfence.rules import Model

app = typer.Typer(no_args_is_help=True, help="Keys of providers, in the system's keyring.")

_Variable = Annotated[
    str,
    typer.Argument(metavar="VARIABLE", help="The key's environment variable, like XAI_API_KEY."),
]
_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,99}")


@verb(app, "set")
def set_key(variable: _Variable) -> None:
    """Store a key in the system's keyring.

    It stands there under the name of its environment variable, which still wins over it. The key is asked for
    without showing it, or read from stdin.

    Examples:
      ringfence keys set XAI_API_KEY
      pass show xai | ringfence keys set XAI_API_KEY
    """
    from ringfence.credentials import SERVICE

    name = _checked(variable)
    backend = _keyring(name)
    asked = typer.prompt(name, hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    key = asked.strip()
    if not key:
        raise BadRequest("the key is empty; nothing was stored")
    try:
        backend.set_password(SERVICE, name, key)
    except (
        Exception
    ) as error:  # a keyring fails in its own ways, and its message may hold the key (I4)
        raise BadRequest(_refused(name, error)) from None
    output.print_text(f"stored {name} in the keyring\n")


@verb(app, "delete")
def delete_key(variable: _Variable) -> None:
    """Take a key out of the system's keyring.

    Example:
      ringfence keys delete XAI_API_KEY
    """
    from ringfence.credentials import SERVICE, Credentials

    name = _checked(variable)
    backend = _keyring(name)
    if Credentials(env={}).source(name) is None:
        raise BadRequest(f"the keyring has no {name}; see: ringfence keys list")
    try:
        backend.delete_password(SERVICE, name)
    except Exception as error:
        raise BadRequest(_refused(name, error)) from None
    output.print_text(f"deleted {name} from the keyring\n")


@verb(app, "list")
def list_keys(policy: PolicyFile = None, as_json: Json = False) -> None:
    """List which keys are found, and where.

    Those that the policy's models need; without a policy, those of every provider. Never their values.

    Example:
      ringfence keys list --policy ringfence.yaml
    """
    from ringfence.credentials import Credentials

    credentials = Credentials()
    needed = sorted(_needed(policy).items())
    found = {variable: credentials.source(variable) for variable, _ in needed}
    if as_json:
        keys = [{"variable": name, "for": users, "found": found[name]} for name, users in needed]
        output.print_json({"keys": keys})
        return
    output.print_table(
        ("variable", "for", "found in"),
        [(name, ", ".join(users), found[name] or "nowhere") for name, users in needed],
    )


def needed_by(models: Iterable[Model]) -> dict[str, list[str]]:
    """Variable → the models that need it."""
    needed: dict[str, list[str]] = {}
    for model in models:
        if model.key_env:
            needed.setdefault(model.key_env, []).append(model.name)
    return needed


def _needed(policy: str | None) -> dict[str, list[str]]:
    from ringfence.catalog import load_catalog
    from ringfence.in_force import policy_in_force

    try:
        return needed_by(policy_in_force(policy, env=os.environ).models.values())
    except PolicyError:
        if policy is not None or os.environ.get("RINGFENCE_POLICY"):
            raise
    needed: dict[str, list[str]] = {}
    for provider in load_catalog().providers.values():
        if provider.key_env:
            needed.setdefault(provider.key_env, []).append(provider.name)
    return needed


def _checked(variable: str) -> str:
    if not _NAME.fullmatch(variable):
        raise BadRequest("VARIABLE is a name like XAI_API_KEY, never the key itself")
    return variable


def keyring_trouble() -> str | None:
    """Why the system's keyring cannot hold keys, or None."""
    import keyring

    from ringfence.credentials import problem_with

    try:
        return problem_with(keyring.get_keyring())
    except (
        Exception
    ) as error:  # keyrings fail in their own ways, in words that may hold a secret (I4)
        return f"the keyring cannot be read ({type(error).__name__})"


def _keyring(variable: str) -> KeyringBackend:
    """The system's keyring, if it keeps secrets from others."""
    import keyring

    trouble = keyring_trouble()
    if trouble:
        raise BadRequest(f"{trouble}; set {variable} in the environment of the process instead")
    return keyring.get_keyring()


def _refused(variable: str, error: Exception) -> str:
    return (
        f"the keyring refused ({type(error).__name__}); unlock it and try again, or set {variable} "
        "in the environment of the process"
    )
