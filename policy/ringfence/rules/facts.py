"""What rules may ask about a request. Each fact is the set of values that a condition compares with; pure and lazy."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Self

from ringfence.request import Caller, Request
from ringfence.types import TaskKind

Value = str | Decimal
_EXACT = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
_MOST = 10**50
"""Greater numbers of metadata count as this one: beyond every bound that a policy can write, and cheap to compare."""


class Facts:
    """The request, and what the stages so far have said of it.

    `labels`, `task`, `tokens` and `now` are None before the stage that knows them. A condition on one is then neither
    true nor false, and neither is its `not`: see `ringfence.rules.conditions`.
    """

    def __init__(
        self,
        request: Request,
        *,
        labels: Iterable[str] | None = None,
        task: TaskKind | None = None,
        tokens: int | None = None,
        now: datetime | None = None,
    ) -> None:
        self.request = request
        self.labels = frozenset(labels) if labels is not None else None
        self.task = task
        self.tokens = tokens
        self.now = now
        self._metadata: dict[str, frozenset[Value]] = {}

    def with_task(self, task: TaskKind) -> Self:
        """The same facts of another task."""
        other = copy.copy(self)
        other.task = task
        return other

    @property
    def caller(self) -> Caller:
        return self.request.caller

    @cached_property
    def tools(self) -> frozenset[str]:
        return frozenset(tool["function"]["name"] for tool in self.request.tools)

    @cached_property
    def text(self) -> str:
        """Every message's text and tool arguments, case folded. Built once, and only when a rule asks."""
        return "\n".join(_texts(self.request)).casefold()

    def metadata(self, key: str) -> Collection[Value]:
        """What the sender claims under a key: the text of each value, and its number where it is one."""
        known = self._metadata.get(key)
        if known is None:
            known = self._metadata[key] = frozenset(_values(self.request.metadata.get(key)))
        return known


def _texts(request: Request) -> Iterable[str]:
    for message in request.messages:
        yield message.text
        for call in message.tool_calls:
            arguments = (call.get("function") or {}).get("arguments")
            if isinstance(arguments, str):
                yield arguments


def _values(value: Any) -> Iterable[Value]:
    """A list claims each of its items; what is inside an object is out of reach of rules."""
    for item in value if isinstance(value, list | tuple) else (value,):
        yield from _readings(item)


def _readings(item: object) -> Iterable[Value]:
    if isinstance(item, str):
        yield item
        if _EXACT.fullmatch(item):
            yield Decimal(item)
    elif isinstance(item, bool):
        yield "true" if item else "false"
    elif isinstance(item, int | float) and item == item:  # noqa: PLR0124 (not a number equals nothing)
        number = max(-_MOST, min(_MOST, item))
        yield str(number)
        yield Decimal(str(number))
