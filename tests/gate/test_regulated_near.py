"""Near misses of the cues: texts about a subject, beside real cases that use the same words."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.regulated import aside, recognizers, subject

BLOCKS = [
    tuple(block.strip().split("\n", 1))
    for block in Path(__file__).with_name("near_misses.txt").read_text("utf-8").split("\n%%\n")
]
LESSONS = [text for label, text in BLOCKS if label == "lesson"]
CASES = [(label, text) for label, text in BLOCKS if label != "lesson"]


def hits(text: str) -> list[Hit]:
    (recognizer,) = recognizers()
    return list(recognizer.find(Text(value=text)))


@pytest.mark.parametrize("text", LESSONS)
def test_words_of_a_case_in_a_lesson_are_no_cue(text: str) -> None:
    assert [hit.entity for hit in hits(text) if hit.why == "cues"] == []


@pytest.mark.parametrize(("family", "text"), CASES)
def test_a_case_in_the_words_of_a_lesson_is_found(family: str, text: str) -> None:
    assert family in {hit.entity for hit in hits(text)}


def test_a_notice_at_the_foot_takes_nothing_from_what_stands_above_it() -> None:
    text = "We settle for 2 million. This e-mail is confidential. If you received it in error, delete it."
    assert aside.without_asides(text).startswith("We settle for 2 million.")
    assert "confidential" not in aside.without_asides(text)


def test_a_mark_of_confidence_without_a_stray_reader_is_no_notice() -> None:
    text = "This document is confidential. The yield is 41%."
    assert aside.without_asides(text) == text


def test_an_exam_about_somebodys_own_is_no_exam() -> None:
    choices = "What is the best next step? (A) Rest (B) Surgery (C) Insulin"
    assert subject.is_exam(f"A man has chest pain. {choices}")
    assert not subject.is_exam(f"My father has chest pain. {choices}")
