"""Read in full: a verb that asks for work, at the start of a sentence, is nobody's name."""

from __future__ import annotations

import pytest

from ringfence.gate.names import NameRecognizer
from ringfence.gate.recognizer import Text

VERBS = [
    "Summarise",
    "Summarize",
    "Translate",
    "Rewrite",
    "Draft",
    "Proofread",
    "Classify",
    "Explain",
    "Paraphrase",
    "Rephrase",
    "Reword",
    "Outline",
    "Condense",
    "Generate",
    "Format",
    "Convert",
]


def people(text: str) -> set[str]:
    """Who is found in a text, as written."""
    hits = NameRecognizer("full").find(Text(value=text))
    return {text[hit.start : hit.end] for hit in hits}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    "text",
    [
        "{} the release notes of version 2.",
        "{} this paragraph in two sentences.",
        "Thanks. {} it for the team, please.",
        "{} these:\n- pump\n- valve",
        "The pump is new.\n- {} the manual\n",
        "{}: the pump failed.",
    ],
)
def test_a_verb_that_asks_for_work_is_nobody(verb: str, text: str) -> None:
    assert people(text.format(verb)) == set()


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("{} the letter that Maria Keller wrote.", "Keller"),
        ("{}: Maria Keller called at noon.", "Keller"),
        ("{} Maria Keller's file.", "Keller"),
        ("{} this: Otto Lindqvist came by on a Tuesday.", "Lindqvist"),
    ],
)
def test_who_stands_behind_the_verb_is_found(verb: str, text: str, name: str) -> None:
    assert any(name in person for person in people(text.format(verb)))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mr. Draft was seen on Monday.", "Draft"),
        ("Dr. Reword was late.", "Reword"),
        ("Peter Draft wrote the letter.", "Draft"),
    ],
)
def test_somebody_of_that_name_is_found(text: str, name: str) -> None:
    assert any(name in person for person in people(text))
