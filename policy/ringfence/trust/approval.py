"""Whether a policy is one that was approved: its files against the lock, the lock against the signatures (I7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from ringfence.errors import TrustError
from ringfence.trust.envelope import BadEnvelope, Checked, Signatures
from ringfence.trust.lock import BadLock, Lock
from ringfence.trust.root import TrustRoot

Engine = Callable[[], Mapping[str, str]]
"""The digests of the engine's parts, asked for only when a lock lists some: they take a few milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What there is to judge by, as it was read: the policy's files, and what stands beside them."""

    policy: str
    """The policy's path, for messages."""
    files: Mapping[str, str]
    """Name → digest of each file."""
    lock: bytes | None
    signatures: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What was found. A policy with problems must not load."""

    lock: Lock | None
    """What the signatures cover; the lock beside the policy where there is no trust root. None: nothing to hold."""
    signatures: tuple[Checked, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def signed_by(self) -> tuple[str, ...]:
        """The names of the keys that count."""
        return tuple(item.key for item in self.signatures if item.state == "valid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """That a policy is a signed one: by whom, and under which trust root."""

    root: str
    threshold: int
    signed_by: tuple[str, ...]


def review(evidence: Evidence, *, root: TrustRoot | None, engine: Engine, today: date) -> Review:
    """Judge the evidence.

    With a trust root the signatures are compulsory; a lock beside the policy must be the one that they cover. Without
    one, a lock that is there is held all the same, and signatures are not looked at.
    """
    if root is None:
        return _review_lock(evidence, engine, today)
    if evidence.signatures is None:
        return Review(lock=None, problems=(_unsigned(evidence, root),))
    try:
        signatures = Signatures.parse(evidence.signatures)
        lock = Lock.parse(signatures.payload)
    except (BadEnvelope, BadLock) as error:
        return Review(
            lock=None,
            problems=(
                f"{evidence.policy}.sig cannot be used: {error}. Restore the file that was signed, or sign anew",
            ),
        )
    checked = signatures.check(root.keys, today=today)
    problems = (
        *_of_signatures(checked, root),
        *_of_twin(evidence, signatures.payload),
        *_of_root(lock, root),
        *_of_lock(lock, evidence, engine, today),
    )
    return Review(lock=lock, signatures=checked, problems=problems)


def approve(
    evidence: Evidence, *, root: TrustRoot | None, engine: Engine, today: date
) -> tuple[Lock | None, Approval | None]:
    """What the policy must turn out to be once it is read, and who approved it.

    Returns:
        The lock that holds, if any, and the approval where there is a trust root.

    Raises:
        TrustError: with everything that stands against it.
    """
    found = review(evidence, root=root, engine=engine, today=today)
    if found.problems:
        raise untrusted(evidence.policy, found.problems)
    if root is None:
        return found.lock, None
    return found.lock, Approval(
        root=root.source, threshold=root.threshold, signed_by=found.signed_by
    )


def untrusted(policy: str, problems: tuple[str, ...]) -> TrustError:
    return TrustError(
        f"{policy}: not the policy that was approved. " + "; ".join(problems) + ". Restore the "
        f"approved files, or have these reviewed. To see all of it: ringfence policy verify {policy}"
    )


def _review_lock(evidence: Evidence, engine: Engine, today: date) -> Review:
    if evidence.lock is None:
        return Review(lock=None)
    try:
        lock = Lock.parse(evidence.lock)
    except BadLock as error:
        problem = f"{evidence.policy}.lock cannot be used: {error}. Pin the policy again, once it is reviewed"
        return Review(lock=None, problems=(problem,))
    return Review(lock=lock, problems=tuple(_of_lock(lock, evidence, engine, today)))


def _unsigned(evidence: Evidence, root: TrustRoot) -> str:
    return (
        f"it is not signed: there is no {evidence.policy}.sig, and the trust root {root.source} wants {root.threshold} "
        f"of {len(root.keys)} keys to have signed (ringfence policy sign {evidence.policy} --key KEY)"
    )


def _of_signatures(checked: tuple[Checked, ...], root: TrustRoot) -> Iterator[str]:
    """A listed key's signature that does not fit is a sign of tampering, whatever the others say."""
    names = {state: [item.key for item in checked if item.state == state] for state in _SAID}
    if names["invalid"]:
        yield f"the signature of {', '.join(names['invalid'])} does not fit what is signed"
    if len(names["valid"]) < root.threshold:
        said = [
            f"{', '.join(names[state])} {words}" for state, words in _SAID.items() if names[state]
        ]
        yield (
            f"{len(names['valid'])} of {root.threshold} signatures count that the trust root {root.source} asks for"
            + (f" ({'; '.join(said)})" if said else " (nobody signed)")
        )


_SAID = {
    "valid": "signed",
    "invalid": "did not sign this",
    "expired": "signed with a key that has expired",
    "unknown": "signed with a key that the trust root does not list",
}


def _of_twin(evidence: Evidence, payload: bytes) -> Iterator[str]:
    if evidence.lock is not None and evidence.lock != payload:
        yield f"{evidence.policy}.lock is not the lock that was signed"


def _of_root(lock: Lock, root: TrustRoot) -> Iterator[str]:
    if lock.serial < root.minimum_serial:
        yield (
            f"its serial is {lock.serial}, and the trust root {root.source} takes none below {root.minimum_serial}: it "
            "is an older policy"
        )
    if root.policy is not None and lock.name != root.policy:
        yield f"it is named '{lock.name}', and the trust root {root.source} is for '{root.policy}'"


def _of_lock(lock: Lock, evidence: Evidence, engine: Engine, today: date) -> Iterator[str]:
    if lock.expires is not None and lock.expires < today:
        yield f"it expired on {lock.expires}; get a new one from its owner"
    yield from lock.differences(evidence.files, engine() if lock.engine else {})
