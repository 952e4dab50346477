"""A workload as it comes in: sessions a day, tokens a session, and the mix of tasks, checked and frozen."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ringfence.errors import BadRequest
from ringfence.types import Size, TaskKind

CALLS_PER_SESSION = 10
"""Unless the workload says otherwise. The guide counts 10 to 50 calls in an agent's session."""


@dataclass(frozen=True, slots=True)
class _Number:
    default: int | None
    """None: it must be written."""
    most: int


# The guide's session and month. The bounds only keep sums in range.
_NUMBERS: Mapping[str, _Number] = {
    "sessions_per_day": _Number(None, 10**9),
    "days_per_month": _Number(30, 31),
    "input_tokens_per_session": _Number(100_000, 10**9),
    "output_tokens_per_session": _Number(10_000, 10**9),
    "calls_per_session": _Number(CALLS_PER_SESSION, 10**6),
}
_KEYS = frozenset({*_NUMBERS, "mix", "hardware"})
_ENTRY_KEYS = frozenset({"share", "task", "labels", "model"})
_LABEL = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_SHARE_SLACK = Decimal("0.001")
_MAX_ENTRIES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MixEntry:
    """A share of the sessions: what kind of work, which labels it carries, and a model that is asked for."""

    index: int
    share: Decimal
    task: TaskKind
    labels: tuple[str, ...]
    model: str | None

    @property
    def path(self) -> str:
        """JSON pointer into the workload."""
        return f"/mix/{self.index}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Sessions a day, what each takes, and the mix."""

    sessions_per_day: Decimal
    days_per_month: Decimal
    input_tokens_per_session: int
    output_tokens_per_session: int
    calls_per_session: int
    mix: tuple[MixEntry, ...]
    hardware: tuple[str, ...] = ()
    """Keys of the catalogue's hardware to reckon the break-even with; empty: what the mix would run on."""

    @property
    def sessions_per_month(self) -> Decimal:
        return self.sessions_per_day * self.days_per_month

    @property
    def call(self) -> Size:
        """One call of a session: this is what must fit a model's window."""
        calls = self.calls_per_session
        return Size(
            input_tokens=-(-self.input_tokens_per_session // calls),
            max_output_tokens=max(1, -(-self.output_tokens_per_session // calls)),
        )

    def to_dict(self) -> dict[str, Any]:
        """The workload with its defaults written out."""
        return {
            "sessions_per_day": plain(self.sessions_per_day),
            "days_per_month": plain(self.days_per_month),
            "input_tokens_per_session": self.input_tokens_per_session,
            "output_tokens_per_session": self.output_tokens_per_session,
            "calls_per_session": self.calls_per_session,
            "mix": [_entry_dict(entry) for entry in self.mix],
            **({"hardware": list(self.hardware)} if self.hardware else {}),
        }


def plain(number: Decimal) -> int | float:
    """A number for JSON that is no money: whole where it is whole."""
    return int(number) if number == number.to_integral_value() else float(number)


def parse_workload(data: Mapping[str, Any]) -> Workload:
    """Check a workload of the documented shape, alone or under the key `workload`.

    Raises:
        BadRequest: with a JSON pointer to what is wrong.
    """
    if isinstance(data, Mapping) and set(data) == {"workload"}:
        data = data["workload"]
    if not isinstance(data, Mapping):
        raise BadRequest("a workload is a JSON object with 'sessions_per_day' and 'mix'")
    if unknown := [key for key in data if key not in _KEYS]:
        raise BadRequest(f"{len(unknown)} unknown key(s); known are: {', '.join(sorted(_KEYS))}")
    numbers = {key: _number(data, key) for key in _NUMBERS}
    whole = {key: _whole(numbers[key], f"/{key}") for key in numbers if "_per_session" in key}
    return Workload(
        sessions_per_day=numbers["sessions_per_day"],
        days_per_month=numbers["days_per_month"],
        **whole,
        mix=_mix(data.get("mix")),
        hardware=_hardware(data.get("hardware")),
    )


def _number(data: Mapping[str, Any], key: str) -> Decimal:
    value = data.get(key, _NUMBERS[key].default)
    if value is None:
        raise BadRequest("is missing; write a number", path=f"/{key}")
    return _decimal(value, f"/{key}", most=_NUMBERS[key].most)


def _decimal(value: object, path: str, *, most: int) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadRequest("must be a number", path=path)
    if not 0 < value <= most:  # false for NaN too
        raise BadRequest(f"must be above 0 and at most {most:,}", path=path)
    return Decimal(str(value))  # by its shortest digits: 0.45 is 0.45, not its binary neighbour


def _whole(number: Decimal, path: str) -> int:
    if number != number.to_integral_value():
        raise BadRequest("must be a whole number", path=path)
    return int(number)


def _mix(raw: object) -> tuple[MixEntry, ...]:
    if not isinstance(raw, Sequence) or isinstance(raw, str) or not 0 < len(raw) <= _MAX_ENTRIES:
        raise BadRequest(f"must be a list of 1 to {_MAX_ENTRIES} entries", path="/mix")
    entries = tuple(_entry(item, index) for index, item in enumerate(raw))
    total = sum((entry.share for entry in entries), Decimal(0))
    if abs(total - 1) > _SHARE_SLACK:
        raise BadRequest(f"the shares add up to {total:f}; make it 1", path="/mix")
    return entries


def _entry(raw: object, index: int) -> MixEntry:
    path = f"/mix/{index}"
    if not isinstance(raw, Mapping) or not set(raw) <= _ENTRY_KEYS:
        known = ", ".join(sorted(_ENTRY_KEYS))
        raise BadRequest(f"must be an object with 'share' and, if wanted, of {known}", path=path)
    task = raw.get("task", TaskKind.STANDARD.value)
    if not isinstance(task, str) or task not in set(TaskKind):
        raise BadRequest(f"must be one of {', '.join(TaskKind)}", path=f"{path}/task")
    model = raw.get("model")
    if model is not None and not isinstance(model, str):
        raise BadRequest("must be the name of a model of the policy", path=f"{path}/model")
    return MixEntry(
        index=index,
        share=_decimal(raw.get("share"), f"{path}/share", most=1),
        task=TaskKind(task),
        labels=_names(raw.get("labels"), f"{path}/labels", "labels"),
        model=model,
    )


def _names(raw: object, path: str, what: str) -> tuple[str, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        raise BadRequest(f"must be a list of {what}", path=path)
    for index, name in enumerate(raw):
        if not isinstance(name, str) or not _LABEL.fullmatch(name):
            raise BadRequest("must be a name in lower case", path=f"{path}/{index}")
    return tuple(sorted(set(raw)))


def _hardware(raw: object) -> tuple[str, ...]:
    return _names([raw] if isinstance(raw, str) else raw, "/hardware", "hardware")


def _entry_dict(entry: MixEntry) -> dict[str, Any]:
    row: dict[str, Any] = {"share": plain(entry.share), "task": entry.task.value}
    if entry.labels:
        row["labels"] = list(entry.labels)
    if entry.model is not None:
        row["model"] = entry.model
    return row
