"""Regulated content: cases are found, lessons are not. None of these texts stands in the training corpus."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.gate.recognizer import Text
from ringfence.gate.regulated import (
    features,
    model,
    recognizer,
    recognizers,
    vectors,
)

ROOT = Path(__file__).parents[2]
FAMILIES = {
    "CLINICAL", "PRIVILEGED", "DEAL", "UNPUBLISHED_RESULTS", "CLASSIFIED", "HR_MATTER", "SPECIAL_CATEGORY",
    "MINOR_RECORD", "CONFIDENTIAL", "CLIENT_FINANCIAL",
}  # fmt: skip


def families(text: str) -> set[str]:
    (recognizer,) = recognizers()
    hits = list(recognizer.find(Text(value=text)))
    assert all(0 <= hit.start < hit.end <= len(text) for hit in hits)
    return {hit.entity for hit in hits}


CASES = [
    ("CLINICAL", "71yo F w/ hx of CHF p/w worsening DOE and orthopnea, BNP 1800, CXR with pulm edema."),
    ("CLINICAL", "The patient denies fever or chills. Abdomen is soft. Plan: CT in the morning, keep NPO."),
    ("CLINICAL", "O: BP 152/94, HR 88. A: Essential hypertension, not at goal. P: increase lisinopril to 20 mg daily."),
    ("CLINICAL", "I was diagnosed with multiple sclerosis in May and my neurologist started me on ocrelizumab."),
    ("CLINICAL", "MRI of the lumbar spine shows a large L5-S1 disc extrusion compressing the left S1 root."),
    ("CLINICAL", "Client endorses low mood and poor sleep, no suicidal ideation, continues sertraline 50 mg."),
    ("PRIVILEGED", "Counsel advised that we settle before discovery."),
    ("PRIVILEGED", "Attorney-client privileged: our lawyers believe the dismissal motion will fail on count two."),
    ("PRIVILEGED", "My client told me he signed the deed after the bankruptcy petition. What are our options?"),
    ("PRIVILEGED", "Our exposure in the warranty class action is 8 to 12 million if the expert is excluded."),
    ("DEAL", "We are in talks to acquire Norvik for 85 million; keep it quiet until the announcement."),
    ("DEAL", "Project Kestrel: the bidder wants exclusivity and a lower purchase price after due diligence."),
    ("UNPUBLISHED_RESULTS", "Unaudited Q2 revenue is 9% below guidance; do not share before the earnings call."),
    ("UNPUBLISHED_RESULTS", "We will miss consensus EPS this quarter and have not told the market yet."),
    ("CLASSIFIED", "TOP SECRET//SI//NOFORN\nThe station confirms the launch window."),
    ("CLASSIFIED", "CUI//SP-CTI: torque values for the actuator are listed below."),
    ("CLASSIFIED", "OFFICIAL-SENSITIVE: note on the readiness of the northern depot."),
    ("CLASSIFIED", "(S//NF) The radar is offline on Tuesdays between 0300 and 0400."),
    ("HR_MATTER", "We're about to terminate Jim for cause, draft the letter."),
    ("HR_MATTER", "Put Maria on a performance improvement plan, she has missed four deadlines this quarter."),
    ("HR_MATTER", "The harassment complaint against the sales lead was substantiated by two witnesses."),
    ("HR_MATTER", "Her base salary is $92k, rating needs improvement, no bonus this year."),
    ("SPECIAL_CATEGORY", "He is gay and has not told his family; his manager found out last week."),
    ("SPECIAL_CATEGORY", "Religion: Muslim; trade union: member since 2011; criminal record: theft 2009"),
    ("SPECIAL_CATEGORY", "The applicant was convicted of assault in 2015 and is on parole until June."),
    ("MINOR_RECORD", "IEP meeting: the student reads two years below grade level and needs a one-to-one aide."),
    ("MINOR_RECORD", "My 9-year-old son was suspended for fighting and the school wants a psychologist."),
    ("CONFIDENTIAL", "CONFIDENTIAL - internal use only. The spring catalogue drops the leather line."),
    ("CONFIDENTIAL", "Our proprietary process anneals the ribbon twice; do not share outside the company."),
    ("CLIENT_FINANCIAL", "The borrower has a FICO of 612, DTI of 51 and owes $38,000 on two cards."),
    ("CLIENT_FINANCIAL", "My client's portfolio is worth 2.1 million, mostly in her late husband's company stock."),
]  # fmt: skip
LESSONS = [
    "Explain attorney–client privilege",
    "what are symptoms of diabetes?",
    "Write a policy template for performance reviews",
    "What does NOFORN stand for?",
    "How do mergers affect employees in general?",
    "List three reasons why companies restate earnings.",
    "What is the difference between a 504 plan and an IEP?",
    "Describe how a FICO score is built.",
    "Which rights does the GDPR give to trade union members?",
    "Can you explain what a confidentiality agreement is?",
    "Write a Python class for a patient with a list of visits.",
    "How many tablets are left if a nurse gives 3 of 24 every day for 5 days?",
    "Give me a template for a termination letter.",
    "Summarise the history of psychiatric hospitals.",
    "The stock market closed higher on Monday after the bank reported strong earnings.",
    "def discharge(patient: Patient) -> None:\n    patient.status = 'discharged'\n    patient.save()",
    "Sort these tickets by severity: login broken, typo on page 3, crash on start.",
    "Suggest a title for my talk about code review culture.",
    "The committee met to discuss the new playground and the school bus timetable.",
    "WARN worker 3 terminated with exit code 137, restarting",
]


@pytest.mark.parametrize(("family", "text"), CASES)
def test_a_case_is_found(family: str, text: str) -> None:
    assert family in families(text)


@pytest.mark.parametrize("text", LESSONS)
def test_a_lesson_is_not_a_case(text: str) -> None:
    assert families(text) == set()


@pytest.mark.parametrize(("family", "text"), CASES)
def test_a_case_is_found_in_the_middle_of_a_long_document(family: str, text: str) -> None:
    filler = "The committee met on the second floor and talked about the garden fence. " * 40
    (recognizer,) = recognizers()
    hits = [
        h for h in recognizer.find(Text(value=f"{filler}\n{text}\n{filler}")) if h.entity == family
    ]
    assert any(hit.start <= len(filler) + len(text) and hit.end >= len(filler) for hit in hits)


def test_no_learned_verdict_releases_what_the_cues_find() -> None:
    for _, text in CASES:
        seen = recognizer.evidence(text, lambda: False, True)
        assert set(seen.cued if seen else ()) <= families(text)


def test_the_weights_are_those_of_the_corpus_in_the_repository() -> None:
    weights = ROOT / "policy/ringfence/gate/regulated/weights.json"
    trained_on = json.loads(weights.read_text("utf-8"))["trained_on"]
    for path in sorted((ROOT / "benchmarks/regulated/corpus").glob("*.txt")):
        assert trained_on[path.name] == "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    assert trained_on["vectors.bin"] == (
        "sha256:" + hashlib.sha256(weights.with_name("vectors.bin").read_bytes()).hexdigest()
    )
    assert weights.stat().st_size < 600_000
    assert set(model.load().families) == FAMILIES


@pytest.mark.parametrize(
    "text",
    [
        "Patient denies fever. Patient stable, plan: CT of the abdomen, 3 mg at 10:30.",
        "患者胸痛三天,血压 120/80",
        "?",
    ],
)
def test_a_window_is_scored_as_training_saw_it(text: str) -> None:
    trained = model.logits(model.load(), features.read(text))
    served, count = model.Sums(model.load()).read(features.split(text))
    assert served == pytest.approx(trained, abs=1e-3)
    assert count == features.read(text).counts.sum()


def test_a_table_of_words_that_is_full_is_replaced_and_says_the_same() -> None:
    text = "The patient denies chest pain, troponin is rising, plan is the cath lab."
    before = model.score(text)
    assert before is not None
    for start in range(0, model.Sums.ROOM, 400):
        model.score(" ".join(f"w{letters(n)}" for n in range(start, start + 400)))
    after = model.score(text)
    assert after is not None
    assert after.margin == pytest.approx(before.margin, abs=1e-4)
    assert after.families == before.families


def letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


@pytest.mark.parametrize(
    ("word", "neighbour", "stranger"),
    [
        ("mosque", "kirche", "lunes"),
        ("pregnant", "těhotn", "bicycle"),
        ("lawyer", "abogado", "banana"),
    ],
)
def test_words_of_one_meaning_lie_close_across_languages(
    word: str, neighbour: str, stranger: str
) -> None:
    def direction(name: str) -> list[float]:
        table = vectors.load()
        rows = list(table.pieces(name))
        return list(vectors.pooled(table.rows[rows].sum(axis=0) * table.scale, len(rows))[:-1])

    def cosine(one: str, other: str) -> float:
        return sum(a * b for a, b in zip(direction(one), direction(other), strict=True))

    assert cosine(word, neighbour) > cosine(word, stranger) + 0.2


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_read_without_raising(text: str) -> None:
    assert families(text) <= FAMILIES


def test_a_text_of_a_megabyte_is_read_in_windows() -> None:
    assert families("lorem ipsum dolor sit amet " * 40_000) == set()
