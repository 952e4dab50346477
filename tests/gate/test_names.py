"""Names: people with something personal beside them are found, in many scripts; public figures and code are not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.gate import names, names_cues, names_model
from ringfence.gate.names import NameRecognizer
from ringfence.gate.recognizer import Text


def found(text: str, mode: str = "context", key: str = "") -> list[str]:
    hits = NameRecognizer(mode).find(Text(value=text, key=key))  # type: ignore[arg-type]
    assert all(hit.entity == "PERSON" for hit in hits)
    return [text[hit.start : hit.end] for hit in hits]


CONTEXT = [
    ("Please call Mrs. Okonkwo back about the delivery.", "Okonkwo"),
    ("Patient: Thandiwe Mbeki, seen on Monday.", "Thandiwe Mbeki"),
    ("My name is Ines Valcárcel and I lost my card.", "Ines Valcárcel"),
    ("Dear Mr. Halvorsen,\nyour claim is closed.", "Halvorsen"),
    ("Best regards,\nAnnika Lindqvist\nAccounts", "Annika Lindqvist"),
    ("The passport of Wojciech Zieliński expires in May.", "Wojciech Zieliński"),
    ("Priya Raghunathan's salary is due for review.", "Priya Raghunathan"),
    ("My colleague Tomasz Wrona keeps missing meetings.", "Tomasz Wrona"),
    ("Customer Lucy Barnaby asked for a refund of order 7.", "Lucy Barnaby"),
    ("姓名：王小明，电话另附", "王小明"),
    ("患者名: 佐藤花子", "佐藤花子"),
    ("الاسم: محمد الأحمد", "محمد الأحمد"),
    ("Пациент: Анна Кузнецова", "Анна Кузнецова"),
    ("환자: 김민수", "김민수"),
    ("नाम: राहुल शर्मा", "राहुल शर्मा"),
    ("Ich heiße Jürgen Krämer und wohne in Ulm.", "Jürgen Krämer"),
    ("- Obinna's dad passed away, send flowers", "Obinna"),
    ("- Citlali is on maternity leave until May", "Citlali"),
    ("Reminder: Roisin's chemo starts on Tuesday.", "Roisin"),
    ("can you pick up Caoimhe at three", "Caoimhe"),
    ("my sister tamika moved out last week", "tamika"),
    ("uncle reggie's test results are back", "reggie"),
    ("Soy Itzel Robles Cruz, la madre de Nahuel.", "Itzel Robles Cruz"),
    ("Jestem Beata Nowak, dzwonię w sprawie faktury.", "Beata Nowak"),
    ("Adım Zeynep Kaya, randevu istiyorum.", "Zeynep Kaya"),
    ("Mehmet Bey aradı.", "Mehmet"),
    ("Eşim Ayşe hastanede.", "Ayşe"),
    ("Tên tôi là Nguyễn Hương.", "Nguyễn Hương"),
    ("佐藤健太と申します。", "佐藤健太"),
    ("안녕하세요, 저는 김민수입니다.", "김민수"),
    ("Meine Frau Greta ist krank.", "Greta"),
    ("Моя жена Оксана болеет.", "Оксана"),
    ("Иван Петрович, добрый день", "Иван Петрович"),
]  # fmt: skip
NOT_IN_CONTEXT = [
    "Albert Einstein published the theory of relativity in 1915.",
    "The novel by Jane Austen was adapted for film twice.",
    "Dear Hiring Manager, I am writing to apply.",
    "Dear Customer Support,\nthe app crashes.",
    "name: Build Docs\non: push",
    "class UserAccount(BaseModel): pass",
    "Mr. Brown has 12 apples. How many apples are left if he eats 3?",
    "Hello World is the first program.",
    "The United Nations met in New York on Monday.",
    "Write a story in which Captain Marlow finds a map.",
    "Dear Tenant,\nthe lift is out of order.",
    "Dear Property Owner,\nthe survey starts soon.",
    "Dear Subscriber,\nthis is issue nine.",
    "Kind regards,\nThe Billing Team",
    "Kind regards,\nNorthwind Widgets Team",
    "Fix the parser\n\nSigned-off-by: Daniel Whitmore <d@site.org>",
    "My sister Anna has 12 apples and eats 3.",
    "my sister will go and my son has a cold",
    "Einstein, the physicist, passed away in 1955.",
    "The villain: my brother Oskar, of course.",
    "고객님 안녕하세요",
    "Add soy sauce, then stir.",
]


@pytest.mark.parametrize(("text", "name"), CONTEXT)
def test_a_person_with_personal_context_is_found(text: str, name: str) -> None:
    assert any(name in value or value in name for value in found(text))


@pytest.mark.parametrize("text", NOT_IN_CONTEXT)
def test_no_person_is_reported_without_personal_context(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "key", ["customer name", "patient", "first name", "cardholder", "apellidos"]
)
def test_a_key_that_names_people_is_context_enough(key: str) -> None:
    assert found("Zofia Nowicka", key=key) == ["Zofia Nowicka"]


@pytest.mark.parametrize("key", ["function name", "description", "model"])
def test_other_keys_are_not(key: str) -> None:
    assert found("Weather Lookup", key=key) == []


def test_full_reports_people_without_context_and_off_reports_nobody() -> None:
    text = "Yesterday Daniel Whitmore walked along the river with Hannah Fields."
    assert found(text) == []
    assert set(found(text, "full")) == {"Daniel Whitmore", "Hannah Fields"}
    assert set(found(text, "any")) >= {"Daniel Whitmore", "Hannah Fields"}
    assert found("My name is Ines Valcárcel", "off") == []


def test_the_model_is_not_asked_about_texts_that_hold_no_candidate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(text: str) -> list[tuple[int, int, float]]:
        raise AssertionError("the model was asked")

    monkeypatch.setattr(names_model, "persons", refuse)
    for text in ("restart the worker and tail the log", "SELECT * FROM users;", "x" * 5000):
        assert found(text) == []
    assert found("Daniel Whitmore", "off") == []


def test_threads_share_one_model_and_agree() -> None:
    text = "Daniel Whitmore walked along the river with Hannah Fields."
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: tuple(found(text, "full")), range(24)))
    assert len(set(results)) == 1
    assert names_model._engine() is names_model._engine()


def test_a_long_text_is_read_in_windows_with_right_offsets() -> None:
    filler = "nothing to see in this line of text\n" * 300
    text = filler + "The patient Daniel Whitmore was admitted.\n" + filler
    assert "Daniel Whitmore" in found(text)
    assert "Daniel Whitmore" in found(text, "full")


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["context", "full", "any"]))
def test_offsets_stay_inside_any_text(text: str, mode: names.Mode) -> None:
    for hit in NameRecognizer(mode).find(Text(value=text)):
        assert 0 <= hit.start < hit.end <= len(text)


def test_the_quick_look_for_cues_finds_all_that_the_cues_themselves_would() -> None:
    corpus = Path(__file__).parents[2] / "benchmarks/regulated/corpus"
    lines = [line for path in corpus.glob("*.txt") for line in path.read_text("utf-8").splitlines()]
    for text in [*(text for text, _ in CONTEXT), *NOT_IN_CONTEXT, *lines]:
        slow = {
            hit for cue in names_cues._CUES for hit in names_cues._named(text, cue, 0, len(text))
        }
        assert {hit for hit in names_cues.found_by_cue(text)} >= slow
