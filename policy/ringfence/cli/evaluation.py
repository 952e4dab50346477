"""How often the gate is wrong on labelled rows: rates of leaks and false alarms, with their intervals.

A row is a JSON object: `{"text" | "messages", "label": "sensitive" | "clean", "id"?, "kinds"?, "source"?}`. A sensitive
row without a label is a leak; a clean row with one is a false alarm. `unread` and `unscanned` count as labels, since
they hold a request back like any other. Only ids, kinds and recognisers are kept, never a text (I4).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from ringfence.errors import BadRequest

Z95 = 1.959964
"""The normal quantile of a 95 % interval."""

SENSITIVE, CLEAN = "sensitive", "clean"


def wilson(wrong: int, total: int, *, z: float = Z95) -> tuple[float, float]:
    """The Wilson score interval of a share, as shares. (0, 1) when nothing was counted.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    """
    if not total:
        return 0.0, 1.0
    share, square = wrong / total, z * z
    scale = 1 + square / total
    centre = (share + square / (2 * total)) / scale
    half = z * math.sqrt(share * (1 - share) / total + square / (4 * total * total)) / scale
    return max(0.0, centre - half), min(1.0, centre + half)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many of some rows were judged wrongly."""

    wrong: int
    total: int

    @override
    def __str__(self) -> str:
        low, high = wilson(self.wrong, self.total)
        share = self.wrong / self.total if self.total else 0.0
        return f"{100 * share:.1f} % [{100 * low:.1f}–{100 * high:.1f}]" if self.total else "–"

    def to_dict(self) -> dict[str, Any]:
        low, high = wilson(self.wrong, self.total)
        share = round(self.wrong / self.total, 6) if self.total else None
        return {
            "wrong": self.wrong,
            "total": self.total,
            "rate": share,
            "low": round(low, 6),
            "high": round(high, 6),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A labelled row, checked: what to ask the gate, and what the answer should be."""

    id: str
    request: Mapping[str, Any] = field(repr=False)
    sensitive: bool
    kinds: tuple[str, ...] = ()
    source: str | None = None

    @classmethod
    def parse(cls, row: Mapping[str, Any], *, default_id: str) -> Row:
        """Check a row; other keys than the documented ones are left alone.

        Raises:
            BadRequest: with what is wrong, never with a value.
        """
        if row.get("label") not in (SENSITIVE, CLEAN):
            raise BadRequest(f"'label' must be {SENSITIVE} or {CLEAN}")
        if not isinstance(row.get("id", ""), str | int):
            raise BadRequest("'id' must be a string or a number")
        kinds, source = row.get("kinds") or [], row.get("source")
        if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
            raise BadRequest("'kinds' must be a list of strings")
        if source is not None and not isinstance(source, str):
            raise BadRequest("'source' must be a string")
        return cls(
            id=str(row.get("id", default_id)),
            request=_request(row),
            sensitive=row["label"] == SENSITIVE,
            kinds=tuple(dict.fromkeys(kinds)),
            source=source,
        )


def _request(row: Mapping[str, Any]) -> Mapping[str, Any]:
    if ("text" in row) == ("messages" in row):
        raise BadRequest("a row has either 'text' or 'messages'")
    if "messages" in row:
        return {"messages": row["messages"]}
    if not isinstance(row["text"], str):
        raise BadRequest("'text' must be a string")
    return {"messages": [{"role": "user", "content": row["text"]}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the gate said of a row, and whether it is wrong."""

    id: str
    sensitive: bool
    labelled: bool
    kinds: tuple[str, ...] = ()
    source: str | None = None
    recognizers: tuple[str, ...] = ()

    @property
    def wrong(self) -> bool:
        return self.sensitive != self.labelled


class Tally:
    """Counts judged rows: all together, by kind and by source; and keeps the ids of the wrong ones."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], Counter[tuple[bool, bool]]] = {}
        self.leaks: list[Judged] = []
        self.false_alarms: list[Judged] = []

    def add(self, judged: Judged) -> None:
        groups = [("all", "all"), *(("kind", kind) for kind in judged.kinds)]
        if judged.source is not None:
            groups.append(("source", judged.source))
        for group in groups:
            self._counts.setdefault(group, Counter())[judged.sensitive, judged.wrong] += 1
        if judged.wrong:
            (self.leaks if judged.sensitive else self.false_alarms).append(judged)

    def leak(self, by: str = "all", name: str = "all") -> Rate:
        """Sensitive rows without a label, of all or of one kind or source."""
        return self._rate(by, name, sensitive=True)

    def false_alarm(self, by: str = "all", name: str = "all") -> Rate:
        """Clean rows with a label, of all or of one kind or source."""
        return self._rate(by, name, sensitive=False)

    def names(self, by: str) -> list[str]:
        """The kinds (`kind`) or sources (`source`) that rows had, sorted."""
        return sorted(name for group, name in self._counts if group == by)

    def _rate(self, by: str, name: str, *, sensitive: bool) -> Rate:
        counts = self._counts.get((by, name), Counter())
        wrong = counts[sensitive, True]
        return Rate(wrong=wrong, total=wrong + counts[sensitive, False])

    def blamed(self) -> list[tuple[str, int]]:
        """Recogniser and the number of false alarms that it raised, alone or with others; most first."""
        raised = Counter(name for judged in self.false_alarms for name in judged.recognizers)
        return sorted(raised.items(), key=lambda item: (-item[1], item[0]))

    def rows(self) -> Iterator[tuple[str, str, Rate, Rate]]:
        """(all | kind | source, name, leak, false alarm), in reading order."""
        for by in ("all", "kind", "source"):
            for name in self.names(by):
                yield by, name, self.leak(by, name), self.false_alarm(by, name)

    def to_dict(self, *, ids: bool) -> dict[str, Any]:
        """The shape that `scan --eval --json` prints."""
        groups: dict[str, list[dict[str, Any]]] = {"kind": [], "source": []}
        for by, name, leak, false_alarm in self.rows():
            if by in groups:
                rates = {"leak": leak.to_dict(), "false_alarm": false_alarm.to_dict()}
                groups[by].append({"name": name, **rates})
        result: dict[str, Any] = {
            "leak": self.leak().to_dict(),
            "false_alarm": self.false_alarm().to_dict(),
            "kinds": groups["kind"],
            "sources": groups["source"],
            "false_alarms_by_recognizer": dict(self.blamed()),
        }
        if ids:
            result["leaks"] = [_named(judged) for judged in self.leaks]
            result["false_alarms"] = [
                {**_named(judged), "recognizers": list(judged.recognizers)}
                for judged in self.false_alarms
            ]
        return result


def _named(judged: Judged) -> dict[str, Any]:
    return {"id": judged.id, "kinds": list(judged.kinds), "source": judged.source}


def judge(row: Row, labels: Iterable[str], recognizers: Iterable[str]) -> Judged:
    """A row beside what was found in it."""
    return Judged(
        id=row.id,
        sensitive=row.sensitive,
        labelled=any(True for _ in labels),
        kinds=row.kinds,
        source=row.source,
        recognizers=tuple(sorted(set(recognizers))),
    )
