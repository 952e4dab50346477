"""Check digits. Each function takes the bare characters of an identifier and says whether they are consistent.

Algorithms are the public ones of the bodies that issue the numbers; the names say which (Luhn: ISO/IEC 7812, mod 97:
ISO 13616 and 7064, Verhoeff 1969, Damm-free). All raise nothing: a character that does not belong gives False.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date


def digits(value: str) -> list[int]:
    return [ord(character) - 48 for character in value]


def luhn(value: str) -> bool:
    """ISO/IEC 7812: double every second digit from the right."""
    total = 0
    for index, digit in enumerate(reversed(digits(value))):
        doubled = digit * 2 if index % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0 and value.strip("0") != ""


def weighted(value: str, weights: Sequence[int]) -> int:
    """The sum of digits times weights, over as many as there are weights."""
    return sum(digit * weight for digit, weight in zip(digits(value), weights, strict=False))


def mod97(value: str) -> bool:
    """ISO 13616: first four characters to the end, letters as 10–35, remainder 1."""
    turned = value[4:] + value[:4]
    number = 0
    for character in turned:
        code = int(character, 36) if character.isascii() and character.isalnum() else -1
        if code < 0:
            return False
        number = (number * (100 if code > 9 else 10) + code) % 97
    return number == 1


_D = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_P = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 5, 7, 6, 2, 8, 3, 0, 9, 4),
    (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0),
    (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5),
    (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)


def verhoeff(value: str) -> bool:
    """Verhoeff 1969, as India's Aadhaar uses it."""
    check = 0
    for index, digit in enumerate(reversed(digits(value))):
        check = _D[check][_P[index % 8][digit]]
    return check == 0


def iso7064_mod11_10(value: str) -> bool:
    """ISO 7064 MOD 11,10: German tax ids, Croatian OIB."""
    product = 10
    for digit in digits(value[:-1]):
        product = ((digit + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(value[-1])


def ean13(value: str) -> bool:
    return weighted(value, (1, 3) * 6 + (1,)) % 10 == 0


def day(year: int, month: int, dom: int) -> bool:
    """Whether this is a day of the calendar."""
    try:
        date(year, month, dom)
    except ValueError:
        return False
    return True


def yymmdd(value: str) -> bool:
    """Whether six digits are a date with a two-digit year (a leap day is allowed in any even year)."""
    return day(2000 + int(value[:2]), int(value[2:4]), int(value[4:6]))


def ddmmyy(value: str) -> bool:
    return yymmdd(value[4:6] + value[2:4] + value[:2])


def repeated(value: str) -> bool:
    """One digit all through, or a plain count up: a placeholder, not a number that anyone was given."""
    return len(set(value)) == 1
