"""Credentials in the formats of known providers, driven by `providers.yaml`.

One pass of an RE2 set finds which rows' literals stand in the text; only those rows' patterns are tried, so that a
text without any costs one pass however long the table grows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.secrets.placeholders import is_stand_in
from ringfence.gate.tokens import lowered

# Between the name of a setting and its value: the rest of the name, quotes, brackets, and one sign of assignment.
_ASSIGNED = re.compile(
    r"[\w.\- ]{0,40}[\"'`\]\)]{0,2}[ \t]{0,4}(?::=|=>|=|:|,|\||>|\bis\b|\s)[ \t]{0,4}[\"'`\[(]{0,2}"
    r"(?:Bearer |Basic |Token |SSWS )?"
)


class Row(BaseModel):
    """One format. See the head of `providers.yaml` for what each field means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]+$")
    regex: str = Field(min_length=4)
    source: str = Field(pattern=r"^https://")
    entity: str = Field("API_KEY", pattern=r"^[A-Z_]+$")
    literals: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    exact: bool = Field(False, description="even one character repeated is no placeholder")
    shape: str | None = Field(
        None, description="'discord': found by its two dots, not by a literal"
    )


@dataclass(frozen=True, slots=True)
class Format:
    """A row made ready to search with."""

    row: Row
    value: re.Pattern[str]
    names: tuple[str, ...]
    """The spellings of the row's context words, lower-case; empty when the shape stands alone."""

    def find(self, text: str, low: str) -> Iterator[Hit]:
        """Every credential of this format in `text`."""
        for start, end in self._named(text, low) if self.names else self._alone(text):
            value = text[start:end]
            if not self._is_shown(value):
                yield Hit(entity=self.row.entity, start=start, end=end, score=0.9, why=self.row.id)

    def _is_shown(self, value: str) -> bool:
        return "EXAMPLE" in value if self.row.exact else is_stand_in(value)

    def _alone(self, text: str) -> Iterator[tuple[int, int]]:
        at = 0
        while match := self.value.search(text, at):
            if _starts_word(text, match.start()):
                yield match.span()
                at = match.end()
            else:
                at = match.start() + 1

    def _named(self, text: str, low: str) -> Iterator[tuple[int, int]]:
        for name in self.names:
            at = low.find(name)
            while at >= 0:
                end = at + len(name)
                if at == 0 or not text[at - 1].isalpha() or text[at].isupper():
                    yield from self._assigned(text, end)
                at = low.find(name, end)

    def _assigned(self, text: str, at: int) -> Iterator[tuple[int, int]]:
        sign = _ASSIGNED.match(text, at)
        value = sign and self.value.match(text, sign.end())
        if value and _mixed(value.group()):
            yield value.span()


class ProviderRecognizer:
    """Finds credentials of the providers in the table."""

    name = "secrets.providers"

    def find(self, text: Text) -> Iterable[Hit]:
        """Every credential of a known format, where it stands."""
        if len(text.value) < 12:
            return ()
        # The keys that lead to a text are the name it is assigned to.
        joined = f"{text.key}: {text.value}" if text.key else text.value
        shift = len(joined) - len(text.value)
        rows_of, literals = _literals()
        wanted = {index for place in literals.Match(joined) or () for index in rows_of[place]}
        if not wanted:
            return ()
        low = lowered(joined) if shift else text.lower
        hits = (hit for index in sorted(wanted) for hit in formats()[index].find(joined, low))
        return [
            replace(hit, start=hit.start - shift, end=hit.end - shift)
            for hit in hits
            if hit.start >= shift
        ]


def load_rows() -> tuple[Row, ...]:
    """The table, checked against its schema."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = resources.files(__package__).joinpath("providers.yaml").read_text("utf-8")
    document = yaml.load(data, Loader=loader)  # noqa: S506  (a safe loader, our own file)
    return tuple(Row.model_validate(row) for row in document["rows"])


@lru_cache(maxsize=1)
def formats() -> tuple[Format, ...]:
    """The table's rows, compiled."""
    return tuple(
        Format(row=row, value=_compiled(row.regex), names=tuple(_spellings(row.context)))
        for row in load_rows()
    )


def _compiled(regex: str) -> re.Pattern[str]:
    # A class that holds "-" or "_" must not stop in the middle of a longer name.
    loose = regex.endswith("}") and "_-]{" in regex[-24:]
    after = r"(?![\w-])" if loose else r"(?![A-Za-z0-9])"
    return re.compile(f"(?:{regex}){after}")


def _spellings(words: Iterable[str]) -> Iterator[str]:
    """`dd_api` is also written `dd-api`, `dd api` and `ddapi`."""
    for word in words:
        yield from sorted({word.lower().replace("_", sign) for sign in ("_", "-", " ", "")})


def _starts_word(text: str, start: int) -> bool:
    """No letter or digit stands before, save the second character of an escape in raw JSON (newline, tab)."""
    before = text[start - 1 : start]
    if not (before.isascii() and before.isalnum()):
        return True
    return before in "nrt" and text[start - 2 : start - 1] == "\\"


def _mixed(value: str) -> bool:
    """A value of a plain shape must look drawn at random: digits, and letters beside them."""
    digits = sum(character.isdigit() for character in value)
    return 2 <= digits < len(value)


@lru_cache(maxsize=1)
def _literals() -> tuple[Mapping[int, tuple[int, ...]], Any]:
    """Index of a literal in the RE2 set → the rows that need it, and the set."""
    import re2

    literals = re2.Set.SearchSet()
    rows_of: dict[int, tuple[int, ...]] = {}
    known: dict[str, int] = {}
    for index, item in enumerate(formats()):
        for pattern in _literal_patterns(item):
            if pattern not in known:
                known[pattern] = literals.Add(pattern)
            place = known[pattern]
            rows_of[place] = (*rows_of.get(place, ()), index)
    literals.Compile()
    return rows_of, literals


def _literal_patterns(item: Format) -> Iterator[str]:
    if item.row.shape == "discord":
        yield r"\.[\w-]{6}\.[\w-]{24}"
        return
    for literal in item.row.literals if not item.names else ():
        yield re.escape(literal)
    for name in item.names:
        yield "(?i)" + re.escape(name)
