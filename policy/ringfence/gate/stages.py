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
from ringfence.gate.documents import Document, open_document
from ringfence.gate.reading import Found, Group, RecognizerFailed
from ringfence.gate.recognizer import Text
from ringfence.gate.report import Report
from ringfence.gate.seams import seams
from ringfence.gate.taint import tainted
from ringfence.gate.walk import Leaf, Unread, leaf_of, walk
from ringfence.request import Request
from ringfence.rules import Facts, label_rules
from ringfence.types import UNREAD, Finding, Findings

if TYPE_CHECKING:
    from ringfence.gate.gate import Gate

_CHEAP = frozenset({Group.STRUCTURED, Group.SECRETS, Group.CUSTOM})
_DEAR = (Group.NAMES, Group.TEAM)
_MB = 1024 * 1024
_NAME_ROLES = frozenset({"user", "tool", "function"})


class Reading:
    """The state of one reading: its deadline, and what it has found so far."""

    def __init__(self, gate: Gate, request: Request) -> None:
        self._gate = gate
        self._request = request
        self.deadline = Deadline(gate.clock, gate.spec.limits.ms / 1000)
        self._stage_name: str | None = "start"
        self._leaves: list[Leaf] = []
        self._documents: list[Document] = []
        self._room = gate.spec.limits.kb * 1024
        self._open: tuple[Leaf, list[Found]] | None = None
        self._report = Report(gate.remarks)

    def run(self) -> None:
        """The stages, in order."""
        self._stage("walk", self._walk)
        self._stage("documents", self._open_documents)
        self._stage("recognisers", self._recognise)
        self._stage("turns", self._join_turns)
        self._stage("taint", self._ask_taint)
        self._stage("rules", self._apply_rules)
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
        before = self._room
        for met in walk(self._request):
            self.deadline.check()
            if isinstance(met, Unread):
                self._report.whole(UNREAD, "UNREAD", "walk", met.why, met.path)
            elif isinstance(met, Document):
                self._documents.append(met)
            elif not self._keep(met):
                break
        limits = self._gate.spec.limits
        self.deadline.extend(limits.ms / 1000 * ((before - max(self._room, 0)) // _MB))

    def _keep(self, leaf: Leaf) -> bool:
        """Take a leaf among those that are read, unless the request has no room left for it."""
        self._room -= len(leaf.value)
        if self._room < 0:
            limit = self._gate.spec.limits.kb
            self._report.unscanned("walk", f"gate: more than {limit} KB of text (gate.limits.kb)")
            return False
        self._leaves.append(leaf)
        return True

    def _open_documents(self) -> None:
        """Files with a text layer. Opening them takes half of the time at most, so that what they hold is read too."""
        reserved = self.deadline.left() / 2
        for document in self._documents:
            opened = open_document(document, partial(self.deadline.check, reserved))
            for reason in opened.unread:
                place = document.part or document.path
                self._report.whole(UNREAD, "UNREAD", "documents", f"a PDF: {reason}", place)
            if not self._keep(leaf_of(document, opened)):
                return

    def _recognise(self) -> None:
        reader = self._gate.reader
        for leaf in self._leaves:
            groups = _CHEAP | self._worth(Group.REGULATED)
            read = partial(reader.read, check=self.deadline.check, groups=groups)
            self._read(leaf, self._gate.leaf_cache, groups, read)

    def _worth(self, *dear: Group) -> frozenset[Group]:
        """Of the dear groups those that could still add a label. A matter of request and policy alone (I6)."""
        left = {group: self._gate.could_add[group] - self._report.labels for group in dear}
        for group in dear:
            if not left[group] and self._gate.could_add[group]:
                self._report.note(
                    f"gate: '{group}' not read to the end: the request already carries every label it could add"
                )
        return frozenset(group for group in dear if left[group])

    def _join_turns(self) -> None:
        reader, cache = self._gate.reader, self._gate.leaf_cache
        for seam in seams([leaf for leaf in self._leaves if _is_said(leaf)]):
            text, key = Text(value=seam.value), cache.key("seam", seam.value)
            read = partial(reader.read, text, self.deadline.check, groups=_CHEAP)
            found = self._remembered(cache, key, read)
            for item in found:
                place = seam.place(item.hit.start, item.hit.end)
                if place is not None:
                    leaf, start, end = place
                    self._add_one(leaf, item, start, max(start, end), " (across turns)")

    def _ask_taint(self) -> None:
        if self._gate.taint is not None:
            for finding in tainted(self._gate.taint, self._request, self._leaves):
                self.deadline.check()
                self._report.add(finding)

    def _apply_rules(self) -> None:
        for label in label_rules(self._gate.policy, Facts(self._request)):
            self.deadline.check()
            self._report.whole(label, "RULE", "rules", "a label rule of the policy")

    def _read_names(self) -> None:
        for leaf in self._leaves_for_names() if self._worth(*_DEAR) else ():
            groups = self._worth(*_DEAR)
            if not groups:
                return
            self._read(leaf, self._gate.name_cache, groups, partial(self._names_in, groups=groups))

    def _leaves_for_names(self) -> list[Leaf]:
        """Reading names is dear: of a request above its limit, what users said and tools returned."""
        wanted = [leaf for leaf in self._leaves if not leaf.in_key]
        limit = self._gate.spec.limits.names_kb
        if sum(len(leaf.value) for leaf in wanted) <= limit * 1024:
            return wanted
        remark = f"gate: over {limit} KB (gate.limits.names_kb): names read in user turns and tool results only"
        if self._gate.names.strict:
            self._report.unscanned("names", remark)
        else:
            self._report.note(remark)
        return [leaf for leaf in wanted if leaf.role in _NAME_ROLES]

    def _names_in(
        self, text: Text, *, groups: frozenset[Group], so_far: list[Found]
    ) -> tuple[Found, ...]:
        """Loading the models takes seconds, once a process; that time is not the request's."""
        reader, team = self._gate.name_reader, self._gate.team
        if team is not None and not team.is_loaded:
            with self.deadline.loading():
                team.load()
        if Group.NAMES not in groups or names_model.is_loaded():
            return reader.read(text, self.deadline.check, groups=groups, so_far=so_far)
        with self.deadline.loading():
            return reader.read(text, lambda: None, groups=groups, so_far=so_far)

    # -- one leaf

    def _read(
        self,
        leaf: Leaf,
        cache: TextCache[tuple[Found, ...]],
        groups: frozenset[Group],
        read: Callable[..., tuple[Found, ...]],
    ) -> None:
        """Show a leaf to some groups of recognisers. Until that is done it stays open: see `_keep_open_leaf`."""
        text = Text(value=leaf.value, key=leaf.key, role=leaf.role)
        so_far: list[Found] = []
        self._open = (leaf, so_far)
        key = cache.key(leaf.value, leaf.key, leaf.role, *sorted(groups))
        found = self._remembered(cache, key, partial(read, text, so_far=so_far))
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
                page = leaf.pages.page_of(item.hit.start) if leaf.pages else None
                remark = " (decoded)" if page is None else f" (page {page})"
                self._add_one(leaf, item, 0, leaf.decoded_from, remark)

    def _add_one(self, leaf: Leaf, item: Found, start: int, end: int, remark: str) -> None:
        hit = item.hit
        for label in self._gate.labels_of(item):
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
