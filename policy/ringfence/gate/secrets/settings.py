"""Secrets in settings of frameworks and tools that name them by position: XML pairs, cookies, `net use`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.secrets import values
from ringfence.gate.secrets.placeholders import is_placeholder

_NAMES = (
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|connection[_-]?string)"
)
_PATTERNS: tuple[tuple[str, str, tuple[str, ...], re.Pattern[str]], ...] = (
    (
        "key-and-value",
        "PASSWORD",
        ("value=",),
        re.compile(
            rf"""(?i)\b(?:key|name)\s?=\s?["'][\w.:-]{{0,40}}{_NAMES}["']\s{{1,4}}value\s?=\s?["'](?P<value>[^"'\s]{{4,300}})"""
        ),
    ),
    (
        "net-use",
        "PASSWORD",
        ("/user:",),
        re.compile(
            r"(?i)\bnet use [^\n]{0,120}?/user:\S{1,60} (?!/)(?P<value>\S{4,64})"
            r"|\bnet use [^\n/]{0,80}\\\S{1,80} (?![/*])(?P<first>\S{4,64}) /user:"
        ),
    ),
    (
        "encoded-in-code",
        "PASSWORD",
        ("b64encode", "btoa(", "base64encode", "tobase64string"),
        re.compile(
            r"""(?i)(?:b64encode|btoa|base64encode|tobase64string)\(\s?b?["'][\w.@+-]{1,60}:(?P<value>[^"'\s{}$]{4,100})["']"""
        ),
    ),
    (
        "session-cookie",
        "ACCESS_TOKEN",
        ("sess", "remember", ".aspxauth", "auth_token", "connect.sid", "laravel_", "access_token"),
        re.compile(
            r"""(?i)(?<![\w-])(?:jsessionid|phpsessid|asp\.net_sessionid|\.aspxauth|connect\.sid|sessionid|session_id|_?session
            |remember_me|remember_token|remember_user_token|laravel_session|auth_token|access_token|sid_session|user_session)
            \s?=\s?["']?(?P<value>[A-Za-z0-9%._~+/=:-]{16,600})""",
            re.VERBOSE,
        ),
    ),
    (
        "django-key",
        "API_KEY",
        ("django-insecure-",),
        re.compile(r"(?P<value>django-insecure-[^\s\"']{30,80})"),
    ),
    (
        "framework-key",
        "API_KEY",
        ("secret_key_base", "app_key", "secret_key"),
        re.compile(
            r"""(?i)\b(?:secret_key_base|app_key|secret_key)["']?\s{0,3}[:=]\s{0,3}["']?(?P<value>base64:[A-Za-z0-9+/]{40,}={0,2}|[0-9a-f]{32,128}\b|(?<=["'])[^"'\s]{24,120}(?=["']))"""
        ),
    ),
)


class SettingsRecognizer:
    """Settings whose place or name says that they hold a secret."""

    name = "secrets.settings"

    def find(self, text: Text) -> Iterable[Hit]:
        """The value of each."""
        low = text.lower
        for why, entity, literals, pattern in _PATTERNS:
            if not any(literal in low for literal in literals):
                continue
            for match in pattern.finditer(text.value):
                group = "first" if "first" in pattern.groupindex and match["first"] else "value"
                if _counts(match[group], why):
                    start, end = match.span(group)
                    yield Hit(entity=entity, start=start, end=end, score=0.8, why=why)


def _counts(value: str, why: str) -> bool:
    if is_placeholder(value):
        return False
    if why == "session-cookie":
        return values.is_key(value, quoted=False)
    if why == "key-and-value":
        return values.is_password(value, quoted=True)
    return why in ("django-key", "framework-key") or values.is_strong(value)
