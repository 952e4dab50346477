"""People's names: cues first, then the model on the few sentences that could hold a name.

`context` (the default) reports a person only where something personal stands near: a field, a greeting, an id, a
contact, a patient, a neighbour who owes the rent. Stories, exercises, examples, public figures, products and
identifiers of code are left alone (`names_setting`). `full`
reports every person that the model sees, `any` even those that do not look like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from ringfence.gate import names_columns, names_language, names_model
from ringfence.gate.names_cues import found_by_cue
from ringfence.gate.names_setting import REACH, Settings, is_nobody
from ringfence.gate.names_shapes import (
    CAPITAL_PAIR,
    CAPITALISED,
    asks_for_work,
    has_given_name,
    is_name_like,
    is_option,
    is_ordinary,
    led_by_given_name,
    with_initials,
)
from ringfence.gate.recognizer import Hit, Text

Mode = Literal["off", "context", "full", "any"]

_NEED_MORE = frozenset({"title"})
"""Cues that a private person shares with a judge in the news: something personal must stand near as well."""
_WINDOW = 1500
_ENOUGH = 5
"""Different people after whom the model is not asked any more: the labels cannot grow (and `allow` may drop some)."""
_SENTENCE_END = re.compile(r"[.!?]\s|\n")
_NAME_KEYS = re.compile(
    r"(?:first|last|full|given|family|middle|maiden|sur|fore|legal|patient|customer|client|employee|contact"
    r"|card ?holder|applicant"
    r"|recipient|sender|student|guardian|member|guest|passenger|beneficiary|spouse|parent|nick)[ _]?name"
    r"|\b(?:patient|customer|employee|applicant|cardholder|account holder|assignee|attendee|contact|recipient"
    r"|signatory|guardian"
    r"|physician|doctor|insured|beneficiary|tenant|next of kin|nombre|apellidos?|nom|prenom|vorname|nachname"
    r"|nome|cognome"
    r"|given|family)s?(?: \d+)?$"
)
_THING_KEY = re.compile(
    r"\b(?:function|tool|tools|file|model|class|package|product|company|project|repo|host|schema|column|table|field|parameter"
    r"|parameters|argument|service|metric|label|event|job|step|workflow|branch|brand|properties)\b"
)
_PLAIN_NAME_KEY = re.compile(
    r"\b(?:name|display name|owner|user|author|person|people|from|to|by|who|reporter)(?: \d+)?$"
)


class NameRecognizer:
    """Finds people. See the module for what each mode reports."""

    name = "names"

    def __init__(self, mode: Mode) -> None:
        self.mode = mode

    def find(self, text: Text) -> Iterable[Hit]:
        """People in `text`, each once."""
        if self.mode == "off" or not text.value:
            return ()
        settings = Settings(text.value)
        spans = {
            (start, end): (0.85, why)
            for start, end, why in self._cheap(text, settings)
            if not self._held(settings, start, end, why)
        }
        people = {text.value[start:end] for start, end in spans}
        if len(people) < _ENOUGH:
            for start, end, score, why in self._by_model(text, tuple(spans), settings):
                spans.setdefault((start, end), (score, why))
                people.add(text.value[start:end])
                if len(people) >= _ENOUGH:
                    break
        return [
            Hit(entity="PERSON", start=start, end=end, score=score, why=why)
            for (start, end), (score, why) in spans.items()
        ]

    def _cheap(self, text: Text, settings: Settings) -> Iterator[tuple[int, int, str]]:
        if _NAME_KEYS.search(text.key) and len(text.value) <= 80 and _could_be_name(text.value):
            yield 0, len(text.value), "key"
        for start, end, why in found_by_cue(text.value):
            if self.mode != "context" or self._counts(text, start, end, why, settings):
                yield start, end, why
        for start, end, plain in names_columns.cells(text.value):
            cell = text.value[start:end]
            known = not plain or (" " in cell and has_given_name(cell.split(" ")[0]))
            if known and _could_be_name(cell) and not is_nobody(text.value, start, end):
                yield start, end, "column"
        for start, end in (*led_by_given_name(text.value), *with_initials(text.value)):
            if self._accepted(text, start, end, settings):
                yield start, end, "given-name"

    def _counts(self, text: Text, start: int, end: int, why: str, settings: Settings) -> bool:
        """Whether a cue is evidence of a private person where it stands."""
        if is_nobody(text.value, start, end):
            return False
        if why not in _NEED_MORE or settings.private(start, end):
            return True
        return not names_language.is_english(text.value[max(0, start - REACH) : end + REACH])

    def _by_model(
        self, text: Text, known: tuple[tuple[int, int], ...], settings: Settings
    ) -> Iterator[tuple[int, int, float, str]]:
        for start, end in self._windows(text, known, settings):
            window = text.value[start:end]
            if self.mode == "context" and not names_language.is_english(window):
                continue  # the model knows no other language: there it takes any capital for a name
            for found_start, found_end, score in names_model.persons(window):
                first, last = _without_affixes(window, found_start, found_end)
                place = start + first, start + last
                if self._accepted(text, *place, settings) and not self._held(settings, *place):
                    yield *place, score, "model"

    def _held(self, settings: Settings, start: int, end: int, why: str = "model") -> bool:
        return self.mode == "context" and settings.hold(start, end, why)

    def _windows(
        self, text: Text, known: tuple[tuple[int, int], ...], settings: Settings
    ) -> Iterator[tuple[int, int]]:
        """Sentences that hold a candidate, joined where they touch, so that the model reads as little as it can."""
        pattern = CAPITAL_PAIR if self.mode == "context" else CAPITALISED
        covered = {start for start, _ in known}
        begin = end = 0
        for match in pattern.finditer(text.value):
            at = match.start()
            if at < end or at in covered or not self._promising(text, match, settings):
                continue
            first, last = _sentence(text.value, at)
            if first <= end and last - begin <= _WINDOW and end:
                end = last
                continue
            if end:
                yield begin, end
            begin, end = max(first, end), last
        if end:
            yield begin, end

    def _promising(self, text: Text, match: re.Match[str], settings: Settings) -> bool:
        if self.mode != "context":
            return self.mode == "any" or not is_ordinary(match.group())
        if _names_someone(text):
            return True
        start, end = match.span()
        likely = is_name_like(match.group()) and settings.personal(start, end)
        return likely and not self._held(settings, start, end)

    def _accepted(self, text: Text, start: int, end: int, settings: Settings) -> bool:
        value = text.value[start:end]
        if self.mode == "any":
            return end > start
        if (
            not is_name_like(value)
            or _in_code(text.value, start, end)
            or is_option(text.value, start)
        ):
            return False
        if self.mode == "context" and _is_credit(text.value, start):
            return False
        if self.mode == "full":
            return not asks_for_work(text.value, start, end)
        if " " not in value.strip() or is_nobody(text.value, start, end):
            return False  # a lone capitalised word needs a cue
        return _names_someone(text) or settings.personal(start, end)


def _names_someone(text: Text) -> bool:
    """Whether the key could lead to a person's name (`author`, `name`), and not to that of a thing."""
    plain = _PLAIN_NAME_KEY.search(text.key) is not None and len(text.value) <= 80
    return plain and _THING_KEY.search(text.key) is None


def _could_be_name(value: str) -> bool:
    words = value.split()
    return 1 <= len(words) <= 5 and is_name_like(value) and not value.islower()


def _sentence(text: str, at: int) -> tuple[int, int]:
    """The sentence around a place; at most a window long, for lines that never end."""
    low = max(0, at - 400)
    before = [match.end() for match in _SENTENCE_END.finditer(text, low, at)]
    after = _SENTENCE_END.search(text, at + 12)
    return (before[-1] if before else low), min(after.end() if after else len(text), at + 400)


def _without_affixes(text: str, start: int, end: int) -> tuple[int, int]:
    """The model takes `Williams'`, `Ananya Sharma's` or a line break into a name; a finding should not."""
    value = text[start:end]
    cut = re.split(r"['’]s?(?:\s|$)|\n", value, maxsplit=1)[0].rstrip(" ,.;:'’\"")
    lead = len(cut) - len(cut.lstrip(" ,.;:'’\"*#-"))
    return start + lead, start + max(len(cut), lead)


_TRAILER = re.compile(r"[ \t]*[A-Z][\w]*(?:-[a-z]+)*-by: ?$")


def _is_credit(text: str, start: int) -> bool:
    """The name in a trailer of a commit: `Signed-off-by: ...`."""
    line = text.rfind("\n", max(0, start - 60), start) + 1 or max(0, start - 60)
    return _TRAILER.match(text[line:start]) is not None


def _in_code(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    return before in {"`", "_", "$", "/", "\\", "#"} or after in {"(", "_", "=", "`", "/"}
