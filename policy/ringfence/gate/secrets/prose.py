"""Passwords that people write to each other: "the password is …", "log in with admin / hunter2!", "PIN 4821"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.secrets import values
from ringfence.gate.secrets.placeholders import is_familiar
from ringfence.gate.secrets.stems import matches
from ringfence.gate.surroundings import in_exercise

_WORD = (
    r"pass[ -]?(?:word|code|phrase|wd|wort)s?|pwd|p/w|\bpw\b|kennwort|contrase[nñ]a|mot de passe|senha"
    r"|wachtwoord|has[lł]o"
    r"|пароль|密码|密碼|パスワード|비밀번호|l[oö]senord|parola|wi-?fi(?: key| code)?|\bpsk\b"
    r"|(?:api |secret |access )(?:key|token)"
    r"|(?:access|secret|auth) code|\bcreds?\b|\bcredentials?\b"
)
_SAID = re.compile(
    rf"""(?:{_WORD.replace(" ", chr(92) + " ")})
    (?P<link>(?:[ ](?:for|to|of|on|at)[ ][^.\n:=]{{1,60}}?)?
      (?:[ ]?[:=：][ ]?|[ ](?:is|was|are|ist|es|est|è|é|är)[: ]|[ ]?(?:是|は|는|은)[ ]?
        |[ ](?:now|still|currently|set[ ]to|changed[ ]to|reset[ ]to|to)[ ])
      |[ ])
    (?:(?:now|still|currently|just|set[ ]to|changed[ ]to|reset[ ]to)[ ])?
    (?:["'“‘`«](?P<phrase>[^\s"'”’`»][^"'”’`»\n]{{2,60}})["'”’`»]
    |["'“‘`«]?(?P<value>[^\s"”’`»]{{3,100}}))""",
    re.IGNORECASE | re.VERBOSE,
)
_PAIR = re.compile(
    r"""\b(?:log(?:ged)?[ -]?in|sign[ -]?in|creds?|credentials?|account|user(?:name)?|ssh|vpn|rdp|ftp|admin|portal)\b
    [^\n]{0,40}?[\s:(]
    (?P<user>[\w.@+\-\\]{2,64})(?:[ ]?[/|][ ]?|:)(?P<value>[^\s"'/|,]{5,64})""",
    re.IGNORECASE | re.VERBOSE,
)
_AND = re.compile(
    r"""\b(?:user(?:[ ]?name|[ ]?id)?|login|acct|account)\b[ :=]{1,3}(?:is[ ])?["']?(?P<user>[\w.@+\-\\]{2,64})["']?
    [ ,;.\n]{1,4}(?:and[ ]|with[ ]|/[ ]?)?(?:the[ ])?(?:pass(?:word|code|wd)?|pw|pwd)\b[ :=]{1,3}(?:is[ ]|of[ ])?
    ["'“]?(?P<value>[^\s"'”]{3,64})""",
    re.IGNORECASE | re.VERBOSE,
)
_PIN = re.compile(
    r"\b(?:PIN|pin|Pin|passcode|Passcode|security code|door code|gate code|alarm code|access code|lockbox code"
    r"|safe code"
    r"|safe combination|garage code)(?: number| code)?(?: (?:for|to|of|on|at|in) [^.\n:]{1,40}?)?\s?(?:is|was|:|="
    r"|#)\s?[\"'“]?(?P<value>\d[\d\- ]{2,9}\d)\b"
)
_SAID_STEMS = (
    "pass", "pwd", "p/w", "pw", "kennwort", "contrase", "mot de passe", "senha", "wachtwoord", "haslo", "hasł",
    "пароль", "密", "パスワード", "비밀번호", "lösenord", "losenord", "parola", "wifi", "wi-fi", "psk", "api ",
    "secret ", "access ", "auth code", "cred",
)  # fmt: skip
_PAIR_STEMS = (
    "log", "sign", "cred", "account", "user", "ssh", "vpn", "rdp", "ftp", "admin", "portal"
)  # fmt: skip
_AND_STEMS = ("user", "login", "acct", "account")
_PIN_STEMS = (
    "pin", "passcode", "security code", "door code", "gate code", "alarm code", "access code", "lockbox", "safe co",
    "garage code",
)  # fmt: skip


class ProseRecognizer:
    """Passwords and codes told in a sentence."""

    name = "secrets.prose"

    def find(self, text: Text) -> Iterable[Hit]:
        """Each value told as a password, a pair of user and password, a PIN."""
        low = text.lower
        yield from _said(text.value, low)
        yield from _in_pairs(text.value, low)


def _said(text: str, low: str) -> Iterator[Hit]:
    for match in matches(_SAID, text, low, _SAID_STEMS):
        group = "phrase" if match["phrase"] is not None else "value"
        value = match[group].rstrip(".,;:)")
        direct = match["link"].strip() == ""
        if _is_told(match[group], value, direct=direct, quoted=group == "phrase"):
            start = match.start(group)
            if not (value.startswith("<") or is_familiar(text, start, value)):
                yield _hit(start, start + len(value), "told")


def _is_told(whole: str, value: str, *, direct: bool, quoted: bool) -> bool:
    """`direct`: nothing but a space stands between the word and the value, as in "with password Blue7moon!"."""
    if values.is_strong(whole) or values.is_strong(value):
        return not (direct and value.isalnum() and value.islower() and not quoted)
    if not quoted:
        return False
    return values.is_strong(value.replace(" ", "")) or (
        not direct and values.is_password(value, quoted=True)
    )


def _in_pairs(text: str, low: str) -> Iterator[Hit]:
    for match in matches(_PAIR, text, low, _PAIR_STEMS):
        if values.is_strong(match["value"]) and not match["value"][0].isdigit() | (
            "=" in match["value"]
        ):
            yield _hit(*match.span("value"), "user-and-password")
    for match in matches(_AND, text, low, _AND_STEMS):
        value = match["value"].rstrip(".,;)")
        if values.is_strong(value) or values.is_password(value, quoted=False, bare_word_ok=True):
            yield _hit(match.start("value"), match.start("value") + len(value), "user-and-password")
    for match in matches(_PIN, text, low, _PIN_STEMS):
        if not in_exercise(text, *match.span()):
            yield _hit(*match.span("value"), "code")


def _hit(start: int, end: int, why: str) -> Hit:
    return Hit(entity="PASSWORD", start=start, end=end, score=0.75, why=why)
