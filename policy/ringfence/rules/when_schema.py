"""`when:` of a rule: a condition is what all keys that are written ask; `all`, `any` and `not` join conditions.

What the schema alone cannot see of them is in `ringfence.rules.rule_checks`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    field_validator,
    model_validator,
)
from typing_extensions import override

from ringfence.rules.hints import did_you_mean
from ringfence.rules.section import Items, Written, listed
from ringfence.types import TaskKind


def _scalars(value: object) -> tuple[Scalar, ...]:
    """What metadata is compared with keeps its kind: 3 is a number, and "3" is not."""
    values = value if isinstance(value, list | tuple) else (value,)
    for item in values:
        if not isinstance(item, str | bool | int | float):
            raise ValueError("write words, numbers, true or false")
        if isinstance(item, str) and not 0 < len(item) <= _MAX_WORD:
            raise ValueError(f"a word has 1 to {_MAX_WORD} characters")
        if not isinstance(item, str) and abs(item) > _MAX_NUMBER:
            raise ValueError("a number has at most 30 digits")
    if not values:
        raise ValueError("the list is empty; write at least one value")
    return tuple(values)


_MAX_WORD = 200
_MAX_NUMBER = 10**30

Word = Annotated[str, Field(min_length=1, max_length=_MAX_WORD)]
Words = Annotated[
    tuple[Word, ...],
    Items,
    BeforeValidator(
        listed, json_schema_input_type=Word | Annotated[list[Word], Field(min_length=1)]
    ),
]
Kinds = Annotated[
    tuple[TaskKind, ...],
    Items,
    BeforeValidator(
        listed, json_schema_input_type=TaskKind | Annotated[list[TaskKind], Field(min_length=1)]
    ),
]
Scalar = str | bool | int | float
Scalars = Annotated[
    tuple[Scalar, ...],
    PlainValidator(
        _scalars, json_schema_input_type=Scalar | Annotated[list[Scalar], Field(min_length=1)]
    ),
]


class _Range(Written):
    """Numbers from one bound to another; one of the two may be missing."""

    above: Any
    at_least: Any
    below: Any
    at_most: Any

    @property
    def lowest(self) -> Decimal | int | None:
        bounds = [bound for bound in (self.above, self.at_least) if bound is not None]
        return max(bounds, default=None)

    @property
    def highest(self) -> Decimal | int | None:
        bounds = [bound for bound in (self.below, self.at_most) if bound is not None]
        return min(bounds, default=None)

    def holds(self, number: Decimal | int) -> bool:
        """Whether a number lies inside."""
        return (
            (self.above is None or number > self.above)
            and (self.at_least is None or number >= self.at_least)
            and (self.below is None or number < self.below)
            and (self.at_most is None or number <= self.at_most)
        )

    @model_validator(mode="after")
    def _holds_a_number(self) -> Self:
        low, high = self.lowest, self.highest
        if low is None and high is None:
            raise ValueError("no bound is written; write above, at_least, below or at_most")
        if low is not None and high is not None and not self._some(low, high):
            raise ValueError("no number is in this range; write other bounds")
        return self

    def _some(self, low: Any, high: Any) -> bool:
        return bool(low < high) or self.holds(low)


class Tokens(_Range):
    """Input tokens of the request, as estimated."""

    above: int | None = Field(None, ge=0, description="more tokens than this", examples=[50000])
    at_least: int | None = Field(None, ge=0, description="this many or more", examples=[1000])
    below: int | None = Field(None, ge=0, description="fewer tokens than this", examples=[200])
    at_most: int | None = Field(None, ge=0, description="this many or fewer", examples=[8000])

    @override
    def _some(self, low: int, high: int) -> bool:
        return any(self.holds(number) for number in (low, low + 1))


Bound = Annotated[Decimal, Field(ge=-_MAX_NUMBER, le=_MAX_NUMBER)]


class Numbers(_Range):
    """A number in the metadata; a text counts as one when it is exact digits, like `12` or `-0.5`."""

    above: Bound | None = Field(None, description="a greater number", examples=[3])
    at_least: Bound | None = Field(None, description="this number or a greater one", examples=[0.5])
    below: Bound | None = Field(None, description="a smaller number", examples=[10])
    at_most: Bound | None = Field(None, description="this number or a smaller one", examples=[7])


def _kind_of_test(value: object) -> str:
    """Which branch reads a value; names of branches are in brackets, as pydantic's own are in an error's place."""
    return "[range]" if isinstance(value, dict | Numbers) else "[values]"


MetadataTest = Annotated[
    Annotated[Scalars, Tag("[values]")] | Annotated[Numbers, Tag("[range]")],
    Discriminator(_kind_of_test),
]

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[str, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Days = Annotated[
    tuple[Day, ...],
    Items,
    BeforeValidator(listed, json_schema_input_type=Day | Annotated[list[Day], Field(min_length=1)]),
]
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"


def _clock(value: str) -> str:
    if not re.fullmatch(_CLOCK, value):
        raise ValueError("write a time of day as HH:MM, from 00:00 to 23:59")
    return value


Clock = Annotated[str, AfterValidator(_clock), Field(json_schema_extra={"pattern": f"^{_CLOCK}$"})]
_ZONE = re.compile(r"[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")


class Time(Written):
    """Hours of the day and days of the week. From 22:00 to 06:00 belongs to the day on which it begins."""

    days: Days = Field(
        (), description="mon, tue, wed, thu, fri, sat, sun; every day when absent", examples=["sat"]
    )
    after: Clock | None = Field(None, description="from this time on, HH:MM", examples=["18:00"])
    before: Clock | None = Field(
        None,
        description="until just before this time, HH:MM; 00:00 is the end of the day",
        examples=["08:00"],
    )
    zone: str = Field(
        "UTC", max_length=60, description="time zone of the IANA list", examples=["Europe/Berlin"]
    )

    @field_validator("zone", mode="after")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            if _ZONE.fullmatch(zone):
                ZoneInfo(zone)
                return zone
        except (ValueError, OSError, LookupError):
            pass
        known = filter(_ZONE.fullmatch, sorted(available_timezones()))
        hint = did_you_mean(zone, known)
        raise ValueError(f"no such time zone{hint or '; write one like Europe/Berlin, or UTC'}")

    @model_validator(mode="after")
    def _bounds_a_time(self) -> Self:
        if not self.days and self.after is None and self.before is None:
            raise ValueError("no time is bounded; write days, after or before")
        if self.after is not None and self.after == self.before:
            raise ValueError("after and before are the same; write a span of time")
        return self


class When(Written):
    """All keys that are written must hold. A list means any of its values; `*` and `?` stand for any characters."""

    tenant: Words = Field(
        (),
        alias="caller.tenant",
        description="tenant of the caller, as the door knows it",
        examples=["acme-*"],
    )
    user: Words = Field(
        (),
        alias="caller.user",
        description="user of the caller, as the door knows it",
        examples=["ada"],
    )
    team: Words = Field(
        (),
        alias="caller.team",
        description="team of the caller, as the door knows it",
        examples=[["finance", "legal-*"]],
    )
    key_id: Words = Field(
        (),
        alias="caller.key_id",
        description="id of the key that the caller came with",
        examples=["ci-*"],
    )
    metadata: Mapping[str, MetadataTest] = Field(
        default_factory=dict,
        min_length=1,
        description="keys of the request's metadata, as claimed by the sender: values, or a range of numbers. "
        "A key that is missing equals nothing and is in no range",
        examples=[{"project": "apollo", "risk": {"above": 3}}],
    )
    text: Words = Field(
        (),
        description="words that the request contains, case ignored",
        examples=["project bluebird"],
    )
    tools: Words = Field(
        (), description="names of tools that the request offers", examples=[["browse", "db_*"]]
    )
    labels: Words = Field((), description="labels on the request", examples=[["pii", "phi"]])
    task: Kinds = Field((), description="what kind of work the request is", examples=["complex"])
    tokens: Tokens | None = Field(
        None, description="how long the request is", examples=[{"above": 50000}]
    )
    model: Words = Field(
        (),
        description="the model that the request asks for, by its name in the policy or the provider's; "
        "a request that asks for none has none",
        examples=["opus"],
    )
    time: Time | None = Field(
        None,
        description="time of the day and the week",
        examples=[{"after": "18:00", "before": "08:00", "zone": "Europe/Berlin"}],
    )
    all: tuple[When, ...] = Field(
        (),
        min_length=1,
        description="conditions that must all hold",
        examples=[[{"labels": "pii"}, {"any": [{"task": "complex"}, {"tools": "browse"}]}]],
    )
    any: tuple[When, ...] = Field(
        (),
        min_length=1,
        description="conditions of which one must hold",
        examples=[[{"caller.team": "interns"}, {"tokens": {"above": 50000}}]],
    )
    not_: When | None = Field(
        None,
        alias="not",
        description="a condition that must not hold",
        examples=[{"metadata": {"approved": True}}],
    )
