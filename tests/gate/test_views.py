"""Values in disguise: found in a view, reported where they stand in the original."""

from __future__ import annotations

import base64
import time
import urllib.parse

import pytest

from ringfence.gate.custom import AllowList
from ringfence.gate.jsontext import flatten
from ringfence.gate.reading import Group, LeafReader
from ringfence.gate.recognizer import Text
from ringfence.gate.recognizers import recognizers
from ringfence.gate.views import views

READER = LeafReader([(Group.STRUCTURED, r) for r in recognizers()], AllowList(()))
CARD = "4539148803436467"
SSN = "219-09-9998"
MAIL = "jane.roe@proton.me"


def found(text: str) -> dict[str, str]:
    return {
        f.hit.entity: text[f.hit.start : f.hit.end]
        for f in READER.read(Text(value=text), lambda: None)
    }


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


WIDE = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in SSN)
ARABIC = "".join(chr(0x660 + int(c)) for c in CARD)
SHY = "jane.r\u00adoe@pro\u00adton.me"
HOMOGLYPHS = "jаne.rоe@prоton.me"  # Cyrillic а and о
ZERO, NBSP = "\u200b", "\u00a0"
FOURS = [CARD[i : i + 4] for i in range(0, 16, 4)]


@pytest.mark.parametrize(
    ("text", "entity", "span"),
    [
        (f"card {ZERO.join(FOURS)} ok", "CREDIT_CARD", ZERO.join(FOURS)),
        (f"card {NBSP.join(FOURS)} ok", "CREDIT_CARD", NBSP.join(FOURS)),
        (f"ssn {WIDE}!", "US_SSN", WIDE),
        (f"رقم {ARABIC}", "CREDIT_CARD", ARABIC),
        (f"to {SHY} now", "EMAIL", SHY),
        (f"to {HOMOGLYPHS} now", "EMAIL", HOMOGLYPHS),
        ("to jane.roe&#64;proton&#46;me.", "EMAIL", "jane.roe&#64;proton&#46;me"),
        ("?to=jane.roe%2540proton.me", "EMAIL", "jane.roe%2540proton.me"),
        ('"jane.roe\\u0040proton.me"', "EMAIL", "jane.roe\\u0040proton.me"),
        ("jane.roe [at] proton [dot] me", "EMAIL", "jane.roe [at] proton [dot] me"),
        ("jane.roe(at)proton(dot)me", "EMAIL", "jane.roe(at)proton(dot)me"),
        (f"see {encoded('my ssn is ' + SSN)} .", "US_SSN", encoded("my ssn is " + SSN)),
        (
            f"see {encoded(encoded('my ssn is ' + SSN))} .",
            "US_SSN",
            encoded(encoded("my ssn is " + SSN)),
        ),
        (
            f"hex {('my ssn is ' + SSN).encode().hex()}",
            "US_SSN",
            ("my ssn is " + SSN).encode().hex(),
        ),
        (f"card {' '.join(CARD)}", "CREDIT_CARD", " ".join(CARD)),
        ("card\n" + "\n".join(FOURS), "CREDIT_CARD", "\n".join(FOURS)),
        ('x = "' + '" + "'.join(FOURS) + '"', "CREDIT_CARD", '" + "'.join(FOURS)),
        ("**" + "** **".join(FOURS) + "**", "CREDIT_CARD", "** **".join(FOURS)),
        ("ssn 219-09-\n9998", "US_SSN", "219-09-\n9998"),
        (
            "my social is two one nine zero nine nine nine nine eight.",
            "US_SSN",
            "two one nine zero nine nine nine nine eight",
        ),
        (f"m: {' '.join(MAIL)}", "EMAIL", " ".join(MAIL)),
        ("".join(f"{c}\ufe0f\u20e3" for c in CARD), "CREDIT_CARD", None),
    ],
)
def test_a_disguised_value_is_found_where_it_stands(
    text: str, entity: str, span: str | None
) -> None:
    hits = found(text)
    assert entity in hits
    if span is not None:
        assert hits[entity] == span


@pytest.mark.parametrize(
    "text",
    [
        "Plain words, and nothing else.",
        "It’s “quoted” – with dashes, naïve café prices of 12 €.",
        "Привет, как дела? Это обычный текст.",
        "这是一个普通的句子。",
        "def f(a, b):\n    return a + b\n",
    ],
)
def test_an_ordinary_text_has_no_view(text: str) -> None:
    assert list(views(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "[1234, 5678, 9012, 3456]",
        "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12",
        "10\n20\n30\n40\n50",
        "a&b=c%d",
        '["1", "10", "11", "100", "101"]',
        "one two three four",
    ],
)
def test_lists_of_numbers_are_not_put_together_into_something(text: str) -> None:
    assert found(text) == {}


def test_every_offset_of_a_view_lies_in_the_original() -> None:
    text = urllib.parse.quote("é% " * 50) + "&amp;" * 20 + "\u200b1 2 3 4 5 6 7 8 9" * 5
    for view in views(text):
        assert len(view.starts) == len(view.ends) == len(view.value)
        assert all(
            0 <= low <= high <= len(text) for low, high in zip(view.starts, view.ends, strict=True)
        )


def test_json_in_a_string_is_read_with_its_keys() -> None:
    text = '{"patient": {"nhsNumber": "9434765919", "note": "a\\nb"}}'
    view = flatten(text)
    assert view is not None
    assert view.value == "patient nhs number: 9434765919\npatient note: a\nb\n"
    start = view.value.index("9434765919")
    assert view.span(start, start + 10) == (text.index("9434765919"), text.index("9434765919") + 10)


def test_json_inside_json_inside_a_string_is_read() -> None:
    inner = '{\\"ssn\\": \\"219099998\\"}'
    assert found(f'{{"payload": "{inner}"}}') == {"US_SSN": "219099998"}


@pytest.mark.parametrize(
    "piece",
    [
        "%25",
        "&amp;",
        "\\u0041",
        "A" * 64 + " ",
        "[at] ",
        '" + "',
        "1 ",
        "{",
        '{"a":',
        "\u200b",
        "one ",
    ],
)
def test_hostile_repetition_is_read_in_linear_time(piece: str) -> None:
    def seconds(size: int) -> float:
        text = (piece * size)[:size]
        started = time.process_time()
        for view in views(text):
            assert view.value is not None
        flatten(text)
        return time.process_time() - started

    seconds(1000)
    assert seconds(40_000) < 40 * max(seconds(4_000), 0.005)
