"""What only looks sensitive: reserved names and ranges, hashes, versions, stamps, placeholders, published test values.

A guard cancels the hit that it stands on and nothing else. It holds where a value has only its form to speak for it;
a value that is named ("SSN: …") is a hit whatever it looks like, since real numbers look like anything.
"""

from __future__ import annotations

import ipaddress
import re

from ringfence.gate.hints import either

_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_HEX = re.compile(r"[0-9a-fA-F]+")
_ISBN = re.compile(r"(?i)\b(?:isbn|issn|doi|ean|upc|gtin|asin|arxiv|rfc|cve|pmid|sku)\b")
_MACHINE = re.compile(
    r"^\W{0,3}(?:\d{2,4}[-/.]\d\d[-/.]\d\d[T ,]|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d|\d{6} \d{6}|\d\d:\d\d:\d\d)"
    r"|\b(?:INFO|WARN|WARNING|ERROR|DEBUG|TRACE|FATAL|NOTICE)\b|[{};]\s*$|\b0x[0-9a-fA-F]{1,16}\b"
    r"|^\s*(?:def|class|import|from|return|const|let|var|public|private|static|func|fn|SELECT|INSERT|assert)\b"
    r"|[=!<>]=|=>|->|[A-Za-z_>]::[A-Za-z_]|&&|\w\(\)|</?\w+>|^\s*(?://|#include|/\*)|\w+=\d+[,;)\s]|\[\w+\]"
)

_CELL = re.compile(r"\$?[A-Z]{1,3}\$?[0-9]{1,7}\b")
_CELL_BEFORE = re.compile(r"\$?[A-Z]{1,3}\$?[0-9]{1,7}:$")
_NUMBER = re.compile(r"[0-9]+")
_PATH = re.compile(
    r"[0-9][MmLlHhVvCcSsQqTtAaZz](?:[-0-9.]|[MmLlHhVvCcSsQqTtAaZz])|[0-9]-[0-9]*\.[0-9]|\bd=\""
)

# Numbers kept for drama and documentation (NANPA's 555, Ofcom's list), free ones, and one digit all through.
FICTION = re.compile(
    r"^(?:1?[2-9]\d\d)?55501\d\d$|^1?555\d{7}$|^1?500555\d{4}$|^(?:44|0)(?:7700900\d{3}|8081570\d{3}|9098790\d{3}|3069990\d{3}"
    r"|1632960\d{3}|1(?:1[3-8]|21|31|41|51|61)4960\d{3}|1914980\d{3}|2079460\d{3}|2890180\d{3}"
    r"|2920180\d{3})$|^(?:1?)(?:800|888|877|866|855|844|833|822|900)\d{7}$|^44(?:20"
    r"|1\d\d)?7?9460\d{3}$|^0(?:800|808|300|900|180[1-7])\d{5,8}$|^(?:44|49|43|41|33)(?:800|808|900|180[1-7])\d{4,8}$"
    r"|^44(?:3[034]\d|84[45]|87[01])\d{7}$|^[0-9]{2,6}(\d)\1{6,}$|^[0-9]{1,4}0{6,7}$"
)

TEST_CARDS = either(
    # Published by Stripe, Braintree, Adyen and PayPal as test numbers.
    "4242424242424242 4000056655665556 5555555555554444 2223003122003222 5200828282828210 5105105105105100 "
    "378282246310005 371449635398431 6011111111111117 6011000990139424 6011981111111113 3056930009020004 "
    "36227206271667 6555900000604105 3566002020360505 6200000000000005 4111111111111111 4012888888881881 "
    "4000000000000002 4000000000009995 4000000000000077 4917610000000000 4012000033330026 4222222222222 "
    "30569309025904 38520000023237 3530111333300000 378734493671000 4005519200000004 4009348888881881 "
    "4012000077777777 4500600000000061 2223000048400011 4000000000000069 4000000000000127 4000002500003155 "
    "370000000000002 6731012345678906 5454545454545454 2222400070000005 5577000055770004 4166676667666746",
    None,
)

RESERVED_DOMAIN = re.compile(
    # RFC 2606 and 6761, and the stand-ins that documentation uses in their place.
    r"(?i)(?:^|[.@])(?:example\.(?:com|net|org|edu)|[\w-]+\.(?:example|test|invalid|localhost|local|lan)"
    r"|localhost|(?:your|my)-?(?:company|domain|org|site|email)\.\w+|domain\.(?:com|tld)|(?:foo|bar"
    r"|baz|acme)\.(?:com|org|net)"
    r"|email\.com|users\.noreply\.github\.com)$"
)

_DOCUMENTATION = tuple(
    ipaddress.ip_network(block)
    for block in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)  # RFC 5737, RFC 3849


def line_of(value: str, start: int, *, reach: int = 300) -> str:
    """The line that holds an offset, at most `reach` characters either way."""
    low = value.rfind("\n", max(0, start - reach), start) + 1 or max(0, start - reach)
    high = value.find("\n", start, start + reach)
    return value[low : high if high >= 0 else start + reach]


def is_machine_line(value: str, start: int) -> bool:
    """Whether a line reads like a log, code or configuration: there, bare numbers are mostly counts and handles."""
    return _MACHINE.search(line_of(value, start)) is not None


def is_noise(value: str, start: int, end: int) -> bool:
    """Whether a bare value is part of something longer, or of something that is public by nature."""
    return (
        _glued(value, start, end)
        or in_uuid(value, start, end)
        or _is_stamp(value[start:end])
        or _ISBN.search(value, max(0, start - 24), start) is not None
    )


def in_numbers(value: str, start: int, end: int) -> bool:
    """Whether a value stands in dense numeric code: a drawing's path, a spreadsheet's range, a telephone number."""
    if value[max(0, start - 1) : start] == "+" or FICTION.match(
        re.sub(r"\D", "", value[start:end])
    ):
        return True
    if value[end : end + 1] == ":" and _CELL.match(value, end + 1):
        return True
    if value[max(0, start - 1) : start] == ":" and _CELL_BEFORE.search(value, start - 12, start):
        return True
    around = value[max(0, start - 60) : start] + value[end : end + 60]
    letters = sum(c.isalpha() for c in around)
    numbers = _NUMBER.findall(around)
    return len(numbers) >= 12 and letters <= 24 and _PATH.search(around) is not None


def is_placeholder(digits: str) -> bool:
    """Zeros, one digit all through, or a plain count: what people type where a number should stand."""
    return (
        len(set(digits)) <= 1
        or digits in "01234567890123456789"
        or digits in "98765432109876543210"
    )


def is_documentation_ip(text: str) -> bool:
    """RFC 1918, loopback, link-local, multicast, unspecified and documentation addresses name nobody."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return True
    return (
        not address.is_global
        or address.is_multicast
        or any(address in block for block in _DOCUMENTATION)
    )


def _glued(value: str, start: int, end: int) -> bool:
    """Part of a decimal, a path, a longer word or an identifier of code."""
    before = value[max(0, start - 2) : start]
    after = value[end : end + 2]
    if before[-1:] in set("_/\\=%&$@~^") or after[:1] in set("_\\%@~^"):
        return True
    if before[-1:] in ".-," and before[:1].isalnum() and len(before) == 2:
        return True
    return len(after) == 2 and after[0] in ".-," and after[1].isalnum()


def in_uuid(value: str, start: int, end: int) -> bool:
    window_start = max(0, start - 36)
    for match in _UUID.finditer(value, window_start, end + 36):
        if match.start() <= start and end <= match.end():
            return True
    low, high = start, end
    while low > 0 and start - low < 64 and value[low - 1] in "0123456789abcdefABCDEF":
        low -= 1
    while high < len(value) and high - end < 64 and value[high] in "0123456789abcdefABCDEF":
        high += 1
    return (low, high) != (start, end)


def _is_stamp(spelled: str) -> bool:
    """An epoch in seconds, milliseconds or finer, or a time written without separators."""
    if not spelled.isdigit():
        return False
    if len(spelled) in (10, 13, 16, 19) and spelled[:2] in ("15", "16", "17", "18"):
        return len(spelled) != 16 or spelled[10:] != "000000"
    return (
        len(spelled) in (12, 14)
        and re.match(
            r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d",
            spelled,
        )
        is not None
    )
