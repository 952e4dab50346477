"""Tells a lesson from a case: "explain attorney–client privilege" is no secret, "our counsel says settle" is one."""

from __future__ import annotations

import re

_ASKS = re.compile(
    r"""^\W*(?:(?:hi|hello|hey|please|pls|can\ you|could\ you|would\ you|i'd\ like\ you\ to|i\ want\ you\ to
    |help\ me(?:\ to)?|for\ my\ \w+(?:\ class)?,?
    |as\ an?\ [\w\ ]{3,40},|you\ are\ an?\ [^.\n]{3,120}[.\n]|in\ simple\ terms,?|briefly|kindly)\b[\s,.:!]*)*
    (?:what|what's|who|how|why|when|where|which|is|are|do|does|did|can|could|should|would|may|must|explain
    |describe|define|discuss
    |list|name|give\ (?:me\ )?(?:an?\ |some\ |\w+\ )?(?:overview|example|definition|list|explanation|tips
    |summary\ of\ the\ (?:law|rules|concept))
    |tell\ me\ about|teach|outline|compare|contrast|summari[sz]e\ (?:the\ )?(?:concept|history|law|rules
    |literature|research|difference|main|key|how)
    |(?:write|create|draft|generate|make|prepare|provide|design|produce|build|compose)\ (?:me\ )?
      (?:(?:an?|some|the)\ )?(?:\w+[\ -]){0,4}?(?:template|policy
    |policies|guide|tutorial|essay|blog|article|lesson|quiz|checklist|example|sample|fictional|generic|blank
    |script|function|program|story|poem
    |overview|course|slide|presentation|questions?|outline|faq|handbook|training|paragraph|worksheet|rubric
    |class|schema|regex|test)
    |translate\ the\ (?:word|term|phrase)|difference\ between|pros\ and\ cons)\b""",
    re.IGNORECASE | re.VERBOSE,
)
# Someone real, here and now: the question is about a case after all.
_CASE = re.compile(
    r"""\b(?:my|our|his|her)\ (?:own\ )?(?:patient|client|employee|colleague|coworker|co-worker|boss|manager
    |direct\ report|report|tenant|student|son|daughter|child
    |kid|wife|husband|partner|mother|father|mom|mum|dad|brother|sister|friend|neighbou?r|doctor|gp|lawyer
    |counsel|attorney|ceo|cfo|board|earnings
    |results|quarter|guidance|acquisition|merger|deal|target|salary|diagnosis|biopsy|labs?|test\ results?
    |symptoms|medication|meds|portfolio|mortgage
    |tax\ return|401k|w-?2|credit\ score|net\ worth|hiv|case|lawsuit|divorce|settlement|team\ member|assistant
    |applicant|candidate|borrower|teacher)s?\b
    |\b(?:i|we)(?:'ve|'m|'re|\ have|\ am|\ are|\ was|\ were|\ just|\ had|\ got|\ need\ to|\ plan|\ want\ to
    |\ intend)\ (?:\w+\ )?(?:been\ )?(?:diagnosed|prescribed
    |fir\w+|terminat\w+|lay\w*|letting|acquir\w+|buying|settl\w+|sued|accused|arrested|convicted|negotiating
    |pregnant|hospitali[sz]ed|suspend\w*|disciplin\w*)
    |\b(?:he|she)\ (?:is|was|has|had|reports|denies|refused|missed|said|told|came|takes|failed|earns|owes)\b
    |\bthe\ (?:patient|pt|plaintiff|defendant|employee|student|borrower|complainant|deceased)\ (?:is|was|has
    |had|denies|reports|states|presented|said|refused)\b
    |\b(?:attached|below|following|pasted|this)\ (?:\w+\ ){0,2}(?:note|memo|email|e-mail|letter|report|chart
    |transcript|minutes|review|record|file|document|summary|complaint|statement)\b
    |\b(?:jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)\w*\ \d{1,2}\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LONG = 700
"""Beyond this a question carries a document with it, and that is judged as one."""


_BLANK = re.compile(
    r"_{4,}|\[[A-Z][A-Za-z /]{2,40}\]|\{\{ ?\w+ ?\}\}|<[A-Z][A-Za-z ]{2,30}>|\.{8,}"
)
_BLANKS = 3
"""A form with this many places to fill in tells of nobody yet."""
_GENERAL = re.compile(
    r"""^\W*(?:\w+\W+){0,6}?(?:policy|policies|standard|code\ of\ conduct|guidelines?|handbook)\s*[.:\n]
    |\b(?:we\ are\ hiring|we're\ hiring|job\ description|join\ our\ team|apply\ (?:now|today|by|at|via)
    |must\ hold\ an?\ (?:active|current)|you\ will\ (?:have|be\ responsible|bring)|years\ of\ experience
    |template\ only|generic|boilerplate|merge\ fields?|for\ my\ (?:novel|story|screenplay|play|comic|game)
    |our\ (?:platform|software|product|app)\ (?:helps|lets|makes|is)|free\ trial|book\ a\ demo)\b
    |^\W*(?:you\ are|act\ as|you're)\ (?:an?|the)\ """,
    re.IGNORECASE | re.VERBOSE,
)
_HEAD = 1500


def is_lesson(text: str) -> bool:
    """Whether a text asks about a subject, is a form to fill in or a rule for all, and tells of no case."""
    head = text.strip()
    if len(_BLANK.findall(head[:_HEAD])) >= _BLANKS:
        return True
    asks = len(head) <= _LONG and _ASKS.match(head) is not None
    general = len(head) <= _HEAD and _GENERAL.search(head) is not None
    return (asks or general) and not _CASE.search(head)
