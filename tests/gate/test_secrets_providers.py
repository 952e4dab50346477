"""The table of provider formats: every row is sound, and a credential made from its own shape is found."""

from __future__ import annotations

import random
import re
import string
from typing import Any

import pytest

from ringfence.gate.recognizer import Text
from ringfence.gate.secrets.placeholders import is_stand_in
from ringfence.gate.secrets.providers import ProviderRecognizer, Row, load_rows

ROWS = load_rows()
SIGNS = string.ascii_letters + string.digits + "-_=+/.%~ "


def looks_drawn(value: str) -> bool:
    return 2 <= sum(c.isdigit() for c in value) < len(value)


def test_the_table_holds_at_least_150_formats_each_with_its_source() -> None:
    assert len(ROWS) >= 150
    assert len({row.id for row in ROWS}) == len(ROWS)
    assert all(row.literals or row.context for row in ROWS)


def made_from(pattern: Any, draw: random.Random) -> str:
    """A text that the parsed pattern matches, as far as lookaheads allow."""
    return "".join(piece(kind, value, draw) for kind, value in pattern)


def piece(kind: Any, value: Any, draw: random.Random) -> str:
    name = str(kind)
    if name == "LITERAL":
        return chr(value)
    if name in {"IN", "NOT_LITERAL"}:
        return draw.choice([c for c in SIGNS if allows(kind, value, c)])
    if name == "MAX_REPEAT":
        least, most, inner = value
        return "".join(
            made_from(inner, draw) for _ in range(draw.randint(least, min(most, least + 30)))
        )
    if name == "SUBPATTERN":
        return made_from(value[3], draw)
    if name == "BRANCH":
        return made_from(draw.choice(value[1]), draw)
    assert name == "ASSERT", name
    return ""


def allows(kind: Any, value: Any, sign: str) -> bool:
    if str(kind) == "NOT_LITERAL":
        return ord(sign) != value
    negated = str(value[0][0]) == "NEGATE"
    for part, inside in value[1 if negated else 0 :]:
        match str(part):
            case "LITERAL":
                hit = ord(sign) == inside
            case "RANGE":
                hit = inside[0] <= ord(sign) <= inside[1]
            case _:
                hit = {"CATEGORY_DIGIT": sign.isdigit(), "CATEGORY_SPACE": sign.isspace()}.get(
                    str(inside), sign.isalnum() or sign == "_"
                )
        if hit:
            return not negated
    return negated


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_credential_of_each_format_is_found_in_a_sentence_and_in_code(row: Row) -> None:
    draw = random.Random(row.id)
    parsed = re._parser.parse(row.regex)  # type: ignore[attr-defined]
    tried = 0
    while tried < 3:
        value = made_from(parsed, draw)
        if not re.fullmatch(row.regex, value) or is_stand_in(value):
            continue
        if row.context and not looks_drawn(value):
            continue
        tried += 1
        name = row.context[0] if row.context else "it"
        for text in (f"use {name}: {value}\n", f'{name}="{value}"', f'{{"{name}": "{value}"}}'):
            start = text.index(value, len(name))
            hits = list(ProviderRecognizer().find(Text(value=text)))
            assert any(hit.start <= start + 4 and hit.end >= start + len(value) - 4 for hit in hits)


def test_a_row_with_context_also_counts_the_keys_that_lead_to_the_text() -> None:
    value = "0a1b2c3d" * 4
    hits = list(ProviderRecognizer().find(Text(value=value, key="datadog api key")))
    assert [(hit.start, hit.end) for hit in hits] == [(0, 32)]
    assert list(ProviderRecognizer().find(Text(value=value, key="commit"))) == []


def test_no_hit_quotes_what_it_found() -> None:
    value = "gh" + "p_" + "a1B2" * 9
    (hit,) = ProviderRecognizer().find(Text(value=f"token {value}"))
    assert value not in repr(hit)
