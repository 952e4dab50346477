"""No pattern of the gate takes more than linear time: told from the patterns themselves, without a clock.

A run of blanks that a pattern may give back one by one costs its square where the pattern can start at each of them,
and its cube where two such runs touch. So a pattern that is searched for in whole texts repeats blanks a fixed number
of times; the ones named in `SHORT_TEXTS` see a bounded stretch, or start at one fixed place.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import ringfence.gate
from ringfence.gate.secrets.providers import formats

SHORT_TEXTS = {
    "identifiers.SEPARATORS": "nothing follows",
    "window.SEPARATORS": "nothing follows",
    "recognizers.email._ROLE": "64 characters",
    "secrets.urls._NOBODY": "the name of a host",
    "guards._MACHINE": "a line, cut at 600 characters",
    "jsontext._START": "matched at the start of a text",
    "jsontext._COLON": "matched right behind a string",
    "jsontext._TOKEN": "a string ends at its quote or takes all the rest",
    "spoken._GAP": "matched once between two digits",
    "surroundings._LOG": "a line, cut at 600 characters",
    "pdf_objects._LETTERLESS": "the name of a glyph",
    "secrets.calls._HANDLE": "one value",
    "walk._BARE_PDF": "matched at the start of a text; what follows the blanks cannot be one",
    "recognizers.cards._BESIDE": "six characters",
    "recognizers.codes._CODE": "windows about its cues",
    "recognizers.masked._ENDING": "windows about its cues",
    "regulated.lesson._ASKS": "matched at the start of a text of 700 characters",
    "regulated.lesson._GENERAL": "1,500 characters",
    "regulated.passages._INSTRUCTS": "matched at the start of a sentence",
    "secrets.placeholders._REFERENCE": "one value",
    "secrets.placeholders._WEAK": "one value",
    "secrets.told._FORMAT": "one value",
    "secrets.values._CODE": "one value",
    "secrets.values._HARMLESS": "one value",
    "views._HYPHENATED": "starts behind a digit and a hyphen",
}


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every pattern that stands in a module of the gate, with its name."""
    for info in pkgutil.walk_packages(ringfence.gate.__path__, "ringfence.gate."):
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            for pattern in _inside(value):
                yield f"{info.name.removeprefix('ringfence.gate.')}.{name}", pattern
    for item in formats():
        yield f"provider {item.row.id}", item.value


def _inside(value: Any) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _inside(item)


def _endless_blanks(parsed: Any) -> bool:
    """Whether a repeat without a limit stands in a pattern whose one item may be a blank."""
    for operation, argument in parsed:
        if operation in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            _, most, body = argument
            if most == _constants.MAXREPEAT and len(body) == 1 and _is_blank(*body[0]):
                return True
        if any(_endless_blanks(part) for part in _parts(argument)):
            return True
    return False


def _parts(argument: Any) -> Iterator[Any]:
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for item in argument:
            yield from _parts(item)


def _is_blank(operation: Any, argument: Any) -> bool:
    """Whether one item of a parsed pattern matches a blank."""
    if operation is _constants.ANY:
        return True
    if operation in (_constants.LITERAL, _constants.NOT_LITERAL):
        return bool((argument == ord(" ")) == (operation is _constants.LITERAL))
    if operation is not _constants.IN:
        return False
    negated = argument[0][0] is _constants.NEGATE
    return negated != any(_holds_blank(*item) for item in argument)


def _holds_blank(operation: Any, argument: Any) -> bool:
    if operation is _constants.RANGE:
        return bool(argument[0] <= ord(" ") <= argument[1])
    if operation is _constants.CATEGORY:
        return argument in (
            _constants.CATEGORY_SPACE, _constants.CATEGORY_NOT_WORD, _constants.CATEGORY_NOT_DIGIT,
        )  # fmt: skip
    return operation is _constants.LITERAL and bool(argument == ord(" "))


def endless(pattern: re.Pattern[str]) -> bool:
    return _endless_blanks(_parser.parse(pattern.pattern, pattern.flags))


@pytest.mark.parametrize("regex", [r"a\s*b", r"(?:x|[ \t]+)y", r"[^\n]*", r"(?=\s+b)"])
def test_an_endless_run_of_blanks_is_seen(regex: str) -> None:
    assert endless(re.compile(regex))


@pytest.mark.parametrize("regex", [r"a\s{0,8}b", r"[a-z]+ [a-z]+", r"[^\s/]*"])
def test_a_bounded_one_is_left_alone(regex: str) -> None:
    assert not endless(re.compile(regex))


def test_no_pattern_for_whole_texts_repeats_blanks_without_a_limit() -> None:
    found = {name for name, pattern in patterns() if endless(pattern)}
    assert {name for name in found if not name.startswith("names")} <= SHORT_TEXTS.keys()


def test_a_pattern_tried_at_every_stem_reaches_a_fixed_number_of_characters() -> None:
    from ringfence.gate.secrets import assignments, prose, told

    for pattern in (
        assignments._FLAGS, prose._SAID, prose._PAIR, prose._AND, prose._PIN, told._AFTER, told._BEFORE,
    ):  # fmt: skip
        _, most = _parser.parse(pattern.pattern, pattern.flags).getwidth()
        assert most < 10_000, pattern.pattern[:60]
