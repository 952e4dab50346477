"""Passwords and keys that stand some words, or a sentence, away from the word for them.

"The password was reset. It's …", "the router? tape under it says …", "the key is below:" and a line of its own. So far
from the word only the value's own look can tell, so these are stricter than `prose` and `told`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ringfence.gate.guards import is_machine_line
from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.secrets import values
from ringfence.gate.secrets.placeholders import is_placeholder
from ringfence.gate.secrets.stems import places

REACH_BACK, REACH = 60, 260
_PASSWORD_STEMS = (
    "password", "passwd", "passcode", "passphrase", "pass phrase", "passwort", "kennwort", "contrase", "mot de passe",
    "senha", "wachtwoord", "pwd", " pass ", "wifi", "wi-fi", "wlan", "creds", "storepass", "keypass", " pw ", "pw ",
    "parola", "пароль", "密码", "sign in", "log in", "login", "credential",
)  # fmt: skip
_KEY_STEMS = (
    "api key", "api-key", "apikey", "api token", "access token", "access key", "secret key", "secret access", "bearer",
    "client secret", "signing secret", "webhook secret", "auth token", "private token", "credential", "license key",
)  # fmt: skip
_TOKEN = re.compile(r"(?<![^\s\"'“‘`(>])[^\s\"'“”’`<>()]{7,64}(?![^\s\"'”’`),.;:!?<])")
_LINK = re.compile(
    r"(?i)(?:\b(?:it'?s|it is|it was|is|one|says|reads|types?|typed|enter|use|lautet|heißt|jetzt|now|maintenant|ist"
    r"|est|es|be|becomes|to|with|try|maybe|probably|still|set as|itself)|[:=>,–—-]|[.:]\s)[:,]?\s[\"'“‘`(*]{0,3}$"
)
_LIKE = re.compile(r"(?i)\b(?:like|such as|e\.g\.|as in)\s[\"'“‘`]?$")
_PAIRED = re.compile(
    r"[A-Za-z]{3,}(?:[-_.][A-Za-z]{3,})+[-_.]?\d{1,4}[!?]?|[A-Z][a-z]{3,}[-_]\d{2,4}!?"
)
_ADDRESS = re.compile(
    r"@[\w-]+\.\w|://|^[@#$%&*+=~^|<-]|^--?\w|\.(?:\w{2,4})$|^[\w-]+(?:\.[\w-]+)+$|\w=|\*\*|__|^[A-Za-z]+#\d+$|^[A-Z]+[~^]|;$"
)
_CAMEL = re.compile(r"[A-Z]*(?:[A-Za-z]?[a-z]{2,}|[A-Z]{2,}|[A-Z]?\d+)*[A-Z]?")
_ALONE = re.compile(
    r"^[ \t>*`\"']{0,6}(?P<value>[A-Za-z0-9_+/=-]{16,120})[ \t`\"'.,]{0,4}$", re.MULTILINE
)
_HASH = re.compile(
    r"(?i)\b(?:commit\s{1,8}(?:hash|id|sha|[0-9a-f]{6,})|sha-?\d*|md5|hash|digest|checksum|etag|trace|uuid|revision|merge"
    r"|image|docker|integrity|public|fingerprint|signature)\b"
)


class NearbyRecognizer:
    """What only a password looks like, about a word for one; a key on a line of its own below the word for it."""

    name = "secrets.nearby"

    def find(self, text: Text) -> Iterable[Hit]:
        """Each such value."""
        value, low = text.value, text.lower
        for start, end in _reaches(low, _PASSWORD_STEMS):
            for match in _TOKEN.finditer(value, start, end):
                if _is_a_password(value, match):
                    yield _hit("PASSWORD", *match.span())
        for start, end in _reaches(low, _KEY_STEMS):
            if not _HASH.search(value, start, end):
                for match in _ALONE.finditer(value, start, end):
                    if _is_a_key(match["value"]):
                        yield _hit("API_KEY", *match.span("value"))


def _reaches(low: str, stems: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Stretches about the stems, merged, in order."""
    start = end = -1
    for at in sorted(places(low, stems)):
        if at - REACH_BACK > end:
            if end > 0:
                yield start, end
            start = max(0, at - REACH_BACK)
        end = min(len(low), at + REACH)
    if end > 0:
        yield start, end


def _is_a_password(value: str, match: re.Match[str]) -> bool:
    token = match.group().rstrip(".,;:")
    if is_placeholder(token) or _ADDRESS.search(token) or not any(c.isdigit() for c in token):
        return False
    if _LIKE.search(value, max(0, match.start() - 12), match.start()):
        return False
    linked = _LINK.search(value, max(0, match.start() - 24), match.start()) is not None
    if not (_has_marks(token) or (linked and (_is_drawn(token) or _PAIRED.fullmatch(token)))):
        return False
    return values.is_strong(token) and not is_machine_line(value, match.start())


def _has_marks(token: str) -> bool:
    """Letters, digits and a mark that words do not have inside them."""
    inside = token[1:]
    marks = sum(c in "!#$%^&*~+?" for c in inside)
    letters = sum(c.isalpha() for c in token)
    return 1 <= marks <= 4 and letters >= 3 and "&&" not in token and "++" not in token


def _is_drawn(token: str) -> bool:
    """Case and digits change all the time, unlike in names of code."""
    mixed = any(c.islower() for c in token) and any(c.isupper() for c in token)
    return token.isalnum() and mixed and _CAMEL.fullmatch(token) is None


def _is_a_key(token: str) -> bool:
    return len(set(token)) >= 8 and values.is_key(token, quoted=False)


def _hit(entity: str, start: int, end: int) -> Hit:
    return Hit(entity=entity, start=start, end=end, score=0.65, why="near-its-word")
