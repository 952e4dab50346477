"""One request on its way through the gate.

The stages, cheap to dear: walk the request into leaves · show each leaf to the recognisers (or remember what was found
in it before) · join the edges of the turns · ask the taint store · apply the policy's label rules · read names.
A stage that fails is named `unscanned` and the ones after it still run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from ringfence.cache import TextCache
from ringfence.gate import names_model
from ringfence.gate.deadline import Deadline, OutOfTime
from ringfence.gate.entities import labels_of
from ringfence.gate.reading import Found, Group, RecognizerFailed
from ringfence.gate.recognizer import Text
from ringfence.gate.report import Report
from ringfence.gate.seams import seams
from ringfence.gate.taint import tainted
from ringfence.gate.walk import Leaf, Unread, walk
from ringfence.request import Request
from ringfence.rules import Facts, label_rules
from ringfence.types import UNREAD, Finding, Findings

if TYPE_CHECKING:
    from ringfence.gate.gate import Gate

_SEAM_GROUPS = frozenset({Group.STRUCTURED, Group.SECRETS, Group.CUSTOM})
_NAME_ROLES = frozenset({"user", "tool", "function"})


class Reading:
    """The state of one reading: its deadline, and what it has found so far."""

    def __init__(self, gate: Gate, request: Request) -> None:
        self._gate = gate
        self._request = request
        self.deadline = Deadline(gate.clock, gate.spec.limits.ms / 1000)
        self._stage_name: str | None = "start"
        self._leaves: list[Leaf] = []
        self._open: tuple[Leaf, list[Found]] | None = None
        self._report = Report()

    def run(self) -> None:
        """The stages, in order."""
        self._stage("walk", self._walk)
        self._stage("recognisers", self._recognise)
        self._stage("turns", self._join_turns)
        self._stage("taint", self._ask_taint)
        self._stage("rules", self._apply_rules)
        if self._gate.spec.names != "off":
            self._stage("names", self._read_names)
        self._stage_name = None

    def findings(self) -> Findings:
        """What was found. A reading that has not come back is left behind: what it finds later counts no more."""
        if self._stage_name is not None:
            self._out_of_time(self._stage_name)
            self._keep_open_leaf()
        return self._report.close()

    def _stage(self, name: str, work: Callable[[], None]) -> None:
        self._stage_name = name
        try:
            self.deadline.check()
            work()
        except OutOfTime:
            self._out_of_time(name)
            self._keep_open_leaf()
        except BaseException as error:
            # A panic inside a library is a BaseException. Its message may quote the request (I4): its kind has to do.
            self._report.unscanned(name, f"gate: '{name}' failed with {type(error).__name__}")
            self._keep_open_leaf()

    def _out_of_time(self, stage: str) -> None:
        limit = self._gate.spec.limits.ms
        self._report.unscanned(stage, f"gate: out of time in '{stage}' (gate.limits.ms is {limit})")

    def _keep_open_leaf(self) -> None:
        """What was found in the leaf at which a stage stopped; it is no less sensitive for that."""
        if self._open is not None:
            leaf, found = self._open
            self._open = None
            with suppress(Exception):
                self._add(leaf, tuple(found))

    # -- the stages

    def _walk(self) -> None:
        left = self._gate.spec.limits.kb * 1024
        for leaf in walk(self._request):
            self.deadline.check()
            if isinstance(leaf, Unread):
                self._report.whole(UNREAD, "UNREAD", "walk", leaf.why, leaf.path)
                continue
            left -= len(leaf.value)
            if left < 0:
                limit = self._gate.spec.limits.kb
                self._report.unscanned(
                    "walk", f"gate: more than {limit} KB of text (gate.limits.kb)"
                )
                return
            self._leaves.append(leaf)

    def _recognise(self) -> None:
        for leaf in self._leaves:
            self._read(leaf, self._gate.leaf_cache, self._structured_in)

    def _structured_in(self, text: Text, so_far: list[Found]) -> tuple[Found, ...]:
        return self._gate.reader.read(text, self.deadline.check, so_far=so_far)

    def _join_turns(self) -> None:
        reader, cache = self._gate.reader, self._gate.leaf_cache
        for seam in seams([leaf for leaf in self._leaves if _is_said(leaf)]):
            text, key = Text(value=seam.value), cache.key("seam", seam.value)
            read = partial(reader.read, text, self.deadline.check, groups=_SEAM_GROUPS)
            found = self._remembered(cache, key, read)
            for item in found:
                place = seam.place(item.hit.start, item.hit.end)
                if place is not None:
                    leaf, start, end = place
                    self._add_one(leaf, item, start, max(start, end), " (across turns)")

    def _ask_taint(self) -> None:
        if self._gate.taint is not None:
            for finding in tainted(self._gate.taint, self._request):
                self.deadline.check()
                self._report.add(finding)

    def _apply_rules(self) -> None:
        for label in label_rules(self._gate.policy, Facts(self._request)):
            self.deadline.check()
            self._report.whole(label, "RULE", "rules", "a label rule of the policy")

    def _read_names(self) -> None:
        limit, cache = self._gate.spec.limits.names_kb, self._gate.name_cache
        wanted = [leaf for leaf in self._leaves if not leaf.in_key]
        if sum(len(leaf.value) for leaf in wanted) > limit * 1024:
            wanted = [leaf for leaf in wanted if leaf.role in _NAME_ROLES]
            self._report.note(
                f"gate: over {limit} KB (gate.limits.names_kb): names read in user turns and tool results only"
            )
        for leaf in wanted:
            self._read(leaf, cache, self._names_in)

    def _names_in(self, text: Text, so_far: list[Found]) -> tuple[Found, ...]:
        """Loading the model takes seconds, once a process; that time is not the request's."""
        reader = self._gate.name_reader
        if names_model.is_loaded():
            return reader.read(text, self.deadline.check, so_far=so_far)
        with self.deadline.loading():
            return reader.read(text, lambda: None, so_far=so_far)

    # -- one leaf

    def _read(
        self,
        leaf: Leaf,
        cache: TextCache[tuple[Found, ...]],
        work: Callable[[Text, list[Found]], tuple[Found, ...]],
    ) -> None:
        """Show a leaf to some recognisers. Until that is done it stays open: see `_keep_open_leaf`."""
        text = Text(value=leaf.value, key=leaf.key, role=leaf.role)
        so_far: list[Found] = []
        self._open = (leaf, so_far)
        key = cache.key(leaf.value, leaf.key, leaf.role)
        found = self._remembered(cache, key, lambda: work(text, so_far))
        self._open = None
        self._add(leaf, found)

    def _remembered(
        self,
        cache: TextCache[tuple[Found, ...]],
        key: bytes,
        work: Callable[[], tuple[Found, ...]],
    ) -> tuple[Found, ...]:
        """What was found before, or is now. A reading that failed is never remembered: it would pass for clean."""
        self.deadline.check()
        found = cache.get(key)
        if found is not None:
            return found
        try:
            found = work()
        except RecognizerFailed as error:
            self._report.unscanned(error.name, f"gate: '{error.name}' failed")
            return error.found
        cache.put(key, found)
        return found

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
                self._report.add(
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
