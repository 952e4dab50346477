"""What counts in a phrase of a dictionary, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.rules.phrases import fold, folded_words, readings, words_in


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Zoë O'Brien", ["zoe", "obrien"]),
        ("ZOE OBRIEN'S", ["zoe", "obrien"]),
        ("zoë_o’brien", ["zoe", "obrien"]),
        ("Zoe\u0308  OʼBrien’s", ["zoe", "obrien"]),
        ("Jean-Luc", ["jean", "luc"]),
        ("Jean Luc", ["jean", "luc"]),
        ("the James' car", ["the", "james", "car"]),
        ("Straße", ["strasse"]),
        ("Søren Łukasz Æneas", ["soren", "lukasz", "aeneas"]),
        ("İstanbul", ["istanbul"]),
        ("ＡＣＭＥ", ["acme"]),
        ("ac\u200bme ac\u00adme", ["acme", "acme"]),
        ("Acme 2000, Inc.", ["acme", "2000", "inc"]),
        ("张伟", ["张", "伟"]),
        ("김민수는", list("김민수는")),
        ("प्रिया शर्मा", [fold("प्रिया"), fold("शर्मा")]),
        ("<b>John</b>", ["b", "john", "b"]),
        ("-- ?? '' _", []),
    ],
)
def test_words_are_folded(text: str, words: list[str]) -> None:
    assert folded_words(text) == words


@pytest.mark.parametrize("text", ["Ander-\nson", "Ander- \r\n  son", "Ander\u00ad\nson"])
def test_a_word_broken_at_the_end_of_a_line_is_put_together(text: str) -> None:
    plain, mended = readings(f"by Ida {text} and {text}")
    assert folded_words(plain.text) == ["by", "ida", "ander", "son", "and", "ander", "son"]
    assert folded_words(mended.text) == ["by", "ida", "anderson", "and", "anderson"]
    places = [mended.span(*match.span()) for match in words_in(mended.text)]
    assert places == [(0, 2), (3, 6), (7, 7 + len(text)), *_after(7 + len(text) + 1, text)]


def _after(start: int, text: str) -> list[tuple[int, int]]:
    return [(start, start + 3), (start + 4, start + 4 + len(text))]


@given(st.text(st.sampled_from("aB-\u00ad\r\n '’é\u0301張_.\u200b")))
def test_places_are_in_the_text_and_in_order(text: str) -> None:
    for reading in readings(text):
        at = 0
        for match in words_in(reading.text):
            start, end = reading.span(*match.span())
            assert at <= start < end <= len(text)
            at = end
