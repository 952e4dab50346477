"""Passwords inside addresses: `postgres://user:password@host/db`, `amqp://…`, `https://token@host`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.secrets.placeholders import is_placeholder

_AUTHORITY = re.compile(
    r"(?P<user>[^\s/?#:@\"'<>`,]{0,120}):(?P<password>[^\s\"'<>`@]{1,256})@(?P<host>[\w.\-\[\]$%{}]+)"
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{1,40}$")
_PORT = re.compile(r"\d{1,5}(?:/|$)")
# Words of documentation: with one of these as user and one as password, on a host of nobody, nothing is given away.
_SHOWN = frozenset(
    "user username usr u name admin root postgres guest me foo login my_user myuser dbuser db_user test".split()  # noqa: SIM905
)
_SHOWN_PASSWORDS = frozenset(
    "pass password passwd pwd pw p secret mypassword my_password dbpass db_password bar test guest token".split()  # noqa: SIM905
)
_NOBODY = re.compile(
    r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|host(?:name)?|server|db|database|proxy|postgres|mysql|redis"
    r"|mongo(?:db)?|rabbitmq"
    r"|.*\.?example(?:\.\w+)?|[\w.]*\.(?:test|invalid|local))$",
    re.IGNORECASE,
)


class ConnectionStringRecognizer:
    """Any address with a password in its authority (RFC 3986, section 3.2.1)."""

    name = "secrets.connection_string"

    def find(self, text: Text) -> Iterable[Hit]:
        """Each address whose password is not a placeholder."""
        value = text.value
        at = value.find("://")
        while at >= 0:
            scheme = _SCHEME.search(value[max(0, at - 42) : at])
            match = _AUTHORITY.match(value, at + 3)
            if scheme and match and _gives_away(match):
                start = at - len(scheme.group())
                yield Hit(
                    entity="CONNECTION_STRING",
                    start=start,
                    end=match.end(),
                    score=0.95,
                    why="password-in-address",
                )
            at = value.find("://", at + 3)


def _gives_away(match: re.Match[str]) -> bool:
    user, password, host = match.group("user", "password", "host")
    if is_placeholder(password) or "{" in password or "$" in password[:2]:
        return False
    if _PORT.match(password) and ("/" in password or not user):
        return False  # http://host:8080/@name is a port and a path
    shown = user.lower() in _SHOWN and password.lower() in _SHOWN_PASSWORDS
    return not (shown and _NOBODY.match(host)) and password.lower() != user.lower() + ":"
