"""Cards, IBANs, wallets, codes, and numbers that somebody half hid."""

from __future__ import annotations

import pytest

from ringfence.gate.recognizer import Recognizer, Text
from ringfence.gate.recognizers.cards import Cards
from ringfence.gate.recognizers.codes import OneTimeCodes
from ringfence.gate.recognizers.iban import Ibans
from ringfence.gate.recognizers.masked import Masked
from ringfence.gate.recognizers.wallets import Wallets


def found(recognizer: Recognizer, text: str, key: str = "") -> list[str]:
    return [text[hit.start : hit.end] for hit in recognizer.find(Text(value=text, key=key))]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("charge 4539 1488 0343 6467 please", "4539 1488 0343 6467"),
        ("4539148803436467", "4539148803436467"),
        ("amex 3714-496353-98431", "3714-496353-98431"),
        ("card 5425233430109903 exp 04/29", "5425233430109903"),
        ("card number 4539 1488 0343 6468", "4539 1488 0343 6468"),
        ("my credit card is 4111 1111 1111 1111", "4111 1111 1111 1111"),
        ("2024-01-31 12:30:59 INFO pan=4539148803436467 declined", "4539148803436467"),
        ("6011 0009 9013 9424 was my card", "6011 0009 9013 9424"),
    ],
)
def test_a_card_is_found(text: str, value: str) -> None:
    assert found(Cards(), text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "in tests use 4242 4242 4242 4242",
        "the Stripe test card 4000056655665556",
        "assert luhn('4111111111111111')",
        "4539148803436468",
        "blk_-4174618838156947380",
        "4444 4444 4444 4444",
        "uuid 45391488-0343-4467-8000-453914880343",
        "9999 8888 7777 6666",
    ],
)
def test_published_test_cards_and_other_numbers_are_no_cards(text: str) -> None:
    assert found(Cards(), text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("pay him on GB29 NWBK 6016 1331 9268 19 now", "GB29 NWBK 6016 1331 9268 19"),
        ("DE28370400440648201377", "DE28370400440648201377"),
        ("NO83 8601 1993 746 is hers", "NO83 8601 1993 746"),
        ("IBAN GB12345678901234567890", "GB12345678901234567890"),
    ],
)
def test_an_iban_is_found(text: str, value: str) -> None:
    assert value in found(Ibans(), text)


@pytest.mark.parametrize(
    "text",
    [
        "GB29 NWBK 6016 1331 9268 18",
        "commit DE89370400440532013001",
        "XX12 3456 7890 1234",
        "an IBAN has up to 34 characters",
    ],
)
def test_what_does_not_check_out_is_no_iban(text: str) -> None:
    assert found(Ibans(), text) == []


def test_wallets_are_found_by_checksum_or_by_their_words() -> None:
    assert found(Wallets(), "send to 1BoatSLRHtKNngkdXEeobR76b53LETtpyT")
    assert found(Wallets(), "my eth wallet 0x52908400098527886E0F7030069857D2E4169EE7")
    assert found(Wallets(), "1BoatSLRHtKNngkdXEeobR76b53LETtpyU") == []
    assert (
        found(
            Wallets(),
            "address public constant wallet = 0x52908400098527886E0F7030069857D2E4169EE7;",
        )
        == []
    )
    assert found(Wallets(), "sha 0x52908400098527886E0F7030069857D2E4169EE7") == []


@pytest.mark.parametrize(
    "text",
    [
        "your OTP is 483920",
        "verification code: 482 913",
        "G-482913 is your Google code".replace("G-", ""),
        "my PIN is 4821",
        "CVV 123",
        "483920 is your login code",
    ],
)
def test_a_code_that_opens_something_is_found(text: str) -> None:
    assert found(OneTimeCodes(), text)


@pytest.mark.parametrize(
    "text",
    [
        "error code 483920",
        "PIN 13 is GPIO 27",
        "zip code 94107",
        "status code: 404",
        "pin code 110001 Delhi",
        "code of 1998",
    ],
)
def test_other_codes_are_left_alone(text: str) -> None:
    assert found(OneTimeCodes(), text) == []


@pytest.mark.parametrize(
    "text",
    [
        "XXX-XX-6789",
        "card ending in 4821",
        "4532********7890",
        "credit card 4987 XXXX 3456",
        "last four digits of your SSN: 6789",
    ],
)
def test_a_half_hidden_number_is_found(text: str) -> None:
    assert found(Masked(), text)


@pytest.mark.parametrize(
    "text",
    [
        "XXX-XX-XXXX",
        "fan speeds 3375 **** 3515",
        "2 ** 10",
        "the century ending in 1999",
        "XXXX XXXX",
    ],
)
def test_a_wholly_hidden_number_is_not(text: str) -> None:
    assert found(Masked(), text) == []
