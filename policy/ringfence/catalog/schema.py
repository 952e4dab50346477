"""The shape of the two data files: no key too many, no figure without a known source."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ringfence.catalog.facts import Tools, Wire

Usd = Annotated[Decimal, Field(ge=0)]
Key = Annotated[str, Field(pattern=r"^[a-z0-9_]+/\S+$")]


class Row(BaseModel):
    """Base of every part: frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Row):
    title: str
    url: str | None = None


class Sourced(Row):
    source: str
    note: str | None = None


class PriceRow(Sourced):
    input: Usd
    output: Usd
    output_to: Usd | None = None


class UsdRow(Sourced):
    usd: Usd


class TokensRow(Sourced):
    tokens: int = Field(ge=256)


class ServedRow(Sourced):
    name: str


class DateRow(Sourced):
    date: datetime.date


class AbilitiesRow(Sourced):
    tools: Tools
    vision: bool = False
    audio: bool = False
    files: bool = False
    json_schema: bool = False


class HostingRow(Sourced):
    vram_gb: Annotated[Decimal, Field(ge=0)] | None = None
    target: str
    runs_on: tuple[str, ...] = ()


class ModelRow(Row):
    title: str
    strength: str
    served: ServedRow | None = None
    aliases: tuple[Key, ...] = ()
    open_weights: tuple[str, ...] = ()
    """Names under which a server of one's own may offer it."""
    price: PriceRow | None = None
    cached_input: UsdRow | None = None
    context_window: TokensRow
    max_output: TokensRow | None = None
    can: AbilitiesRow
    retires: DateRow | None = None
    hosting: HostingRow | None = None

    def figures(self) -> Mapping[str, Sourced]:
        """Every part that carries a source, by name."""
        return {
            name: part
            for name in type(self).model_fields
            if isinstance(part := getattr(self, name), Sourced)
        }


class CostRow(Sourced):
    from_: Usd = Field(alias="from")
    to: Usd


class HardwareRow(Row):
    title: str
    vram_gb: Annotated[Decimal, Field(gt=0)]
    usd: CostRow
    serves: tuple[Key, ...]
    source: str


class CatalogFile(Row):
    """`catalog.yaml`."""

    format: Literal[1]
    sources: Mapping[str, Source]
    models: Mapping[Key, ModelRow]
    hardware: Mapping[str, HardwareRow]

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for key, model in self.models.items():
            self._known_sources(key, [figure.source for figure in model.figures().values()])
            for name in model.hosting.runs_on if model.hosting else ():
                if name not in self.hardware:
                    raise ValueError(f"{key}: unknown hardware '{name}'")
        for key, hardware in self.hardware.items():
            self._known_sources(key, [hardware.source, hardware.usd.source])
            for name in hardware.serves:
                if name not in self.models:
                    raise ValueError(f"{key}: unknown model '{name}'")
        return self

    def _known_sources(self, key: str, names: list[str]) -> None:
        for name in names:
            if name not in self.sources:
                raise ValueError(f"{key}: unknown source '{name}'")


class QuirksRow(Row):
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] | None = None
    json_schema: Literal["response_format", "json_object", "none"] | None = None
    stream_usage: bool | None = None
    developer_role: bool | None = None


class ProviderRow(Row):
    wire: Wire
    base_url: str | None
    key_env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] | None
    quirks: QuirksRow = QuirksRow()
    source: str


class ProvidersFile(Row):
    """`providers.yaml`."""

    format: Literal[1]
    providers: Mapping[str, ProviderRow]
