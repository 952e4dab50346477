"""Stories, exercises, examples and public people hold a name back; a record beside it, or real life, does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ringfence.gate import Gate
from ringfence.gate.names import NameRecognizer
from ringfence.gate.recognizer import Text
from ringfence.request import Request

INVENTED = [
    "Improvise a dialogue where Officer Trent questions Mrs Farrow about her husband's debts.",
    "Write a one-act play in which Lady Violet Ashdown accuses her butler Simmons of theft.",
    "Please draft a scene: Dr. Corvin Hale tells his patient Lucia Marsh that the graft failed.",
    "You're the dungeon master. My wife plays Sister Morwen, whose son Edric was arrested by the baron.",
    "I need a villain backstory for Commander Ilse Brandt, who lost her husband Karl in prison.",
    "Chapter 4\n\nMrs Gable opened the door. Her nephew Rupert had been let go from the bank.",
    "INT. HOSPITAL - DAY\n\nNURSE JUNE PARRY checks the chart of OLD TOM.",
    '"You owe me rent, Mr Wickham," she whispered, and Aunt Clarissa laughed.',
    "Once upon a time Mr Badger lived with his wife Matilda, who was very sick.",
    "Erzähl mir eine Gutenachtgeschichte über Frau Holunder und ihren Sohn Jonas im Krankenhaus.",
    "Verfasse einen Monolog: Herr Adler gesteht seiner Frau Greta die Schulden.",
    "Invente une scène comique où M. Poireau doit de l'argent à sa voisine Josette.",
    "Inventa un relato en el que doña Elvira Montero esconde la herencia de su hijo Julián.",
    "Verzin een verhaal over meneer De Groot die zijn buurvrouw Truus bedriegt.",
    "Wymyśl bajkę o panu Borsuku, którego żona Zofia trafiła do szpitala.",
    "Сочини сказку про Ивана Петровича, который пил и задолжал соседу.",
    "Bana bir masal yaz: Hasan Bey komşusu Fatma Hanım ile kavga eder.",
    "짧은 소설을 써 줘. 주인공 김영수 씨는 이혼하고 병원에 입원한다.",
    "写一篇小说：陈志远先生欠债，妻子林小燕住院。",
    "اكتب مشهدا مسرحيا عن السيد سامي وزوجته هدى المريضة",
    "The moon was high above the bay,\nwhen Mr Finch had lost his way,\n"
    "his daughter Rose had gone to sea\nand left her hat upon the quay;",
]  # fmt: skip
EXERCISES = [
    "In the dialogue, Herr Lorenz asks Frau Kamm where the clinic is.",
    "Was Mrs Rowley a good mother? Discuss with reference to her daughter Lydia.",
    "Mrs Adeyemi has 14 plots and sells 3 each month to the bank. How many remain after 4 months?",
    "Mr Lindqvist's loan of 9000 is repaid in 36 parts. What is the interest at 4%?",
    "Frau Sommer kauft 5 kg Äpfel und zahlt mit Karte. Wie viel Rückgeld bekommt sie auf 20 Euro?",
    "Mme Girard emprunte 12000 euros à la banque. Combien rembourse-t-elle au bout de 5 ans?",
    "El señor Rojas paga 300 euros de alquiler. ¿Cuánto paga en 12 meses?",
    "Pan Nowicki wpłaca do banku 700 zł na 3%. Ile otrzyma po 2 latach?",
    "Logic puzzle: Captain Ruiz, Doctor Amari and Judge Bell live in the red, blue and green house.",
    "Exercise 12. Nurse Osei prepares 250 mg for Mr. Tran, a patient of 70 kg.",
    "Dosage calculation: Mrs. Ito weighs 64 kg; the order reads 2 mg/kg. Compute the volume.",
    "鈴木さんは銀行に5万円を預けました。年利3%では2年後に何円になりますか。",
]  # fmt: skip
PUBLIC = [
    "Mozart's sister Nannerl and his wife Constanze kept his letters.",
    "Mr Justice Harlow ruled in Regina v Dunmore that the witness Arthur Pell was credible.",
    "Ada Byron (1815–1852) was the daughter of a poet; her husband William was an earl.",
    "Prime Minister Sanna Marin resigned after the election, her spokesman said.",
    "Striker Erling Vik joined the club on a contract to 2029; his salary is a league record.",
    "The film stars Tom Alder as Dr. Klein, whose wife Nina is diagnosed with cancer.",
    "In 1888 the painter Viktor Holm was sent to hospital by his brother Theo.",
    "Shares fell after founder Diane Marsh resigned, the company said in a statement.",
    "Der Komponist Robert Weiss (1810-1856) litt an Depressionen; seine Frau Clara pflegte ihn.",
    "Le président Alain Mercier a visité l'hôpital avec Mme Mercier, selon le ministre.",
    "El presidente Ramón Vidal visitó el hospital con su esposa Elena, según el ministro.",
    "Министр Олег Савин заявил, что президент посетит больницу.",
    "Explain who Mr. Darcy was and why Elizabeth Bennet refused him at first.",
    "Council leader Ian Frew said the authority would appeal, and Mr Frew blamed the government.",
]  # fmt: skip
SAMPLES = [
    '{"customer": {"name": "Jane Doe"}}',
    "Name: Erika Mustermann\nKunde: Max Mustermann",
    "氏名：山田太郎",
    "Nombre: Juan Pérez",
    '{"firstName": "Jane", "lastName": "Doe"}',
    'Example input: "Hi, this is Karen Blix, my card was stolen."\nExample output: fraud',
    "Dr. Oetker pizza or Dr Pepper with my order, please",
]
REAL = [
    ("Please tell Mr Adebayo that we moved his surgery.", "Adebayo"),
    ("My neighbour Theodora Vance told me a story about her divorce.", "Theodora Vance"),
    ("Our tenant Lucia Marsh owes us rent for May; write her a letter.", "Lucia Marsh"),
    ("Write a story.\nPatient: Daniel Whitmore, MRN 48210073, seen today.", "Daniel Whitmore"),
    ("Once upon a time. Hannah Fields, dob 03/04/1981, is my client.", "Hannah Fields"),
    ("How do I tell my colleague Priya Raman that she is being let go?", "Priya Raman"),
    ("I read about it in the news, but Mrs Castellan upstairs is the one who is pregnant.", "Castellan"),
]  # fmt: skip


def found(text: str, mode: str = "context") -> list[str]:
    hits = NameRecognizer(mode).find(Text(value=text))  # type: ignore[arg-type]
    return [text[hit.start : hit.end] for hit in hits]


@pytest.mark.parametrize("text", [*INVENTED, *EXERCISES, *PUBLIC, *SAMPLES])
def test_people_of_stories_exercises_the_news_and_examples_are_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(("text", "name"), REAL)
def test_real_people_are_found_beside_the_same_words(text: str, name: str) -> None:
    assert any(name in value for value in found(text))


@pytest.mark.parametrize("lead", ["Write a story: ", "Role-play: ", "Exercise 3. ", "Movie plot: "])
@pytest.mark.parametrize(
    "text",
    [
        "Tom Reed, tom.reed@northfield-dental.org, has not paid.",
        "Pt is a 54yo M c/o chest pain radiating to L arm x 2 hrs, diaphoretic. PMH HTN, HLD. Given ASA 325.",
        "Tom Reed, SSN 536-22-8145, moved out.",
        "Tom Reed, IBAN DE89 3704 0044 0532 0130 00, wants his money.",
    ],
)
def test_a_leading_word_lets_no_record_through(
    make_gate: Callable[..., Gate], lead: str, text: str
) -> None:
    request = Request.parse({"messages": [{"role": "user", "content": lead + text}]})
    assert make_gate().read(request).labels


@pytest.mark.parametrize("text", [INVENTED[0], PUBLIC[0]])
def test_full_mode_knows_no_settings(text: str) -> None:
    assert found(text, "full")
