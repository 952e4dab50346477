"""Digits given as words, in some languages: "four one double five", "null eins sieben", "six douze trente-quatre"."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
_TEENS = (
    "ten zehn diez dix dieci dez tien",
    "eleven elf once onze undici",
    "twelve zwölf doce douze dodici doze twaalf",
    "thirteen dreizehn trece treize tredici",
    "fourteen vierzehn catorce quatorze quattordici",
    "fifteen fünfzehn quince quinze quindici",
    "sixteen sechzehn dieciséis dieciseis seize sedici",
    "seventeen siebzehn diecisiete diciassette",
    "eighteen achtzehn dieciocho diciotto",
    "nineteen neunzehn diecinueve diciannove",
)
_TENS = {
    20: "twenty zwanzig veinte vingt venti vinte",
    30: "thirty dreißig dreissig treinta trente trenta trinta",
    40: "forty vierzig cuarenta quarante quaranta quarenta",
    50: "fifty fünfzig cincuenta cinquante cinquanta cinquenta",
    60: "sixty sechzig sesenta soixante sessanta sessenta",
    70: "seventy siebzig setenta septante settanta",
    80: "eighty achtzig ochenta quatre-vingt quatre-vingts huitante ottanta oitenta",
    90: "ninety neunzig noventa nonante novanta",
}
_ONES = {word: digit for digit, words in enumerate(_DIGITS) for word in words.split()}
_TWO = {word: 10 + n for n, words in enumerate(_TEENS) for word in words.split()} | {
    word: tens for tens, words in _TENS.items() for word in words.split()
}
_REPEATS = {"double": 2, "triple": 3}
_ADDED = re.compile(r"[ -]|-et-| et | y | e | and ")
_TENS_DE = r"(?:zwanzig|dreißig|dreissig|vierzig|fünfzig|sechzig|siebzig|achtzig|neunzig)"
_COMPOUND = re.compile(rf"(ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun)und({_TENS_DE})")
_TOKEN = re.compile(
    rf"(?i)\b(?:{_COMPOUND.pattern.replace('(ein', '(?:ein').replace('und((?:', 'und(?:(?:')}|"
    + "|".join(sorted((*_ONES, *_TWO, *_REPEATS), key=len, reverse=True))
    + r")\b|[0-9]+"
)
_GAP = re.compile(r"(?:[\s,.;:/()–—-]|…){0,5}|\s+(?:dash|hyphen|space|then|and|et|y|e|und)\s+")
LEAST = 6
_TEN = 10
HINTS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "double", "cero", "cinco", "ocho",
    "eins", "zwei", "drei", "vier", "sieben", "neun", "siete", "trois", "quatre", "cinq", "huit", "quattro", "cinque",
    "sette", "otto", "quatro", "oito", "vijf", "zeven", "cztery", "siedem", "zéro", "nueve", "seis", "null", "treinta",
    "trente", "vingt", "soixante", "douze",
)  # fmt: skip


def is_spoken(lower: str) -> bool:
    """Whether a text may hold a number in words."""
    return sum(map(lower.__contains__, HINTS)) >= 3


def spoken_digits(value: str, *, least: int = LEAST) -> Iterator[tuple[int, int, str]]:
    """Runs of at least so many digits, some of them given as words, with the digits they stand for."""
    run: list[re.Match[str]] = []
    for match in _TOKEN.finditer(value):
        if run and not _GAP.fullmatch(value, run[-1].end(), match.start()):
            yield from _as_digits(run, least)
            run = []
        run.append(match)
    yield from _as_digits(run, least)


def digit_groups(value: str, lower: str) -> Iterator[tuple[int, int, str]]:
    """Short runs that are words throughout: pieces of a number told piece by piece."""
    if is_spoken(lower):
        for start, end, digits in spoken_digits(value, least=2):
            if not any(c.isdigit() for c in value[start:end]):
                yield start, end, digits


def _as_digits(run: list[re.Match[str]], least: int) -> Iterator[tuple[int, int, str]]:
    digits, times, tens, reached = "", 1, 0, 0
    for match in run:
        word = match.group().lower()
        if word in _REPEATS:
            times = _REPEATS[word]
            continue
        told = _told(word)
        between = match.string[reached : match.start()]
        reached, more = match.end(), int(told)
        if tens and not word.isdigit() and _ADDED.fullmatch(between) and _adds(tens, more):
            digits = digits[:-2] + str(tens + more)
            tens = tens + more if more == _TEN else 0
        else:
            digits += told * times
            tens = more if word in _TWO and more > _TEN + 9 else 0
        times = 1
    if len(digits) >= least and any(not m.group().isdigit() for m in run):
        yield run[0].start(), run[-1].end(), digits


def _told(word: str) -> str:
    if word.isdigit():
        return word
    compound = _COMPOUND.fullmatch(word)
    if compound:
        return str(_TWO[compound[2]] + _ONES.get(compound[1], 1))
    return str(_ONES[word]) if word in _ONES else str(_TWO[word])


def _adds(tens: int, more: int) -> bool:
    """French goes on to nineteen behind sixty and eighty."""
    return 1 <= more <= 9 or (tens in (60, 80) and _TEN <= more <= _TEN + 9)
