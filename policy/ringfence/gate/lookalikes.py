"""Characters that look like ASCII ones, digits of other scripts, and digits written as words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from ringfence.gate.hints import either

# Unicode's confusables.txt (UTS 39), the letters that pass for Latin ones at a glance.
_PAIRS = either(
    "АA ВB ЕE ЅS ІI ЈJ КK МM НH ОO РP СC ТT ХX УY аa еe ѕs іi јj оo рp сc уy хx ԁd ԛq ԝw һh ӏl "
    "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX νv οo ιi ρp αa ıi ɡg ɑa ѵv кk тt мm нh вb",
    None,
)
_LATIN = {ord(pair[0]): pair[1] for pair in _PAIRS}
_DASHES = {ord(c): "-" for c in "‐‑‒–—―−﹣－"}
_QUOTES = {ord("’"): "'", ord("‘"): "'", ord("“"): '"', ord("”"): '"'}


def is_mixed(word: str) -> bool:
    """Whether a word holds ASCII letters or digits: only there do look-alikes stand for ASCII ones."""
    return any(c.isascii() and (c.isalnum() or c == "@") for c in word)


def fold(raw: str, *, mixed: bool) -> str:
    """`raw` in plain characters; homoglyphs too when it stands in a mixed word."""
    text = "".join(map(_fold_character, raw))
    return text.translate(_LATIN) if mixed else text


def _fold_character(character: str) -> str:
    category = unicodedata.category(character)
    if (
        category in ("Cf", "Cc", "Co", "Cn", "Me")
        or "\ufe00" <= character <= "\ufe0f"
        or character in "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800"
    ):
        return ""
    if category in ("Nd", "No"):
        digit = unicodedata.digit(character, None)
        if digit is not None:
            return str(digit)
    if category == "Zs":
        return " "
    if ord(character) in _DASHES:
        return "-"
    return unicodedata.normalize("NFKC", character).translate(_QUOTES)


_DIGITS = (
    *(
        "zero oh null cero zéro nul zero",
        "one eins uno un um een jeden",
        "two zwei zwo dos deux due dois twee dwa",
        "three drei tres trois tre três drie trzy",
        "four vier cuatro quatre quattro quatro cztery",
    ),
    *(
        "five fünf cinco cinq cinque vijf pięć",
        "six sechs seis sei zes sześć",
        "seven sieben siete sept sette sete zeven siedem",
        "eight acht ocho huit otto oito osiem",
        "nine neun nueve neuf nove negen dziewięć",
    ),
)
_VALUES = {word: str(value) for value, words in enumerate(_DIGITS) for word in words.split()}
_REPEATS = {"double": 2, "triple": 3}
_TOKEN = re.compile(r"[0-9]|[^\W\d_](?<!\w.)[^\W\d_]{1,8}(?!\w)")
_WORDS = _VALUES.keys() | _REPEATS.keys()
_GAP = re.compile(r"(?:[\s,.;:–—-]|…){1,5}|\s+(?:dash|hyphen|space|then|and)\s+")
_LEAST = 6


def spoken_digits(value: str) -> Iterator[tuple[int, int, str]]:
    """Runs of at least six digits given as words ("four one double five …"), with the digits they stand for."""
    run: list[re.Match[str]] = []
    for match in _TOKEN.finditer(value):
        if not match.group().isdigit() and match.group().lower() not in _WORDS:
            continue
        if run and not _GAP.fullmatch(value, run[-1].end(), match.start()):
            yield from _as_digits(run)
            run = []
        run.append(match)
    yield from _as_digits(run)


def _as_digits(run: list[re.Match[str]]) -> Iterator[tuple[int, int, str]]:
    digits, times = "", 1
    for match in run:
        word = match.group().lower()
        if word in _REPEATS:
            times = _REPEATS[word]
        else:
            digits += _VALUES.get(word, word) * times
            times = 1
    if len(digits) >= _LEAST and any(not m.group().isdigit() for m in run):
        yield run[0].start(), run[-1].end(), digits
