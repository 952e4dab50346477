"""Passwords at their place among a client's arguments, and cards told a piece each turn."""

from __future__ import annotations

import pytest

from ringfence.gate.gathered import gathered
from ringfence.gate.recognizer import Text
from ringfence.gate.secrets import recognizers

STRONG, PLAIN = "Gr8" + "Wall99", "kla" + "bauter"


def found(text: str) -> set[str]:
    """The secrets of a text, as written."""
    return {text[h.start : h.end] for item in recognizers() for h in item.find(Text(value=text))}


CALLS = [
    "Net::FTP.open(host, user, '{}')",
    "Net::FTP.open('ftp.acme.io', 'upload', '{}') do |ftp|",
    "ftp = ftplib.FTP('ftp.acme.io', 'upload', '{}')",
    "with FTP_TLS(host, 'upload', '{}') as ftp:",
    "ftp_login($conn, 'upload', '{}');",
    "server.login('mailer@acme.io', '{}')",
    's.login(user, "{}")',
    "imap.login('me@acme.io', '{}')",
    "mysql_connect('db1', 'shop', '{}');",
    "mysqli_connect('db1','shop','{}','shopdb')",
    "new mysqli('db1', 'shop', '{}', 'shopdb')",
    "new PDO('mysql:host=db1;dbname=shop', 'shop', '{}');",
    "$db = new PDO($dsn, $user, '{}');",
    'psycopg2.connect("db1", "shop", "{}")',
    "pymysql.connect('db1', 'shop', '{}', 'shopdb')",
    "psycopg2.connect('host=db1 user=shop password={}')",
    "ssh.connect('h1', 22, 'deploy', '{}')",
    "client.connect(host, username='deploy', password='{}')",
    'DriverManager.getConnection(url, "shop", "{}")',
    "Net::SMTP.start('mail', 25, 'acme.io', 'mailer', '{}', :plain)",
]


@pytest.mark.parametrize("secret", [STRONG, PLAIN])
@pytest.mark.parametrize("call", CALLS)
def test_a_client_s_password_is_known_by_its_place(call: str, secret: str) -> None:
    assert any(secret in value for value in found(call.format(secret)))


@pytest.mark.parametrize(
    "text",
    [
        "ftp.login('anonymous', 'anonymous@')",
        "ftp.login('anonymous', 'me@acme.io')",
        "mysql_connect('localhost', 'root', '')",
        "conn = psycopg2.connect('dbname=test user=postgres')",
        "client.connect(host, username='deploy', key_filename='/home/x/.ssh/key')",
        "new PDO($dsn, $user, $password)",
        "Net::FTP.open(host, user, passwd)",
        "new PDO('mysql:host=localhost', 'root', getenv('DB_PASS'))",
        "new PDO($dsn, 'root', '<your-password>')",
        "FTP (file transfer, since 1971, 'RFC 959')",
        "def test_login(): server.login('user', 'secret'); assert ok",
        "s.replace('a', 'b'); m.group('first', 'second')",
        "client.connect('localhost', 1883, 60)",
    ],
)
def test_what_is_no_literal_or_a_stand_in_is_no_password(text: str) -> None:
    assert found(text) == set()


CARDS = [
    "user: my card, first bit {0}\nassistant: thanks, go on\nuser: {1}\nassistant: and?\nuser: and the last {2}",
    "User: card is {0} Assistant: ok. User: then {1} Assistant: next? User: {2}",
    "Kunde: Karte, erst {0}\nBerater: ja\nKunde: {1}\nBerater: weiter\nKunde: {2} fertig",
]
PIECES = [("475169", "22159", "28570"), ("41111", "1111111", "1111"), ("4", "0120000", "33330026")]


def passing(pieces: tuple[str, ...]) -> tuple[str, ...]:
    """The pieces with a last digit that makes them a card."""
    from ringfence.gate.checksums import luhn

    *first, last = pieces
    ends = (last[:-1] + str(d) for d in range(10))
    return (*first, next(end for end in ends if luhn("".join([*first, end]))))


@pytest.mark.parametrize("talk", CARDS)
@pytest.mark.parametrize("pieces", PIECES)
def test_a_card_told_a_piece_each_turn_is_put_together(talk: str, pieces: tuple[str, ...]) -> None:
    told = passing(pieces)
    if len(told[0]) == 1:
        told = (told[0] + told[1][0], told[1][1:], told[2])
    text = talk.format(*told)
    assert [edit[2] for edit in gathered(text, text.lower())] == ["card " + "".join(told)]


@pytest.mark.parametrize(
    "text",
    [
        "user: first bit 475169\nassistant: ok\nuser: 22159\nassistant: ok\nuser: last 28570",
        "user: card game, 475169 points\nassistant: 22159\nuser: 12 more\nassistant: 28570",
        "a card of 475169, then 22159 and 28571 items in the store",
        "user: which card fits 1080 by 1920?\nassistant: a 4070\nuser: and 2160 by 3840?",
    ],
)
def test_other_numbers_of_a_talk_are_left_alone(text: str) -> None:
    assert list(gathered(text, text.lower())) == []
