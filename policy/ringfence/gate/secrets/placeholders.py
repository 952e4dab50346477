"""Values that stand where a secret will stand one day: `<your-key>`, `xxxx`, `${TOKEN}`, `changeme`.

In doubt a value is a secret. What is let go here names itself: a reference to a variable, a template, a word that
says "put yours here", one character repeated, or the example that a provider's own documentation prints.
"""

from __future__ import annotations

import re

_REFERENCE = re.compile(
    r"""(?:
      \$\{?[A-Za-z_][\w.:?+-]*\}?        # $VAR  ${VAR:-default}
    | \$\{[A-Za-z_]\w*:?\?.*             # ${VAR:?why it is needed}
    | \$\(.*                             # $(command)
    | \$\$?\{\{?.*                       # ${{ secrets.X }}  ${obj.field}
    | %[A-Za-z_(][^%]*%?                 # %VAR%  %(name)s  %s
    | \{[^}]*\}+ | \{\{.*                # {name}  {{ name }}
    | <[^>]*>? | \[[^\]]*\]?             # <your key>  [redacted]
    | \#\{.* | @\{.* | ![A-Z]\w+[ ].*    # #{var}  @{expr}  !Ref X
    | \*+ | \.{2,}.* | …+ | _+ | -+ | \?+ | •+ | ●+
    )""",
    re.VERBOSE | re.DOTALL,
)
# Said inside the value, these leave no doubt even in a provider's format.
_STAND_IN = re.compile(
    r"example|placeholder|redacted|dummy|changeme|insert[-_ ]|replace[-_ ]?(?:me|with|this)|your[-_ ]?(?:api"
    r"|key|token"
    r"|secret|pass|own|access|account|client|project|bot|app)|[-_]your[-_]?|^your|goes[-_ ]?here|[-_]here\b"
    r"|x{6}|\*{4}"
    r"|\.\.\.|…|1234567890abcdef|abcdefghijklmnop",
    re.IGNORECASE,
)
# These do in the value of a setting, where the shape proves nothing.
_WEAK = re.compile(
    r"sample(?!d)|masked|removed|change[-_ ](?:me|this)|todo|fixme|fake|not[-_ ]?(?:a[-_ ]?)?(?:real|secret)|xxxx"
    r"|some[-_](?:secret|token|key|password)|my[-_ ]?(?:api|secret|token|key|password)|deadbeef|foobar|lorem"
    r"|^test(?:ing)?[-_]?(?:key|token|secret|value|pass(?:word)?)?\d?$|^(?:foo|bar|baz|abc|asdf|none|null|nil)\d*$",
    re.IGNORECASE,
)


def is_stand_in(value: str) -> bool:
    """Whether a value in a provider's own format is not a live one: documented examples, `sk-xxxxxx…`."""
    if found := _STAND_IN.search(value[:300]):
        rest = value[: found.start()] + value[found.end() :]
        told = found.group().lower()
        chance = told in {"dummy", "...", "…"} or len(rest) < 40
        return chance or told.startswith(("example", "your", "-your", "_your", "x", "1234", "abcd"))
    return is_repeated(value)


def is_placeholder(value: str) -> bool:
    """Whether the value of a setting only stands in for a secret."""
    bare = value.strip("\"'` ")
    if not bare or _REFERENCE.fullmatch(bare[:200]):
        return True
    return bool(_STAND_IN.search(bare[:300]) or _WEAK.search(bare[:300])) or is_repeated(bare)


_FAMILIAR = re.compile(
    r"(?i)(?:my|test|user|admin|wrong|bad|new|old|invalid|valid)?[-_]?(?:pass(?:word|wd)?|passw0rd|p@ssw0rd|p@ssword"
    r"|secret|hunter2|letmein|admin|test(?:ing)?|postgres|mysql|root|mongo|redis|rabbitmq|minio|minioadmin|guest|qwerty"
    r"|abc|foo|bar|foobar|sunshine|monkey|example|sekret|s3cret|s3cr3t|tiger|scott|changeit|welcome)"
    r"(?:[-_]?(?:\d{1,6}|word|pass(?:word)?))?!?|\d{3,8}|123456\w{0,4}"
)
_TESTS = re.compile(
    r"\b(?:it|describe|test|expect|assert\w*|beforeEach|should)\s?\(|\bassert\b|\bdef test_"
    r"|@(?:Test|pytest)\b|\bunittest"
    r"|\bself\.assert|\bfixture|\bmock|\bfactory\b|\bFaker\b|\bseeds?\.rb|\btestcontainers?|\bin_memory|\bdocker run"
    r"|\bimage: ?(?:postgres|mysql|mariadb|mongo|redis)",
)


def is_familiar(text: str, start: int, value: str) -> bool:
    """One of the words that tests use for a password, in what reads like a test."""
    return (
        _FAMILIAR.fullmatch(value) is not None
        and _TESTS.search(text, max(0, start - 400), start + 300) is not None
    )


def is_repeated(value: str) -> bool:
    """One or two characters over and over: `xxxxxxxx`, `0000-0000`, `abababab`."""
    body = re.sub(r"[\W_]", "", value)
    tail = body[-max(8, len(body) // 2) :].lower()
    return len(tail) >= 4 and len(set(tail)) <= 2
