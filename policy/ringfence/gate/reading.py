"""One leaf → its hits: the text as it stands, its views, and JSON inside it, each shown to the recognisers.

Offsets come back in the leaf's own characters. Recognisers stand in groups, since not every view is worth every group:
a joined run of digits holds no clinical note.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from ringfence.gate.custom import AllowList
from ringfence.gate.deadline import OutOfTime
from ringfence.gate.jsontext import flatten
from ringfence.gate.recognizer import Hit, Recognizer, Text
from ringfence.gate.views import View, views


class Group(StrEnum):
    """The groups of recognisers, in the order in which they run."""

    STRUCTURED = "structured"
    SECRETS = "secrets"
    CUSTOM = "custom"
    REGULATED = "regulated"
    NAMES = "names"
    TEAM = "presidio"


_EVERYWHERE = frozenset(Group)
_VIEW_GROUPS: Mapping[str, frozenset[Group]] = {
    "joined": frozenset({Group.STRUCTURED}),
    "spoken": frozenset({Group.STRUCTURED}),
    "at": frozenset({Group.STRUCTURED, Group.CUSTOM}),
    "spaced": frozenset({Group.STRUCTURED, Group.CUSTOM, Group.SECRETS}),
    "concatenated": frozenset({Group.STRUCTURED, Group.SECRETS, Group.CUSTOM}),
    "json": frozenset({Group.STRUCTURED, Group.SECRETS, Group.CUSTOM, Group.NAMES, Group.TEAM}),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A hit with who found it. `label` is set where the policy's own words name one."""

    hit: Hit
    recognizer: str
    group: Group
    label: str | None = None


_MUCH = 0.1
"""A text of which this part was rewritten reads differently as a whole; below it, only its values do."""


def _worth_reading(view: View) -> frozenset[Group]:
    if view.kind in _VIEW_GROUPS:
        return _VIEW_GROUPS[view.kind]
    if view.kind == "decoded" or view.rewritten >= _MUCH * len(view.value):
        return _EVERYWHERE
    return _EVERYWHERE - {Group.REGULATED}


class RecognizerFailed(Exception):
    """A recogniser raised. `name` says which; what it raised may quote the text and is dropped (I4)."""

    def __init__(self, name: str, found: tuple[Found, ...] = ()) -> None:
        self.name = name
        self.found = found
        super().__init__(name)


class LeafReader:
    """Reads one text with every recogniser. Pure: the deadline comes in with each call."""

    def __init__(self, recognizers: Sequence[tuple[Group, Recognizer]], allow: AllowList) -> None:
        self._recognizers = tuple(recognizers)
        self._allow = allow

    def read(
        self,
        text: Text,
        check: Callable[[], None],
        *,
        groups: frozenset[Group] = _EVERYWHERE,
        so_far: list[Found] | None = None,
    ) -> tuple[Found, ...]:
        """All that is found in a text and its views. `so_far` fills as it goes, for who has to stop waiting.

        Raises:
            OutOfTime: from `check`, which is called between any two pieces of work.
            RecognizerFailed: a recogniser raised, or gave offsets outside the text; it holds what the others found.
        """
        failed: list[str] = []
        found = self._everything(text, check, groups, failed, [] if so_far is None else so_far)
        if failed:
            raise RecognizerFailed(failed[0], found)
        return found

    def _everything(
        self,
        text: Text,
        check: Callable[[], None],
        groups: frozenset[Group],
        failed: list[str],
        found: list[Found],
    ) -> tuple[Found, ...]:
        found.extend(self._show(text, groups, check, failed))
        for view in self._views(text.value):
            check()
            shown = Text(value=view.value, key=text.key, role=text.role)
            wanted = groups & _worth_reading(view)
            found.extend(_back(item, view) for item in self._show(shown, wanted, check, failed))
        allowed = self._allow.of(text.value) if self._allow and found else None
        kept = (f for f in found if allowed is None or not allowed.covers(f.hit.start, f.hit.end))
        return strongest(kept)

    def _views(self, value: str) -> Iterator[View]:
        yield from views(value)
        flat = flatten(value)
        if flat is not None:
            yield flat

    def _show(
        self, text: Text, groups: frozenset[Group], check: Callable[[], None], failed: list[str]
    ) -> Iterator[Found]:
        allowed = None
        for group, recognizer in self._recognizers:
            if group not in groups:
                continue
            check()
            for hit in _hits(recognizer, text, failed):
                if allowed is None and self._allow:
                    allowed = self._allow.of(text.value)
                if allowed is None or not allowed.covers(hit.start, hit.end):
                    yield Found(hit, recognizer.name, group, getattr(recognizer, "label", None))


def _hits(recognizer: Recognizer, text: Text, failed: list[str]) -> list[Hit]:
    """What one recogniser finds; when it raises, talks nonsense or never ends, its name goes to `failed`."""
    most = 2 * len(text.value) + 100  # hits that overlap are allowed; more than this is no end
    try:
        hits = list(islice(recognizer.find(text), most + 1))
        sound = len(hits) <= most and all(_is_sound(hit, len(text.value)) for hit in hits)
    except (OutOfTime, KeyboardInterrupt):
        raise
    except (
        BaseException
    ):  # what it raised may quote the text (I4), and may be a panic of a library's
        sound, hits = False, []
    if not sound:
        failed.append(recognizer.name)
        return []
    return hits


def _is_sound(hit: Hit, size: int) -> bool:
    """Whether a hit is what it says: offsets inside the text, a score from 0 to 1, words where words belong."""
    return (
        isinstance(hit, Hit)
        and type(hit.start) is type(hit.end) is int
        and 0 <= hit.start <= hit.end <= size
        and isinstance(hit.score, float | int)
        and 0 <= hit.score <= 1
        and isinstance(hit.entity, str)
        and isinstance(hit.why, str)
    )


def _back(found: Found, view: View) -> Found:
    hit = found.hit
    start, end = view.span(hit.start, hit.end)
    why = hit.why if view.kind == "json" else f"{hit.why} ({view.kind})"
    moved = Hit(entity=hit.entity, start=start, end=end, score=hit.score, why=why)
    return Found(moved, found.recognizer, found.group, found.label)


def strongest(found: Iterable[Found]) -> tuple[Found, ...]:
    """Of overlapping hits of one entity the strongest, then the longest; in order of place."""
    best: list[Found] = []
    taken: dict[tuple[str, str | None], tuple[list[int], list[int]]] = {}
    for item in sorted(found, key=_strength):
        start, end = item.hit.start, item.hit.end
        starts, ends = taken.setdefault((item.hit.entity, item.label), ([], []))
        at = bisect_right(starts, start)
        if (at and ends[at - 1] > start) or (at < len(starts) and starts[at] < end):
            continue
        starts.insert(at, start)
        ends.insert(at, end)
        best.append(item)
    return tuple(sorted(best, key=lambda f: (f.hit.start, f.hit.end, f.hit.entity)))


def _strength(item: Found) -> tuple[float, int, int, str, str]:
    hit = item.hit
    return (-hit.score, hit.start - hit.end, hit.start, hit.entity, item.recognizer)
