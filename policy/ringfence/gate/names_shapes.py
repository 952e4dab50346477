"""What a person's name looks like, in the scripts of the world, and which capitalised words are none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources

_CAP = (
    "A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮİĲĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽȘȚƏА-ЯЁІЇЄҐЎΑ-ΩΆΈ-ΏԱ-Ֆ"
)
_LOW = "a-zß-öø-ÿĀ-žșțəá-ỿа-яёіїєґўά-ώա-ևı"
_WORD = rf"[{_CAP}][{_LOW}]*(?:['’\-][{_CAP}{_LOW}][{_LOW}]*|(?<=[cCeaE])[{_CAP}][{_LOW}]+)?"
_WORD2 = rf"(?:{_WORD}|[A-Z]\.|[{_CAP}]{{2,}}(?:-[{_CAP}]{{2,}})?)"
_PARTICLE = (
    "de la|de los|de las|van der|van den|von der|de|da|do|dos|das|du|di|del|della|van|von|den|der|ter|ten|bin|bint"
    "|ibn|al|el|la|le|y|e|zu|af|av|abu|ben"
)
_LINK = rf"(?: |[ ](?:{_PARTICLE})[ ]|-al-|[ ]al-|[ ]el-|[ ]ul-)"
# Scripts without capitals: words of a few letters, two to four of them, or two to five CJK characters.
_ABJAD = (
    "\u0590-\u06ff\u0750-\u077f\u0900-\u0dff\u0e00-\u0eff\u10a0-\u10ff\u1200-\u137f\u1780-\u17ff"
)
_CJK = "\u3400-\u4dbf\u4e00-\u9fff\u3040-\u30ff\uac00-\ud7af"
OTHER_SCRIPT = (
    rf"(?:[{_ABJAD}]{{2,20}}(?:[ \-][{_ABJAD}]{{2,20}}){{0,3}}"
    rf"|[{_CJK}]{{1,8}}(?:[ ·・][{_CJK}]{{1,8}}){{0,2}})"
)

FULL = rf"{_WORD2}(?:{_LINK}{_WORD2}){{1,3}}"
"""Two to four words of a name."""
ONE_OR_MORE = rf"{_WORD2}(?:{_LINK}{_WORD2}){{0,3}}"
SINGLE = _WORD
CAPITAL_PAIR = re.compile(rf"(?<![\w.@/\\#-]){_WORD2}(?:{_LINK}|, ){_WORD2}(?![\w(@])")
_CAPITAL_RUN = re.compile(rf"(?<![\w.@/\\#-]){_WORD2}(?:{_LINK}{_WORD2}){{1,5}}(?![\w(@])")
CAPITALISED = re.compile(rf"(?<![\w.@/\\#-])[{_CAP}][{_LOW}]+")

# Capitalised words that are no part of a person's name wherever they stand.
_NOT_NAMES = frozenset(
    """the a an and or but if in on at to for of by with from as is are was were be been this that these those it
    its he she they we you i my your our his her their not no yes all any some each every who what when where
    why how which please thanks thank hello hi hey dear sir madam team support hiring manager customer
    customers client clients patient patients user users admin administrator everyone everybody folks guys
    there colleagues friend friends service sales department office bank company corporation corp inc llc ltd
    limited gmbh plc group holdings university college school institute hospital clinic center centre street
    road avenue lane drive court boulevard square park county city state country republic kingdom united north
    south east west northern southern new york london paris berlin tokyo america american europe european asia
    africa english french german spanish chinese japanese indian british january february march april may june
    july august september october november december monday tuesday wednesday thursday friday saturday sunday
    python java javascript typescript docker kubernetes linux windows android google microsoft amazon apple
    facebook openai github gitlab azure aws oracle excel word outlook slack teams zoom chrome firefox api sql
    json html css http https url pdf csv xml yaml error warning info debug note notes date time number id name
    names address phone email subject re fw fwd cc bcc attn attention order invoice account payment total
    amount price status type description summary title section chapter part page table figure appendix step
    task issue question answer example exercise problem solution project product version release update report
    review analysis plan policy agreement contract notice letter memo human resources information technology
    security data database server network system systems software hardware engineering finance legal marketing
    operations research development machine learning artificial intelligence general national international
    federal public private health medical emergency social board director chief executive officer president
    vice senior junior lead head assistant associate manager engineer developer analyst consultant specialist
    coordinator representative staff employee employees member members dr mr mrs ms miss prof unknown none
    null anonymous test sample doe company's true false world during after before while although however since
    because then also both many most other first last next san santa los las saint fri mon tue tues wed thu
    thurs sat sun model build bump loading tenant tenants homeowner homeowners subscriber subscribers applicant
    applicants guest guests resident residents candidate candidates reader readers student students parent
    parents teacher teachers neighbour neighbours neighbor neighbors landlord owner owners property billing
    payroll care valued shareholder shareholders passenger passengers traveller traveler donor donors
    volunteer volunteers recruiter editor reviewer committee mum mom dad today 고객 선생 사장 부장 과장 회원
    患者 店員 学生 業者 皆 i'm i've i'd i'll i’m""".split()  # noqa: SIM905
)
_ORGANISATION = re.compile(
    r"\b(?:Inc|LLC|Ltd|GmbH|Corp|Co|PLC|AG|SA|BV|Bank|University|College|School|Hospital|Clinic|Institute"
    r"|Group|Partners|Technologies|Solutions|Systems|Services|Foundation|Association|Department|Ministry"
    r"|Agency|Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Boulevard|Island|Lake|River|Mountain|Airport|Station"
    r"|Stadium|Museum|Award|Prize|Act|Theorem|Law|Equation|Algorithm|Syndrome|Disease|Test|Score|Scale"
    r"|Tower|Tour|Palace|Cathedral|Basilica|Monument|Memorial|Library"
    r"|Close|Crescent|Terrace|Mews|Way|Court|Gov|Backend|Frontend|Framework|Server|Studio|Cloud|API|SDK|Conference|Cup|League)\b"
)


def has_given_name(value: str) -> bool:
    """Whether one of the first two words is a given name that we know."""
    words = [word.strip("'’.,-\"") for word in re.split(r"[\s-]+", value.lower())[:2]]
    return any(_is_given(word) for word in words)


_CASES = re.compile(
    r"(?<=\w{3})(?:owi|em|ie|ą|ę|y|i|u|ou|ovi|ě|а|у|ом|ем|ою|ой|ей|ю|я|е|и|і|ы|ієм|єм|ові|еві)$"
)


_LONG_ENOUGH = 6
"""Shorter words in a case look like words of everyday English: `very`."""


def _is_given(word: str) -> bool:
    """Whether a word is a given name, or one in a case of a Slavic language: `Сергея`, `Agnieszki`."""
    names = _given_names()
    if word in names:
        return True
    stem = _CASES.sub("", word) if len(word) >= _LONG_ENOUGH else word
    return stem != word and any(stem + end in names for end in ("", "a", "а", "я", "й", "ь", "о"))


def led_by_given_name(text: str) -> Iterator[tuple[int, int]]:
    """Runs of capitalised words from the first given name in them on: `Yesterday [Daniel Whitmore]`."""
    for run in _CAPITAL_RUN.finditer(text):
        words = list(re.finditer(r"\S+", run.group()))
        while words and is_ordinary(words[-1].group()):
            words.pop()
        for index, word in enumerate(words[:-1]):
            if _is_given(word.group().lower().strip("'’.,")):
                last = words[min(index + 3, len(words) - 1)]
                yield run.start() + word.start(), run.start() + last.end()
                break


_INITIALS = re.compile(rf"(?<![\w.])(?:[A-Z]\. ?){{1,3}}[A-Z][{_LOW}]+(?:-[A-Z][{_LOW}]+)?\b")
_SURNAME_FIRST = re.compile(rf"(?<![\w.]){_WORD}(?:-{_WORD})?, [{_CAP}][{_LOW}]+\b")


def with_initials(text: str) -> Iterator[tuple[int, int]]:
    """`R.F. Surname`, and `Surname, Given` where the given name is one that we know."""
    for match in _INITIALS.finditer(text):
        yield match.span()
    for match in _SURNAME_FIRST.finditer(text):
        if _is_given(match.group().rpartition(", ")[2].lower()):
            yield match.span()


def is_option(text: str, at: int) -> bool:
    """Whether the initial at a place counts answers, `A. Tom`, `B. Mia`: the letter before or after does so too."""
    if text[at + 1 : at + 3] != ". ":
        return False
    letter = ord(text[at])
    before, after = text[max(0, at - 80) : at], text[at + 2 : at + 80]
    return f"{chr(letter - 1)}. " in before or f" {chr(letter + 1)}. " in after.replace("\n", " ")


@lru_cache(maxsize=1)
def _given_names() -> frozenset[str]:
    text = resources.files(__package__).joinpath("names_given.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


def is_name_like(value: str) -> bool:
    """Whether most of the words could be a person's name: capitals or another script, none of them an ordinary word."""
    words = re.findall(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*", value)
    if not words or any(
        character.isdigit() or character in "_<>{}[]()=/\\@#$" for character in value
    ):
        return False
    if _ORGANISATION.search(value):
        return False
    plain = [word for word in words if word.lower() in _NOT_NAMES]
    return len(plain) * 2 < len(words) and words[0].lower() not in _NOT_NAMES


def is_ordinary(word: str) -> bool:
    """A capitalised word of everyday use: `Dear Customer`, `Mr. President`."""
    return word.lower().strip(".,'’") in _NOT_NAMES


_TASKS = re.compile(
    r"(?:Summari[sz]e|Translate|Rewrite|Draft|Proofread|Classify|Explain|Paraphrase|Rephrase|Reword|Outline|Condense"
    r"|Simplify|Categori[sz]e|Transcribe|Generate|Format|Convert)(?=[ ]+[a-z]|[ ]?:)"
)
_LEADS = " \t\"'“‘*#>-"


def asks_for_work(text: str, start: int, end: int) -> bool:
    """Whether a lone word asks for work at the start of a sentence, as in `Summarise the notes`."""
    match = _TASKS.match(text, start)
    if match is None or match.end() != end:
        return False
    before = text[max(0, start - 20) : start].rstrip(_LEADS)
    return not before or before[-1] in ".!?:\n"
