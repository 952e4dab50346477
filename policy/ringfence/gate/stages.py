"""One request on its way through the gate.

The stages, cheap to dear: walk the request into leaves · show each leaf to the recognisers (or remember what was found
in it before) · join the edges of the turns · ask the taint store · apply the policy's label rules · read names.
A stage that fails is named `unscanned` and the ones after it still run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ringfence.gate import names_model
from ringfence.gate.cache import LeafCache
from ringfence.gate.entities import labels_of
from ringfence.gate.reading import Found, Group, OutOfTime, RecognizerFailed
from ringfence.gate.recognizer import Text
from ringfence.gate.seams import seams
from ringfence.gate.taint import tainted
from ringfence.gate.walk import Leaf, Unread, walk
from ringfence.request import Request
from ringfence.rules import Facts, label_rules
from ringfence.types import UNREAD, UNSCANNED, Finding, Findings

if TYPE_CHECKING:
    from ringfence.gate.gate import Gate

_SEAM_GROUPS = frozenset({Group.STRUCTURED, Group.SECRETS, Group.CUSTOM})
_NAME_ROLES = frozenset({"user", "tool", "function"})
MAX_FINDINGS = 10_000


class Reading:
    """The state of one reading: its deadline, and what it has found so far."""

    def __init__(self, gate: Gate, request: Request) -> None:
        self._gate = gate
        self._request = request
        self._deadline = gate.clock() + gate.spec.limits.ms / 1000
        self._leaves: list[Leaf] = []
        self._found: set[Finding] = set()
        self._notes: list[str] = []

    def run(self) -> None:
        """The stages, in order."""
        self._stage("walk", self._walk)
        self._stage("recognisers", self._recognise)
        self._stage("turns", self._join_turns)
        self._stage("taint", self._ask_taint)
        self._stage("rules", self._apply_rules)
        if self._gate.spec.names != "off":
            self._stage("names", self._read_names)

    def findings(self) -> Findings:
        """All of it, in an order that depends on the request and the policy alone (I6)."""
        ordered = sorted(
            self._found,
            key=lambda f: (f.path, f.start, f.end, f.label, f.entity, f.recognizer, f.why),
        )
        labels = tuple(sorted({finding.label for finding in ordered}))
        notes = tuple(dict.fromkeys(self._notes))
        return Findings(labels=labels, findings=tuple(ordered[:MAX_FINDINGS]), notes=notes)

    def _stage(self, name: str, work: Callable[[], None]) -> None:
        try:
            self._check()
            work()
        except OutOfTime:
            limit = self._gate.spec.limits.ms
            self._unscanned(name, f"gate: out of time in '{name}' (gate.limits.ms is {limit})")
        except Exception as error:
            # The message may quote the request (I4): the kind of error has to do.
            self._unscanned(name, f"gate: '{name}' failed with {type(error).__name__}")

    def _check(self) -> None:
        if self._gate.clock() > self._deadline:
            raise OutOfTime

    def _unscanned(self, stage: str, note: str) -> None:
        self._notes.append(note)
        self._whole(UNSCANNED, "UNSCANNED", stage, note)

    def _whole(self, label: str, entity: str, recognizer: str, why: str, path: str = "") -> None:
        """A finding about a place as a whole, not about some characters of it."""
        self._found.add(
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

    # -- the stages

    def _walk(self) -> None:
        left = self._gate.spec.limits.kb * 1024
        for leaf in walk(self._request):
            if isinstance(leaf, Unread):
                self._whole(UNREAD, "UNREAD", "walk", leaf.why, leaf.path)
                continue
            left -= len(leaf.value)
            if left < 0:
                limit = self._gate.spec.limits.kb
                self._unscanned("walk", f"gate: more than {limit} KB of text (gate.limits.kb)")
                return
            self._leaves.append(leaf)

    def _recognise(self) -> None:
        reader, cache = self._gate.reader, self._gate.leaf_cache
        for leaf in self._leaves:
            text = Text(value=leaf.value, key=leaf.key, role=leaf.role)
            key = cache.key(leaf.value, leaf.key, leaf.role)
            found = self._remembered(cache, key, text, lambda text: reader.read(text, self._check))
            self._add(leaf, found)

    def _join_turns(self) -> None:
        reader, cache = self._gate.reader, self._gate.leaf_cache
        for seam in seams([leaf for leaf in self._leaves if _is_said(leaf)]):
            text = Text(value=seam.value)
            key = cache.key("seam", seam.value)
            found = self._remembered(
                cache, key, text, lambda text: reader.read(text, self._check, groups=_SEAM_GROUPS)
            )
            for item in found:
                place = seam.place(item.hit.start, item.hit.end)
                if place is not None:
                    leaf, start, end = place
                    self._add_one(leaf, item, start, max(start, end), " (across turns)")

    def _ask_taint(self) -> None:
        if self._gate.taint is not None:
            self._found.update(tainted(self._gate.taint, self._request))

    def _apply_rules(self) -> None:
        for label in label_rules(self._gate.policy, Facts(self._request)):
            self._whole(label, "RULE", "rules", "a label rule of the policy")

    def _read_names(self) -> None:
        limit, cache = self._gate.spec.limits.names_kb, self._gate.name_cache
        wanted = [leaf for leaf in self._leaves if not leaf.in_key]
        if sum(len(leaf.value) for leaf in wanted) > limit * 1024:
            wanted = [leaf for leaf in wanted if leaf.role in _NAME_ROLES]
            self._notes.append(
                f"gate: over {limit} KB (gate.limits.names_kb): names read in user turns and tool results only"
            )
        for leaf in wanted:
            text = Text(value=leaf.value, key=leaf.key, role=leaf.role)
            key = cache.key(leaf.value, leaf.key, leaf.role)
            self._add(leaf, self._remembered(cache, key, text, self._names_in))

    def _names_in(self, text: Text) -> tuple[Found, ...]:
        """Loading the model takes seconds, once a process; that time is not the request's."""
        reader = self._gate.name_reader
        if names_model.is_loaded():
            return reader.read(text, self._check)
        started = self._gate.clock()
        try:
            return reader.read(text, lambda: None)
        finally:
            if names_model.is_loaded():
                self._deadline += self._gate.clock() - started

    def _remembered(
        self,
        cache: LeafCache[tuple[Found, ...]],
        key: bytes,
        text: Text,
        work: Callable[[Text], tuple[Found, ...]],
    ) -> tuple[Found, ...]:
        """What was found before, or is now. A reading that failed is never remembered: it would pass for clean."""
        found = cache.get(key)
        if found is not None:
            return found
        self._check()
        try:
            found = work(text)
        except RecognizerFailed as error:
            self._unscanned(error.name, f"gate: '{error.name}' failed")
            return error.found
        cache.put(key, found)
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
        for label in (
            (item.label,)
            if item.label
            else labels_of(hit.entity, secret=item.group is Group.SECRETS)
        ):
            if item.label or label in self._gate.enabled_labels:
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


def _is_said(leaf: Leaf) -> bool:
    """The text of a message or of one of its parts, not an id or a tool call's arguments."""
    return (
        leaf.path.startswith("/messages/")
        and leaf.path.endswith(("/content", "/text"))
        and not leaf.in_key
        and leaf.decoded_from is None
    )
