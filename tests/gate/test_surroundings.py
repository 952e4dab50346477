"""Values let go for what the text about them says, and the same values kept where it speaks of somebody."""

from __future__ import annotations

import pytest

from ringfence.gate.checksums import mod97
from ringfence.gate.published import IBANS
from ringfence.gate.recognizer import Text
from ringfence.gate.recognizers import recognizers


def found(text: str) -> set[str]:
    return {hit.entity for item in recognizers() for hit in item.find(Text(value=text))}


EXERCISES = [
    "A licence plate shows BMW4321. How many plates share its first letter?",
    "How many licence plates of the form ABC-123 can be made if no letter repeats?",
    "A plate reads 'KX 4471'. In how many ways can its characters be rearranged?",
    "Anna lives at 14 Maple Street and Ben at 22 Maple Street. How many houses lie between them?",
    "Find the remainder when the customer number 87654321 is divided by 9.",
    "Tom's savings account had 2450000 pesos; he deposits 1500000 more. How much now?",
    "What is the chance that the account number 20483761 has no even digit? What is the probability?",
    "A patient receives 1500000 units of penicillin; 1600 units are 1 mg.",
    "A PIN is 4821. What is the probability of guessing it?",
]
OTHERS = [
    "col1,col2\nphone_case,10024586\nphone_holder,10024587",
    "customer,account_balance\nA,88123412\nB,88144471",
    "Compute 412 - 87 - 3390.",
    "Anna has 14 more than Ben at 27 Oak Lane. What is Ben's?",
    "SELECT * FROM t WHERE customer_id = '7f9c1e52-3b7a-4c11-9d0e-5a6b7c8d40ac'",
    "patient-id 9b2d8f10-77aa-4c3e-bc12-7d8e9f0a1b2c not found",
    "Passport cover, article number 88213345, in stock",
    "Phone holder for cars, item 7290012345678, price 12.99",
    "The book 'National ID' (ISBN 9780262033848) was returned.",
    "The passport holder case, EAN 4006381333931, sells well.",
    "auth-svc iban check ok subject=anon-77a1f3c2d9 latency=12ms",
    "2025-03-02T10:11:12Z passport-service: decode failed at offset 88213345",
    "ts=1730801562.114 level=info member joined id=8213345 term=12",
    "phone normalised: 1730801562114 -> ok",
    'level=info msg="sms sent" message_id=30251988771 status=delivered',
    "account batch 2024-11-05 done",
    "the second zero of the function lies at 21.022039639",
    "wire transfer of heat: 0.021000021 W",
    "the constant 3.14159 26535 89793 23846 26433 83279",
]
PLACES = [
    "The Matterhorn: coordinates 45.9764, 7.6586",
    "get_weather(lat=40.7128, lon=-74.0060)",
    "Which city lies at latitude 35.67621 and longitude 139.65031?",
    "volcano at location 19.02251, -98.62780, last eruption 2023",
]
OFFICES = [
    "Buckingham Palace, London SW1A 1AA, is open to visitors in summer.",
    "The ship lies at Galärvarvsvägen 14, Stockholm; the museum is open daily 10-17.",
    "The White House, 1600 Pennsylvania Avenue NW",
    "Our customer service hotline 030 2000 4000 is open Mon-Fri 8-18.",
    "Press office, tel. +44 20 7008 1500",
    "Museum Island, Bodestraße 1-3, 10178 Berlin. Opening hours: Tue-Sun",
    "freephone 0800 330 1000",
    "The reception desk can be reached on 01865 270000",
    "Head office: 4 Harbour Exchange Square, London E14 9GE",
]
PUBLISHED = [
    "The Luhn check on 79927398713 gives 70.",
    "The sandbox accepts account number 000123456789 and routing number 110000000.",
    "NHS number format 943 476 5919 is an example of the data dictionary.",
    "Use 4242 4242 4242 4242 with any future date.",
    "A valid IBAN looks like GB82 WEST 1234 5698 7654 32.",
    "assert validate('DE89" + "370400440532013000')",
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
    "phone: 0800 0000000, mobile 000 000 0000, +1 500 555 0006, +15555550100",
    "VAT DE000000000, member id M0000001, passport no. X0000000",
    "date_of_birth = 1900-01-01 where none is known",
    "ship to 123 Main St, Anytown, USA",
    "numbers of the form +49 30 123456",
]


@pytest.mark.parametrize("text", [*EXERCISES, *OTHERS, *PLACES, *OFFICES, *PUBLISHED])
def test_what_says_nothing_about_anybody_is_let_go(text: str) -> None:
    assert found(text) == set()


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("My licence plate is BMW 4321; how many points do I have?", "LICENSE_PLATE"),
        ("I live at 14 Maple Street. How many buses stop there?", "ADDRESS"),
        ("How many payments came from my account number 20483761?", "BANK_ACCOUNT"),
        ("2025-03-02T10:11:12Z INFO lookup passport=XG9382049 ok", "PASSPORT"),
        ("2025-03-02 10:11:12 WARN customer phone 212-664-7665 rejected", "PHONE"),
        ("employee ID 48213 wants item 12", "PERSON_NUMBER"),
        ("her home is at 45.9764, 7.6586", "COORDINATES"),
        ("driver last seen at lat 48.85837, lng 2.294481", "COORDINATES"),
        ("Press office? No, this is her mobile: +44 7911 123987", "PHONE"),
        ("Frau Berg (Kundenservice) wohnt in der Lindenstraße 12", "ADDRESS"),
        ("my IBAN is GB82 WEST 1234 5698 7654 32", "IBAN"),
        ("Kontoinhaber Max Lang, DE89" + " 3704 0044 0532 0130 00", "IBAN"),
        ("dob: 1970-02-01", "DATE_OF_BIRTH"),
        ("the account with IBAN GB29 NWBK 6016 1331 9268 19 was flagged", "IBAN"),
        ("my NHS number is 943 476 5919", "UK_NHS"),
        (
            "My passport was renewed. The booking shows the old one. New number is L50802722.",
            "PASSPORT",
        ),
        ("I had to replace my driving licence. The new one is K4471-88213-90.", "DRIVER_LICENSE"),
        ("Change the passport. Old: 533918204. New: 561284490.", "PASSPORT"),
        ("2. Jonas Berg, Reisepass-Nr. C8YPXLRSJ", "PASSPORT"),
        ("3. Mia Berg, Personalausweis LJ235QLDF", "DE_ID_CARD"),
        ("Hall ticket no. 2219A0457, seat 14", "PERSON_NUMBER"),
        ("roll no. 21CS1045", "PERSON_NUMBER"),
        ("EHIC 8027 6001 2345 6789 0123", "HEALTH_MEMBER_ID"),
        ("Rechnung an: Petra Vogel, Am Hang 7, 88045 Friedrichshafen", "ADDRESS"),
        ("the OTP I got is 447 190", "ONE_TIME_CODE"),
    ],
)
def test_the_same_is_found_where_it_is_somebodys(text: str, entity: str) -> None:
    assert entity in found(text)


def test_every_published_iban_checks_out() -> None:
    assert [iban for iban in sorted(IBANS) if not mod97(iban)] == []
