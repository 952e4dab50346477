"""Contact data: e-mail, telephone, postal and network addresses, positions, dates of birth."""

from __future__ import annotations

import pytest

from ringfence.gate.recognizer import Recognizer, Text
from ringfence.gate.recognizers.addresses import Addresses
from ringfence.gate.recognizers.births import Births
from ringfence.gate.recognizers.coordinates import Coordinates
from ringfence.gate.recognizers.email import Emails
from ringfence.gate.recognizers.network import NetworkAddresses
from ringfence.gate.recognizers.phones import Phones


def found(recognizer: Recognizer, text: str, key: str = "") -> list[str]:
    return sorted({text[hit.start : hit.end] for hit in recognizer.find(Text(value=text, key=key))})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("write to jane.roe@proton.me", "jane.roe@proton.me"),
        ("<jane+news@sub.acme-corp.co.uk>", "jane+news@sub.acme-corp.co.uk"),
        ("jürgen@müller.de", "jürgen@müller.de"),
        ('{"email":"o\'neil@web.de"}', "o'neil@web.de"),
    ],
)
def test_an_address_of_a_person_is_found(text: str, value: str) -> None:
    assert found(Emails(), text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "support@acme-corp.com or no-reply@shop.io",
        "jane@example.com, x@test.invalid, y@host.example",
        "git clone git@github.com:org/repo.git",
        "logo@2x.png and react@18.2.0",
        "ssh deploy@web-1",
        "https://user:pw@host.io/x",
        "Signed-off-by: Jane Roe <jane@proton.me>",
        'authors = [{name = "Jane", email = "jane@proton.me"}]',
        "@decorator\ndef f(a@b): ...",
    ],
)
def test_role_mailboxes_reserved_names_and_code_are_nobodys_address(text: str) -> None:
    assert found(Emails(), text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("call me at (415) 234-5671", "(415) 234-5671"),
        ("415-234-5671", "415-234-5671"),
        ("ring +44 20 7123 4567 today", "+44 20 7123 4567"),
        ("+1-801-555-9999", "+1-801-555-9999"),
        ("Tel. 030 1234567", "030 1234567"),
        ("mon numéro : 06 12 34 56 78", "06 12 34 56 78"),
        ("phone 4152345671", "4152345671"),
        ("mobile: 98765 43210", "98765 43210"),
        ("电话 138 1234 5678", "138 1234 5678"),
    ],
)
def test_a_telephone_number_is_found(text: str, value: str) -> None:
    assert value in found(Phones(), text)


@pytest.mark.parametrize(
    "text",
    [
        "call 1-800-356-9377 or 888-555-1212",
        "the hero dials 212-555-0147",
        "2024-01-31 12:30:59 INFO 415-234-5671 rows",
        "order 4152345671 shipped",
        "version 415.234.5671.2",
        "10-20-3000 and 1234-5678",
        "isbn 978-3-16-148410-0",
        "f(415, 234, 5671)",
    ],
)
def test_what_rings_at_nobodys_is_no_telephone_number(text: str) -> None:
    assert found(Phones(), text) == []


@pytest.mark.parametrize(
    "text",
    [
        "I live at 55 Oak Street, Springfield",
        "ship it to 1204 NW Maple Ave",
        "Springfield, IL 62704",
        "Musterstraße 12, 12345 Berlin",
        "Leon-Berger-Weg 8, 96123 Lübeck",
        "12 rue de la Paix, 75002 Paris",
        "Calle Mayor 12, 28013 Madrid",
        "Via Roma 1",
        "Kerkstraat 12, Utrecht",
        "P.O. Box 4411",
        "address: Flat 2, Rosewood House, Leeds",
        "her home is in Camden, NW1 8QP",
    ],
)
def test_a_postal_address_is_found(text: str) -> None:
    assert found(Addresses(), text)


@pytest.mark.parametrize(
    "text",
    [
        "Who lived at 221B Baker Street?",
        "10 Downing Street",
        "Engineering 101 and Monitoring 24",
        "bind address 0.0.0.0:8080",
        "email address: 12 characters at most",
        "There are 12 Places to visit",
        "memory address 0x7ffe 16 bytes",
        "1980, Mount St. Helens erupted",
    ],
)
def test_a_public_place_is_no_postal_address(text: str) -> None:
    assert found(Addresses(), text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("her IP address is 81.2.69.142", "81.2.69.142"),
        ("user logged in from 2a02:8108:1:2::3f", "2a02:8108:1:2::3f"),
        ("MAC address 3c:22:fb:4a:9d:01", "3c:22:fb:4a:9d:01"),
    ],
)
def test_the_address_of_a_persons_device_is_found(text: str, value: str) -> None:
    assert found(NetworkAddresses(), text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "user from 192.168.1.7, 10.0.0.3, 127.0.0.1",
        "client at 203.0.113.9 and 2001:db8::1",
        "user queries 8.8.8.8",
        "Dec 10 06:55:46 LabSZ sshd[24200]: user root from 173.234.31.186",
        "upgrade to 81.2.69.142 of the library",
        "mac ff:ff:ff:ff:ff:ff",
        "the time is 12:30:45:10",
    ],
)
def test_private_documentation_and_log_addresses_are_left_alone(text: str) -> None:
    assert found(NetworkAddresses(), text) == []


def test_a_position_is_found_where_it_is_somebodys() -> None:
    assert found(Coordinates(), "GPS: 52.520008, 13.404954")
    assert found(Coordinates(), "52.520008", key="home latitude")
    assert found(Coordinates(), "the ratio is 1.618034, 3.141592") == []
    assert found(Coordinates(), "lat 52.5") == []


@pytest.mark.parametrize(
    "text",
    [
        "DOB: 03/05/1988",
        "date of birth 1988-05-03",
        "geboren am 3. Mai 1988",
        "I was born on May 3, 1988",
        "Né le 3 mai 1988",
        "出生日期:1988年5月3日",
    ],
)
def test_a_date_of_birth_is_found(text: str) -> None:
    assert found(Births(), text)


@pytest.mark.parametrize(
    "text",
    [
        "Einstein was born on 14 March 1879 in Ulm",
        "the birth of jazz, 1917-02-26",
        "born ready: v2.0",
        "due 03/05/1988",
        "SELECT dob FROM t -- 12 rows",
    ],
)
def test_other_dates_are_not_births(text: str) -> None:
    assert found(Births(), text) == []
