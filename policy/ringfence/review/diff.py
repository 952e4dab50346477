"""`diff`: what a change of policy means: who may see what, what the gate finds, who pays, and where it widens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ringfence.review.changes import Change, changes
from ringfence.review.elsewhere import Moved, given, recorded
from ringfence.review.widening import Sight, Widening, compare
from ringfence.rules import Policy
from ringfence.types import PolicyRef

if TYPE_CHECKING:
    from ringfence.records.past import Past


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """What is different between two policies."""

    old: PolicyRef
    new: PolicyRef
    sights: tuple[Sight, ...]
    """Whose labels changed."""
    widenings: tuple[Widening, ...]
    """Models that may see, in some state, what the old policy would not have shown them."""
    changes: tuple[Change, ...]
    moved: tuple[Moved, ...]
    states: int
    seconds: float

    @property
    def widens(self) -> bool:
        return bool(self.widenings) or any(change.widens for change in self.changes)

    @property
    def empty(self) -> bool:
        return not (self.sights or self.widenings or self.changes or self.moved)

    def to_dict(self) -> dict[str, Any]:
        return {
            "widens": self.widens,
            "old": self.old.to_dict(),
            "new": self.new.to_dict(),
            "sees": [sight.to_dict() for sight in self.sights],
            "widenings": [widening.to_dict() for widening in self.widenings],
            "changes": [change.to_dict() for change in self.changes],
            "moved": [moved.to_dict() for moved in self.moved],
            "states": self.states,
            "seconds": round(self.seconds, 3),
        }


def diff(
    old: Policy,
    new: Policy,
    *,
    now: datetime | None = None,
    requests: Iterable[tuple[str, Mapping[str, Any]]] = (),
    past: Iterable[Past] = (),
    tick: Callable[[int, int], None] | None = None,
) -> Diff:
    """Compare two policies by what they mean.

    Args:
        old: the policy before.
        new: the policy after.
        now: the moment from which on it counts; the present when None.
        requests: named requests, to be read by each policy's gate.
        past: recorded decisions, to be decided again.
        tick: hears how much of the enumeration is done.
    """
    started = time.perf_counter()
    now = now or datetime.now(UTC)
    compared, sights = compare(old, new, now=now, tick=tick)
    moved = (*given(old, new, requests, now=now), *recorded(old, new, past, now=now))
    return Diff(
        old=old.ref,
        new=new.ref,
        sights=sights,
        widenings=tuple(compared.widenings.values()),
        changes=changes(old, new),
        moved=moved,
        states=compared.states,
        seconds=time.perf_counter() - started,
    )
