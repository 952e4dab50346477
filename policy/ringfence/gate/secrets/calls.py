"""Passwords handed to a call whose name says what it does (`client.auth("…")`), or typed into a field named so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.secrets import values
from ringfence.gate.secrets.placeholders import is_familiar, is_placeholder
from ringfence.gate.secrets.stems import matches

_CALL_STEMS = (
    "auth", "login", "log_in", "logon", "signin", "sign_in", "set_password", "setpassword", "_connect(", "_pconnect(",
    "getconnection", "credential", "_bind(", "bind_s(", "usernamepassword", "setauth",
)  # fmt: skip
_CALL = re.compile(
    r"""(?:authenticate|authorize|auth|login|log_in|logon|sign_?in|set_?password|_p?connect|_(?:simple_)?bind|bind_s
    |getconnection|credentials?|usernamepassword\w{0,30}|authentication\w{0,12})\s?(?:=\s?)?\((?P<args>[^\n;]{3,300})""",
    re.IGNORECASE | re.VERBOSE,
)
_QUOTED = re.compile(r"""[rbuf]?(["'`])(?P<value>[^"'`\n]{5,100})\1""")
_HANDLE = re.compile(
    r"[a-z]+[-_]?\d{1,4}|[\w.+-]+@[\w.-]+|\w+://.*|.*[,=/\\{}<>].*|[\w-]+(?:\.[\w-]+)+|[A-Z_]+\d{0,2}|.*\s.*"
)
"""Hosts, users, addresses, names of settings: what else is handed to such a call."""
_FIELD = re.compile(
    r"""(?:pass|pwd)[^"\n]{0,40}"[^{}]{0,200}?"(?:value|text|content|keys|val|input)"\s?:\s?"(?P<value>[^"\n]{4,200})\"""",
    re.IGNORECASE,
)
_NAMED_FIELD = re.compile(
    r'(?i)"(?:selector|sel|element|field|name|label|placeholder|id|locator|target|css|xpath|input|ref|description)"'
    r'\s?:\s?"[^"\n]{0,60}$'
)
_TYPED = re.compile(
    r"""(?:pass|pwd)[^\n]{0,60}?\b(?:send_?keys|fill|type|set_?value|input|enter_?text|press_?sequentially)\w{0,40}\(
    \s{0,40}["'](?P<value>[^"'\n]{4,100})["']""",
    re.IGNORECASE | re.VERBOSE,
)
_FIELD_STEMS = ("pass", "pwd")


class CallsRecognizer:
    """Arguments of calls and of browser tools."""

    name = "secrets.calls"

    def find(self, text: Text) -> Iterable[Hit]:
        """Each password among them."""
        for match in matches(_CALL, text.value, text.lower, _CALL_STEMS):
            yield from _among(text.value, match)
        for match in matches(_FIELD, text.value, text.lower, _FIELD_STEMS):
            named = _NAMED_FIELD.search(text.value, max(0, match.start() - 100), match.start())
            if named and _is_typed(match["value"]):
                yield _hit(*match.span("value"), "typed-into-a-field")
        for match in matches(_TYPED, text.value, text.lower, _FIELD_STEMS):
            if values.is_strong(match["value"]) and not is_familiar(
                text.value, match.start(), match["value"]
            ):
                yield _hit(*match.span("value"), "typed-into-a-field")


def _among(text: str, call: re.Match[str]) -> Iterator[Hit]:
    """The strings of a call that look like a password, and like nothing else that it takes."""
    args = call["args"]
    stop = args.find(")(") if ")(" in args else len(args)
    for match in _QUOTED.finditer(text, call.start("args"), call.start("args") + stop):
        value = match["value"]
        if (
            _HANDLE.fullmatch(value)
            or is_placeholder(value)
            or is_familiar(text, match.start(), value)
        ):
            continue
        if values.is_strong(value):
            yield _hit(*match.span("value"), "handed-to-a-call")


def _is_typed(value: str) -> bool:
    return values.is_strong(value) or (
        not value.isalpha() and values.is_password(value, quoted=True)
    )


def _hit(start: int, end: int, why: str) -> Hit:
    return Hit(entity="PASSWORD", start=start, end=end, score=0.7, why=why)
