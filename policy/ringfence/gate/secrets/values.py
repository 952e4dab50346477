"""Whether a value that stands behind a telling name is a secret, or code, prose, a label, a placeholder."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

from ringfence.gate.secrets.placeholders import is_placeholder

_WORDS = frozenset(
    """password passwd pwd pass secret secrets token tokens key apikey test testing tests string str text hidden none
    null nil true false yes no required optional invalid incorrect wrong missing empty bytes bool boolean int integer
    number object any undefined unknown void char varchar default value field input name type prompt enabled disabled
    auto basic bearer digest oauth oauth2 ldap saml kerberos plain plaintext hashed encrypted bcrypt sha256 md5 argon2
    env file vault keyring stdin admin_password user_password username user login email confirm reset new old current
    changed expired valid correct weak strong short long protected stored forgotten wrong mismatch sensitive secure
    header query cookie body path read write public private client server session refresh access id me""".split()  # noqa: SIM905
)
_CODE = re.compile(
    r"""^(?:
      [A-Za-z_$][\w$]*(?:(?:\?|!)?\.|->|::)[A-Za-z_$][\w$]*.*     # self.password  request.form  Config::get
    | [A-Za-z_$][\w$]*(?:\(|\[|<).*                               # getpass()  os.environ[  Optional[str]
    | (?:await|new|return|lambda|func|function|typing|async|not|if)\b.*
    | [&*@!(\[{].*
    | https?://.* | \.{0,2}/[\w./-]+ | [A-Za-z]:\\.*              # addresses and paths
    )$""",
    re.VERBOSE | re.DOTALL,
)
_NAMED_LIKE_A_SECRET = re.compile(r"pass|pwd|secret|token|key|cred|auth|login|user", re.IGNORECASE)
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*$")
_HARMLESS = re.compile(
    r"^(?:\d{4}-\d\d-\d\d.*|v?\d+(?:\.\d+)+.*|\d+(?:ms|s|m|h|d|kb|mb|gb|px|%|k)?|[0-9:.]+|\d+\s?(?:days?|hours?).*)$",
    re.IGNORECASE,
)


def entropy(value: str) -> float:
    """Shannon entropy in bits a character."""
    counts = Counter(value)
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())


def is_password(value: str, *, quoted: bool, bare_word_ok: bool = False) -> bool:
    """A password as people and configuration files write them.

    `bare_word_ok`: a plain word counts too (`DB_PASSWORD=sunshine` in a settings file, where nothing else can stand).
    """
    if _never(value, least=3 if quoted else 4):
        return False
    if quoted and any(character.isspace() for character in value):
        return False
    if value.isdigit():
        return quoted and len(value) >= 4
    if value.isalpha() or re.fullmatch(r"[A-Za-z]+(?:[-_.][A-Za-z]+)*", value):
        plain = value.isalpha() and len(value) >= 5
        return plain and (quoted or bare_word_ok) and not _NAMED_LIKE_A_SECRET.search(value)
    if _IDENTIFIER.match(value) and _NAMED_LIKE_A_SECRET.search(value) and not quoted:
        return bare_word_ok  # password1 as the name of a variable
    return quoted or bare_word_ok or not _CODE.match(value)


def is_key(value: str, *, quoted: bool) -> bool:
    """A key or token of no known format: long enough, and drawn at random as far as one can see."""
    if _never(value, least=8) or any(character.isspace() for character in value):
        return False
    if _HARMLESS.match(value) or (
        not quoted and not re.fullmatch(r"[\w.\-+/=:~!@#$%^&*|]+", value)
    ):
        return False
    digits = sum(character.isdigit() for character in value)
    letters = sum(character.isalpha() for character in value)
    if re.fullmatch(r"[a-z]+(?:[-_./][a-z]+)*[-_]?v?\d{0,2}", value, re.IGNORECASE) and digits < 3:
        return len(value) >= 20 and value.isalnum() and _mixed_case(value) and entropy(value) > 3.5
    return digits >= 2 and letters >= 2 and entropy(value) > 2.5


def is_credential(value: str) -> bool:
    """What follows `Authorization: Basic`: anything that is no word and no placeholder."""
    mixed = any(c.isdigit() or c == "=" for c in value) or not (
        value[1:].islower() or value.isupper()
    )
    return mixed and not _never(value, least=12)


def is_strong(value: str) -> bool:
    """What only a password looks like in the middle of a sentence: `hunter2!`, `Qr7!dke#39`."""
    if not 5 <= len(value) <= 200 or _HARMLESS.match(value) or _is_told(value):
        return False
    if _CODE.match(value) and value[0] not in "!@&*":
        return False
    inside = value.strip(".,;:!?)(\"'")
    letters = any(character.isalpha() for character in inside)
    digits = any(character.isdigit() for character in inside)
    symbols = any(character in "!@#$%^&*+=~?|<>{}[]\\" for character in value[:-1])
    symbols = symbols or (value[-1] in "!@#$%^&*" and digits)
    humped = value[-1] in "!$#" and re.search(r"[a-z][A-Z]", value) is not None
    return letters and (digits or symbols or humped) and not re.fullmatch(r"\w+['’]\w+", inside)


def _never(value: str, *, least: int) -> bool:
    return not least <= len(value) <= 1200 or _is_told(value) or bool(_CODE.match(value))


def _is_told(value: str) -> bool:
    if value[:1] in "?+" and value[1:2].isalpha():
        return True  # the message or stand-in of a shell expansion, ${VAR:?message}
    return value.lower().strip("\"'`.,;:!?") in _WORDS or is_placeholder(value)


def _mixed_case(value: str) -> bool:
    # Humps of a name are followed by several small letters; random text changes case all the time.
    changes = sum(a.islower() != b.islower() for a, b in pairwise(value))
    return changes >= len(value) / 3
