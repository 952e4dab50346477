"""Texts made to be slow to read: near misses of every family of recognisers, and towers of encodings. All our own.

Each maker takes a number of characters and gives a text of about that size.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable

from ringfence.request import Request

Maker = Callable[[int], str]


def over(unit: str, end: str = "") -> Maker:
    """A unit over and over, cut to the size."""
    return lambda size: (unit * (size // len(unit) + 1))[: size - len(end)] + end


def nested(left: str, right: str) -> Maker:
    """Brackets in brackets."""
    return lambda size: left * (size // 2) + right * (size // 2)


def drawn(alphabet: str, seed: int = 7) -> Maker:
    """Characters drawn at random."""
    return lambda size: "".join(random.Random(seed).choices(alphabet, k=size))


def base64_tower(size: int) -> str:
    raw = b"SSN and more "
    while len(raw) < size:
        raw = base64.b64encode(raw)
    return raw.decode()[:size]


def base64_blobs(size: int) -> str:
    blob = base64.b64encode(b"a quiet line of text, number 4012 8888 8888 1882\n").decode()
    return " ".join([blob] * (size // len(blob) + 1))[:size]


def percent_tower(size: int) -> str:
    return over("%25" * 6 + "34")(size)


def json_in_json(size: int) -> str:
    """Fifty levels for the price of one character each would be kind: each level doubles the backslashes."""
    inner = json.dumps({"note": "call 212-555-7788"})
    while len(inner) < size:
        inner = json.dumps({"a": inner})
    return inner[:size]


def deep_json(size: int) -> str:
    return '{"a":' * (size // 6) + "1" + "}" * (size // 6)


def table(size: int) -> str:
    """A table of numbers without blank lines: every cell asks for its heading."""
    rng = random.Random(3)
    head = "account,amount,code,when"
    return (
        head + "\n" + over(f"{rng.randrange(10**9)},{rng.randrange(10**6)},48213,20260311\n")(size)
    )


KINDS: dict[str, Maker] = {
    "digits": over("4"),
    "digits drawn": drawn("0123456789"),
    "digits, spaced": over("4 0 1 2 8 "),
    "digits, dashed": over("12-34-"),
    "digits, dotted": over("1.2."),
    "digits, a line each": over("4\n0\n1\n"),
    "digits and letters": drawn("0123456789ABCDEFabcdef"),
    "nine digits": over("123456789 "),
    "short digit groups": over("12 345 6 "),
    "parentheses and digits": over("(1(2(3"),
    "letters": over("a"),
    "capitals": over("A"),
    "letters drawn": drawn("abcdefghijklmnopqrstuvwxyz"),
    "one long word, capitals between": over("aB"),
    "words": over("lorem ipsum "),
    "capitalised words": over("Anna Berg Street "),
    "single letters": over("a b c d "),
    "@": over("@"),
    "a@": over("a@"),
    "a.": over("a."),
    "a@a.": over("a@a."),
    "local part without @": over("a.b+c_", " @"),
    "dots": over("."),
    "dashes": over("-"),
    "underscores": over("_"),
    "blanks": over(" "),
    "newlines": over("\n"),
    "blanks and newlines": over(" \n"),
    "tabs": over("\t"),
    "colons": over(":"),
    "colons and hex": over("ab:cd:"),
    "equals": over("="),
    "quotes": over('"'),
    "quotes apart": over('" + "'),
    "quotes of three kinds": over("\"'`"),
    "backslashes": over("\\"),
    "backslash u": over("\\u003"),
    "backslash x41": over("\\x41"),
    "brackets": nested("[", "]"),
    "braces": nested("{", "}"),
    "angle brackets": nested("<a", ">"),
    "[at]": over("a [at] "),
    "at dot": over("x at y dot "),
    "commas": over("1,"),
    "pipes": over("| 1 "),
    "near-miss cards": over("4012 8888 8888 1882 "),
    "near-miss cards, joined": over("4012888888881882,"),
    "near-miss IBANs": over("GB82 WEST 1234 5698 7654 33 "),
    "near-miss IBAN, endless": over("GB82WEST"),
    "IBAN words": over("iban AB12 CD34 "),
    "SSN words": over("ssn "),
    "SSN shapes": over("078-05-112 "),
    "half hidden": over("**** "),
    "X": over("X"),
    "dates": over("1980-01-0 born "),
    "telephone": over("+1 (212) 555-"),
    "addresses": over("12 Main "),
    "address words": over("address: Rue de la "),
    "street stems": over("Hauptstrasse"),
    "coordinates": over("51.5074, "),
    "IP addresses": over("10.0.0."),
    "IPv6": over("fe80:"),
    "wallets": drawn("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"),
    "wallet words": over("bc1q"),
    "seed phrase": over("seed 1. alpha 2. beta "),
    "passport lines": over("P<UTO<<"),
    "angle fill": over("<"),
    "handles": over("my x is @a "),
    "codes": over("code "),
    "code is": over("code is for "),
    "pin": over("pin: "),
    "password: ": over("password: "),
    "password is ": over("the password is "),
    "password=": over("password="),
    "pass": over("pass"),
    "key": over("api_key"),
    "secret names": over("secret_token_key_"),
    "login lines": over("login a/"),
    "user and": over("user: a and "),
    "flags": over("mysql -u a "),
    "curl": over("curl -u a"),
    "with … as": over("with aaaaa as "),
    "cookies": over("session_id=abc;"),
    "xml settings": over('key="password" value="'),
    "netrc": over("machine a login b "),
    "pgpass": over("a:1:b:"),
    "near-miss PEM": over("-----BEGIN RSA PRIVATE KEY-----\n"),
    "PEM in base64": over("LS0tLS1CRUdJTi"),
    "JWT": over("eyJhbGciOiJub25lIn0."),
    "eyJ": over("eyJ"),
    "addresses with passwords": over("http://a:b"),
    "schemes": over("a://"),
    "provider prefixes": over("sk-ghp_AKIAxoxb-"),
    "AKIA": over("AKIA"),
    "provider names": over("datadog twilio stripe "),
    "hex": drawn("0123456789abcdef"),
    "hex, spaced": over("de ad be ef "),
    "uuid": over("123e4567-e89b-12d3-a456-"),
    "base64 tower": base64_tower,
    "base64 blobs": base64_blobs,
    "base64 of blanks": over("ICAg"),
    "base64, lines": over("QUJDREVGR0hJSktMTU5P\n"),
    "percent tower": percent_tower,
    "percent": over("%41"),
    "entities": over("&#49;"),
    "entity, open": over("&amp"),
    "quoted-printable": over("=41=42"),
    "soft line breaks": over("=\n"),
    "combining characters": over("e\u0301\u0302"),
    "combining only": over("\u0301"),
    "zero width": over("4\u200b"),
    "full width": over("４"),
    "look-alikes": over("аa"),
    "scripts in turn": over("aа一"),
    "Han": over("一二三"),
    "Han addresses": over("省市区"),
    "Cyrillic": over("улица дом "),
    "dotted capital I": over("İ"),
    "emoji": over("👩\u200d👩"),
    "number words": over("four "),
    "number words, doubled": over("double double "),
    "number words and digits": over("one 2 "),
    "JSON in JSON": json_in_json,
    "deep JSON": deep_json,
    "JSON list": lambda size: "[" + over("1,")(size),
    "JSON strings": lambda size: "[" + over('"4012",')(size),
    "JSON, never closed": over('{"a": "'),
    "JSON escapes": lambda size: '{"a": "' + over("\\n1")(size) + '"}',
    "table": table,
    "log lines": over("2026-03-11T10:11:12Z INFO id=48213 took=3ms\n"),
    "drawing path": over("M1.5-2.5L3-4"),
    "clinical words": over("patient diagnosed with "),
    "markings": over("TOP SECRET//SI//NOFORN "),
    "legal words": over("privileged and confidential "),
    "quote and blanks": lambda size: '"a" + "b" "' + over("\n ")(size),
    "digit, quote and blanks": lambda size: '1"' + over(" ")(size),
    "digits, quotes and blanks": over('1"' + " " * 500),
    "[at] and blanks": lambda size: "a [at] b dot c" + over(" ")(size),
    "at dot and blanks": lambda size: "a @ b. dot " + over(" \t")(size) + "at",
    "code and blanks": over("code" + " " * 250),
    "JSON, escaped quotes": lambda size: '["' + over('\\"')(size),
    "JSON, long key": lambda size: '{"' + "ab " * (size // 6) + '": [' + over('"1",')(size // 2),
    "JSON, open quotes": lambda size: "[" + over('"\\')(size),
    "ask-": over("ask-"),
    "provider prefixes in words": over("aghp_axoxb-asg."),
    "zip": lambda size: "zip" * 5 + over("zipcurlmongo")(size),
    "names": over("Anna Berg lives "),
    "names, one a line": over("Anna\n"),
    "titles": over("Mr. Dr. "),
}


def many_messages(count: int) -> Request:
    """An agent's history of short tool results."""
    turns = [
        {"role": "tool", "tool_call_id": f"c{i}", "content": f"row {i}: ok"} for i in range(count)
    ]
    return Request.parse({"messages": [{"role": "user", "content": "go on"}, *turns]})
