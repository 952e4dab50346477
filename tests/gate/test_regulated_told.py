"""A lesson in front, behind or about releases what it says itself, and not the case that stands beside it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ringfence.gate.recognizer import Text
from ringfence.gate.regulated import passages, recognizers

OPENINGS = [
    "How to write the memo?",
    "How to read the annex:",
    "Explain what this means:",
    "Can you explain this to me in simple terms?",
    "can u tell me what this means?",
    "What is a summary?",
    "Please summarise the key points.",
    "Give me an example of how to answer this.",
    "Write a checklist from this:",
    "Draft a template reply to this.",
    "Suppose you were in our place.",
    "You are an experienced consultant. Rewrite:",
    "As a teacher, how do I put this?",
    "Act as an editor.",
    "I want you to make a generic version of this:",
    "Is this legal?",
    "Can you translate this into Spanish?",
    "Was bedeutet das?",
    "Erkläre mir das bitte:",
    "Qu'est-ce que cela veut dire ?",
    "Comment résumer ce texte :",
    "¿Qué significa esto?",
    "Cosa significa questo?",
    "O que significa isto?",
    "Wat betekent dit?",
    "Co to znaczy?",
    "Что это значит?",
    "これを説明して。",
    "什么是这个意思?",
]
CASES = [
    ("CLINICAL", "71yo F w/ hx of CHF p/w worsening DOE and orthopnea, BNP 1800, CXR with pulm edema."),
    ("PRIVILEGED", "Counsel advised that we settle before discovery."),
    ("PRIVILEGED", "Our exposure in the warranty class action is 8 to 12 million if the expert is excluded."),
    ("DEAL", "We are in talks to acquire Norvik for 85 million; keep it quiet until the announcement."),
    ("UNPUBLISHED_RESULTS", "Unaudited Q2 revenue is 9% below guidance; do not share before the earnings call."),
    ("CLASSIFIED", "(S//NF) The radar is offline on Tuesdays between 0300 and 0400."),
    ("CLASSIFIED", "CUI//SP-CTI: torque values for the actuator are listed below."),
    ("HR_MATTER", "Jonas will be put on a performance improvement plan, he has missed four deadlines this quarter."),
    ("HR_MATTER", "The harassment complaint against the sales lead was substantiated by two witnesses."),
    ("SPECIAL_CATEGORY", "The applicant was convicted of assault in 2015 and is on parole until June."),
    ("MINOR_RECORD", "IEP meeting: the student reads two years below grade level and needs a one-to-one aide."),
    ("CONFIDENTIAL", "CONFIDENTIAL - internal use only. The spring catalogue drops the leather line."),
    ("CLIENT_FINANCIAL", "Applicant earns $61k, has a FICO of 612, DTI of 51 and owes $38,000 on two cards."),
]  # fmt: skip
PLACES: dict[str, Callable[[str, str], str]] = {
    "behind": lambda ask, case: f"{ask} {case}",
    "below": lambda ask, case: f"{ask}\n\n{case}",
    "in front": lambda ask, case: f"{case}\n{ask}",
    "between": lambda ask, case: f"{ask} {case} Please keep it short and explain each step.",
    "quoted": lambda ask, case: f'{ask} "{case}"',
    "cited": lambda ask, case: f"{ask}\n> {case}",
    "fenced": lambda ask, case: f"{ask}\n```\n{case}\n```",
}
FRAMES = {
    "why": "Can you explain why {}",
    "question behind a dash": "{} - what does this mean?",
    "general talk above": "A summary usually gives the main points, and should be short. Readers generally want to "
    "know what happened and what must be done next.\n\n{}",
    "general talk below": "{}\n\nGenerally, a summary should be short. For example, a chapter may be put into three "
    "sentences. Most guides recommend that writers avoid opinions.",
    "a glossary above": "Glossary of abbreviations: PM = afternoon, AM = morning.\n\n{}",
    "rules above": "Policy: all staff must keep notes short. Managers should review them.\n\n{}",
    "a course above": "Module 3: how to write a report. Students should be brief.\n\n{}",
    "a notice below": "{}\n\nThis e-mail may be privileged. If you are not the intended recipient, delete it.",
    "code above": "Explain this function:\n```python\ndef f(x):\n    return x + 1\n```\n\n{}",
    "an exam above": "Which of the following is a fruit? A) apple B) chair C) table D) lamp\n\n{}",
    "a story asked": "Write a short story about a lighthouse. {}",
    "an example": "For example: {}",
}
ABROAD = [
    "Patientin klagt über Dyspnoe und Beinödeme, NT-proBNP 2400, Furosemid auf 40 mg erhöht, Z.n. Myokardinfarkt.",
    "Paciente de 64 años con dolor torácico, troponina elevada, se inicia heparina y pasa a la UCI.",
    "La candidata es testigo de Jehová y tiene antecedentes penales por robo.",
]
LESSONS = [
    "What is hypertension? Keep it short, please.",
    'What does the phrase "settle before discovery" mean in a civil lawsuit?',
    "How are portion markings read? Explain it step by step, with examples.",
    "Explain insider trading. Use simple words. I am preparing for an exam.",
    "What is a performance improvement plan? When do employers use one? Give me the pros and cons.",
    "Write a short story about a nurse named Ada Quill who hides a diagnosis from her husband.",
    "Write a template for a warning letter with merge fields such as {{first_name}} and {{date}}.",
    "Was bedeutet Schweigepflicht? Bitte mit Beispielen.",
    "¿Qué es un expediente disciplinario? Explica los pasos.",
    "A shop sells 12 pens for $3 each and owes $7 for rent. How much is left?",
]  # fmt: skip


def families(text: str) -> set[str]:
    (recognizer,) = recognizers()
    return {hit.entity for hit in recognizer.find(Text(value=text))}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("asked", OPENINGS)
def test_a_question_releases_no_case_beside_it(asked: str, place: str) -> None:
    texts = [(family, PLACES[place](asked, case)) for family, case in CASES]
    assert [text for family, text in texts if family not in families(text)] == []


@pytest.mark.parametrize("frame", FRAMES)
def test_what_is_general_releases_no_case_beside_it(frame: str) -> None:
    texts = [(family, FRAMES[frame].format(case)) for family, case in CASES]
    assert [text for family, text in texts if family not in families(text)] == []


@pytest.mark.parametrize(
    "asked", ["What does this mean?", "Was bedeutet das?", "¿Qué significa esto?"]
)
@pytest.mark.parametrize("case", ABROAD)
def test_nor_a_case_that_only_the_model_knows(asked: str, case: str) -> None:
    for text in (f"{asked} {case}", f'{asked} "{case}"', f"{asked}\n\n{case}"):
        assert families(text)


@pytest.mark.parametrize("text", LESSONS)
def test_a_lesson_of_several_sentences_stays_one(text: str) -> None:
    assert families(text) == set()


def test_only_questions_about_nobody_are_left_out() -> None:
    text = 'What is "mediation"? Keep it brief. Can we settle with Ms Holm? She earns $61k.'
    assert passages.told(text).split() == [
        "we",
        "settle",
        "with",
        "Ms",
        "Holm?",
        "She",
        "earns",
        "$61k.",
    ]


def test_a_form_leaves_what_is_filled_in() -> None:
    form = "Dear [Name],\nas of [Date] the rules of [Company] hold.\n{}\nYours, [Sender]"
    assert families(form.format("Keep this letter.")) == set()
    assert families(form.format("Mr Holm was put on a performance improvement plan in May."))
