"""Neighbours, colleagues and titles in the languages people gossip in; near misses that are nobody."""

from __future__ import annotations

import pytest

from ringfence.gate.names import NameRecognizer
from ringfence.gate.recognizer import Text

FOUND = [
    # Chat in lower case.
    ("my brother in law emeka owes me two grand", "emeka"),
    ("priya s lives three doors down at number 9, her dog barks all night", "priya"),
    ("did you hear about declan? got fired on monday", "declan"),
    ("neighbour sheila had another baby and no dad in sight", "sheila"),
    ("our landlord marek won't fix the boiler", "marek"),
    ("sara's ex keeps texting her threats", "sara"),
    ("josie at work is pregnant and told nobody", "josie"),
    ("mrs patel from number 9 fell again, i called an ambulance", "patel"),
    ("mere padosi rajesh gupta ko naukri se nikal diya", "rajesh"),
    # Calendars, cards, headers, tables, initials, surname first.
    ("BEGIN:VEVENT\nSUMMARY:Martha Ellison - biopsy\nEND:VEVENT", "Martha Ellison"),
    ("BEGIN:VCARD\nFN:Siobhan O'Malley\nEND:VCARD", "Siobhan O'Malley"),
    ("On Mon, 2 Mar 2026 at 09:14, Ifeoma Nwosu wrote:\n> she is in rehab", "Ifeoma Nwosu"),
    ("surname,forename,absence\nOkafor,Blessing,12 days\nQuist,Lars,3 days", "Okafor"),
    ("full_name;rating\nLena Vogt;poor\nIan Frew;good", "Lena Vogt"),
    ('{"lastName": "Castellanos", "reason": "burnout"}', "Castellanos"),
    ("R.F. Marchbanks was given a written warning.", "Marchbanks"),
    ("Holloway-Smith, Lucinda - rent overdue since March", "Holloway-Smith, Lucinda"),
    # Other languages.
    ("pan Zbigniew Kurek spod piątki znowu pił", "Zbigniew Kurek"),
    ("pismo do pani Katarzyny Lis-Wolskiej w sprawie czynszu", "Katarzyny"),
    ("truus v.d. velden uit de molenstraat heeft weer ruzie", "truus v.d. velden"),
    ("Mevrouw Van Dijk is gevallen en ligt in het ziekenhuis", "Van Dijk"),
    ("Min kollega Mette Sørensen er blevet skilt", "Mette Sørensen"),
    ("η κυρία Ελένη Δημητρίου χρωστάει ενοίκιο", "Ελένη Δημητρίου"),
    ("Хворий: Коваль Петро Іванович", "Коваль Петро Іванович"),
    ("сосед Олег Фомин опять пил", "Олег Фомин"),
    ("Приказ об отпуске Беловой Ирины Сергеевны", "Беловой Ирины Сергеевны"),
    ("Szabó Ilona néni elesett és kórházban van", "Szabó Ilona"),
    ("Unsere Mieterin Sabine Krug zahlt seit März keine Miete", "Sabine Krug"),
    ("ma voisine Odile Garnier a perdu son mari", "Odile Garnier"),
    ("mi compañero Iván Prieto está de baja por depresión", "Iván Prieto"),
    ("o meu vizinho Joaquim Teixeira bebe muito", "Joaquim Teixeira"),
    ("il mio collega Marco Bellini è stato licenziato", "Marco Bellini"),
    ("Komşum Fatma Hanım hastanede", "Fatma"),
    ("chị Trần Thị Mai chưa trả tiền nhà", "Trần Thị Mai"),
    ("Bu Siti Rahayu tetangga saya sakit", "Siti Rahayu"),
    ("佐藤くんは先月から休職しています", "佐藤"),
    ("うちの高橋課長が入院しました", "高橋"),
    ("隔壁的林美玲女士欠我房租", "林美玲"),
    ("我同事赵国强离婚了", "赵国强"),
    ("이수진 과장 우울증으로 휴직", "이수진"),
    ("옆집 박민호 씨가 경찰을 불렀어요", "박민호"),
    ("جارتي أم خالد مريضة", "خالد"),
    ("سارة بنت فيصل طلبت إجازة مرضية", "سارة بنت فيصل"),
    ("השכן דוד לוי לא שילם שכירות", "דוד לוי"),
    ("मेरे पड़ोसी राजेश वर्मा शराब पीते हैं", "राजेश वर्मा"),
    ("คุณวิชัย สุขใจ ค้างค่าเช่าสองเดือน", "วิชัย"),
]  # fmt: skip
NEAR_MISSES = [
    "my landlord will fix it and my boss said no",
    "the team at work told me the server lives on",
    "i will owe more if rates rise",
    "كيف أغسل المرطبانات الزجاجية؟",
    "मरीज की जानकारी कैसे सुरक्षित रखें?",
    "이름 빈칸으로 두면 어떻게 되나요",
    "고객 정보가 유출되면 어떻게 하나요",
    "manžel ji bil, co má žena dělat",
    "患者高血压怎么办",
    "お客さんが待っています。先生はいつ来ますか。",
    "皆さん、お疲れ様です。",
    "คุณสามารถ ติดต่อได้ทุกวัน",
    "Lass Platz für die Klinik auf dem Formular.",
    "Meet me at Darwin Close, near the clinic.",
    "Schedule C and Breathing Space: which form does the bank want?",
    "product,price\nWinter Boots,40\nRain Coat,55",
    "Hvordan skriver man en opsigelse?",
    "هل أذهب أم أبقى في المستشفى؟",
    "Is a pan better than a wok for my patients' diet?",
]


def found(text: str) -> list[str]:
    hits = NameRecognizer("context").find(Text(value=text))
    return [text[hit.start : hit.end] for hit in hits]


@pytest.mark.parametrize(("text", "name"), FOUND)
def test_those_around_us_are_found_in_any_language(text: str, name: str) -> None:
    assert any(name in value or value in name for value in found(text))


@pytest.mark.parametrize("text", NEAR_MISSES)
def test_what_only_looks_like_a_name_is_not(text: str) -> None:
    assert found(text) == []
