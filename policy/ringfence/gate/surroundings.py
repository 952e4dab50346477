"""What the text about a value says it is instead: part of an exercise, a company's, another thing's number, a log's.

A guard of `guards` looks at the value; these look at the words about it, a fixed number of characters each way.
"""

from __future__ import annotations

import re

from ringfence.gate.guards import line_of
from ringfence.gate.tokens import words

_EXERCISE = re.compile(
    r"(?i)\bhow (?:many|much) (?!(?:days|weeks|months|time|longer)\b|is my|do i)"
    r"|\bin how many\b|\bprobabilit\w+|\brearrang\w+"
    r"|\bwhat (?:percent\w*|fraction|is the (?:sum|difference|remainder|product|ratio|chance|average|mean|total"
    r"|largest"
    r"|smallest|probability|value of)|are the (?:odds|chances))\b|\bby what percent\w*|\bdivi(?:ded by|sible)\b"
    r"|\bfind the (?:number of|remainder|sum|value|area|perimeter|total|average|least|greatest|smallest|largest"
    r"|product|percent\w*|probability|ratio|difference|distance|length)|\bcombinator\w+|\bpermutation\w*"
    r"|\bpercentage (?:increase|decrease|change)|\bstep by step\b|\bexercise \d|\bproblem \d|\bprove that\b"
    r"|\bsuppose (?:that )?\b|\bmultiple of\b|\bprime (?:number|factor)|\bwie ?viele?\b|\bwahrscheinlichkeit"
    r"|\bcombien de\b|\bprobabilité|\bcu[aá]nt[oa]s\b|\bprobabilidad|\bquant[ie]\b|\bile (?:jest|razy)\b"
    r"|\bhoeveel\b|\bwhat is \w+'s\b|\bhow old (?:is|was|are)\b|\btwice as\b|\btimes as (?:many|much|old|far)\b"
)
_MINE = re.compile(
    r"(?i)\b(?:my|mine|i|i'm|i've|me|please|meine?[rnms]?|ich|bitte|mon|ma|mes|je|mi|mis|mijn|ik|dear|regards|patient"
    r" (?:name|id)|mrn|ssn|dob)\b"
)
_COMPANY = re.compile(
    r"(?i:\b(?:head ?quarter\w*|head office|main office|registered office|museum\w*|galler(?:y|ies)|librar(?:y|ies)"
    r"|theat(?:re|er)|palace|castle|cathedral|parliament|stadium|zoo|open to visitors|embassy|consulate"
    r"|prime minister\w*|visitor cent\w+|hot-?line|help-?line|info-?line"
    r"|crisis line|poison (?:control|cent\w+)|switch-?board|call cent\w+|contact cent\w+|customer (?:service|care"
    r"|support)s?|technical support|service cent\w+|support (?:line|number)|returns? (?:address|department"
    r"|cent\w+)|press (?:office|contact|centre|center|enquir\w+|inquir\w+|team)|media (?:centre|center|relations"
    r"|enquir\w+|contact)|opening (?:hours|times)|open (?:daily|mon|tue|24|from|every)|opens at|business hours"
    r"|office hours|box office|tickets|reception(?: desk)?|front desk|impressum|imprint|free-?phone|toll-?free"
    r"|kunden(?:service|dienst|hotline|zentrum)|öffnungszeiten|pressestelle|zentrale|geschäftsstelle|filiale"
    r"|service client|horaires|siège social|standard t[eé]l|atenci[oó]n al cliente|horario|sede (?:central|legale)"
    r"|klantenservice|openingstijden|town hall|city hall|rathaus|emergency (?:number|services?)|non-emergency"
    r"|ombudsman)\b)"
)
_FIRM = re.compile(r"\b(?:GmbH|AG|Ltd|Limited|Inc|LLC|PLC|plc|S\.?p\.?A|KGaA|B\.V|e\.V|Corp)\b")
_SOMEONES = re.compile(
    r"(?i)\b(?:i|i'm|me|my|mine|his|her|hers|their|he|she|mr|mrs|ms|dr|frau|herr|sr|sra|mme|m\.|client|patient"
    r"|tenant|employee|lives?|living|home|private|personal|mobile|cell|handy|portable|movil|móvil|mobil|guest"
    r"|customer(?! (?:service|care|support))|name|meine?[rnms]?|ich|wohn\w*|kundin|kunde|caller|emergency contact"
    r"|mum|mom|dad|mother|father|sister|brother|wife|husband|son|daughter|shipp\w+|ship to|deliver\w*|dob|born"
    r"|passport)\b"
)
_OTHER = re.compile(
    r"(?i)(?:\b(?:isbn(?:-1[03])?|issn|ean(?:-13)?|gtin|upc|asin|doi|sku|mpn|articles?|artikel|art|items?|parts?"
    r"|products?|produkt|model|catalog(?:ue)?|orders?|bestell\w*|invoices?|rechnung\w*|offset|message|msg|trace|span"
    r"|request|req|correlation|transaction|txn|job|batch|build|revision|rev|commit|port|rows?|size|bytes|count"
    r"|epoch|ts|timestamp|time|cve|bug|issue|closes|pr|page|line|seq|sequence|serial|pid|tid|thread|process"
    r"|version|ver|cluster|node|shard|partition|term|index|idx|queue|qty|quantity|price|total|amount)"
    r"[\W_]{0,3}(?:numbers?|num|no|nr|nummer|id|code|ref|key)?[\W_]{0,4}"
    r"|\b(?:phone|passport|card|plate|licen[cs]e|account|id|patient|member|student)s?[ _-](?:cases?|holders?|covers?"
    r"|stands?|chargers?|readers?|photos?|thickness|sizes?|shops?|games?|counts?|balance|total|limits?|types?|models?"
    r"|plans?|days|points?)[\W_]{0,4})$"
)
_UNIT = re.compile(
    r"(?i)\s?(?:units?|points?|mg|ml|kg|km|pesos|dollars?|euros?|pounds|yen|rupees|usd|eur|gbp|inr|people|votes"
    r"|shares"
    r"|bytes|[kmg]b|rows|users|times|members|customers|employees|patients|students|records|items|copies|tokens"
    r"|steps|cells|hours|seconds|minutes|ms|rpm|hz|mhz)\b|\s?[€$£%]"
)
_LOG = re.compile(
    r"^\W{0,3}(?:\d{2,4}[-/.]\d\d[-/.]\d\d[T ,]|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d|\d{6} \d{6}|\d\d:\d\d:\d\d|1\d{9}\b"
    r"|[IWEF]\d{4} \d\d:)|\b(?:INFO|WARN|WARNING|ERROR|DEBUG|TRACE|FATAL|NOTICE)\b|\blevel=\w+|\bts=\d"
    r"|\btrace[_-]?id\b|\blatency=|\bstatus=\w+"
)
_FILLERS = frozenset(
    ("no", "nr", "num", "number", "numbers", "id", "ids", "is", "was", "value", "e", "s")
)


def in_exercise(value: str, start: int, end: int) -> bool:
    """A question of arithmetic or chance stands about the value, and nobody speaks for himself."""
    low, high = max(0, start - 300), end + 300
    return _EXERCISE.search(value, low, high) is not None and _MINE.search(value, low, high) is None


def is_of_a_company(value: str, start: int, end: int, *, firm: bool = False) -> bool:
    """Words for an office or its opening hours about the value, and none for a person or a home.

    `firm`: the name of a company before it does too (a seat has one address, but people with many numbers).
    """
    low, high = max(0, start - 90), end + 60
    office = _COMPANY.search(value, low, high) or (firm and _FIRM.search(value, low, start))
    return bool(office) and _SOMEONES.search(value, low, high) is None


def is_something_elses(value: str, start: int, end: int) -> bool:
    """Another thing's label stands right before (an article, an order, an offset, a trace), or a unit behind."""
    return (
        _OTHER.search(value, max(0, start - 32), start) is not None
        or _UNIT.match(value, end) is not None
    )


def is_logged(value: str, start: int) -> bool:
    """Whether the line is one of a log: there a number belongs to the word that it touches, and to no other."""
    return _LOG.search(line_of(value, start)) is not None


def touches(value: str, start: int, phrases: frozenset[str]) -> bool:
    """Whether one of the phrases ends right before a value, with nothing but "no.", "id", "is" between."""
    found = words(value[max(0, start - 64) : start])
    while found:
        for size in (1, 2, 3):
            if " ".join(found[-size:]) in phrases:
                return True
        if found[-1] not in _FILLERS:
            return False
        found.pop()
    return False
