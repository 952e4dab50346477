"""Where a name stands: in something made up, an exercise, an example, or what the world knows of public people.

Such a setting holds back what only looks like a person: a title, a relation, a given name, the model's opinion. It
never holds back a name with a record beside it (an id, a contact, an account), and it says nothing to the other
recognisers: an address, an e-mail or a patient's note after "write a story:" is found as ever.
"""

from __future__ import annotations

import re
from typing import Literal

from ringfence.gate import names_words
from ringfence.gate.names_words import Places, Window

Setting = Literal["", "invented", "exercise", "example", "public"]

REACH = 120
"""Characters on both sides of a name in which something personal makes it count."""
_BLOCK, _AROUND = 400, 300
_HEAD = 500
"""A request for a story stands at the head of a text, and holds for all of it."""
_RECORD = re.compile(
    r"(?i)(?:@[\w-]+\.\w|\b(?:ssn|mrn|nhs|dob|born|passport|iban|account|policy|tel|phone|mobile|cell|call|licen[cs]e"
    r"|id|no|number)\b[^\n\d]{0,20}(?:\d[ -]?){6}|\b(?:dob|born|birth)\b[^\n\d]{0,12}\d{1,4}[-/. ]\d{1,2}[-/. ]\d)"
)
_ALWAYS = frozenset({"key"})
_SAID = frozenset({"field", "greeting", "signature", "says-their-name", "column"})
"""Evidence that exercises and news do not carry; stories and examples do."""
_RHYME = 2
_DIGIT = re.compile(r"\d")
_MUCH_PERSONAL = 3
_QUOTED = re.compile(r"[\"“„«][^\"”“»\n]{0,400}[\"”“»]|^I (?:know|want)\b")
_PUBLIC, _PUBLIC_WITH_US = 2, 7
_LONG, _NEWS_HEAD = 500, 1500
_LONG_PUBLIC, _LONG_PUBLIC_WITH_US = 6, 12
"""Points at which a window, or the head of a long text, tells of public people: 2 a public word, 1 a reporting one."""


class Settings:
    """The settings of one text, worked out block by block where a name asks for it."""

    def __init__(self, value: str) -> None:
        self._value = value
        self._blocks: dict[int, Setting] = {}
        self._whole: Setting | None = None
        self._places = Places(value)

    def personal(self, start: int, end: int) -> bool:
        """Whether something of a private life stands near `value[start:end]`."""
        return self._places.near("personal", start, end, REACH)

    def private(self, start: int, end: int) -> bool:
        """Whether that, or somebody who speaks of their own world."""
        return self.personal(start, end) or self._places.near("ours", start, end, REACH)

    def hold(self, start: int, end: int, why: str) -> bool:
        """Whether the setting of `value[start:end]` speaks against it, so that `why` is not evidence enough."""
        value = self._value
        if why in _ALWAYS:
            return False
        setting = self.at(start)
        if not setting or (why in _SAID and setting in {"exercise", "public"}):
            return False
        return _RECORD.search(value, max(0, start - 80), end + 80) is None

    def at(self, start: int) -> Setting:
        """The setting at one place."""
        if self._whole is None:
            self._whole = _of_whole(self._value)
        block = start // _BLOCK
        if not self._whole and block not in self._blocks:
            low = max(0, block * _BLOCK - _AROUND)
            window = self._value[low : (block + 1) * _BLOCK + _AROUND]
            self._blocks[block] = _around(Window(window))
        return self._whole or self._blocks[block]


def is_nobody(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` is a sample person, or one whom all the world knows."""
    before = text[max(0, start - 6) : start].rpartition("\n")[2].split(" ")
    title = before[-2] if len(before) > 1 and not before[-1] else ""
    behind = re.match(r"(?: [^\W\d_]+){0,2}", text[end : end + 40])
    longer = text[start:end] + (behind.group() if behind else "")
    forms = {text[start:end], longer, longer.rpartition(" ")[0], f"{title} {text[start:end]}"}
    if any(names_words.is_known("public", form) for form in forms):
        return True
    around = text[max(0, start - 40) : end + 40]
    return any(names_words.is_known("sample", form) for form in forms) or (
        " " not in text[start:end] and names_words.is_sample_beside(text[start:end], around)
    )


def _of_whole(value: str) -> Setting:
    head = value[:_HEAD]
    opening = Window(head)
    if opening.says("invented") or _is_verse(value):
        return "invented"
    if opening.says("shots"):
        return "example"
    if len(value) < _LONG:
        return ""
    opening = Window(value[:_NEWS_HEAD])
    needed = _LONG_PUBLIC_WITH_US if _speaks_of_us(opening) else _LONG_PUBLIC
    return "public" if _publicity(opening) >= needed else ""


def _around(window: Window) -> Setting:
    if window.says("invented"):
        return "invented"
    if window.says("exercise"):
        return "exercise"
    ours = _speaks_of_us(window)
    if not ours and _DIGIT.search(window.text) and window.says("quantity"):
        return "exercise"
    return "public" if _publicity(window) >= (_PUBLIC_WITH_US if ours else _PUBLIC) else ""


def _speaks_of_us(window: Window) -> bool:
    """Whether somebody speaks of their own, outside of what others are quoted with."""
    own = _QUOTED.sub(" ", window.text)
    return (window if own == window.text else Window(own)).says("ours")


def _publicity(window: Window) -> int:
    """How much of what a window says is said of people known to the public, or by those who report of others."""
    told = 2 * window.different("public") + window.different("reported")
    return told - (told > 0 and window.different("personal") > _MUCH_PERSONAL)


def _is_verse(value: str) -> bool:
    """Four or more short lines that rhyme in pairs, and nothing but."""
    lines = [line.strip() for line in value.splitlines() if line.strip()]
    if not 4 <= len(lines) <= 40 or any(
        len(line) > 80 or re.search(r"[\d:@|=]", line) for line in lines
    ):
        return False
    ends = [re.sub(r"\W+$", "", line).lower()[-2:] for line in lines]
    rhymes = sum(
        ends[at] == ends[at + step] for step in (1, 2) for at in range(0, len(ends) - step)
    )
    return rhymes >= _RHYME and len(set(lines)) == len(lines)
