"""Passwords by their place among a client's arguments: `ftplib.FTP(host, user, "…")`, `new PDO(dsn, user, "…")`.

No name says what they are; but these calls take a password at a known place, so that even a plain word there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.secrets import values
from ringfence.gate.secrets.placeholders import is_familiar
from ringfence.gate.secrets.stems import matches

_ARGUMENT = (
    r"""(?:"[^"\n]{0,120}"|'[^'\n]{0,120}'|[^\s,()"'\n][^,()"'\n]{0,60}(?:\([^()\n]{0,60}\))?)"""
    r"\s{0,20},\s{0,20}"
)
_VALUE = r"""(?:pass(?:word|wd)?\s?[=:]\s?)?[rbu]?(["'])(?P<value>[^"'\s]{4,100})\1"""


def _third(calls: str, before: int = 2) -> re.Pattern[str]:
    return re.compile(
        rf"(?:{calls})\s?\(\s{{0,20}}(?:{_ARGUMENT}){{{before}}}{_VALUE}", re.IGNORECASE
    )


_PLACES = (
    # Behind host or address and user.
    (
        _third(
            r"\bftp(?:_tls)?(?:\.open|\.new)?|\bmysql_p?connect|\bmysqli(?:_connect|_real_connect)?|\bpdo"
            r"|\b(?:pymysql|mysqldb|psycopg2|pyodbc|oracledb|cx_oracle|pymssql)\.connect|\bgetconnection"
        ),
        ("ftp", "mysql", "pymysql", "pdo", "psycopg2", "pyodbc", "oracledb", "cx_oracle", "pymssql", "getconnection"),
    ),
    # Behind host, port and user; behind server, port, domain and user.
    (_third(r"\b(?:ssh|sftp|client|transport)\.connect", 3), ("ssh.", "sftp.", "client.", "transport.")),
    (_third(r"\bnet::smtp\.start|\bsmtp\.start", 4), ("net::smtp", "smtp.start")),
    # Behind the user, of a client of mail or files.
    (
        _third(r"\b(?:smtp|imap|pop3?|ftp|ftps|server|mail|mailer|mailbox|s|m)\.login|\bftp_login", 1),
        ("smtp.", "imap.", "pop.", "pop3.", "ftp.", "ftps.", "server.", "mail.", "mailer.", "mailbox.", "s.", "m."),
    ),
    (_third(r"\bftp_login"), ("ftp_login",)),
)  # fmt: skip
_NO_PASSWORD = re.compile(r"anonymous@?|guest|utf-?8|\w{2,12}://\S{0,100}", re.IGNORECASE)


class PositionalRecognizer:
    """Passwords at the place where a client takes one."""

    name = "secrets.positional"

    def find(self, text: Text) -> Iterable[Hit]:
        """Each literal at such a place that is no placeholder."""
        for pattern, stems in _PLACES:
            for match in matches(pattern, text.value, text.lower, stems):
                value, (start, end) = match["value"], match.span("value")
                if _NO_PASSWORD.fullmatch(value) or "anonymous" in match.group().lower():
                    continue
                if is_familiar(text.value, start, value):
                    continue
                if values.is_strong(value) or values.is_password(value, quoted=True):
                    yield Hit(
                        entity="PASSWORD", start=start, end=end, score=0.7, why="place-in-a-call"
                    )
