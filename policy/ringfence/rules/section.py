"""What the parts of the file's schema share: their base, and the kinds of value that several of them use."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator


def _day(value: object) -> object:
    """A number is no day: pydantic would count seconds from 1970."""
    if isinstance(value, date) or (
        isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII)
    ):
        return value
    raise ValueError("a day is written like 2027-06-30")


Day = Annotated[date, BeforeValidator(_day)]
MAX_TOKENS = 1_000_000_000
"""More than any window has; the ledger counts up to 2**63."""
LabelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
Because = Annotated[str, Field(min_length=3, max_length=500)]
Usd = Annotated[Decimal, Field(ge=0, le=Decimal(1_000_000_000))]
File = Annotated[str, Field(min_length=1, max_length=1000)]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,99}$")]
Items = Field(min_length=1, max_length=1000)
Group = str | tuple[str, ...]
Route = tuple[Group, ...]


class Section(BaseModel):
    """Base of every part of the file: frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Written(Section):
    """A section in which a key without a value would look like a condition and be none."""

    @field_validator("*", mode="before")
    @classmethod
    def _says_something(cls, value: Any) -> Any:
        if value is None:
            raise ValueError("nothing is written here; write a value, or leave the key out")
        return value


def listed(value: object) -> object:
    """One value stands for the list that holds only it."""
    return value if isinstance(value, list | tuple) else (value,)
