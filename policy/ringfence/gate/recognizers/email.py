"""E-mail addresses of people. Role mailboxes, reserved domains and things of code with an @ in them name nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ringfence.gate.guards import RESERVED_DOMAIN, line_of
from ringfence.gate.recognizer import Hit, Text

_EMAIL = re.compile(
    r"(?<![\w.+%-])[\w.+%'-]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+(?:[^\W\d_]{2,24}"
    r"|xn--[\w-]{2,50})(?![\w@-])"
)
_ROLE = re.compile(
    r"(?i)^(?:abuse|admin|administrator|all|billing|careers|community|compliance|contact|conduct|dev"
    r"|developers?|docs|"
    r"donotreply|do-not-reply|enquir(?:y|ies)|feedback|general|git|hello|help|helpdesk|hi|hostmaster"
    r"|hr|info|information|"
    r"inquir(?:y|ies)|investors?|it|jobs|legal|list|mail|mailer-daemon|maintainers?|marketing|media"
    r"|news|newsletter|"
    r"no-?reply|noc|notifications?|office|open-?source|ops|orders?|partners?|postmaster|press|privacy"
    r"|pr|root|sales|"
    r"security|service|services|subscribe|support|sysadmin|team|test|unsubscribe|user|username|you"
    r"|your|name|email|"
    r"kundendialog|kundenservice|kundendienst|kontakt|contacto|contatti|contato|contatto|anfragen?"
    r"|bestellung(?:en)?"
    r"|presse|bewerbung(?:en)?|datenschutz|buchhaltung|reservations?|reservierung|booking|bookings"
    r"|returns|accounts?"
    r"|reception|empfang|accueil|ventas|vendite|clientes|clienti|servizio-?clienti|atencion"
    r"|klantenservice|secretariat"
    r"|sekretariat|biuro|kundtjanst|export|import|shop|store|payments?|invoices?|rechnung(?:en)?"
    r"|facturacion|dpo|gdpr|"
    r"webmaster|welcome|customer-?(?:service|care|support)|tech-?support)(?:[+.-].*)?$"
)
_FILE = re.compile(
    r"(?i)\.(?:png|jpe?g|gif|svg|webp|css|js|ts|py|json|ya?ml|html?|md|lock|service|target|scss|pdf)$"
)
_AUTHORSHIP = re.compile(
    r"(?i)\b(?:authors?|maintainers?|copyright|\(c\)|signed-off-by|co-authored-by|reviewed-by"
    r"|reported-by|acked-by|"
    r"committer|author_email|@author|packager|list-id|message-id)\b"
)
_USER_OF_URL = re.compile(r"://[^\s/@]*$")


class Emails:
    """Addresses that reach one person."""

    name = "email"

    def find(self, text: Text) -> Iterator[Hit]:
        value = text.value
        if "@" not in value:
            return
        for match in _EMAIL.finditer(value):
            local, _, domain = match.group().rpartition("@")
            if _FILE.search(domain) or RESERVED_DOMAIN.search(domain):
                continue
            if _ROLE.match(local) or _in_code(value, match.start(), match.end()):
                continue
            yield Hit(
                entity="EMAIL",
                start=match.start(),
                end=match.end(),
                score=0.9,
                why="an address of a person",
            )


def _in_code(value: str, start: int, end: int) -> bool:
    """An ssh or git remote, the user part of a URL, or the author line of published code."""
    if _USER_OF_URL.search(value, max(0, start - 80), start) or (
        value[end : end + 1] == ":" and value[end + 1 : end + 2].isalnum()
    ):
        return True
    return _AUTHORSHIP.search(line_of(value, start, reach=120)) is not None
