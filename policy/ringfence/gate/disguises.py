"""Values that somebody made hard to read on purpose: spelled e-mail, reversed text, letters for digits, leetspeak.

Each function gives edits of a text, `(start, end, what is meant)`, in order and apart from each other; `views` makes a
view of them. A cheap search comes first in each: ordinary text costs one scan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ringfence.gate.codejoins import joined_code, joined_parts
from ringfence.gate.gathered import gathered
from ringfence.gate.hints import either, has_any, has_digit

Edit = tuple[int, int, str]
Edits = Callable[[str, str], Iterator[Edit]]


def disguises() -> tuple[tuple[str, Edits], ...]:
    """The kind of view that each makes, and its edits of `(text, text in lower case)`."""
    return (
        ("at", spelled_mail),
        ("spaced", spaced_mail),
        ("concatenated", reversed_values),
        ("concatenated", letters_for_digits),
        ("concatenated", leet_words),
        ("concatenated", joined_code),
        ("concatenated", joined_parts),
        ("joined", gathered),
    )


# -- e-mail addresses in words

_DOTS = (" dot ", " punkt ", " punto ", " ponto ", " point ", " kropka ", " punt ")
_TLD = (
    r"(?:com|net|org|info|biz|edu|gov|io|me|eu|de|at|ch|fr|es|it|nl|be|pl|pt|co|uk|us|ca|au|in|br|mx|ar|cz|sk|hu|ro|se|no"
    r"|dk|fi|ru|ua|tr|gr|jp|cn|kr|app|dev|online|proton|pm)"
)
_AT = re.compile(
    r"(?i)\s(?:at(?:[- ]sign)?|bei|ät|klammeraffe|arroba|arobase|arobas|chiocciola|ma[łl]pa|apenstaartje)\s"
)
_SIGN_WORDS = (
    "dot|punkt|punto|ponto|point|kropka|punt|underscore|unterstrich|minus|dash|hyphen|bindestrich"
)
_SIGN = rf"\s{{1,3}}(?:{_SIGN_WORDS})\s{{1,3}}"
_LEFT = re.compile(rf"(?i)(?<![\w.+-])(?:[\w+-]{{1,30}}{_SIGN}){{0,4}}[\w.+-]{{1,40}}$")
_RIGHT = re.compile(rf"(?i)(?:[\w-]{{1,40}}(?:\s?\.\s?|{_SIGN})){{1,3}}{_TLD}(?!\w)")
_SIGNS = {
    "underscore": "_",
    "unterstrich": "_",
    "minus": "-",
    "dash": "-",
    "hyphen": "-",
    "bindestrich": "-",
}
_SAID_SIGN = re.compile(_SIGN, re.IGNORECASE)
# "at" and "point" are words of too many sentences; a language's own pair is not.
_FOREIGN = re.compile(r"(?i)\s(?:at|bei)\s")


def spelled_mail(value: str, lower: str) -> Iterator[Edit]:
    """`hans punkt lang at gmx punkt de`, `lucia arroba hotmail punto es`."""
    if not has_any(lower, _DOTS):
        return
    reached = 0
    for at in _AT.finditer(value):
        right = _RIGHT.match(value, at.end())
        if right is None or at.start() < reached:
            continue
        signs = {m.group().strip().lower() for m in _SAID_SIGN.finditer(right.group())}
        if not signs or (
            _FOREIGN.match(at.group()) and signs & {"point", "punto", "ponto", "punt"}
        ):
            continue
        left = _LEFT.search(value, max(reached, at.start() - 100), at.start())
        if left is not None:
            reached = right.end()
            meant = f"{_said(left.group())}@{_said(right.group())}"
            yield left.start(), right.end(), meant


def _said(text: str) -> str:
    text = _SAID_SIGN.sub(lambda m: _SIGNS.get(m.group().strip().lower(), "."), text)
    return re.sub(r"\s", "", text)


_ELEMENT = r"(?:[\w@.+-]|[\[({<] ?(?:a ?t|d ?o ?t|p ?u ?n ?k ?t|@|\.) ?[\])}>])"
_LETTERS = re.compile(rf"(?<![\w@.])(?:{_ELEMENT} {{1,3}}){{6,80}}{_ELEMENT}(?![\w@.])")
_SPACED_HINT = re.compile(r" \S {1,3}\S {1,3}\S {1,3}\S ")
_WORD_AT = re.compile(r"(?i)[\[({<](?:at|@)[\])}>]")
_WORD_DOT = re.compile(r"(?i)[\[({<](?:dot|punkt|\.)[\])}>]")


def spaced_mail(value: str, lower: str) -> Iterator[Edit]:
    """`j a n e . r o e [ a t ] p r o t o n ( d o t ) m e`."""
    if not _SPACED_HINT.search(value):
        return
    for match in _LETTERS.finditer(value):
        meant = _WORD_DOT.sub(".", _WORD_AT.sub("@", match.group().replace(" ", "")))
        if "@" in meant and meant != match.group().replace(" ", ""):
            yield match.start(), match.end(), meant


# -- reversed

_CUES = (
    "backward", "reverse", "rückwärts", "rueckwaerts", "ruckwarts", "von hinten", "von rechts", "umgekehrt", "envers",
    "al revés", "al reves", "right to left", "right-to-left", "mirror", "spiegelverkehrt", "al contrario", "rovescio",
    "achterstevoren", "od tyłu", "wspak", "flipped", "end to start", "last character first",
)  # fmt: skip
_REVERSED = re.compile(
    r"(?<![\w@])[0-9A-Z]+(?:[ -][0-9A-Z]{1,8}){1,9}(?![\w@])|[^\s\"'“”„()<>,;:`]{5,80}"
)
_BEFORE, _AFTER = 160, 200


def reversed_values(value: str, lower: str) -> Iterator[Edit]:
    """What holds a digit or an @ about words that say that it stands the wrong way round."""
    low = reached = 0
    for start, end in sorted(_stretches(lower)):
        low = max(start, reached)
        for match in _REVERSED.finditer(value, low, end):
            if any(c.isdigit() or c == "@" for c in match.group()):
                yield match.start(), match.end(), match.group()[::-1]
                reached = match.end()
        reached = max(reached, low)


def _stretches(lower: str) -> Iterator[tuple[int, int]]:
    for cue in _CUES:
        at = lower.find(cue)
        while at >= 0:
            yield max(0, at - _BEFORE), at + _AFTER
            at = lower.find(cue, at + _AFTER)


# -- letters for digits

_MIXED_HINT = re.compile(r"[0-9][ ./-]{0,3}[OoIl|](?![a-z]{2})|[0-9](?<=[OoIl|].)")
_MIXED = re.compile(
    r"[0-9OoIl|](?<![a-z0-9].)(?<![A-Za-z][A-Z]{2}.)(?<![A-Za-z][A-Z].)(?:[ ./-]{0,3}[0-9OoIl|]){6,30}(?![A-Za-z0-9])"
    r"|[0-9OoIl|](?<=\b[A-Z]{2}.)(?:[ -]?[0-9OoIl|]){12,30}(?![A-Za-z0-9])"
)
_LETTER_BEHIND = re.compile(r"(?:[ ./-]{1,3}[OoIl|]+)+$")
_LETTER_BEFORE = re.compile(r"(?:[OoIl|]+[ ./-]{1,3})+")
_DIGITS = str.maketrans("OoIl|", "00111")


def letters_for_digits(value: str, lower: str) -> Iterator[Edit]:
    """`4539 I488 O343 6467`, `l2/O3/l985`."""
    if not has_digit(value) or not _MIXED_HINT.search(value):
        return
    for match in _MIXED.finditer(value):
        start, end = _with_digits(match)
        spelled = value[start:end]
        digits = sum(c.isdigit() for c in spelled)
        if digits >= 4 and any(c in "OoIl|" for c in spelled):
            meant = spelled.translate(_DIGITS)
            dated = "/" in meant or meant.count(".") == 2
            yield start, end, meant.replace(" ", "") if dated else meant


def _with_digits(match: re.Match[str]) -> tuple[int, int]:
    """Without a lone letter before or behind: that is a word."""
    before, behind = _LETTER_BEFORE.match(match.group()), _LETTER_BEHIND.search(match.group())
    start = match.start() + (before.end() if before else 0)
    return start, match.start() + behind.start() if behind else match.end()


# -- leetspeak

_LEET_HINT = re.compile(
    r"[0-9@$](?:(?<=[A-Za-z].)[A-Za-z0-9@$]|(?<!\w.)(?:[bB]an|[mM]ail|[bB]AN|tp|7p)\b)"
)
_LEET_WORD = re.compile(r"[A-Za-z0134579@$]{2,14}")
_LEET = str.maketrans("0134579@$", "oieastgas")
_MEANT = either(
    "password passwort passcode pass pwd social security secret ssn name dob birth born card credit phone email mail "
    "iban passport account login token pin address number code bank key license member patient debit visa telephone "
    "mobile cell otp username user",
    None,
)
_IS = re.compile(r" (?:1s|i5|15) (?=\S)")
_APART = re.compile(r"[0-9](?:[ .·_-]{1,3}[0-9]){7,20}(?![0-9])")


def leet_words(value: str, lower: str) -> Iterator[Edit]:
    """`p@ssw0rd 1s`, `s0c1al`, `d0b`; and the digits that are spread out behind such a word."""
    reached = 0
    for hint in _LEET_HINT.finditer(value):
        if hint.start() < reached:
            continue
        start = hint.start()
        while (
            start > reached
            and hint.start() - start < 12
            and _LEET_WORD.fullmatch(value[start - 1] * 2)
        ):
            start -= 1
        match = _LEET_WORD.match(value, start)
        meant = match.group().lower().translate(_LEET) if match else ""
        if match is None or meant not in _MEANT or meant == match.group().lower():
            continue
        told = _IS.match(value, match.end())
        reached = told.end() if told else match.end()
        yield start, reached, f"{meant} is " if told else meant
        spread = _APART.search(value, reached, reached + 60)
        if spread:
            yield spread.start(), spread.end(), re.sub(r"\D", "", spread.group())
            reached = spread.end()
