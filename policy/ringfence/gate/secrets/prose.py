"""Passwords that people write to each other: "the password is …", "log in with admin / hunter2!", "PIN 4821"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.secrets import values

_WORD = (
    r"pass[ -]?(?:word|code|phrase|wd|wort)s?|pwd|p/w|\bpw\b|kennwort|contrase[nñ]a|mot de passe|senha|wachtwoord|has[lł]o"
    r"|пароль|密码|密碼|パスワード|비밀번호|l[oö]senord|parola|wi-?fi(?: key| code)?|\bpsk\b|(?:api |secret |access )(?:key|token)"
    r"|(?:access|secret|auth) code|\bcreds?\b|\bcredentials?\b"
)
_SAID = re.compile(
    rf"""(?:{_WORD})
    (?P<link>(?:[ ](?:for|to|of|on|at)[ ][^.\n:=]{{1,60}}?)?
    (?:[ ]?[:=：][ ]?|[ ](?:is|was|are|ist|es|est|è|é|är|是)[: ]|[ ](?:now|still|currently|set[ ]to|changed[ ]to|reset[ ]to|to)[ ]|はは?|は|[ ]))
    (?:(?:now|still|currently|just|set[ ]to|changed[ ]to|reset[ ]to)[ ])?
    (?P<quote>["'“‘`«]?)(?P<value>[^\s"”’`»]{{3,100}})""",
    re.IGNORECASE | re.VERBOSE,
)
_PAIR = re.compile(
    r"""\b(?:log(?:ged)?[ -]?in|sign[ -]?in|creds?|credentials?|account|user(?:name)?|ssh|vpn|rdp|ftp|admin|portal)\b
    [^\n]{0,40}?[\s:(]
    (?P<user>[\w.@+\-\\]{2,64})[ ]?[/|:][ ]?(?P<value>[^\s"'/|,]{5,64})""",
    re.IGNORECASE | re.VERBOSE,
)
_AND = re.compile(
    r"""\b(?:user(?:[ ]?name|[ ]?id)?|login|acct|account)\b[ :=]{1,3}(?:is[ ])?["']?(?P<user>[\w.@+\-\\]{2,64})["']?
    [ ,;.\n]{1,4}(?:and[ ]|with[ ]|/[ ]?)?(?:the[ ])?(?:pass(?:word|code|wd)?|pw|pwd)\b[ :=]{1,3}(?:is[ ]|of[ ])?
    ["'“]?(?P<value>[^\s"'”]{3,64})""",
    re.IGNORECASE | re.VERBOSE,
)
_PIN = re.compile(
    r"\b(?:PIN|pin|Pin|passcode|Passcode|security code|door code|gate code|alarm code|access code|lockbox code|safe code"
    r"|safe combination|garage code)(?: number| code)?(?: for [^.\n:]{1,40}?)?\s?(?:is|was|:|=|#)\s?[\"'“]?(?P<value>\d[\d\- ]{2,9}\d)\b"
)
_HINTS = re.compile(
    r"pass|pwd|p/w|pw\b|wort|contrase|senha|has[lł]o|парол|密|パス|비밀|senord|cred|login|log in|sign in|logged in|user|pin\b|code\b"
    r"|wi-?fi|psk|ssh|vpn|secret|token|api key|account|admin",
    re.IGNORECASE,
)


class ProseRecognizer:
    """Passwords and codes told in a sentence."""

    name = "secrets.prose"

    def find(self, text: Text) -> Iterable[Hit]:
        """Each value told as a password, a pair of user and password, a PIN."""
        if _HINTS.search(text.value):
            yield from _said(text.value)
            yield from _in_pairs(text.value)


def _said(text: str) -> Iterator[Hit]:
    for match in _SAID.finditer(text):
        value = match["value"].rstrip(".,;:)")
        direct = match["link"].strip() == ""
        strong = values.is_strong(value) or (len(value) >= 5 and values.is_strong(match["value"]))
        quoted = bool(match["quote"]) and not direct and values.is_password(value, quoted=True)
        if quoted or (strong and not (direct and value.isalnum() and value.islower())):
            start = match.start("value")
            yield _hit(start, start + len(value), "told")


def _in_pairs(text: str) -> Iterator[Hit]:
    for match in _PAIR.finditer(text):
        if values.is_strong(match["value"]) and not match["value"][0].isdigit() | (
            "=" in match["value"]
        ):
            yield _hit(*match.span("value"), "user-and-password")
    for match in _AND.finditer(text):
        value = match["value"].rstrip(".,;)")
        if values.is_strong(value) or values.is_password(value, quoted=False, bare_word_ok=True):
            yield _hit(match.start("value"), match.start("value") + len(value), "user-and-password")
    for match in _PIN.finditer(text):
        yield _hit(*match.span("value"), "code")


def _hit(start: int, end: int, why: str) -> Hit:
    return Hit(entity="PASSWORD", start=start, end=end, score=0.75, why=why)
