"""Characters that look like ASCII ones, and digits of other scripts."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

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


@lru_cache(maxsize=4096)
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
