"""What every recogniser is: something that finds one family of entities in a text.

Recognisers are pure and hold no state between calls; the gate decides which texts they see, maps their offsets back
into the request and turns entities into labels (`ringfence.gate.entities`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from ringfence.gate.tokens import Tokens, lowered, tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One thing found in a text. Offsets count characters of that text; `why` never quotes it (I4)."""

    entity: str
    start: int
    end: int
    score: float
    why: str


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text to look at, with what is known about where it stands.

    `key` is the path of JSON keys that leads to it, as lower-case words (`patient nhs number` for
    `{"patient": {"nhsNumber": …}}`), empty for prose; recognisers may count it as context before the text.
    `role` is the role of the message it belongs to, or `tool`, `schema`, `metadata`. What many recognisers ask is
    worked out when the first of them asks, and kept with the text.
    """

    value: str = field(repr=False)
    key: str = ""
    role: str = "user"

    @cached_property
    def lower(self) -> str:
        """In lower case, of the same length."""
        return lowered(self.value)

    @cached_property
    def tokens(self) -> Tokens:
        """The words and their places."""
        return tokens(self.value)


class Recognizer(Protocol):
    """Finds one family of entities."""

    @property
    def name(self) -> str: ...

    def find(self, text: Text) -> Iterable[Hit]:
        """All hits, in any order; overlaps are allowed. Runs in time linear in the text."""
        ...
