"""What somebody hid on purpose is found where it stands; what only looks hidden is let go."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from ringfence.gate.custom import AllowList
from ringfence.gate.disguises import disguises
from ringfence.gate.reading import Group, LeafReader
from ringfence.gate.recognizer import Text
from ringfence.gate.recognizers import recognizers
from ringfence.gate.secrets import recognizers as secrets
from ringfence.gate.spoken import spoken_digits

READER = LeafReader(
    [(Group.STRUCTURED, r) for r in recognizers()] + [(Group.SECRETS, r) for r in secrets()],
    AllowList(()),
)
CARD = "4539148803436467"
FOURS = " ".join(CARD[i : i + 4] for i in range(0, 16, 4))
SSN = "219-09-9998"
WORD = "pass" + "word"
MARKED = "Marzi" + "pan!42"
TOKEN = ("ghp_" + "Zk3mQ9", "xV7tRw2LpY", "s8Nf4HdJc6Gb1Ua0Qe5T")


def found(text: str) -> set[str]:
    hits = READER.read(Text(value=text), lambda: None)
    assert all(0 <= f.hit.start <= f.hit.end <= len(text) for f in hits)
    return {f.hit.entity for f in hits}


MAILS = [
    "j a n e . r o e [ a t ] p r o t o n ( d o t ) m e",
    "write to m a r t a   k o w a l   [at]   g m x (dot) d e",
    "k.mueller bei web punkt de",
    "meine adresse: hans punkt lang at gmx punkt de",
    "escríbeme a lucia punto vega arroba hotmail punto es",
    "sophie point martin arobase orange point fr",
    "jane underscore roe at proton dot me",
    "jane dot roe at-sign proton dot me",
]
CARDS = [
    f"card number (reversed): {CARD[::-1]}",
    f"rückwärts gelesen ist das meine Kreditkarte: {FOURS[::-1]}",
    "card " + CARD.replace("1", "l").replace("0", "O"),
    "card no " + FOURS.replace("1", "I").replace("0", "O") + " exp O9/29",
    f"cr3d1t c4rd: {CARD}",
    "my card is four five three nine, 1488, zero three four three, 6467",
    "Card number first half: 45391488. Second half: 03436467. Exp 09/29.",
    "The card began with 4539 1488, she said.\n\nA stain.\n\nAfter it 0343 6467, plain as day.",
    "\n".join(f"{'ab'[i % 2]}: next {d}" for i, d in enumerate(CARD)) + "\nthat is the card number",
    "A: what's 4539?\nB: then 1488\nA: then 0343\nB: 6467\nthat's the card, book it",
]
SSNS = [
    "SSN: 2l9-O9-9998",
    "s0c1al: 2.1.9.0.9.9.9.9.8",
    f"my SSN written backwards {SSN[::-1]}",
    f"read from right to left: {SSN[::-1]} is my social security number",
    "My SSN, in three parts: first part 219. Second part 09. Third part 9998.",
    "[10:01] me: 219\n[10:01] me: 09\n[10:02] me: 9998\n[10:02] me: that's my ssn",
    "my ssn starts with 219\nok\nmiddle is 09\ngo on\nends in 9998",
    "'Two one nine,' he said.\n\n'Zero nine,' he went on.\n\n'And nine nine nine eight. My social security number.'",
]
SECRETS = [
    f"Password backwards: {MARKED[::-1]}",
    f"spell it in reverse: {'hunter!2x'[::-1]} (that is the {WORD})",
    "p@ssw0rd 1s Trom" + "bone88",
    "p4ssw0rd: trom" + "bone_88",
    f"A = '{TOKEN[0]}'\nB = '{TOKEN[1]}'\nC = '{TOKEN[2]}'\ntoken = A + B + C",
    f"a='{TOKEN[0]}';b='{TOKEN[1]}'; t = a + b + '{TOKEN[2]}'",
    f'T="{TOKEN[0]}"\nT="${{T}}{TOKEN[1]}"\nT="${{T}}{TOKEN[2]}"',
    f"t = '{TOKEN[0]}'\nt += '{TOKEN[1]}'\nt += '{TOKEN[2]}'",
    f"a='{TOKEN[0]}';b='{TOKEN[1]}{TOKEN[2]}'\nuse(f'{{a}}{{b}}')",
    f"const k = ['{TOKEN[0]}','{TOKEN[1]}','{TOKEN[2]}'];\nconst apiKey = k.join('');",
    f"let p = [\n  '{TOKEN[0]}',\n  '{TOKEN[1]}',\n  '{TOKEN[2]}'\n]\nfetch(u, p.join(''))",
    f"t = String.fromCharCode(103,104,112,95) + '{''.join(TOKEN)[4:]}'",
    "key = ''.join(chr(c) for c in " + str([*map(ord, "".join(TOKEN))]) + ")",
    "first half of the api key: 9aF3kQ72LmZxPq8R second half: t5vB1nYcW4kJhG7d",
]
DATES = ["dob: l2/O3/l985", "d.o.b: 1 9 8 6 / o3 / l7", "n4m3: Jane, d0b: 12/03/1985"]
PHONES = [
    "tel zéro six douze trente-quatre cinquante-six soixante-dix-huit",
    "mon numéro: zero six 12 trente quatre 56 78",
    "mi teléfono es seis uno dos, 345, siete ocho nueve",
    "meine Handynummer: null eins fünf eins 2 3 vier fünf 6 sieben acht",
    "ph0ne: +49 17I 55O 2O3l9",
]


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        *((text, {"EMAIL"}) for text in MAILS),
        *((text, {"CREDIT_CARD"}) for text in CARDS),
        *((text, {"US_SSN"}) for text in SSNS),
        *((text, set()) for text in SECRETS),
        *((text, {"DATE_OF_BIRTH"}) for text in DATES),
        *((text, {"PHONE"}) for text in PHONES),
    ],
)
def test_what_was_hidden_on_purpose_is_found(text: str, entities: set[str]) -> None:
    hits = found(text)
    assert hits
    assert entities <= hits


@pytest.mark.parametrize(
    "text",
    [
        "Look at this point in time, or at the bar: dot your i's.",
        "Wir treffen uns bei Gleis 4, Punkt 12 Uhr.",
        "Use reverse() to turn 'stressed' backwards into 'desserts'.",
        "Read from right to left, as in Hebrew; see order 12345678.",
        "colours l0, O1 and I2 of the LCD; IO10 to IO12",
        "b4 the match gr8 fans sang 2 songs",
        "x = a + b + c\ny = 'left' + name\nz = total + 12",
        "names = ['anna', 'ben', 'carl']\nprint(', '.join(names))",
        "the first half ended 2:1, the second half 3:4",
        "part 1 has 219 pages, part 2 has 48 and part 3 has 9998",
        "a card costs 12, two cost 20, and four cost 35",
        "We meet at nine, ten and eleven; seven people, two rooms, three hours, one cake.",
        "social events: 219 guests in 2019, 48 in 2020, 9998 in 2021",
    ],
)
def test_what_only_looks_hidden_is_let_go(text: str) -> None:
    assert found(text) == set()


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("four one double five two three", "415523"),
        ("null eins sieben sechs, 55 zwei null", "017655" + "20"),
        ("trente-quatre cinquante-six soixante-dix-huit", "345678"),
        ("quatre-vingt-douze dix onze douze", "92101112"),
        ("treinta y cuatro cincuenta y seis siete ocho", "345678"),
        ("zweiunddreißig vierundvierzig null neun", "324409"),
        ("thirty four fifty-six seven eight", "345678"),
    ],
)
def test_number_words_are_read_as_digits(text: str, digits: str) -> None:
    assert [found for _, _, found in spoken_digits(text)] == [digits]


@pytest.mark.parametrize(
    "piece",
    ["a + ", "a = 'b'\n", "x.join(", "['a',", "reverse 1", "at x dot ", "p4s", "l0 ", "one ", "part 2 ",
     "card 1\n", "[ a t ] ", "{a}"],
)  # fmt: skip
def test_hostile_repetition_costs_linear_time(piece: str) -> None:
    def seconds(size: int) -> float:
        text = (piece * size)[:size]
        started = time.process_time()
        for _, edits in disguises():
            spans = [(start, end) for start, end, _ in edits(text, text.lower())]
            assert all(a[1] <= b[0] for a, b in pairwise(spans))
        return time.process_time() - started

    seconds(1000)
    assert seconds(40_000) < 40 * max(seconds(4_000), 0.005)
