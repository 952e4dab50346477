"""Whether the files behind a policy have changed, by what the file system says of them: no file is read for that.

A stamp holds device, inode, size and both times to the nanosecond. So a file that is replaced, written in place, cut
short, or reached through a link that now leads elsewhere has another stamp, even one whose modification time was put
back: that itself changes the other time (`ctime`), which no program can set.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ringfence.rules import Policy

Stamp = tuple[int, int, int, int, int]

BESIDE = (".lock", ".sig")
"""What may stand beside a policy: its lock, and the signatures of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamps:
    """Each watched file's stamp at one moment; None where there is no file."""

    of: Mapping[Path, Stamp | None]

    @classmethod
    def now(cls, paths: Iterable[Path]) -> Self:
        return cls(of={path: _stamp(path) for path in paths})

    def again(self) -> Self:
        """Of the same files, now."""
        return self.now(self.of)

    def written_since(self, moment_ns: int) -> bool:
        """Whether a file was written after a moment: its writer may not be done.

        After a moment with no write, the next one gives another stamp; within the same tick of the file system's clock
        it might not.
        """
        now = time.time_ns()
        times = (at for stamp in self.of.values() if stamp is not None for at in stamp[3:])
        return any(moment_ns < at <= now for at in times)


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def files_of(policy: Policy, root: Path) -> frozenset[Path]:
    """The files that a policy is made of, and what stands, or may stand, beside them."""
    document = policy.document
    made_of = {root, *(root.parent / name for name, _ in policy.sources)}
    beside = {path.with_name(path.name + ending) for path in made_of for ending in BESIDE}
    named = [entry.dictionary for entry in document.labels.custom]
    named += [document.gate.presidio.file if document.gate.presidio else None]
    named += [document.classifier.fitted]
    # A name counts from the folder of the file that writes it.
    pinned = {path.parent / name for path in made_of for name in named if name is not None}
    return frozenset(made_of | beside | pinned)
