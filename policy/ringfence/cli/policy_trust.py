"""`ringfence policy pin`, `keygen`, `sign` and `verify`: from a reviewed file to one that every door can hold."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ringfence.cli import output
from ringfence.cli.files import replace_file
from ringfence.cli.options import Json, TrustRootFile
from ringfence.errors import BadRequest, TrustError

if TYPE_CHECKING:
    from ringfence.rules import Policy
    from ringfence.trust import Lock, Signatures

PASSPHRASE = "RINGFENCE_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable, not a secret

_Reviewed = Annotated[str, typer.Argument(metavar="FILE", help="The policy that was reviewed.")]
_FilesOnly = Annotated[
    bool,
    typer.Option(
        "--files-only",
        help="Leave the engine out of the lock: an upgrade of ringfence then needs no new one.",
    ),
]


def pin(policy: _Reviewed, files_only: _FilesOnly = False, as_json: Json = False) -> None:
    """Pin a reviewed policy: write down which bytes it is made of.

    FILE.lock lists the digest of each file of the policy, and of the catalogue, the classifier and the gate of this
    ringfence. While it stands beside the policy, every door refuses any other bytes. The policy's own digest is printed
    on the last line; given as RINGFENCE_POLICY_DIGEST or --policy-digest, it is held too.

    Examples:
      ringfence policy pin policy.yaml
      export RINGFENCE_POLICY_DIGEST=$(ringfence policy pin policy.yaml | tail -n 1)
    """
    from ringfence.cli import remarks

    loaded = _read(policy)
    lock = _lock_of(loaded, files_only=files_only)
    place = _beside(policy, ".lock")
    replace_file(place, lock.to_bytes())
    digest = loaded.ref.digest
    if as_json:
        output.print_json(
            {"file": policy, "lock_file": str(place), "serial": lock.serial, "digest": digest}
        )
        return
    remarks.show(remarks.gather(loaded))
    output.print_text(
        f"pinned {policy} (policy {lock.name}, serial {lock.serial}); wrote {place}\n"
    )
    if _signed_before(policy, lock.to_bytes()):
        output.print_text(
            f"{_beside(policy, '.sig')} signs an earlier lock; sign this one: "
            f"ringfence policy sign {policy} --key KEY --replace\n"
        )
    output.print_text(f"{digest}\n")


def keygen(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is, like alice.")],
) -> None:
    """Make a key to sign policies with.

    The private key (Ed25519) is written to NAME.pem, for you alone; keep it off the machines that ringfence runs on.
    What is printed is the trust root's entry for its public half. To encrypt the key:
    openssl pkey -aes256 -in NAME.pem.

    Example:
      ringfence policy keygen alice >> trust.yaml
    """
    from ringfence.trust.signing import make_key

    private, public = make_key()
    path = Path(f"{name}.pem")
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(private)
    except FileExistsError:
        raise BadRequest(f"{path} exists and is left as it is; choose another name") from None
    except OSError as error:
        raise BadRequest(f"{path}: cannot be written ({error.strerror or 'unknown'})") from None
    indented = "".join(f"      {line}\n" for line in public.splitlines())
    output.print_text(f"  {path.stem}:\n    public: |\n{indented}")


def sign(
    *,
    policy: _Reviewed,
    key: Annotated[
        str,
        typer.Option(
            "--key",
            metavar="FILE|URI",
            help="The private key: a PEM file, or a URI of a key service or token (awskms:, gcpkms:, azurekms:, hsm:).",
        ),
    ],
    public_key: Annotated[
        str | None,
        typer.Option(
            "--public-key", metavar="FILE", help="The public key in PEM, where --key is a URI."
        ),
    ] = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Drop the signatures of an earlier version."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Sign a pinned policy.

    Adds a signature of FILE.lock to FILE.sig, a DSSE envelope that holds the lock itself. Where a trust root asks for
    several, each signer runs this in turn. A policy without a lock is pinned first. An encrypted key's passphrase, or a
    token's PIN, is asked for, or taken from RINGFENCE_KEY_PASSPHRASE.

    Examples:
      ringfence policy sign policy.yaml --key alice.pem
      ringfence policy sign policy.yaml --key awskms:alias/policy --public-key policy-key.pub
    """
    loaded = _read(policy)
    lock = _lock_beside(policy, loaded)
    payload = lock.to_bytes()
    signatures = _signatures_beside(policy, payload, replace=replace)
    key_id = _sign(signatures, key, public_key)
    if not _beside(policy, ".lock").exists():
        replace_file(_beside(policy, ".lock"), payload)
    place = _beside(policy, ".sig")
    replace_file(place, signatures.to_bytes())
    count = len(signatures.key_ids)
    if as_json:
        output.print_json(
            {"file": policy, "signature_file": str(place), "key": key_id, "signatures": count}
        )
        return
    output.print_text(
        f"signed {policy} (policy {lock.name}, serial {lock.serial}, {len(lock.files)} files) with key {key_id[:16]}…\n"
        f"{place} has {count} signature{'s' if count > 1 else ''}\n"
    )


def verify(
    policy: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE", help="The policy; else the one in force.", show_default=False
        ),
    ] = None,
    trust_root: TrustRootFile = None,
    as_json: Json = False,
) -> None:
    """Check whether a policy is trusted, and by whom.

    Shows which keys signed, how many must, the serial, the day of expiry, and everything in which the files are not
    those that were signed. Exits with 1 when the policy is not trusted, so also where there is no trust root.

    Example:
      ringfence policy verify policy.yaml --trust-root /etc/ringfence/trust.yaml
    """
    from ringfence.cli.trust_view import examine, show

    found = examine(policy, trust_root)
    if as_json:
        output.print_json(found.to_dict())
    else:
        show(found)
    raise typer.Exit(0 if found.trusted else 1)


def _read(policy: str) -> Policy:
    """The policy itself: an older pin, lock or signature must not stand in the way of a new one."""
    from ringfence.rules import parse_sources, read_sources

    return parse_sources(read_sources(policy), env=os.environ)


def _beside(policy: str, ending: str) -> Path:
    return Path(policy + ending)


def _lock_of(policy: Policy, *, files_only: bool) -> Lock:
    from ringfence.engine_digests import engine_digests
    from ringfence.trust import Lock

    return Lock(
        name=policy.document.name,
        serial=policy.document.serial,
        expires=policy.document.expires,
        files=dict(policy.sources),
        engine={} if files_only else engine_digests(),
    )


def _lock_beside(policy: str, loaded: Policy) -> Lock:
    """The lock that will be signed: the one that is there, if it is true; else one made now."""
    from ringfence.in_force import hold
    from ringfence.trust import BadLock, Lock

    try:
        lock = Lock.parse(_beside(policy, ".lock").read_bytes())
    except FileNotFoundError:
        return _lock_of(loaded, files_only=False)
    except (BadLock, OSError) as error:
        raise TrustError(
            f"{policy}.lock cannot be used: {error}. Pin the policy again: ringfence policy pin {policy}"
        ) from None
    engine = _lock_of(loaded, files_only=False).engine if lock.engine else {}
    differences = "; ".join(lock.differences(dict(loaded.sources), engine))
    if differences:
        raise TrustError(
            f"{policy}.lock is not of these files: {differences}. Review the change, then: "
            f"ringfence policy pin {policy}"
        )
    hold(loaded, lock)
    return lock


def _signed_before(policy: str, payload: bytes) -> bool:
    """Whether there are signatures of another lock than this."""
    from ringfence.trust import BadEnvelope, Signatures

    try:
        return Signatures.parse(_beside(policy, ".sig").read_bytes()).payload != payload
    except OSError:
        return False
    except BadEnvelope:
        return True


def _signatures_beside(policy: str, payload: bytes, *, replace: bool) -> Signatures:
    from ringfence.trust import Signatures

    place = _beside(policy, ".sig")
    if replace or not place.exists():
        return Signatures.none_of(payload)
    if _signed_before(policy, payload):
        raise BadRequest(
            f"{place} holds signatures of another version, or is damaged; to start anew with yours: --replace"
        )
    return Signatures.parse(place.read_bytes())


def _sign(signatures: Signatures, key: str, public_key: str | None) -> str:
    """Add the key's signature, see that it is one, and return the key's id."""
    from ringfence.trust import BadKey
    from ringfence.trust.signing import load_signer, sign_failed

    try:
        public_pem = Path(public_key).read_text() if public_key is not None else None
        signer = load_signer(key, public_pem=public_pem, ask=_ask)
        try:
            signatures.sign(signer)
        except Exception as error:  # each key service fails in its own ways
            raise sign_failed(key, error) from None
    except BadKey as error:
        raise BadRequest(str(error)) from None
    except (OSError, UnicodeDecodeError):
        raise BadRequest(f"{public_key}: cannot be read as a public key in PEM") from None
    return str(signer.public_key.keyid)


def _ask(secret: str) -> str:
    given = os.environ.get(PASSPHRASE)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise BadRequest(f"the key wants a {secret}: set {PASSPHRASE}")
    asked: str = typer.prompt(secret, hide_input=True, err=True)
    return asked
