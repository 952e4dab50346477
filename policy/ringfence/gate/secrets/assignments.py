"""Secrets given to a telling name: code, settings files, JSON keys, headers, flags of commands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.secrets import values
from ringfence.gate.secrets.placeholders import is_familiar
from ringfence.gate.secrets.stems import matches, places

_WORDS = (
    r"pass(?:word|wd|phrase|code|wort)|passw|(?<![a-z])pass(?![a-z])"
    r"|pwd|kennwort|contrase[nñ]a|mot[ _-]de[ _-]passe|senha|wachtwoord"
    r"|has[lł]o"
    r"|пароль|密码|密碼|パスワード|비밀번호|l[oö]senord|salasana|parola"
)
_NAME = re.compile(
    rf"(?P<password>{_WORDS})|secret|token|credential|bearer|authorization|x-auth",
    re.IGNORECASE,
)
_NAME_STEMS = (
    "pass", "pwd", "kennwort", "contrase", "mot de", "mot_de", "mot-de", "senha", "wachtwoord", "haslo", "hasł",
    "пароль", "密", "パスワード", "비밀번호", "losenord", "lösenord", "salasana", "parola", "secret", "token",
    "credential", "bearer", "authorization", "x-auth",
)  # fmt: skip
_BEFORE_KEY = re.compile(
    r"(?:api|access|private|signing|encryption|encrypt|master|auth|account|storage|service|license|webhook"
    r"|shared|session"
    r"|cookie|jwt|hmac|app|application|consumer|client|subscription|admin|deploy)[_\- ]?$"
)
_LEFT = re.compile(r"[\w.\-]*$")
_VALUE = re.compile(
    r"""(?P<rest>[\w.\-]{0,40})["'`\]\)]{0,3}[ \t]{0,8}
    (?::[ \t]{0,80}(?:[A-Za-z_][\w.\[\]| ?<>]{0,40}?[ \t]{0,80})?=(?=[ \t]{0,80}[^\s=])
      |:=|=>|==|=|:|,[ \t]?(?=["'])|>(?=[^<\s]))[ \t]{0,8}
    (?:(?P<scheme>Bearer|Basic|Token|SSWS|ApiKey)[ ])?
    (?:[rbuf@]{0,2}(?P<quote>\"\"\"|['"`“])(?P<quoted>[^\n"'`”]{1,1200})|(?P<bare>[^\s,;"'`<>\\]{3,1200}))""",
    re.VERBOSE | re.IGNORECASE,
)
# What these names hold is about a secret, not one.
_NOT_A_SECRET = re.compile(
    r"""(?:^|[_.\-])(?:max|min|num|n|total|count|pad|eos|bos|unk|sep|cls|mask|next|page|prev|continuation|stop|special
      |input|output|prompt|completion|cached|forgot|forgotten|reset|lost|show|hide|toggle|csrf|xsrf|validate
      |invalid|no
      |has|is|require|requires|required|check|verify)[_.\-]?(?:new)?[_.\-]?(?:password|passwd|token|secret|key
      |passphrase)s?$
    |(?:tokeni|tokens?[_.\-]?(?:count|limit|used|usage|per|type|budget|length|len|size|ids?|class|kind|index
    |pos|list))
    |(?:password|passwd|pwd|secret|token|key|passphrase|credential)s?[_.\-]?(?:hash(?:er|ed|ing)?|length|len
    |min|max|policy
      |regex|pattern|field|label|hint|placeholder|prompt|error|message|msg|reset|strength|expir\w*|ttl|age
      |lifetime|url
      |uri|endpoint|path|file|dir|name|type|types|algorithm|alg|env|env_var|var|ref|version|rotation|required|column
      |header|prefix|suffix|validator|manager|provider|service|store|input|text|visible|title|description
      |issuer|arn)s?$
    |(?:primary|foreign|public|sort|partition|cache|dict|map|object|row|hot|short)[_.\-]?key$""",
    re.IGNORECASE | re.VERBOSE,
)
_KEY_OF_NEXT = re.compile(r"[\"']\s?:")
"""`"name": "password", "label": …`: what stands behind the word is the next key."""
_COMMAND_STEMS = (
    "sshpass", "docker login", "podman login", "helm", "az login", "mysql", "mariadb", "redis-cli", "mongo", "psql",
    "smbclient", "curl", "wget", "ldap", "zip", "7z", "openssl", "sqlcmd", "bcp", "oc login", "ansible", "net use",
    "winexe", "rclone",
)  # fmt: skip
_FLAG_STEMS = (
    *_COMMAND_STEMS, "-p", "-t", "-a", "-s", "-c", "identified", "password", "securestring", "net user", "sudo",
    "chpasswd", "echo",
)  # fmt: skip
_FLAGS = re.compile(
    rf"""(?:
      (?:{"|".join(_COMMAND_STEMS).replace(" ", chr(92) + " ")})\w{{0,40}}\b[^\n|]{{0,160}}?\s
        (?:-p[ =]?|--?pass(?:word|phrase)?[ =]|-passin\ pass:|-a\ |-P[ ]?|-w\ |-U\ \S{{1,40}}%|-u\ \S{{1,60}}?:
        |--user\ \S{{1,60}}?:)
    | (?<=\s)-?-(?:\w{{1,40}}-)?(?:password|passwd|pass|token|api-key|apikey|secret|auth-token|access-token
    |client-secret)[ =]
    | (?<=\s-)-(?:\w{{1,40}}-)?(?:password|passwd|pass|token|api-key|apikey|secret|auth-token
    |access-token|client-secret)[ =]
    | \bIDENTIFIED\s{{1,8}}BY\s{{1,8}} | \bPASSWORD\s{{1,8}}(?=') | SecureString\s{{1,8}}(?:-String\s{{1,8}})?
    | \bnet\ user\ \S{{1,40}}\ (?!/) | \b(?:sudo\ -S|chpasswd)\s{{0,8}}<<<\s{{0,8}}
    | \becho\s{{1,8}}["']?\w{{1,40}}:(?=[^\n|]{{3,60}}\|\s{{0,8}}chpasswd)
    )["']?(?P<value>[^\s"'|;&]{{3,300}})""",
    re.IGNORECASE | re.VERBOSE,
)


class AssignmentRecognizer:
    """A value assigned to the name of a secret, judged by `values`."""

    name = "secrets.assignments"

    def find(self, text: Text) -> Iterable[Hit]:
        """Hits in the text; and the text itself, where the key that leads to it names a secret."""
        if text.key:
            yield from _under_key(text)
        low = text.lower
        yield from _assigned(text.value, low)
        yield from _flagged(text.value, low)


def _under_key(text: Text) -> Iterator[Hit]:
    value = text.value.strip()
    found = (
        _NAME.search(text.key.replace(" ", "_"))
        if len(value) <= 1200 and "\n" not in value
        else None
    )
    if not found or _NOT_A_SECRET.search(text.key.replace(" ", "_")):
        return
    judged = (
        values.is_password(value, quoted=True)
        if found["password"]
        else values.is_key(value, quoted=True)
    )
    if judged:
        yield _hit("PASSWORD" if found["password"] else "API_KEY", 0, len(text.value), "under-key")


def _assigned(text: str, low: str) -> Iterator[Hit]:
    end = 0
    for name, entity in sorted(_names(text, low), key=_start):
        match = _VALUE.match(text, name.stop) if name.start >= end else None
        if not match or _KEY_OF_NEXT.match(text, match.end()):
            continue
        left = _LEFT.search(text, max(0, name.start - 60), name.start)
        whole = text[left.start() if left else name.start : name.stop] + match["rest"]
        if _NOT_A_SECRET.search(whole):
            continue
        group = "quoted" if match["quoted"] is not None else "bare"
        if _judged(text, match, group, entity, setting=text[name].isupper()):
            start, end = match.span(group)
            if is_familiar(text, start, match[group]) or _is_default(whole, match[group]):
                continue
            yield _hit(entity, start, end, "assigned")


def _is_default(name: str, value: str) -> bool:
    """`POSTGRES_PASSWORD=postgres`: an image's own, as every manual prints it."""
    return value.isalpha() and len(value) >= 4 and name.lower().startswith(value.lower())


def _start(named: tuple[slice, str]) -> int:
    return int(named[0].start)


def _names(text: str, low: str) -> Iterator[tuple[slice, str]]:
    """Where a telling name stands, and the entity that its value would be."""
    for match in matches(_NAME, text, low, _NAME_STEMS):
        yield slice(*match.span()), "PASSWORD" if match["password"] else "API_KEY"
    for at in places(low, ("key",)):
        if before := _BEFORE_KEY.search(low, max(0, at - 16), at):
            yield slice(before.start(), at + 3), "API_KEY"


def _judged(text: str, match: re.Match[str], group: str, entity: str, *, setting: bool) -> bool:
    # What a long value is shows at its start; reading on would cost a hostile text its length each time.
    value = match[group][:300]
    value = value.rstrip(".,;)") if group == "bare" else value
    quoted = group == "quoted"
    if not quoted and text[match.end() : match.end() + 1] == "(":
        return False
    if entity == "API_KEY":
        told = match["scheme"] is not None and values.is_credential(value)
        return told or values.is_key(value, quoted=quoted)
    # `DB_WORDS=word` without spaces is a line of a settings file: nothing but a value stands there.
    word_ok = not quoted and text[match.start(group) - 1] == "=" and (setting or ";" in text)
    return values.is_password(value, quoted=quoted, bare_word_ok=word_ok)


def _flagged(text: str, low: str) -> Iterator[Hit]:
    for match in matches(_FLAGS, text, low, _FLAG_STEMS):
        if values.is_strong(match["value"]) or values.is_key(match["value"], quoted=False):
            yield _hit("PASSWORD", *match.span("value"), "flag-of-a-command")


def _hit(entity: str, start: int, end: int, why: str) -> Hit:
    return Hit(entity=entity, start=start, end=end, score=0.8, why=why)
