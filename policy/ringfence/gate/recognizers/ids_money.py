"""Bank accounts and what goes with them: routing numbers, IFSC, sort codes, SWIFT, securities accounts.

Formats: ABA routing numbers (mod 10 with weights 3, 7, 1), RBI's IFSC, CLABE (mod 10 with weights 3, 7, 1), ISO 9362.
"""

from __future__ import annotations

from ringfence.gate.checksums import repeated, weighted
from ringfence.gate.identifiers import kind


def aba(value: str) -> bool:
    prefix = int(value[:2])
    known = prefix <= 12 or 21 <= prefix <= 32 or 61 <= prefix <= 72 or prefix == 80
    return known and not repeated(value) and weighted(value, (3, 7, 1) * 3) % 10 == 0


def clabe(value: str) -> bool:
    total = sum(int(d) * w % 10 for d, w in zip(value, (3, 7, 1) * 6, strict=False))
    return (10 - total % 10) % 10 == int(value[17]) and not repeated(value)


ACCOUNT = (
    "account number|account no|account num|account nr|account id|acct|acct no|acct number|acct num|"
    "a c no|bank account|"
    "bank acct|checking account|savings account|current account|account details|account ending|"
    "bank details|deposit account|direct deposit|beneficiary account|iban|bban|kontonummer|konto nr|"
    "kontonr|numero de cuenta|cuenta bancaria|compte bancaire|numero de compte|rib|conto corrente|"
    "numero de conta|conta bancaria|conta corrente|rekeningnummer|numer konta|acc no|acc number|"
    "口座番号|账号|账户|帳號|계좌번호|"
    "institution number|transit institution account|bank account number|account numbers|"
    "accountnumber|bankaccount|nuban|bsb|brokerage account|loan "
    "number|loan account|"
    "loan id|loan no|mortgage account|investment account|zelle|wire transfer"
)

KINDS = (
    kind(
        "US_ROUTING",
        r"\d{9}",
        9,
        "routing|routing number|aba|rtn|routing no|transit number|transit|wire",
        check=aba,
    ),
    kind("BANK_ACCOUNT", r"(?=(?:.*\d){5})[A-Z]{0,12}\d[A-Z0-9]{4,19}", (6, 24), ACCOUNT),
    kind("BANK_ACCOUNT", r"(?=(?:.*\d){6})[A-Z]{4}[A-Z0-9]{8,18}", (12, 22), ACCOUNT),
    kind(
        "BANK_ACCOUNT",
        r"(?=(?:.*\d){6})(?=.*[A-Z])[A-Z0-9]{7,22}|\d{8,17}",
        (7, 22),
        "account|accounts|checking|savings|deposit|direct deposit|account holder|cuenta|konto|compte"
        "|beneficiary|payee",
    ),
    kind(
        "IFSC",
        r"[A-Z]{4}0[A-Z0-9]{6}",
        11,
        "ifsc|ifsc code|neft|rtgs|bank|branch|branch code",
        distinct=True,
    ),
    kind("CLABE", r"\d{18}", 18, "clabe|cuenta|transferencia|banco", check=clabe, alone=True),
    kind("SORT_CODE", r"\d{6}", 6, "sort code|sort|sortcode", grouped=None),
    kind(
        "SWIFT_BIC",
        r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?",
        (8, 11),
        "swift|bic|swift code|bic code|swift bic",
    ),
    kind("BSB", r"\d{6}", 6, "bsb|bsb number"),
)
