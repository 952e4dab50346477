"""People's names: cues first, then the model on the few sentences that could hold a name.

`context` (the default) reports a person only where something personal stands near: a title, a field, a greeting, an
id, a contact, a patient. Authors of papers, public figures, products and identifiers of code are left alone. `full`
reports every person that the model sees, `any` even those that do not look like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from ringfence.gate import names_model, names_triggers
from ringfence.gate.names_cues import found_by_cue
from ringfence.gate.names_shapes import (
    CAPITAL_PAIR,
    CAPITALISED,
    is_name_like,
    is_ordinary,
    led_by_given_name,
)
from ringfence.gate.recognizer import Hit, Text

Mode = Literal["off", "context", "full", "any"]

_PERSONAL = names_triggers.flat(
    r"""(?i)@[\w-]+\.\w|\b(?:ssn|social\ security|passport|driver['’]?s?\ licen[cs]e|date\ of\ birth|dob|d\.o\.b
    |born\ on|phone|mobile|cell|tel
    |call(?:ed)?\ (?:me|him|her|them)|text\ (?:him|her|me)|e-?mail|address|lives|resides|apartment|apt
    |zip\ code|postcode|patient|diagnos\w+|prescri\w+
    |medication|surgery|hospital\w*|clinic|symptoms?|allerg\w+|mrn|medical|insurance|policy\ number|claim
    |customer|client|employee
    |staff\ (?:id|number)|salary|payroll|bonus|terminat\w+|resign\w*|fired|hired|performance\ review
    |disciplin\w+|complaint|harass\w+
    |applicant|candidate|interview\w*|resume|cv|account|iban|bank|card|credit|loan|mortgage|balance|invoice
    |refund|transaction|expenses|reimburs\w*|data\ subject|phi
    |booking|reservation|order\ (?:number|no|id|\#)|tax|visa|immigration|custody|divorce|lawsuit|plaintiff
    |defendant|witness
    |suspect|arrest\w*|victim|student\ (?:id|record)|grades?|transcript|guardian|username|password|login|credentials?
    |user\ id|contact|next\ of\ kin|wife|husband|daughter|son|spouse|nurse|pregnan\w+|hiv|therapy|therapist
    |leaked|exposed|breach)\b""",
)
# Someone is written about, not looked after: papers, books, films, politics, science.
_PUBLIC = (
    r"(?i)\b(?:et al|author(?:s|ed)?|wrote|written by|novel|poem|film|movie|album|song|band|actor|actress|singer"
    r"|director|painter|composer"
    r"|philosopher|scientist|physicist|mathematician|inventor|theorem|equation|prize|president|prime minister"
    r"|senator|minister"
    r"|king|queen|emperor|general|pope|ceo|founder|co-founder|professor at|champion|player|coach|striker"
    r"|quarterback|election"
    r"|century|theory|biography|historian|journalist|commit|merged|maintainer|contributor|copyright"
    r"|leader|deputy|chairman|chairwoman|spokes\w+|reporters?|councillor|mp|mep)\b"
)
_REACH = 120
"""Characters on both sides of a name in which something personal makes it count."""
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
        spans = {(start, end): (0.85, why) for start, end, why in self._cheap(text)}
        people = {text.value[start:end] for start, end in spans}
        if len(people) < _ENOUGH:
            for start, end, score, why in self._by_model(text, tuple(spans)):
                spans.setdefault((start, end), (score, why))
                people.add(text.value[start:end])
                if len(people) >= _ENOUGH:
                    break
        return [
            Hit(entity="PERSON", start=start, end=end, score=score, why=why)
            for (start, end), (score, why) in spans.items()
        ]

    def _cheap(self, text: Text) -> Iterator[tuple[int, int, str]]:
        if _NAME_KEYS.search(text.key) and len(text.value) <= 80 and _could_be_name(text.value):
            yield 0, len(text.value), "key"
        for start, end, why in found_by_cue(text.value):
            if why not in {"title", "life"} or not _is_public(text.value, start, end):
                yield start, end, why
        for start, end in led_by_given_name(text.value):
            if self._accepted(text, start, end):
                yield start, end, "given-name"

    def _by_model(
        self, text: Text, known: tuple[tuple[int, int], ...]
    ) -> Iterator[tuple[int, int, float, str]]:
        for start, end in self._windows(text, known):
            window = text.value[start:end]
            for found_start, found_end, score in names_model.persons(window):
                first, last = _without_affixes(window, found_start, found_end)
                if self._accepted(text, start + first, start + last):
                    yield start + first, start + last, score, "model"

    def _windows(self, text: Text, known: tuple[tuple[int, int], ...]) -> Iterator[tuple[int, int]]:
        """Sentences that hold a candidate, joined where they touch, so that the model reads as little as it can."""
        pattern = CAPITAL_PAIR if self.mode == "context" else CAPITALISED
        covered = {start for start, _ in known}
        begin = end = 0
        for match in pattern.finditer(text.value):
            at = match.start()
            if at < end or at in covered or not self._promising(text, match):
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

    def _promising(self, text: Text, match: re.Match[str]) -> bool:
        if self.mode != "context":
            return self.mode == "any" or not is_ordinary(match.group())
        if _names_someone(text):
            return True
        return is_name_like(match.group()) and _is_personal(text.value, match.start(), match.end())

    def _accepted(self, text: Text, start: int, end: int) -> bool:
        value = text.value[start:end]
        if self.mode == "any":
            return end > start
        if not is_name_like(value) or _in_code(text.value, start, end):
            return False
        if self.mode == "context" and _is_credit(text.value, start):
            return False
        if self.mode == "full":
            return True
        if " " not in value.strip():
            return False  # a lone capitalised word needs a cue
        return _names_someone(text) or _is_personal(text.value, start, end)


def _names_someone(text: Text) -> bool:
    """Whether the key could lead to a person's name (`author`, `name`), and not to that of a thing."""
    plain = _PLAIN_NAME_KEY.search(text.key) is not None and len(text.value) <= 80
    return plain and _THING_KEY.search(text.key) is None


def _could_be_name(value: str) -> bool:
    words = value.split()
    return 1 <= len(words) <= 5 and is_name_like(value) and not value.islower()


def _is_personal(text: str, start: int, end: int) -> bool:
    around = text[max(0, start - _REACH) : end + _REACH]
    near = text[max(0, start - 60) : end + 60]
    return _says(_PERSONAL, around) and not _says(_PUBLIC, near)


def _says(pattern: str, text: str) -> bool:
    return names_triggers.compiled(pattern).search(text) is not None


def _is_public(text: str, start: int, end: int) -> bool:
    near = text[max(0, start - 60) : end + 60]
    return _says(_PUBLIC, near) and not _says(_PERSONAL, near)


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
