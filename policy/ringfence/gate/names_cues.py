"""Words beside which a capitalised word is a person: titles, fields, greetings, signatures, roles, possessions.

The small English model misses many names that are not English, and everything in other scripts; beside a cue the
shape is enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ringfence.gate import (
    names_kin,
    names_kin_scripts,
    names_relations,
    names_triggers,
    names_world,
)
from ringfence.gate.names_shapes import (
    FULL,
    ONE_OR_MORE,
    OTHER_SCRIPT,
    SINGLE,
    has_given_name,
    is_name_like,
    is_ordinary,
)

_TITLE = (
    r"Mr|Mrs|Ms|Mx|Miss|Dr|Prof|Professor|Doctor|Herr|Frau|Monsieur|Madame|Mme|Mlle|Señora?|Sra?|Doña"
    r"|Signora?|Sig"
    r"|Senhora?|Pan|Pani|Shri|Smt|Sri|Sheikh|Haji|Encik|Puan|Bapak|Ibu|Rev|Reverend|Pastor|Rabbi|Imam|Sister|Nurse"
    r"|Detective|Officer|Sgt|Sergeant|Lt|Capt|Captain|Judge|Hon|г-н|г-жа|Г-н|Г-жа|Господин|Госпожа|Пан|Пані"
)
_FIELD = (
    r"(?:(?:full|first|last|given|family|middle|maiden|legal|contact|customer|client|patient|employee|account)[ _]?|"
    r"account "
    r"|candidate |applicant |student |member |emergency |cardholder |card ?holder |billing |shipping |beneficiary "
    r"|insured |tenant |guest |recipient |sender |spouse |parent |guardian |child |manager |supervisor |doctor "
    r"|physician "
    r"|provider |display |user )*name(?: on card| of (?:patient|insured|employee|applicant|student))?"
    r"|surname|forename|patient|client|customer|employee|applicant|candidate|claimant|insured|policy ?holder"
    r"|card ?holder"
    r"|account holder|borrower|tenant|landlord|student|pupil|guardian|next of kin|emergency contact"
    r"|contact(?: person)?"
    r"|attn|attention|beneficiary|recipient|ship(?:ped)? to|bill(?:ed)? to|deliver to|passenger|guest"
    r"|attendees?|signed"
    r"(?: by)?|prepared (?:by|for)|reported by|requested by|submitted by|referred by|caller|complainant"
    r"|defendant|plaintiff"
    r"|witness|respondent|physician|attending|provider|referring (?:doctor|physician)|surgeon|nurse|therapist"
    r"|from|to|cc"
    r"|nombre(?: completo)?|apellidos?|paciente|cliente|nom(?: et prénom)?|prénom|nom complet|patiente?|vorname"
    r"|nachname"
    r"|kunde|kundin|patientin|mitarbeiter(?:in)?|nome(?: completo)?|cognome|sobrenome|naam|voornaam|achternaam"
    r"|namn|navn"
    r"|nimi|imię(?: i nazwisko)?|nazwisko|jméno|příjmení|név|nume|prenume|isim|ad(?:ı)? soyad(?:ı)?|hasta"
    r"|müşteri|họ (?:và )?tên"
    r"|nama(?: lengkap)?|имя|фио|фамилия|хворий|хвора|больной|больная|пацієнт(?:ка)?|клієнт(?:ка)?"
    r"|працівник|ф\.?и\.?о\.?|піб"
    r"|пациент(?:ка)?|клиент|сотрудник|ім'я|прізвище|όνομα|ονοματεπώνυμο|ασθενής"
)
_FIELD_OTHER = (
    "姓名|名字|患者姓名|客户姓名|客户|患者|病人|员工|联系人|收件人|氏名|名前|お名前|患者名|顧客名|担当者|이름|성명|성함|환자|환자명|고객명|고객"
    "|الاسم|اسم|الاسم الكامل|المريض|العميل|שם|שם מלא|מטופל|नाम|मरीज|रोगी|ग्राहक|ชื่อ|ชื่อ-นามสกุล|ผู้ป่วย|نام"
    "|نام و نام خانوادگی|بیمار|নাম|பெயர்"
)
_RELATIVE = (
    r"wife|husband|spouse|partner|son|daughter|mother|father|mom|mum|dad|brother|sister|aunt|uncle|cousin|niece"
    r"|nephew"
    r"|grandmother|grandfather|grandson|granddaughter|girlfriend|boyfriend|fianc[ée]e?|ex|ex-wife|ex-husband"
    r"|neighbou?r"
    r"|roommate|flatmate|colleague|coworker|co-worker|boss|manager|supervisor|assistant|friend|landlord|tenant"
    r"|therapist"
    r"|doctor|lawyer|accountant|teacher|student|client|patient|nanny|babysitter|employee|direct report|teammate"
)
_ROLE = (
    r"(?:el |la )?(?:pacient[ea]|cliente|empleado|trabajador)|patientin|kund(?:e|in)|mitarbeiter(?:in)?|klient(?:ka)?"
    r"|le client|la patiente"
    r"|пациент(?:ка)?|клиент|сотрудник|ο ασθενής|"
    r"patients?|clients?|customers?|employees?|applicants?|candidates?|claimants?|insured|policyholder"
    r"|cardholder|account ?holder"
    r"|borrower|tenants?|landlord|students?|pupils?|residents?|members?|subscribers?|complainant|defendant"
    r"|plaintiff|witness"
    r"|suspect|victim|inmate|detainee|passenger|guest|donor|beneficiary|taxpayer|respondent|contractor|interns?"
    r"|nurse|user"
    r"|supervisor|line manager|colleague|coworker|teacher|child|minor|caller|lead|prospect|payee|nominee"
    r"|guardian|specialist"
)
_THING = (
    r"SSN|social security|passport|driver|licen[cs]e|account|bank|IBAN|card|credit|date of birth|DOB|birth ?day"
    r"|birth ?date|address"
    r"|phone|mobile|cell|email|e-mail|medical|health|diagnosis|prescription|medication|chart|MRN|insurance"
    r"|policy|claim|salary"
    r"|pay(?:check|slip|roll)?|compensation|performance|termination|resignation|disciplinary|PIP|visa|tax|W-?2"
    r"|loan|mortgage|balance"
    r"|transaction|order|booking|reservation|employee|personnel|file|record|pin|password|login|lab|test results"
    r"|blood|surgery"
    r"|therapy|custody|divorce|grades?|transcript|IEP|background check|national id|PAN|Aadhaar|voter|tax id|contact"
)
# Said of a person by name: what follows the name tells that a real one is meant.
_AFTER = (
    rf"['’]s? (?:\w+ ){{0,2}}(?:{_THING})\b|s['’] (?:{_THING})\b|,? \(?(?:born|DOB|d\.o\.b|aged? \d"
    rf"|\d{{1,2}}[- ]?(?:years?[- ]old|yo\b|y/o)"
    r"|SSN|MRN|NHS|employee (?:id|no|number)|patient (?:id|no)|account (?:no|number|ending)|passport|tel\b"
    r"|phone|ext\b)"
    r"|,? (?:who )?(?:lives|resides|residing|living) (?:at|in|on)\b|,? (?:can be )?reach(?:ed|able) (?:at|on"
    r"|via)\b| was (?:diagnosed"
    r"|admitted|discharged|prescribed|hospitali[sz]ed|terminated|fired|hired|promoted|suspended|arrested|seen by)\b"
    r"|, (?:MD|M\.D\.|DO|RN|NP|PA-C|DDS|Esq\b|LCSW|CPA|PharmD|LPN|CRNA|MRCP|FRCS)"
)


@dataclass(frozen=True, slots=True)
class _Cue:
    pattern: re.Pattern[str]
    trigger: str
    """RE2 for what must stand in a stretch of text before `pattern` is tried there; never narrower than it."""
    why: str
    known: bool = False
    """The name must begin with a given name that we know."""


def _cue(pattern: str, why: str, *, known: bool = False, trigger: str = "") -> _Cue:
    return _Cue(
        pattern=re.compile(pattern, re.MULTILINE),
        trigger=trigger or names_triggers.trigger_of(pattern),
        why=why,
        known=known,
    )


_CUES = (
    _cue(rf"\b(?:{_TITLE})\b\.? ?(?:(?:{_TITLE})\b\.? ?)?(?P<name>{ONE_OR_MORE})", "title"),
    _cue(
        rf"(?:^|[\n,;|({{•*>\-\"]|\. ) ?\**[\"']?(?i:{_FIELD})[\"']?\**(?:/\w+)?"
        rf" ?[:：=][ \t\"'*]{{0,4}}(?P<name>{ONE_OR_MORE})",
        "field",
    ),
    _cue(
        rf"(?:{_FIELD_OTHER})(?: ?[:：=][ \t]{{0,3}}|[是은は](?=\S))(?P<name>{OTHER_SCRIPT}|{FULL})",
        "field",
    ),
    _cue(
        rf"(?i:{_FIELD}) ?[:：=][ \t\"']{{0,3}}(?P<name>{OTHER_SCRIPT})",
        "field",
    ),
    _cue(
        rf"\b(?i:my (?:full |real |legal |first |last )?name(?: is|['’]s|:)|mi nombre es|me llamo"
        rf"|je m['’]appelle|mon nom est|ich hei(?:ß|ss)e"
        rf"|mein name ist|mi chiamo|il mio nome è|meu nome é|me chamo|mijn naam is|ik heet|jag heter"
        rf"|mitt namn är|nazywam się|mam na imię"
        rf"|меня зовут|моё имя|benim adım|ben adım|tên tôi là|nama saya|numele meu este"
        rf"|jmenuji se|με λένε|το όνομά μου είναι|ονομάζομαι) (?P<name>{ONE_OR_MORE})",
        "says-their-name",
    ),
    _cue(
        rf"(?:我叫|我的名字是|我是|私の名前は|私は|제 이름은|저는|اسمي|שמי|मेरा नाम|ฉันชื่อ|ผมชื่อ)"
        rf" ?(?P<name>{OTHER_SCRIPT})",
        "says-their-name",
    ),
    _cue(
        rf"\b(?:I am|I['’]m|[Tt]his is|[Ss]peaking:|[Ii]t['’]s) (?P<name>{FULL})(?=[,.;!]| from| calling| and "
        rf"| with | here| at )",
        "says-their-name",
    ),
    _cue(
        rf"^[ \t]*(?:Dear|Estimad[oa]|Querid[oa]|Ch[eè]re?|Liebe[rs]?|Sehr geehrte[r]? (?:Herr|Frau)|Beste"
        rf"|Geachte|Kära|Kjære|Caro|Cara"
        rf"|Gentile|Prezad[oa]|Szanown[ya]|Уважаем(?:ый|ая)|Sayın) (?:{_TITLE})?\.? ?(?P<name>{ONE_OR_MORE})[,:!]?",
        "greeting",
    ),
    _cue(
        rf"^[ \t]*(?:Hi|Hello|Hey|Good (?:morning|afternoon|evening)) (?P<name>{ONE_OR_MORE})[,!.:]?[ \t]*$",
        "greeting",
    ),
    _cue(
        rf"(?:[Rr]egards|[Ss]incerely|[Yy]ours (?:truly|faithfully|sincerely)|[Rr]espectfully|[Bb]est wishes"
        rf"|[Ww]armly|[Ff]reundlichen Grüßen"
        rf"|[Cc]ordialement|[Aa]tentamente|[Ss]aludos|[Cc]ordiali saluti|[Aa]tenciosamente|[Gg]roet(?:en)?"
        rf"|[Hh]älsningar|[Уу]важением),?"
        rf"[ \t]*\r?\n\s*(?:{_TITLE})?\.? ?(?P<name>{ONE_OR_MORE})[ \t]*(?:,[^\n]*)?$",
        "signature",
    ),
    _cue(
        rf"(?:^|[\n.]) ?(?:[Tt]hanks|[Tt]hank you|[Cc]heers|[Bb]est),?[ \t]*\r?\n\s*(?P<name>{FULL})[ \t]*$",
        "signature",
    ),
    _cue(
        rf"\b(?:[Mm]y|[Oo]ur|[Hh]is|[Hh]er|[Tt]heir) (?:\w+ )?(?:{_RELATIVE})(?:,| named| called"
        rf"| is)? (?P<name>{ONE_OR_MORE})",
        "relative",
    ),
    _cue(
        rf"\b(?i:{_ROLE})(?: is|,| named| called| identified as|:)? (?P<name>{FULL})",
        "role",
    ),
    _cue(
        rf"\b[Pp]atient(?: is|,| named|:)? (?P<name>{SINGLE})\b(?=[, ](?:is|was|has|presents|reports|complains"
        rf"|came|a \d|\d))",
        "role",
    ),
    _cue(rf"(?P<name>{FULL})(?={_AFTER})", "belongings"),
    _cue(
        rf"(?P<name>{SINGLE})(?=['’]s (?:SSN|social security|passport number|date of birth|DOB|medical record"
        rf"|diagnosis|salary|home address|MRN|IBAN))",
        "belongings",
    ),
    _cue(rf"(?P<name>[{'A-Z'}][a-z]+(?: [A-Z][a-z]+)?)-(?:san|sama|sensei)\b", "title"),
    *(
        _cue(row.pattern, row.why, known=row.known, trigger=row.trigger)
        for row in (*names_world.ROWS, *names_relations.ROWS, *names_kin.ROWS)
    ),
)

_FOREIGN = tuple(
    _cue(row.pattern, row.why, known=row.known, trigger=row.trigger)
    for row in (*names_relations.FOREIGN, *names_kin_scripts.FOREIGN)
)


def found_by_cue(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and why of every name that a cue points at."""
    for foreign in (False,) if text.isascii() else (False, True):
        for low, high, indexes in names_triggers.stretches(text, _triggers(foreign)):
            for index in indexes:
                yield from _named(text, (_FOREIGN if foreign else _CUES)[index], low, high)


def _named(text: str, cue: _Cue, low: int, high: int) -> Iterator[tuple[int, int, str]]:
    for match in cue.pattern.finditer(text, low, high):
        group = "name" if match["name"] is not None else "name2"
        start, end = match.span(group)
        end = _trimmed(text, start, end)
        if cue.why == "field" and not _fits_field(text, match.start(), start, end):
            continue
        if cue.known and not _begins_with_given_name(text[start:end]):
            continue
        if cue.why in {"greeting", "signature"} and _TEAM.search(text, start, match.end()):
            continue
        if end - start >= 2 and is_name_like(text[start:end]):
            yield start, end, cue.why


@lru_cache(maxsize=2)
def _triggers(foreign: bool) -> Any:
    return names_triggers.finder(cue.trigger for cue in (_FOREIGN if foreign else _CUES))


_OF_ONE_WORD = re.compile(
    r"first|last|sur|fore|family|given|apell|nach|vor|cogn|фам|имя|patient|pr[eé]nom", re.I
)


_OF_A_FEATURE = re.compile(r'"properties" ?: ?\{[^{}]{0,100}"name" ?: ?"$')
"""The name of a place in GeoJSON."""

_TEAM = re.compile(r"\b(?:Team|Department|Dept|Desk|Office|Committee|Council|Crew|Squad)\b")


def _begins_with_given_name(value: str) -> bool:
    first = value.split(" ", 1)[0]
    return first.lower() not in names_world.AMBIGUOUS and has_given_name(first)


def _fits_field(text: str, field: int, start: int, end: int) -> bool:
    """`name: Build` is no person: one word alone needs a given name, or a field that holds one word."""
    value = text[start:end]
    if _OF_A_FEATURE.search(text, max(0, field - 120), start):
        return False
    if " " in value or not value.isascii() or has_given_name(value):
        return True
    return _OF_ONE_WORD.search(text, field, start) is not None


def _trimmed(text: str, start: int, end: int) -> int:
    """The end of the name without ordinary words that happen to follow in capitals: `Maria Lopez Department`."""
    words = list(re.finditer(r"\S+", text[start:end]))
    while words and is_ordinary(words[-1].group()):
        words.pop()
    return start + words[-1].end() if words else start
