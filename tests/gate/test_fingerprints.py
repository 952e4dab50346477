"""The grams that are compared: the same in any company, one in every passage, and places that are exact."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.gate.fingerprints import GUARANTEE, MIN_SPAN, K, S, read

PASSAGES = st.text("abcdefghij0123456789.,;", min_size=GUARANTEE, max_size=3 * GUARANTEE)


@given(PASSAGES)
def test_every_passage_of_the_guaranteed_length_holds_a_chosen_gram(passage: str) -> None:
    for start in range(len(passage) - GUARANTEE + 1):
        assert list(read(passage[start : start + GUARANTEE]).grams())


@given(PASSAGES, st.text(max_size=80), st.text(max_size=80))
def test_a_passage_chooses_the_same_grams_in_any_company(
    passage: str, before: str, after: str
) -> None:
    assert set(read(passage).grams()) <= set(read(f"{before} {passage} {after}").grams())


def test_about_one_gram_in_five_is_chosen() -> None:
    text = " ".join(f"word{n * n % 997}and{n * 7919 % 10007}" for n in range(2000))
    reading = read(text)
    assert len(reading.starts) / len(reading.codes) == pytest.approx(2 / (K - S + 1), rel=0.1)


@given(st.text(max_size=200))
def test_places_point_into_the_text(text: str) -> None:
    reading = read(text)
    assert len(reading.places) == len(reading.codes)
    assert all(0 <= place < len(text) for place in reading.places.tolist())
    assert sorted(set(reading.places.tolist())) == reading.places.tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ünlü, naïve", "unlu, NAIVE"),
        ('say "yes"\nto it', "say “yes” to  it"),
        ("a\tb\nc", json.dumps("a\tb\nc")),
        ("año 😀 \u4e2d\u6587", json.dumps(json.dumps("año 😀 \u4e2d\u6587"))),
        ("if a < b & c", "if a &lt; b &amp; c"),
        ("**bold** and `code`", "> bold and\n> code"),
        ("soft\u00adhyphen\u200bs", "softhyphens"),
        ("caf\u00e9", "cafe\u0301"),
    ],
)
def test_what_counts_is_the_same(one: str, other: str) -> None:
    assert read(one).codes.tolist() == read(other).codes.tolist()


def test_hangul_keeps_all_of_a_syllable() -> None:
    assert read("한국").codes.tolist() != read("하구").codes.tolist()


SENTENCE = (
    "The wind came round to the south in the night and the boats that had gone out early were seen "
    "again off the point before anybody on the quay had put the kettle on for them."
)


@pytest.mark.parametrize(("length", "matches"), [(120, True), (60, True), (50, True), (25, False)])
def test_a_passage_must_be_able_to_be_fifty_characters_long(length: int, matches: bool) -> None:
    passage = SENTENCE[20 : 20 + length]
    text = (
        f"Something else was said at the table first, {passage}, by people who did not know them."
    )
    reading, known = read(text), set(read(SENTENCE).grams())
    spans = list(reading.spans(np.array([gram in known for gram in reading.grams()], dtype=bool)))
    assert bool(spans) == matches
    for span in spans:
        assert text[span.start : span.end] in passage
    assert MIN_SPAN == 50


def test_no_text_no_grams() -> None:
    for text in ("", "short", " \n" * 100, "-" * 200, "\ud800" * 100):
        assert list(read(text).grams()) == []


@pytest.mark.parametrize(
    "lines",
    [
        "import os, sys as system  # noqa\n",
        "from a.b import (\n    c,\n    d as e,\n)\n",
        'import {a, b as c} from "x";\nimport java.util.List;\n',
        "#include <stdio.h>\n",
    ],
)
def test_lines_that_import_names_do_not_count(lines: str) -> None:
    assert read(lines).codes.tolist() == []


@pytest.mark.parametrize(
    "text",
    [
        "import duties of the client were four million",
        "from x import (\nthe client paid four million in duties\n)",
        "from x import (\n",
        "import a # the client paid four million in duties",
    ],
)
def test_no_sentence_hides_in_an_import(text: str) -> None:
    assert len(read(text).codes) == sum(not c.isspace() and c != "#" for c in text)


@pytest.mark.parametrize(
    "piece",
    ["import (", "import a, ", "from a import (a\n,", "import {\n", " ", "import a\n", "\\n&#"],
)
def test_no_text_takes_more_than_linear_time(piece: str) -> None:
    """Quadratic work on 300,000 characters would meet the test's time limit."""
    for text in (piece * (300_000 // len(piece)), f"import {piece * (300_000 // len(piece))}!"):
        read(text)
