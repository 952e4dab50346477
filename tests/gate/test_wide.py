"""Secrets, contacts and encodings in the less common forms, and what is published, reserved or a company's."""

from __future__ import annotations

import base64
import json

import pytest

from ringfence.gate.custom import AllowList
from ringfence.gate.reading import Group, LeafReader
from ringfence.gate.recognizer import Text
from ringfence.gate.recognizers import recognizers
from ringfence.gate.secrets import recognizers as secrets

READER = LeafReader(
    [
        *((Group.STRUCTURED, item) for item in recognizers()),
        *((Group.SECRETS, item) for item in secrets()),
    ],
    AllowList(()),
)
STRONG = "Gr8" + "Wall!9"
KEY = "AKIA" + "QWERTYUI" + "OPASDF12"
BLOB = base64.urlsafe_b64encode(json.dumps({"email": "jane.roe@proton.me"}).encode()).decode()


def found(text: str) -> set[str]:
    return {item.hit.entity for item in READER.read(Text(value=text), lambda: None)}


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        (f"my Netflix pass is {STRONG}", "PASSWORD"),
        (f"logging in with {STRONG} as password fails", "PASSWORD"),
        (f"Admin-Passwort für das Portal ist {STRONG}", "PASSWORD"),
        (f"la clave del wifi es {STRONG}", "PASSWORD"),
        (f"hasło do poczty to {STRONG}", "PASSWORD"),
        (f"temp pass for ana: {STRONG}", "PASSWORD"),
        ("passphrase (it's \"amber-" + 'falcon-river")', "PASSWORD"),
        (rf"net use Z: \\srv\share /user:CORP\bob {STRONG}", "PASSWORD"),
        (f'<add key="SmtpPassword" value="{STRONG}"/>', "PASSWORD"),
        (f'base64.b64encode(b"bob:{STRONG}")', "PASSWORD"),
        ("Cookie: JSESSIONID=" + "8A7F3C2D1E9B4A6F8C0D", "ACCESS_TOKEN"),
        ("'django-insecure-" + "x9!k2m@p4q#r7s8t" * 3 + "'", "API_KEY"),
        (f"['{KEY[:6]}', '{KEY[6:14]}','{KEY[14:]}'].join('')", "API_KEY"),
        (f"https://shop.io/p?d={BLOB}", "EMAIL"),
        (f"payload={BLOB}", "EMAIL"),
        ("jane.roe @ proton . me", "EMAIL"),
        ("null eins sieben zwei drei vier fünf sechs sieben acht", "PHONE"),
        ("card 4539... 1488... 0343... 6467", "CREDIT_CARD"),
        ("> > call me 415-\n> > 234-5671", "PHONE"),
        ("bel me op 06-12345678", "PHONE"),
        ("携帯は090-1234-5678", "PHONE"),
        ("Atatürk Mah. Gül Sok. No: 12/4", "ADDRESS"),
        ("收货地址 广东省深圳市南山区科技路18号302室", "ADDRESS"),
        ("送付先: 東京都港区芝公園4丁目2-8", "ADDRESS"),
        ("г. Москва, ул. Ленина, д. 12, кв. 45", "ADDRESS"),
        ("Flat No 302, Sai Krupa CHS, Mumbai 400 053", "ADDRESS"),
        ("P<UTOROEDER<<ANNA<MARIA<<<<<<<<<<<", "PASSPORT"),
        ("my instagram @anna.roe44 was hacked", "SOCIAL_HANDLE"),
        ("Backup codes:\n1. 4f9a-22bc", "ONE_TIME_CODE"),
        ("born on the Eleventh of November, Nineteen Fifty Eight", "DATE_OF_BIRTH"),
        ("immatriculé AB-123-CD", "LICENSE_PLATE"),
        ("口座番号 1234567", "BANK_ACCOUNT"),
        ("she works for Roe Ltd and lives at 12 Oak Street", "ADDRESS"),
    ],
)
def test_a_less_common_form_is_found(text: str, entity: str) -> None:
    assert entity in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "the first pass is O(n)",
        "Your pass for the museum is valid until 18:00",
        "la clave es la comunicación",
        "DB_PASSWORD=${DB_PASSWORD:?must be set}",
        '<add key="Title" value="Home1"/>',
        "facebook photo " + "098f6bcd4621d373cade4e832627b4f6",
        "insufficient funds: card 4000 0000 0000 9995 in Stripe",
        '<path d="M12 2C6.48 2 2 6.48 2 12s4.48 10 10 10 10-4.48 10-10S17.52 2 12 2zm0 18.85071249273-4.41z"/>',
        "=SUM(B2:B1048576)",
        "call 020 7946 0958 or +15551234567",
        "`jane@example.com`. `phone` is next",
        "kundendialog@firma.de",
        "Bosch 0 986 494 123 pads, OE ref 030 115 561",
        "Roe Maschinenbau GmbH, Hauptstraße 12",
        "follow us @ringfence for news",
        '{"type": "Point", "coordinates": [13.37772, 52.51628]}',
    ],
)
def test_what_is_published_reserved_or_a_companys_is_let_go(text: str) -> None:
    assert found(text) == set()


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece", ["市", "my a ", "P<AAA<", "pass for a ", "ул. А", "1. abc ", "flat no 1 ", "'a',"]
)
def test_hostile_repetition_is_read_to_its_end(piece: str) -> None:
    found(piece * (20_000 // len(piece)))
