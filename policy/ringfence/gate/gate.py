"""The gate: Request → Findings. It never raises; what it cannot finish it calls `unscanned` (I2)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cached_property

from ringfence.cache import TextCache
from ringfence.gate import names_model, regulated, secrets
from ringfence.gate.custom import AllowList, CustomWords
from ringfence.gate.deadline import Watchdog
from ringfence.gate.entities import REGULATED, labels_of
from ringfence.gate.names import NameRecognizer
from ringfence.gate.reading import Found, Group, LeafReader
from ringfence.gate.recognizer import Recognizer
from ringfence.gate.recognizers import recognizers as structured
from ringfence.gate.stages import Reading
from ringfence.gate.taint import TaintLookup
from ringfence.gate.team import TeamRecognizers
from ringfence.request import Request
from ringfence.rules import Policy, PolicyDocument, enabled_labels, name_reading
from ringfence.types import UNSCANNED, Findings

_REMEMBERED = 65_536
"""Leaves remembered. Ten thousand messages have about twice as many; one that was clean takes some 200 bytes."""


class Gate:
    """Reads requests. One gate serves all threads; what it remembers are keyed hashes and offsets."""

    def __init__(
        self,
        policy: Policy,
        *,
        taint: TaintLookup | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.policy = policy
        self.spec = policy.document.gate
        self.taint = taint
        self.clock = clock
        self.names = name_reading(policy.document)
        self.enabled_labels = enabled_labels(policy.document.labels)
        self.team = self._team()
        self.could_add = self._what_each_dear_group_could_add()
        self.remarks = _remarks(policy.document)
        self.leaf_cache: TextCache[tuple[Found, ...]] = TextCache(_REMEMBERED)
        self.name_cache: TextCache[tuple[Found, ...]] = TextCache(_REMEMBERED)
        self._watchdog = Watchdog()

    def read(self, request: Request) -> Findings:
        """What a request holds. Never raises."""
        if not self.spec.enabled:
            return Findings(
                notes=(f"gate off by policy: {self.spec.because or 'no reason given'}",)
            )
        try:
            reading = Reading(self, request)
            self._watchdog.run(reading.run, reading.deadline)
            return reading.findings()
        except Exception as error:
            # No thread to be had, no memory: whatever it is, it is not clean.
            remark = f"gate: failed with {type(error).__name__}"
            return Findings(labels=(UNSCANNED,), notes=(remark,))

    def warm(self) -> None:
        """Load everything now, for instance in a thread at start-up; else the first requests do."""
        self.prepare()
        if self.spec.enabled and self.could_add[Group.NAMES]:
            names_model.warm()

    def prepare(self) -> None:
        """Load what is of this policy; what all gates of the process share loads when it is needed."""
        _ = self.reader
        if self.spec.enabled and self.team is not None:
            self.team.load()

    @cached_property
    def reader(self) -> LeafReader:
        """The recognisers of all rooms, cheap ones first. Made when the first request comes."""
        labels = self.policy.document.labels
        found: list[tuple[Group, Recognizer]] = [(Group.STRUCTURED, r) for r in structured()]
        found += [(Group.SECRETS, r) for r in secrets.recognizers()]
        dictionaries = self.policy.dictionaries
        found += [
            (Group.CUSTOM, CustomWords(spec, dictionaries.get(spec.digest or "")))
            for spec in labels.custom
        ]
        if self.could_add[Group.REGULATED]:
            found += [(Group.REGULATED, r) for r in regulated.recognizers()]
        return LeafReader(found, AllowList(labels.allow))

    @cached_property
    def name_reader(self) -> LeafReader:
        """The recogniser of names, which loads its model when a text first asks for it, and the team's own."""
        found: list[tuple[Group, Recognizer]] = [(Group.NAMES, NameRecognizer(self.names.mode))]
        if self.team is not None:
            found.append((Group.TEAM, self.team))
        return LeafReader(found, AllowList(self.policy.document.labels.allow))

    def labels_of(self, found: Found) -> tuple[str, ...]:
        """The labels that a hit puts on the request: the policy's own always count, ours where a pack wants them."""
        if found.label:
            return (found.label,)
        if found.group is Group.TEAM:
            return self._team_labels(found.hit.entity)
        labels = labels_of(found.hit.entity, secret=found.group is Group.SECRETS)
        return tuple(label for label in labels if label in self.enabled_labels)

    def _what_each_dear_group_could_add(self) -> Mapping[Group, frozenset[str]]:
        """Where all of it is on a request already, or nothing of it is wanted, the group need not read."""
        regulated = frozenset(label for entity in REGULATED for label in labels_of(entity))
        names = frozenset(labels_of("PERSON") if self.names.mode != "off" else ())
        return {
            Group.REGULATED: regulated & self.enabled_labels,
            Group.NAMES: names & self.enabled_labels,
            Group.TEAM: frozenset(
                label
                for entity in (self.policy.presidio.entities if self.policy.presidio else ())
                for label in self._team_labels(entity)
            ),
        }

    def _team(self) -> TeamRecognizers | None:
        if self.policy.presidio is None or self.spec.presidio is None:
            return None
        return TeamRecognizers(
            self.policy.presidio,
            threshold=self.spec.presidio.threshold,
            seconds=self.spec.limits.ms / 1000,
        )

    def _team_labels(self, entity: str) -> tuple[str, ...]:
        """A team's own entities count whatever the packs."""
        labels = self.spec.presidio.labels.get(entity, "pii") if self.spec.presidio else "pii"
        return (labels,) if isinstance(labels, str) else labels


def _remarks(document: PolicyDocument) -> tuple[str, ...]:
    """What every decision of this policy says of its gate."""
    secrets = document.labels.secrets
    return () if secrets.enabled else (f"gate: secrets off by policy: {secrets.because}",)
