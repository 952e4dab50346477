"""A policy that changes while it runs: noticed, verified and stood up off to the side, taken whole or not at all (I7).

Whatever is wrong with the new one, the last good one stays in force; `Health` says what was wrong, and the audit log
has a row for each change, taken or refused.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from ringfence.bundle import Bundle
from ringfence.errors import PolicyError, TrustError
from ringfence.errors import Problem as Fault
from ringfence.health import Problem
from ringfence.in_force import policy_in_force
from ringfence.records import Records
from ringfence.rules import Policy
from ringfence.rules.sources import Unreadable, read_file
from ringfence.rules.trust_file import SYSTEM_TRUST_ROOT
from ringfence.rules.trust_file import VARIABLE as TRUST_ROOT
from ringfence.trust import digest_of
from ringfence.watched import Stamps, files_of

QUIET_S = 0.5
"""A file that was written later than this ago may not be whole yet. Half of a policy may well load."""
RETRY_S = 5.0
"""While something is wrong, all is tried again this often: what was missing may stand where nobody watches."""
VERIFY_S = 600.0
"""All is verified again this often, changed or not: policies, locks and keys expire. It takes some 25 ms."""

ACTION = "policy.reload"

log = logging.getLogger("ringfence.policy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a policy was loaded from, and held against what: all that it takes to load it again.

    The path is absolute and the environment a copy of the start's: a process that changes its folder later does not
    thereby change its policy.
    """

    root: Path
    digest: str | None
    trust_root: Path | None
    env: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(
        cls,
        path: Path,
        *,
        digest: str | None,
        trust_root: str | Path | None,
        env: Mapping[str, str],
    ) -> Self:
        """Of a policy that is loaded from here."""
        env = dict(env)
        if env.get(TRUST_ROOT):
            env[TRUST_ROOT] = str(Path(env[TRUST_ROOT]).absolute())
        return cls(
            root=path.absolute(),
            digest=digest,
            trust_root=None if trust_root is None else Path(trust_root).absolute(),
            env=env,
        )

    def load(self) -> Policy:
        return policy_in_force(
            self.root, env=self.env, digest=self.digest, trust_root=self.trust_root
        )

    def files_of(self, policy: Policy) -> frozenset[Path]:
        """Every file that decides whether the policy loads and what it says, those that are not there included."""
        named = self.env.get(TRUST_ROOT)
        roots = (SYSTEM_TRUST_ROOT, self.trust_root, Path(named) if named else None)
        return files_of(policy, self.root) | {root for root in roots if root is not None}


class Reloader:
    """Looks whether another policy is to be in force. One thread at a time may ask it."""

    def __init__(
        self,
        origin: Origin,
        *,
        stand_up: Callable[[Policy], Bundle],
        records: Records,
        clock: Callable[[], datetime],
    ) -> None:
        self.problem: Problem | None = None
        self._origin = origin
        self._stand_up = stand_up
        self._records = records
        self._clock = clock
        self._seen = Stamps(of={})
        self._settled = False
        """Whether what was seen is what was loaded; if not, the next look loads."""
        self._verify_at = time.monotonic() + VERIFY_S

    def began(self, policy: Policy, *, moment_ns: int) -> None:
        """Watch the files of a policy that was loaded after a moment (of `time.time_ns`)."""
        self._seen = Stamps.now(self._origin.files_of(policy))
        self._settled = not self._seen.written_since(moment_ns - _ns(QUIET_S))

    def look(self, now: Bundle) -> Bundle | None:
        """Another bundle than the one in force, when the files say so and nothing is wrong with them. Never raises."""
        began = time.time_ns()
        found = self._seen.again()
        if self._settled and found == self._seen and time.monotonic() < self._verify_at:
            return None
        if found.written_since(began - _ns(QUIET_S)):
            return None
        try:
            policy = self._origin.load()
            other = self._other(policy, than=now)
        except Exception as error:
            if found.again() == found:  # else it is being written: the next look will tell
                self._seen, self._settled = found, True
                self._verify_at = time.monotonic() + RETRY_S
                self._refuse(error, now.policy)
            return None
        if found.again() != found:
            return None
        self._verify_at = time.monotonic() + VERIFY_S
        self.began(policy, moment_ns=began)
        if other is not None or self.problem is not None:
            self._accept(policy, now.policy)
        return other

    def _other(self, policy: Policy, *, than: Bundle) -> Bundle | None:
        _check_records(policy, self._records)
        _check_approval(policy, than.policy)
        if policy.ref.digest == than.policy.ref.digest:
            return None
        bundle = self._stand_up(policy)
        bundle.warm()
        return bundle

    def _accept(self, policy: Policy, before: Policy) -> None:
        self.problem = None
        ref = policy.ref
        log.info("policy %s, serial %d, is in force: %s", ref.name, ref.serial, ref.digest)
        facts = {
            "serial": ref.serial,
            "before": {"serial": before.ref.serial, "digest": before.ref.digest},
        }
        self._note("done", ref.digest, facts)

    def _refuse(self, error: Exception, kept: Policy) -> None:
        """Tell of a problem once, not at every look."""
        problem = Problem.of(error, since=self._clock(), file_digest=_digest(self._origin.root))
        if problem.same(self.problem):
            return
        self.problem = problem
        log.warning("the policy in force stays, %s: %s", kept.ref.digest, problem.message)
        facts = {
            "code": problem.code,
            "at": problem.place,
            "problems": problem.count,
            "file_digest": problem.file_digest,
            "serial": kept.ref.serial,
        }
        self._note("refused", kept.ref.digest, facts)

    def _note(self, outcome: str, digest: str, facts: Mapping[str, Any]) -> None:
        from ringfence.records.events import Event, account  # SQLAlchemy: 0.4 s

        self._records.note(
            Event(
                action=ACTION,
                outcome=outcome,
                actor=account(),
                tenant="",
                because="the policy's files",
                policy_digest=digest,
                at=self._clock(),
                facts=dict(facts),
            )
        )


def _digest(path: Path) -> str | None:
    try:
        return digest_of(read_file(path))
    except Unreadable:
        return None


def _check_records(policy: Policy, records: Records) -> None:
    """Where a process keeps its record does not change while calls are under way: spending and taint would be split.

    Raises:
        PolicyError: when the policy would move it.
    """
    wanted = Records.of(policy.document.records, env={})
    for key, same in (
        ("path", wanted.path == records.path),
        ("durability", wanted.durability == records.durability),
    ):
        if not same:
            message = f"restart to change records.{key}: it stays as it was while a process runs"
            raise PolicyError([_fault(policy, ("records", key), message)])


def _check_approval(policy: Policy, before: Policy) -> None:
    """A trust root that goes away while a process runs frees it of nothing.

    Raises:
        TrustError: when the policy before was a signed one, and this one was not asked to be.
    """
    if before.approval is not None and policy.approval is None:
        raise TrustError(
            f"{policy.ref.source}: the policy in force is a signed one, and its trust root is gone: put it back, or "
            "restart to go on without one"
        )


def _fault(policy: Policy, key: tuple[str, ...], message: str) -> Fault:
    if policy.places is None:
        return Fault(file=policy.ref.source, line=0, column=0, message=message)
    return policy.places.problem(key, message)


def _ns(seconds: float) -> int:
    return int(seconds * 1e9)
