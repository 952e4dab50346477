"""What one reading has found so far. Closing it gives the Findings; whoever comes later finds the door shut."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from ringfence.gate.deadline import OutOfTime
from ringfence.types import UNSCANNED, Finding, Findings

MAX_FINDINGS = 10_000


class Report:
    """Collects findings and notes. One thread writes; another may close it."""

    def __init__(self, remarks: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self._found: set[Finding] = set()
        self._notes: dict[str, None] = dict.fromkeys(remarks)
        self.labels: set[str] = set()
        """The labels found so far."""

    def add(self, finding: Finding) -> None:
        """Take a finding in.

        Raises:
            TypeError: for what is none; it would break the answer later (a store of somebody else's may err).
            OutOfTime: when the report is closed: nobody waits any more.
        """
        words = (finding.label, finding.entity, finding.path, finding.recognizer, finding.why)
        if not all(isinstance(word, str) for word in words):
            raise TypeError("not a finding")
        with self._lock:
            if self._closed:
                raise OutOfTime
            self._found.add(finding)
            self.labels.add(finding.label)

    def whole(self, label: str, entity: str, recognizer: str, why: str, path: str = "") -> None:
        """A finding about a place as a whole, not about some characters of it."""
        self.add(
            Finding(
                label=label,
                entity=entity,
                path=path,
                start=0,
                end=0,
                score=1.0,
                recognizer=recognizer,
                why=why,
            )
        )

    def note(self, remark: str) -> None:
        with self._lock:
            self._notes[remark] = None

    def unscanned(self, stage: str, remark: str) -> None:
        """Say that a stage or recogniser did not do its work."""
        self.note(remark)
        self.whole(UNSCANNED, "UNSCANNED", stage, remark)

    def close(self) -> Findings:
        """All of it, in an order that depends on the request and the policy alone (I6)."""
        with self._lock:
            self._closed = True
        ordered = sorted(
            self._found,
            key=lambda f: (f.path, f.start, f.end, f.label, f.entity, f.recognizer, f.why),
        )
        return Findings(
            labels=tuple(sorted(self.labels)),
            findings=tuple(ordered[:MAX_FINDINGS]),
            notes=tuple(self._notes),
        )
