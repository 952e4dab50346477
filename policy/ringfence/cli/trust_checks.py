"""What `ringfence doctor` says of who approved the policy in force."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ringfence.cli.check import Check, State

if TYPE_CHECKING:
    from ringfence.rules import Policy


def trust_checks(policy: Policy) -> Iterator[Check]:
    """Its lock, its signatures, and whether its serial is remembered."""
    locked = Path(f"{policy.ref.source}.lock").exists()
    if policy.approval is None:
        detail = (
            "beside the policy, and held" if locked else "none: any change of the file is taken"
        )
        yield _check("lock", State.OK if locked else State.INFO, detail)
        yield _check("trust root", State.INFO, "none: nobody's signature is asked for")
        return
    yield _check(
        "trust root",
        State.OK,
        f"{policy.approval.root} asks for {policy.approval.threshold} signatures; signed by "
        + ", ".join(policy.approval.signed_by),
    )
    yield from _serial(policy)


def _serial(policy: Policy) -> Iterator[Check]:
    from ringfence.records import AcceptedSerials

    missing = AcceptedSerials.of(policy.document.records, os.environ).missing_from(policy.ref)
    if not missing:
        yield _check("serial", State.OK, f"{policy.ref.serial} is remembered: no older one loads")
    for path in missing:
        yield _check(
            "serial",
            State.PROBLEM,
            f"{policy.ref.serial} is not remembered in {path}, so no call will be made",
            remedy=f"make {path.parent} writable, or let XDG_DATA_HOME name a folder that is",
        )


def _check(name: str, state: State, detail: str, remedy: str = "") -> Check:
    return Check(area="policy", name=name, state=state, detail=detail, remedy=remedy)
