"""Pieces that code or a writer puts together: variables added up, arrays joined, "first half … second half".

As in `disguises`, each function gives edits `(start, end, what is meant)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ringfence.gate.hints import has_any, matches_about, windows_about

_STRING = r"(?:\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'|`[^`\n]{0,200}`)"
_NAME = r"\$?[A-Za-z_]\w{0,40}"
_CODES = r"(?:String\.fromCharCode|fromCharCode|chr|Chr|CHAR|char)\(\s?\d{2,3}(?:\s?,\s?\d{2,3}){0,200}\s?\)"
_OPERAND = rf"(?:{_CODES}|{_STRING}|{_NAME})"
_GIVEN = re.compile(rf"[=:](?P<space>\s?)(?P<value>{_STRING})")
_GIVEN_TO = re.compile(rf"(?<![\w.$])(?P<name>{_NAME})\s?(?P<sign>[+:.]?)$")
_SUM = re.compile(
    rf"(?<![\w.$\"'`])(?P<first>{_OPERAND})(?:\s?(?:\+|\.\.|\.(?=\$)|&|<>)\s?{_OPERAND}){{1,12}}"
)
_PART = re.compile(_OPERAND)
_FILLED = re.compile(r"\$?\{(?P<name>[A-Za-z_]\w{0,40})\}")
_HOLES = re.compile(r"(?P<quote>[\"'`])(?P<body>[^\"'`\n]{3,300})(?P=quote)")
_ARRAY = re.compile(
    rf"(?:(?P<name>{_NAME})\s?:?=\s?)?"
    rf"(?P<array>\[\s{{0,20}}{_STRING}(?:\s{{0,20}},\s{{0,20}}{_STRING}){{1,40}}\s{{0,20}},?\s{{0,20}}\])"
)
_JOIN = re.compile(
    rf"(?<![\w.$])(?:(?P<before>{_NAME})\.join\((?:[\"'`]{{2}})?\)"
    rf"|(?:[\"'`]{{2}}\.join\(|implode\((?:[\"'`]{{2}},\s?)?)(?P<inside>{_NAME})\))"
)
_INNER = re.compile(_STRING)
_NUMBERS = re.compile(
    r"(?:fromCharCode|chr|bytes|bytearray|Buffer\.from|char|pack)\b[^\[\n]{0,40}[\[(]{1,2}\s?(?P<codes>\d{2,3}(?:\s?,\s?\d{2,3}){5,300})"
)
_SIGNS = ("+", ".$", "..", " & ", " <> ")
_MOST = 400
"""Names and sums that are followed in one text."""


def joined_code(value: str, lower: str) -> Iterator[tuple[int, int, str]]:
    """Sums of named literals, literals that are filled in or added to, arrays that are joined, lists of characters."""
    edits = (
        list(_sums(value))
        if has_any(value, ("+", "${", "{", ".$")) and has_any(value, "\"'`")
        else []
    )
    if has_any(lower, (".join(", "implode(", "join(", ".concat", "reduce(")):
        edits += _arrays(value)
    if has_any(value, ("fromCharCode", "chr(", "bytes(", "bytearray(", "Buffer.from(", "char(")):
        edits += _characters(value)
    reached = 0
    for start, end, text in sorted(edits):
        if start >= reached:
            yield start, end, text
            reached = end


def _sums(value: str) -> Iterator[tuple[int, int, str]]:
    names: dict[str, str] = {}
    for given in _GIVEN.finditer(value):
        to = _GIVEN_TO.search(value, max(0, given.start() - 44), given.start())
        if to is None or len(names) >= _MOST:
            continue
        body, name = given["value"][1:-1], to["name"].lstrip("$")
        before = names.get(name, "") if to["sign"] in ("+", ".") else ""
        names[name] = (before + _filled(body, names))[:_MOST]
        if names[name] != body:
            yield given.start("value"), given.end("value"), f'"{names[name]}"'
    for low, high in windows_about(value, _SIGNS):
        for sum_ in _SUM.finditer(value, low, high):
            parts = [_known(part.group(), names) for part in _PART.finditer(sum_.group())]
            known = [part for part in parts if part is not None]
            if len(known) == len(parts) and len(parts) > 1:
                yield sum_.start(), sum_.end(), f'"{"".join(known)}"'
    if any(f"{{{name}}}" in value for name in names):
        for holes in _HOLES.finditer(value):
            filled = _filled(holes["body"], names)
            if filled != holes["body"]:
                yield holes.start(), holes.end(), f'"{filled}"'


def _known(operand: str, names: dict[str, str]) -> str | None:
    if operand[0] in "\"'`":
        return operand[1:-1]
    if operand.endswith(")"):
        return _decoded(operand[operand.index("(") + 1 : -1])
    return names.get(operand.lstrip("$"))


def _filled(body: str, names: dict[str, str]) -> str:
    return _FILLED.sub(lambda hole: names.get(hole["name"], hole.group()), body)


def _arrays(value: str) -> Iterator[tuple[int, int, str]]:
    """The array itself, and the place where its name is joined."""
    names: dict[str, str] = {}
    for match in _ARRAY.finditer(value):
        joined = "".join(part.group()[1:-1] for part in _INNER.finditer(match["array"]))
        if " " not in joined:
            yield match.start("array"), match.end("array"), f'"{joined}"'
            if match["name"]:
                names[match["name"].lstrip("$")] = joined
    for match in _JOIN.finditer(value):
        joined = names.get((match["before"] or match["inside"]).lstrip("$"), "")
        if joined:
            yield match.start(), match.end(), f'"{joined}"'


def _characters(value: str) -> Iterator[tuple[int, int, str]]:
    for match in _NUMBERS.finditer(value):
        text = _decoded(match["codes"])
        if text:
            yield match.start("codes"), match.end("codes"), f'"{text}"'


def _decoded(codes: str) -> str | None:
    numbers = [int(code) for code in re.findall(r"\d+", codes)]
    return "".join(map(chr, numbers)) if all(32 <= n < 127 for n in numbers) else None


_WORDS = ("half", "part", "piece", "chunk", "segment", "block", " bit", "group")
_NEXT = re.compile(
    r"""(?:(?:second|2nd|third|3rd|fourth|4th|last|final|next|other|rest)\s(?:half|part|piece|bit|chunk|segment|group|block)
      |(?:part|piece|chunk|segment|half|block)[ _-]?(?:two|three|four|[2-9]|[b-f]))
    (?:\sof\s(?:it|the\s\w{1,12}))?\s?(?:is\s|are\s|[:=-])?\s?["']?(?=[\w-]{0,60}\d)""",
    re.IGNORECASE | re.VERBOSE,
)
_LINK = re.compile(
    r"""(?i)(?<=[A-Za-z0-9])["']?[.,;]?\s{1,3}(?:and\s(?:then\s)?|then\s)?(?:the\s)?$"""
)


def joined_parts(value: str, lower: str) -> Iterator[tuple[int, int, str]]:
    """`First half: 4539…. Second half: 0343…`."""
    if not has_any(lower, _WORDS):
        return
    for match in matches_about(_NEXT, value, lower, _WORDS, digits=True):
        link = _LINK.search(value, max(0, match.start() - 20), match.start())
        if link:
            yield link.start(), match.end(), ""
