"""Whether a policy is trusted, found and shown: for `policy verify` and `doctor`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ringfence.cli import output
from ringfence.errors import RecordError, TrustError

if TYPE_CHECKING:
    from ringfence.rules import PolicySources
    from ringfence.trust import Review, TrustRoot


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What stands for and against a policy."""

    policy: str
    root: TrustRoot | None
    review: Review
    problems: tuple[str, ...]

    @property
    def trusted(self) -> bool:
        return not self.problems

    def to_dict(self) -> dict[str, Any]:
        lock, root = self.review.lock, self.root
        return {
            "trusted": self.trusted,
            "file": self.policy,
            "name": lock.name if lock else None,
            "serial": lock.serial if lock else None,
            "expires": lock.expires.isoformat() if lock and lock.expires else None,
            "files": dict(lock.files) if lock else {},
            "engine": dict(lock.engine) if lock else {},
            "trust_root": root.source if root else None,
            "threshold": root.threshold if root else None,
            "signatures": [
                {"key": item.key, "state": item.state} for item in self.review.signatures
            ],
            "problems": list(self.problems),
        }


def examine(policy: str | None, trust_root: str | None) -> Examined:
    """Look at a policy as every door does, and go on where a door stops.

    Raises:
        PolicyError: for a policy that cannot be read.
        TrustError: for a trust root that cannot be used.
    """
    from ringfence.engine_digests import engine_digests
    from ringfence.in_force import evidence_beside, trust_root_in_force
    from ringfence.rules import find_policy, read_sources
    from ringfence.trust import review

    root = trust_root_in_force(trust_root, os.environ)
    sources = read_sources(find_policy(policy, os.environ))
    today = datetime.now(UTC).date()
    found = review(evidence_beside(sources), root=root, engine=engine_digests, today=today)
    problems = [*found.problems]
    if root is None:
        problems.append(
            "there is no trust root, so nobody's signature is asked for: name one with --trust-root, or put it at "
            "/etc/ringfence/trust.yaml"
        )
    elif not problems:
        problems += _of_content(sources, found)
    return Examined(policy=str(sources.root), root=root, review=found, problems=tuple(problems))


def _of_content(sources: PolicySources, found: Review) -> list[str]:
    """What only the policy itself tells: that it says what its lock says, and is no older than one before it."""
    from ringfence.in_force import hold
    from ringfence.records import AcceptedSerials
    from ringfence.rules import parse_sources

    policy = parse_sources(sources, env=os.environ)
    try:
        if found.lock is not None:
            hold(policy, found.lock)
        AcceptedSerials.of(policy.document.records, os.environ).check(policy.ref)
    except (TrustError, RecordError) as error:
        return [str(error)]
    return []


_SAID = {
    "valid": "signed",
    "invalid": "the signature does NOT fit what is signed",
    "expired": "signed, with a key that has expired: does not count",
    "unknown": "signed; the trust root does not list this key, so it does not count",
}


def show(found: Examined) -> None:
    """The same for people."""
    lock, root = found.review.lock, found.root
    output.print_text(f"{found.policy}: {'trusted' if found.trusted else 'NOT trusted'}\n")
    for problem in found.problems:
        output.print_text(f"  problem: {problem}\n")
    if root is not None:
        keys = len(root.keys)
        output.print_text(
            f"  trust root {root.source}: {root.threshold} of {keys} keys must sign\n"
        )
    for item in found.review.signatures:
        output.print_text(f"  {item.key[:40]}: {_SAID[item.state]}\n")
    if lock is not None:
        ends = f", valid to the end of {lock.expires}" if lock.expires else ""
        output.print_text(f"  policy {lock.name}, serial {lock.serial}{ends}\n")
        for name, digest in sorted({**lock.files, **lock.engine}.items()):
            output.print_text(f"  {name} {digest}\n")
