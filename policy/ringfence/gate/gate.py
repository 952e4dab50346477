"""The gate: Request → Findings. It never raises; what it cannot finish it calls `unscanned` (I2).

The stages, cheap to dear: walk the request into leaves · show each leaf to the recognisers (or remember what was found
in it before) · join the edges of the turns · ask the taint store · apply the policy's label rules · read names.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import cached_property

from ringfence.gate import names_model, regulated, secrets
from ringfence.gate.cache import LeafCache
from ringfence.gate.custom import AllowList, CustomWords
from ringfence.gate.entities import labels_of
from ringfence.gate.names import NameRecognizer
from ringfence.gate.reading import Found, Group, LeafReader, OutOfTime, RecognizerFailed
from ringfence.gate.recognizer import Recognizer, Text
from ringfence.gate.recognizers import recognizers as structured
from ringfence.gate.seams import seams
from ringfence.gate.taint import TaintLookup, tainted
from ringfence.gate.walk import Leaf, Unread, walk
from ringfence.request import Request
from ringfence.rules import PACKS, Facts, Policy, label_rules
from ringfence.types import UNREAD, UNSCANNED, Finding, Findings

_SEAM_GROUPS = frozenset({Group.STRUCTURED, Group.SECRETS, Group.CUSTOM})
_NAME_ROLES = frozenset({"user", "tool", "function"})
MAX_FINDINGS = 10_000


class Gate:
    """Reads requests. One gate serves all threads; what it remembers are keyed hashes and offsets."""

    def __init__(
        self,
        policy: Policy,
        *,
        taint: TaintLookup | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._policy = policy
        self._spec = policy.document.gate
        self._taint = taint
        self._clock = clock
        self._enabled = frozenset(
            label for pack in policy.document.labels.packs for label in PACKS[pack]
        )
        self._leaves: LeafCache[tuple[Found, ...]] = LeafCache()
        self._names: LeafCache[tuple[Found, ...]] = LeafCache()

    def read(self, request: Request) -> Findings:
        """What a request holds. Never raises."""
        if not self._spec.enabled:
            return Findings(
                notes=(f"gate off by policy: {self._spec.because or 'no reason given'}",)
            )
        reading = _Reading(self, request)
        reading.run()
        return reading.findings()

    @cached_property
    def reader(self) -> LeafReader:
        """The recognisers of all rooms. Made at the first request: nothing is loaded before it is needed."""
        labels = self._policy.document.labels
        found: list[tuple[Group, Recognizer]] = [(Group.STRUCTURED, r) for r in structured()]
        found += [(Group.SECRETS, r) for r in secrets.recognizers()]
        found += [(Group.CUSTOM, CustomWords(spec)) for spec in labels.custom]
        found += [(Group.REGULATED, r) for r in regulated.recognizers()]
        return LeafReader(found, AllowList(labels.allow))

    @cached_property
    def name_reader(self) -> LeafReader:
        """The recogniser of names; it loads its model when a text first asks for it."""
        names: Recognizer = NameRecognizer(self._spec.names)
        return LeafReader([(Group.NAMES, names)], AllowList(self._policy.document.labels.allow))

    def warm(self) -> None:
        """Load everything now, for instance in a thread at start-up; else the first requests do."""
        _ = self.reader
        if self._spec.enabled and self._spec.names != "off":
            names_model.warm()


class _Reading:
    """One request on its way through the gate."""

    def __init__(self, gate: Gate, request: Request) -> None:
        self._gate = gate
        self._request = request
        limits = gate._spec.limits
        self._deadline = gate._clock() + limits.ms / 1000
        self._limit = limits.kb * 1024
        self._leaves: list[Leaf] = []
        self._found: set[Finding] = set()
        self._notes: list[str] = []

    def run(self) -> None:
        """The stages, in order. One that fails is named, and the ones after it still run."""
        self._stage("walk", self._walk)
        self._stage("recognisers", self._recognise)
        self._stage("turns", self._join_turns)
        self._stage("taint", self._ask_taint)
        self._stage("rules", self._apply_rules)
        if self._gate._spec.names != "off":
            self._stage("names", self._read_names)

    def findings(self) -> Findings:
        ordered = sorted(
            self._found,
            key=lambda f: (f.path, f.start, f.end, f.label, f.entity, f.recognizer, f.why),
        )
        labels = tuple(sorted({finding.label for finding in ordered}))
        return Findings(
            labels=labels,
            findings=tuple(ordered[:MAX_FINDINGS]),
            notes=tuple(dict.fromkeys(self._notes)),
        )

    def _stage(self, name: str, work: Callable[[], None]) -> None:
        try:
            self._check()
            work()
        except OutOfTime:
            self._unscanned(
                name, f"gate: out of time in '{name}' ({self._gate._spec.limits.ms} ms)"
            )
        except RecognizerFailed as error:
            self._unscanned(name, f"gate: '{error.name}' failed in '{name}'")
        except Exception as error:
            # The message may quote the request (I4): the kind of error has to do.
            self._unscanned(name, f"gate: '{name}' failed with {type(error).__name__}")

    def _check(self) -> None:
        if self._gate._clock() > self._deadline:
            raise OutOfTime

    def _unscanned(self, stage: str, note: str) -> None:
        self._notes.append(note)
        self._found.add(
            Finding(
                label=UNSCANNED,
                entity="UNSCANNED",
                path="",
                start=0,
                end=0,
                score=1.0,
                recognizer=stage,
                why=note,
            )
        )

    # -- the stages

    def _walk(self) -> None:
        size = 0
        for leaf in walk(self._request):
            if isinstance(leaf, Unread):
                self._found.add(
                    Finding(
                        label=UNREAD,
                        entity="UNREAD",
                        path=leaf.path,
                        start=0,
                        end=0,
                        score=1.0,
                        recognizer="walk",
                        why=leaf.why,
                    )
                )
                continue
            size += len(leaf.value)
            if size > self._limit:
                kb = self._gate._spec.limits.kb
                self._unscanned("walk", f"gate: more than {kb} KB of text (gate.limits.kb)")
                return
            self._leaves.append(leaf)

    def _recognise(self) -> None:
        reader, cache = self._gate.reader, self._gate._leaves
        for leaf in self._leaves:
            key = cache.key(leaf.value, leaf.key, leaf.role)
            found = cache.get(key)
            if found is None:
                self._check()
                found = reader.read(
                    Text(value=leaf.value, key=leaf.key, role=leaf.role), self._check
                )
                cache.put(key, found)
            self._add(leaf, found)

    def _join_turns(self) -> None:
        reader, cache = self._gate.reader, self._gate._leaves
        said = [
            leaf
            for leaf in self._leaves
            if leaf.path.startswith("/messages/") and not leaf.in_key and _is_prose(leaf)
        ]
        for seam in seams(said):
            key = cache.key("seam", seam.value)
            found = cache.get(key)
            if found is None:
                self._check()
                found = reader.read(Text(value=seam.value), self._check, groups=_SEAM_GROUPS)
                cache.put(key, found)
            for item in found:
                place = seam.place(item.hit.start, item.hit.end)
                if place is not None:
                    leaf, start, end = place
                    self._add_one(leaf, item, start, max(start, end), " (across turns)")

    def _ask_taint(self) -> None:
        if self._gate._taint is not None:
            self._found.update(tainted(self._gate._taint, self._request))

    def _apply_rules(self) -> None:
        for label in label_rules(self._gate._policy, Facts(self._request)):
            self._found.add(
                Finding(
                    label=label,
                    entity="RULE",
                    path="",
                    start=0,
                    end=0,
                    score=1.0,
                    recognizer="rules",
                    why="a label rule of the policy",
                )
            )

    def _read_names(self) -> None:
        limits, cache = self._gate._spec.limits, self._gate._names
        wanted = [leaf for leaf in self._leaves if not leaf.in_key]
        if sum(len(leaf.value) for leaf in wanted) > limits.names_kb * 1024:
            wanted = [leaf for leaf in wanted if leaf.role in _NAME_ROLES]
            self._notes.append(
                f"gate: over {limits.names_kb} KB (gate.limits.names_kb): names read in user turns and tool results only"
            )
        for leaf in wanted:
            key = cache.key(leaf.value, leaf.key, leaf.role)
            found = cache.get(key)
            if found is None:
                self._check()
                found = self._names_in(leaf)
                cache.put(key, found)
            self._add(leaf, found)

    def _names_in(self, leaf: Leaf) -> tuple[Found, ...]:
        """Loading the model takes seconds, once a process; that time is not the request's."""
        started, loaded = self._gate._clock(), names_model.is_loaded()
        text = Text(value=leaf.value, key=leaf.key, role=leaf.role)
        if loaded:
            return self._gate.name_reader.read(text, self._check)
        found = self._gate.name_reader.read(text, lambda: None)
        if names_model.is_loaded():
            self._deadline += self._gate._clock() - started
        return found

    # -- findings

    def _add(self, leaf: Leaf, found: Iterable[Found]) -> None:
        for item in found:
            if leaf.decoded_from is None:
                self._add_one(leaf, item, item.hit.start, item.hit.end, "")
            else:
                self._add_one(leaf, item, 0, leaf.decoded_from, " (decoded)")

    def _add_one(self, leaf: Leaf, item: Found, start: int, end: int, remark: str) -> None:
        hit = item.hit
        labels = (
            (item.label,)
            if item.label
            else labels_of(hit.entity, secret=item.group is Group.SECRETS)
        )
        for label in labels:
            if item.label or label in self._gate._enabled:
                self._found.add(
                    Finding(
                        label=label,
                        entity=hit.entity,
                        path=leaf.path,
                        start=start,
                        end=end,
                        score=hit.score,
                        recognizer=item.recognizer,
                        why=hit.why + remark,
                    )
                )


def _is_prose(leaf: Leaf) -> bool:
    """The text of a message or of one of its parts, not an id or a tool call's arguments."""
    return leaf.path.endswith(("/content", "/text")) and leaf.decoded_from is None
