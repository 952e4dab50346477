"""Files whose very shape is a credential: a cloud's JSON key, kubeconfig, .netrc, .pgpass, Docker's config."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator

from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.secrets.placeholders import is_placeholder

_PATTERNS: tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...] = (
    (
        "gcp-service-account",
        ("service_account", "private_key"),
        re.compile(r'"private_key(?:_id)?"\s{0,4}:\s{0,4}"(?P<value>[^"\s]{20}[^"]{0,4000})'),
    ),
    (
        "kubeconfig",
        ("client-key-data",),
        re.compile(r"client-key-data[\"']?\s{0,4}:\s{0,4}[\"']?(?P<value>[A-Za-z0-9+/=]{40,8000})"),
    ),
    (
        "netrc",
        ("login", "password"),
        re.compile(
            r"(?:machine\s{1,40}\S{1,200}|default)\s{1,40}login\s{1,40}\S{1,200}\s{1,40}password\s{1,40}(?P<value>\S{1,200})"
        ),
    ),
    (
        "pgpass",
        (":",),
        re.compile(
            r"(?:^|(?<=pgpass: )|(?<=pgpass ))[\w.*-]{1,100}:(?:\d{2,5}|\*):[\w*-]{1,64}:[\w*.-]{1,64}"
            r":(?P<value>[^\s:]{3,100})$",
            re.MULTILINE,
        ),
    ),
    (
        "htpasswd",
        (":{SHA}",),
        re.compile(r"^[\w.@-]{1,64}:\{SHA\}(?P<value>[A-Za-z0-9+/]{27}=)", re.MULTILINE),
    ),
    (
        "maven-settings",
        ("<password>",),
        re.compile(r"<password>(?P<value>[^<\s]{3,200})</password>"),
    ),
    (
        "wordpress-salts",
        ("define",),
        re.compile(
            r"define\(\s?['\"](?:(?:SECURE_)?AUTH|LOGGED_IN|NONCE)_(?:KEY"
            r"|SALT)['\"],\s{0,12}['\"](?P<value>[^'\"\n]{30,100})"
        ),
    ),
)
_WORDS = ("password", "secret", "pass", "mypassword", "passwd")
_AUTH = re.compile(r'"auth"\s{0,4}:\s{0,4}"(?P<value>[A-Za-z0-9+/=_-]{8,2000})"')


class CredentialsFileRecognizer:
    """Well-known files of credentials, each by the line that gives access."""

    name = "secrets.credentials_file"

    def find(self, text: Text) -> Iterable[Hit]:
        """The value that gives access, in each file recognised."""
        yield from _by_pattern(text.value)
        if '"auth"' in text.value:
            yield from _docker_auth(text.value)


def _by_pattern(value: str) -> Iterator[Hit]:
    for why, literals, pattern in _PATTERNS:
        if any(literal in value for literal in literals):
            for match in pattern.finditer(value):
                if not is_placeholder(match.group("value")) and match["value"] not in _WORDS:
                    start, end = match.span("value")
                    yield Hit(entity="CREDENTIALS_FILE", start=start, end=end, score=0.9, why=why)


def _docker_auth(value: str) -> Iterator[Hit]:
    for match in _AUTH.finditer(value):
        try:
            decoded = base64.b64decode(match.group("value"), validate=True)
        except (binascii.Error, ValueError):
            continue
        if b":" in decoded[1:]:
            start, end = match.span("value")
            yield Hit(entity="CREDENTIALS_FILE", start=start, end=end, score=0.9, why="docker-auth")
