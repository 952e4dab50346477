"""Passwords told in the other word orders: after a service's name, before the word, inside a compound, for somebody.

`prose` reads "the password is …"; here stand "my Netflix pass is …", "log in with … as password", "Admin-Passwort für
das Portal ist …", "temp pass for ana: …". A pattern starts at a stem and reaches a fixed number of characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.secrets import values
from ringfence.gate.secrets.placeholders import is_familiar, is_placeholder
from ringfence.gate.secrets.stems import matches

_WORD = (
    r"pass(?:word|code|phrase|wort|e)?s?|pw|pwd|kennwort|zugangscode|contrase[nñ]a|clave|mot\ de\ passe|mdp|senha"
    r"|wachtwoord|has[lł]o|пароль|parola|şifre|sifre|salasana|l[oö]senord|adgangskode|heslo|jelsz[oó]|kata\ sandi"
)
_STEMS = (
    "pass", "pw", "kennwort", "zugangscode", "contrase", "clave", "mot de passe", "mdp", "senha", "wachtwoord", "hasło",
    "haslo", "пароль", "parola", "şifre", "sifre", "salasana", "lösenord", "losenord", "adgangskode", "heslo", "jelsz",
    "kata sandi",
)  # fmt: skip
_VALUE = r"""(?:["'“‘`«„](?P<quoted>[^\s"'”’`»][^"”’`»\n]{2,60}?)["'”’`»“]|(?P<bare>[^\s"”’`»]{4,100}))"""
_AFTER = re.compile(
    rf"""(?:{_WORD})(?![a-zß-])
    (?:\ (?:for|to|of|on|at|für|fuer|zum|zur|del|de\ la|de|da|do|du|van|voor|för|till|dla|do|из|от|для)
      \ [^.\n:="]{{1,50}}?)?
    (?:\ ?[:=：]\ ?|\ (?:is|was|ist|lautet|war|es|era|est|é|è|är|er|to|is\ now|jest|on|это)[: ]\ ?
      |\ ?\((?:it'?s\ |is\ )?|\ ?[–—-]\ )
    {_VALUE}""",
    re.IGNORECASE | re.VERBOSE,
)
_BEFORE = re.compile(
    rf"""\b(?:with|using|use|via|mit|con|avec|com|met|enter|typed?|put|set)\ ["'“`]?(?P<bare>[^\s"”`]{{5,64}})["'”`]?
    \ (?:as|for|als|como|comme)\ (?:the\ |my\ |his\ |her\ |a\ |your\ |la\ |mi\ |das\ )?(?:{_WORD})\b""",
    re.IGNORECASE | re.VERBOSE,
)
_BEFORE_STEMS = (
    "with ", "using ", "use ", "via ", "mit ", "con ", "avec ", "com ", "met ", "enter ", "type", "put ", "set ",
)  # fmt: skip
_CHOSEN = re.compile(r"[A-Za-z][a-z]{2,}(?:[-_.][A-Za-z]{3,}){2,}")
"""Words strung together by hyphens, as in a passphrase."""
_FORMAT = re.compile(
    r"\d{1,2}[:.]\d\d|\w+\(\)|[\w-]+\.(?:com|org|net|io|html?|php|py|js|ts|md|txt|ya?ml)\W*$"
)


class ToldRecognizer:
    """Passwords in a sentence, in the word orders that `ProseRecognizer` does not read."""

    name = "secrets.told"

    def find(self, text: Text) -> Iterable[Hit]:
        """Each value told as a password."""
        low = text.lower
        for match in matches(_AFTER, text.value, low, _STEMS):
            for hit in _judged(match, link=text.value[match.start() : _start(match)]):
                if not is_familiar(text.value, hit.start, text.value[hit.start : hit.end]):
                    yield hit
        if any(word in low for word in _STEMS):
            for match in matches(_BEFORE, text.value, low, _BEFORE_STEMS):
                yield from _judged(match, link=" is ")


def _start(match: re.Match[str]) -> int:
    group = "bare" if match["bare"] is not None else "quoted"
    return match.start(group)


def _judged(match: re.Match[str], *, link: str) -> Iterator[Hit]:
    quoted = "quoted" in match.re.groupindex and match["quoted"] is not None
    group = "quoted" if quoted else "bare"
    value = match[group].rstrip(".,;:)")
    if _FORMAT.search(value) or is_placeholder(value) or ("-" in link[-3:] and not quoted):
        strong = False
    elif quoted:
        strong = values.is_strong(value.replace(" ", "")) or _CHOSEN.fullmatch(value) is not None
    else:
        strong = values.is_strong(value) or _CHOSEN.fullmatch(value) is not None
    if strong:
        start = match.start(group)
        yield Hit(entity="PASSWORD", start=start, end=start + len(value), score=0.7, why="told")
