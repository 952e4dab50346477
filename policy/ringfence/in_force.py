"""Which policy is in force, by the one way that every door takes: found, read once, approved, and then interpreted.

Approved means, in this order: it is the pinned one; it is what its lock and, where there is a trust root, its
signatures cover (I7); and no newer one was accepted before.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from ringfence.engine_digests import engine_digests
from ringfence.errors import RecordError, TrustError
from ringfence.records import AcceptedSerials
from ringfence.rules import (
    Policy,
    PolicySources,
    Unreadable,
    find_policy,
    find_trust_root,
    load_trust_root,
    parse_sources,
    read_file,
    read_sources,
)
from ringfence.trust import Evidence, Lock, TrustRoot, approve, check_pin, untrusted

log = logging.getLogger("ringfence.in_force")


def policy_in_force(
    source: str | Path | None = None,
    *,
    env: Mapping[str, str],
    digest: str | None = None,
    trust_root: str | Path | None = None,
    today: date | None = None,
) -> Policy:
    """The policy that decides.

    Args:
        source: a path; None searches as `ringfence.rules.find_policy` says.
        env: the environment that may name the policy, the trust root, and pin the policy.
        digest: the pinned digest, `sha256:…`; one in the environment holds too.
        trust_root: the trust root that the policy must be signed under; None is `RINGFENCE_TRUST_ROOT`. One under /etc
            holds in any case.
        today: the day to judge by; the system's when None.

    Raises:
        PolicyError: for what is wrong with the file.
        TrustError: when it is not the pinned one, not signed as the trust root asks, not what its lock lists, has
            expired, or is older than one that was accepted before.
        RecordError: when the ledger that remembers accepted policies cannot be read.
    """
    today = today or datetime.now(UTC).date()
    root = trust_root_in_force(trust_root, env)
    sources = read_sources(find_policy(source, env))
    for pin in (digest, env.get("RINGFENCE_POLICY_DIGEST") or None):
        check_pin(sources.digest, pin, source=str(sources.root))
    lock, approval = approve(
        evidence_beside(sources), root=root, engine=engine_digests, today=today
    )
    policy = parse_sources(sources, today=today, env=env)
    if lock is not None:
        hold(policy, lock)
    if approval is None:
        return policy
    _accept(policy, env)
    return replace(policy, approval=approval)


def trust_root_in_force(argument: str | Path | None, env: Mapping[str, str]) -> TrustRoot | None:
    """The trust root that holds, if there is one. Raises `TrustError` for one that cannot be used."""
    path = find_trust_root(argument, env)
    return None if path is None else load_trust_root(path)


def evidence_beside(sources: PolicySources) -> Evidence:
    """What there is to judge a policy by: its files as they were read, its lock and its signatures."""
    return Evidence(
        policy=str(sources.root),
        files=dict(sources.names),
        lock=_beside(sources.root, ".lock"),
        signatures=_beside(sources.root, ".sig"),
    )


def _beside(policy: Path, ending: str) -> bytes | None:
    path = policy.with_name(policy.name + ending)
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        pass  # it may be there: reading it says why it cannot be read
    try:
        return read_file(path)
    except Unreadable as error:
        raise TrustError(
            f"{path}: {error}, and the policy is not used without it; let the account that ringfence runs under read it"
        ) from None


def hold(policy: Policy, lock: Lock) -> None:
    """See that the lock's own words on the policy are the policy's: a signer approved both.

    Raises:
        TrustError: when they are not.
    """
    document = policy.document
    said = (lock.name, lock.serial, lock.expires)
    if said != (document.name, document.serial, document.expires):
        problem = "its name, serial or day of expiry is not the one in its lock"
        raise untrusted(policy.ref.source, (problem,))


def _accept(policy: Policy, env: Mapping[str, str]) -> None:
    """Refuse an older policy, and remember this one.

    Where nothing can be written one may still decide: no call is made before it is remembered (`Records.begin`).
    """
    serials = AcceptedSerials.of(policy.document.records, env)
    serials.check(policy.ref)
    try:
        serials.remember(policy.ref)
    except RecordError as error:
        log.warning("serial %d of the policy is not remembered: %s", policy.ref.serial, error)
