"""What the catalogue says, as frozen values: of a model, of who serves it, of hardware that could.

Prices are US dollars for a million tokens. A price that nobody knows is None, and costs raise on
it: unknown is never 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

Wire = Literal["openai", "ollama", "litellm", "embedded"]
Tools = Literal["native", "constrained", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """One model: its window, price, abilities and end, each with a source."""

    key: str
    """`provider/name`, as the catalogue or the policy writes it."""
    provider: str
    name: str
    served: str
    """The name sent on the wire."""
    title: str
    context_window: int
    """Tokens, in and out together."""
    max_output_tokens: int | None = None
    input_usd: Decimal | None = None
    output_usd: Decimal | None = None
    cached_input_usd: Decimal | None = None
    """Price of input tokens that the provider has cached; None: they cost as the others."""
    output_usd_to: Decimal | None = None
    """The upper end, where the source gives a range; `output_usd` is its lower end."""
    tools: Tools = "none"
    vision: bool = False
    audio: bool = False
    files: bool = False
    json_schema: bool = False
    retires: date | None = None
    """The day from which the model is not used."""
    strength: str = ""
    self_served: bool = False
    """Weights that one serves oneself: the price of 0 holds on a local or private host only."""
    vram_gb: Decimal | None = None
    target: str | None = None
    """The hardware that it is meant for, in the source's words."""
    runs_on: tuple[str, ...] = ()
    """Keys of the catalogue's hardware."""
    notes: tuple[str, ...] = ()
    """What a reader of an estimate should know of these figures."""
    sources: tuple[str, ...] = ()
    """`figure: source`, one for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who serves models: the wire to speak, the address, and the variable that holds the key."""

    name: str
    wire: Wire
    base_url: str | None
    key_env: str | None
    quirks: Mapping[str, str | bool] = field(default_factory=dict)
    """Where its dialect differs; the words are explained at the top of `providers.yaml`."""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """A machine one could buy: its memory, price range and the models it serves, best first."""

    key: str
    title: str
    vram_gb: Decimal
    usd_from: Decimal
    usd_to: Decimal
    serves: tuple[str, ...]
    notes: tuple[str, ...] = ()
    source: str = ""
