"""Tells a window about a subject from one about somebody: rules for all, lessons, exams, games, pages for the public.

What is said here only raises the points that cues need; it releases nothing by itself.
"""

from __future__ import annotations

import re

_HEAD = 300
_SUBJECT = re.compile(
    r"""\b(?:(?:disciplinary|grievance|capability|complaints?|appeals?|improvement|dismissal|absence|safeguarding|privacy)
      \ (?:procedures?|policy|policies|code|rules)|policy,?\ section
    |staff\ handbook|code\ of\ conduct|(?-i:NEWSLETTER)|newsletter:
    |(?:awareness|compliance|induction|refresher)\ training|training\ (?:module|course|session|slides)|module\ \d
    |primer:|how\ (?:to\ (?:write|read|reach|mark|use|draft|fill)|an?\ [\w\ ]{3,30}\ is\ built)|what\ examiners
    |glossary|abbreviations?
    |(?:a|writing|style|study|quick|user)\ guide|(?:short|brief)\ history\ of|(?:guide|introduction)\ (?:for|to)
    |explained[.:\n]|in\ (?:five|ten|two)\ minutes\.|what\ (?:counts|qualifies)\ as|cheat\ ?sheet|flash\ ?cards?|faqs?
    |for\ (?:my|the|our|an?)\ (?:exam|quiz)|in\ (?:our|the|my)\ lecture|what\ does\ [\w\ "']{2,30}\ mean
    |student\ here
    |contact\ (?:us|our\ customer)|help\ cent(?:er|re)|(?:lines|we)\ are\ open|opening\ hours
    |usually\ (?:dictated|written|structured|laid\ out)|typical\ (?:entry|note|report|letter)
    |verhaltenskodex|(?:disziplinar|beschwerde)\w*|schulung\w*|leitfaden|merkblatt|glossar|abkürzungen|öffnungszeiten
    |règlement\ intérieur|procédure\ disciplinaire|glossaire|abréviations|horaires\ d['’]ouverture
    |reglamento|procedimiento\ disciplinario|glosario|abreviaturas|glossario|abbreviazioni|regolamento|regulamento
    |reglement|afkortingen|słownik|skróty|regulamin|глоссарий|сокращения)(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
_TOLD = re.compile(
    r"(?<!\bor )\b(?:his|her|him)\b(?! or )"
    r"|\b(?:he|she) (?:is|was|has|had|reports|denies|denied"
    r"|refused|missed|said|told|came|takes|failed"
    r"|earns|owes|reads)\b|\b(?:mr|mrs|ms|herr|frau|mme|sra?)\.? (?-i:[A-Z])|\bthis (?:is an? [\w -]{0,30}old"
    r"|patient|client)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"^[ \t]{0,12}(?:§ ?)?\d{1,2}(?:\.\d{1,2}){0,3}[.)]? |(?<=[.;:] )\d{1,2}(?:\.\d{1,2}){1,3} (?=[A-Z])",
    re.MULTILINE,
)
_CALENDAR = re.compile(
    r"\b(?:financial|(?:investor )?relations|reporting|results) calendar\b|\bfinanzkalender\b|\bcalendrier financier\b",
    re.IGNORECASE,
)
_OURS = re.compile(
    r"\b(?:my|our) (?:own |real |\d+[- ]?year[- ]?old )?(?:patient|client|employee|colleague|boss|manager|report|tenant"
    r"|pupil|student|son|daughter|child|kid|wife|husband|partner|mother|father|mom|mum|dad|brother|sister|friend|doctor"
    r"|neurologist|oncologist|lawyers?|counsel|attorney|ceo|cfo|board|exposure|liability|results|deal|bid|diagnosis|biopsy|portfolio)s?\b"
    r"|\bi(?:'ve| have|'m| am| was) (?:just |been |recently )?(?:diagnosed|prescribed|fired|sued|pregnant|suspended)\b",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"^[^\w\n]{0,6}(?:[A-Z-]+ ){0,4}(?:CONFIDENTIAL|PRIVILEGED?|WORK[ -]PRODUCT|SECRET|RESTRICTED|INTERNAL)\b"
    r"(?! NOTICE)",
    re.MULTILINE,
)
"""What bears a label at the head of a line is no lesson."""
_CHOICE = re.compile(r"(?:^|(?<=\s))\(?([A-Ea-e])[.)] ?(?=\S)")
_CHOICES = 3
_POSED = re.compile(
    r"\b(?:which (?:one )?of (?:the following|these)|most (?:likely|appropriate|probable)"
    r"|best (?:next|initial|treatment|describes|explains|answer)|next (?:best )?step|all of the (?:following|above)"
    r"|none of the above|correct answer|welche(?:r|s)? der folgenden|lequel|laquelle|lesquel\w+"
    r"|cuál de (?:los|las) siguientes|quale (?:delle|dei) seguenti"
    r"|qual das seguintes|welke van de volgende|które z poniższych|какое из|какой из)\b",
    re.IGNORECASE,
)
_PLAY = re.compile(
    r"\b(?:escape[- ]?room|murder[- ]mystery|role[- ]?play\w*|larp|ttrpg|tabletop|dungeons? (?:&|and) dragons|d&d"
    r"|cthulhu|(?:game|dungeon) ?master|the keeper|our campaign|handout \d|farce|screenplay|curtain\.|stage directions"
    r"|prop\b|(?-i:ACT [IVX]+|INT\. |EXT\. ))",
    re.IGNORECASE,
)


_LEVEL = (
    r"(?:top secret|secret|confidential|restricted|unclassified|official(?:-sensitive)?|streng geheim|geheim"
    r"|vs-vertraulich|vs-nur für den dienstgebrauch|vs-nfd|très secret|diffusion restreinte|segreto|riservato"
    r"|secreto|reservado|confidencial)"
)
_LEVELS = re.compile(
    rf"\b{_LEVEL}[\"”»']?(?:, | (?:and|or|und|oder|et|ou|y|o|e) |, (?:and|or) )[\"“«']?{_LEVEL}\b",
    re.I,
)


def lists_levels(window: str) -> bool:
    """Whether it counts up levels of secrecy, as talk about markings does."""
    return _LEVELS.search(window) is not None


def is_about(window: str) -> bool:
    """Whether it opens as a lesson, rules for all or a page for the public, and nobody speaks of their own."""
    head = window[:_HEAD]
    return _SUBJECT.search(head) is not None and not (
        _OURS.search(window) or _TOLD.search(window) or _LABELLED.search(window)
    )


def is_calendar(window: str) -> bool:
    """Whether it lists days on which something will be published."""
    return _CALENDAR.search(window[:_HEAD]) is not None and _OURS.search(window) is None


def without_clauses(window: str) -> str:
    """The window without the numbers of its clauses, which look like days."""
    return _CLAUSE.sub("", window)


def is_exam(window: str) -> bool:
    """Whether it poses a question with answers to choose from, about nobody's own."""
    choices = {choice.upper() for choice in _CHOICE.findall(window)}
    return (
        len(choices) >= _CHOICES
        and _POSED.search(window) is not None
        and _OURS.search(window) is None
        and _LABELLED.search(window) is None
    )


def is_play(window: str) -> bool:
    """Whether it is made for a stage or a game."""
    return _PLAY.search(window[:_HEAD]) is not None and _OURS.search(window) is None
