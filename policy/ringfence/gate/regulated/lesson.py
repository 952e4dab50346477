"""Tells a lesson from a case: "explain attorney–client privilege" is no secret, "our counsel says settle" is one."""

from __future__ import annotations

import re

_ASKS = re.compile(
    r"""^\W*(?:(?:hi|hello|hey|please|pls|plz|(?:can|could|would|cld)\ (?:you|u)|i'd\ like\ you\ to|i\ want\ you\ to
    |help\ me(?:\ to)?|for\ my\ \w+(?:\ class)?,?
    |as\ an?\ [\w\ ]{3,40}(?=,)|you\ are\ an?\ [^.\n]{3,120}(?=[.\n])|in\ simple\ terms,?|briefly|kindly)\b[\s,.:!]*)*
    (?:what|what's|who|how|why|when|where|which|is|are|do(?!\ not)|does|did|can|could|should|would|may|must|explain
    |describe|define|discuss
    |list(?!\ of)|name|give\ (?:me\ )?(?:an?\ |some\ |\w+\ )?(?:overview|example|definition|list|explanation|tips
    |summary\ of\ the\ (?:law|rules|concept))
    |tell\ me\ about|teach|outline|compare|contrast|summari[sz]e\ (?:the\ )?(?:concept|history|law|rules
    |literature|research|difference|main|key|how)
    |(?:write|create|draft|generate|make|prepare|provide|design|produce|build|compose)\ (?:me\ )?
      (?:(?:an?|some|the)\ )?(?:\w+[\ -]){0,4}?(?:template|policy
    |policies|guide|tutorial|essay|blog|article|lesson|quiz|checklist|example|sample|fictional|generic|blank
    |script|function|program|story|poem|scene|screenplay|haiku|limerick|monologue|leaflet|abstract
    |problems?|exercises?|exam
    |overview|course|slide|presentation|questions?|outline|faq|handbook|training|paragraph|worksheet|rubric
    |class|schema|regex|test)
    |suppose|imagine|assume|role\ ?play|you\ play|let's\ play|quiz|exercise|moot\ problem
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
    |\b(?:this|these|below)\s?:
    |\b(?:jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)\w*\ \d{1,2}\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Questions of other languages open like these, and those of a case speak of "my", "our", "she".
ASKS_ABROAD = re.compile(
    r"""^\W{0,20}(?:(?:qué|cuál(?:es)?|cómo|por\ qué|cuándo|explica|define|resume\ la|enumera)
    |(?:qu['’]est|que\ (?:signifie|veut\ dire)|cosa\ (?:significa|vuol\ dire)
    |quels?|quelles?|comment|pourquoi|combien|expliques?|définis|résume\ le)
    |(?:was|wie|welche[rsn]?|warum|wann|wer|erkläre?|nenne|beschreibe|definiere)
    |(?:cos['’]è|che\ cos|quali?|come|perché|spiega|definisci)|(?:o\ que|quais|qual|como|por\ que|explique|defina)
    |(?:wat|hoe|welke|waarom|leg\ uit)|(?:co\ to|jakie|jaka|jaki|czym|jak|dlaczego|wyjaśnij)
    |(?:что|чем|как|какие|какой|какая|почему|объясни)|(?:що|чим|як|які|яка|чому|поясни)
    |(?:jaká|jaké|jaký|co\ je|proč|vysvětli)|(?:vad|hvad|hva|hvordan|hur|hvilke|vilka|varför|forklar|förklara)
    |(?:mitä|mitkä|mikä|miten|miksi|selitä)|(?:ποι\w+|τι|πώς|γιατί|εξήγησε)|(?:מה|מהם|איך|למה|הסבר)
    |(?:ما\ هي|ما\ هو|ما\ الفرق|كيف|لماذا|اشرح)|(?:apa|bagaimana|mengapa|jelaskan)|(?:ano|paano|bakit|ipaliwanag)
    |(?:ce\ este|care|cum|explică)|(?:mi\ a|hogyan|milyen|magyarázd))\b
    |^\W{0,20}(?:什么是|什麼是|怎样|如何)|(?:とは(?:何|どう)|について教えて|を説明して|是什么|是什麼|有哪些
    |怎么规定的|의\ 차이|설명해|이란\ 무엇|คืออะไร|อย่างไร
    |nedir|nelerdir|क्या\ (?:हैं|है|होते))""",
    re.IGNORECASE | re.VERBOSE,
)
CASE_ABROAD = re.compile(
    r"""\b(?:mis?|nuestr[oa]s?|yo|me|le|él|ella|tengo|mon|ma|mes|notre|nos|je|j['’]\w+|il|elle|lui|mein\w*|unser\w*|ich
    |er|ihm|ihr|wir|mi[oa]|miei|nostr[oa]|lui|lei|ho|meus?|minhas?|nosso|eu|ele|ela|mijn|onze|ik|hij|zij|haar|hem
    |mój|moja|mojego|nasz\w*|on|ona|mnie|мой|моя|моего|моей|наш\w*|я|мне|он|она|ему|ей|мій|моєї|вона|він|мене
    |můj|moje|náš|ona|mně|min|mitt|vår|jag|jeg|han|hun|hon|minun|meidän|hän|minulla|μου|μας|του|της
    |saya|kami|dia|kita|ko|siya|niya|mea|meu|mele|nekem|שלי|שלנו|היא|הוא)\b
    |我|他|她|咱|我们|私|彼|彼女|母|父|うち|제가|우리|저희|어머니|아버지|ผม|ฉัน|เขา|मेरी|मेरा|मेरे|मुझे|हमारे|عندي|زوجتي|ابني|ابنتي|أمي|أبي
    |\d{1,2}[./]\d{1,2}[./]\d{2,4}""",
    re.IGNORECASE | re.VERBOSE,
)
_HOW_MANY = re.compile(
    r"\b(?:how (?:many|much|long|old|far|fast)|what (?:is|was|percent\w*|fraction|number|time)|at what"
    r"|by what|who (?:owes|earns|has)|wie ?viele?|wie lange|combien"
    r"|quant[oie]|cuánt\w*|cuál es|hoeveel|ile|сколько)\b|多少",
    re.IGNORECASE,
)
_ENDS = ".?!\u3002\uff1f\uff01"
_SENTENCE_END = re.compile(rf"[{_ENDS}](?=.)", re.DOTALL)
_OWN = re.compile(
    r"\b(?:i|i'm|i've|my|our|we|we're|mum|mom|dad|client|applicant|mein\w*|mon|ma|mes|mi|mio|mia|meu|minha)\b",
    re.IGNORECASE,
)
_FICTION = re.compile(
    r"^\W{0,9}(?:(?:please|can you|could you|would you|hi|hello)\W{1,3}){0,3}(?:write|create|compose|invent|make up"
    r"|schreib\w*|écri[sv]\w*|escrib\w*|scriv\w*|escrev\w*|schrijf|napisz|напиши\w*)\b[^.\n:]{0,40}?\b(?:short story"
    r"|stor(?:y|ies)|scenes?|poems?|screenplay|fairy ?tale|haiku|limerick|sonnet|monologue|novella|kurzgeschichte"
    r"|geschichte|gedicht|histoire|nouvelle|conte|poème|cuento|relato|historia|poema|racconto|storia|conto|verhaal"
    r"|opowiadanie|рассказ|стих\w*)\b",
    re.IGNORECASE,
)
_TOLD_FROM = re.compile(
    r":|\d\d|\n\s{0,4}\S|\b(?:based on|out of|from (?:this|these|the)|below|following|notes?)\b"
    r"|(?<=[a-z,] )(?!(?:Muslim|Jewish|Christian|Catholic|Hindu|Sikh|Buddhist|English|French|German)\b)[A-Z][a-z]"
)
"""Facts, or a name within a sentence."""
_SHORT = 300
_LONG = 700
"""Beyond this a question carries a document with it, and that is judged as one."""


_BLANK = re.compile(
    r"_{4,}|\[[A-Z][A-Za-z /]{2,40}\]|\{\{ ?\w+ ?\}\}|<[A-Z][A-Za-z ]{2,30}>|\.{8,}"
)
_PLACEHOLDER = re.compile(
    r"\bplace ?holders?\b|\bplatzhalter\b|\bmarcador(?:es)? de posición\b", re.I
)
_BLANKS = 3
"""A form with this many places to fill in tells of nobody yet."""
_GENERAL = re.compile(
    r"""^\W*(?:\w+\W+){0,6}?(?:policy|policies|standard|code\ of\ conduct|guidelines?|handbook)\s*[.:\n]
    |\b(?:we\ are\ hiring|we're\ hiring|job\ description|join\ our\ team|apply\ (?:now|today|by|at|via)
    |must\ hold\ an?\ (?:active|current)|you\ will\ (?:have|be\ responsible|bring)|years\ of\ experience
    |template\ only|generic|boilerplate|merge\ fields?|for\ my\ (?:novel|story|screenplay|play|comic|game)
    |our\ (?:platform|software|product|app)\ (?:helps|lets|makes|is)|free\ trial|book\ a\ demo)\b
    |^\W*(?:you\ are|act\ as|you're)\ (?:an?|the)\ |^\W*(?:chapter|lecture|module|lesson|unit)\ \d+\b
    |^\W*[\w\ ]{0,30}\bglossary\b|\bmultiple[ -]choice\b|\bthe\ guideline\ recommends\b|\bthis\ leaflet\b""",
    re.IGNORECASE | re.VERBOSE,
)
_HEAD = 1500


def is_lesson(text: str) -> bool:
    """Whether a text asks about a subject, is a form to fill in or a rule for all, and tells of no case."""
    head = text.strip()
    if is_form(head):
        return True
    if len(head) <= _LONG:
        if is_problem(head) or _is_fiction(head):
            return True
        if ASKS_ABROAD.search(head) and not CASE_ABROAD.search(head):
            return not _CASE.search(head)
    opens = len(head) <= _LONG and _ASKS.match(head) is not None
    general = len(head) <= _HEAD and is_general(head)
    return (opens or general) and not _CASE.search(head)


def is_form(text: str) -> bool:
    """Whether it has places to fill in."""
    blanks = len(_BLANK.findall(text[:_HEAD]))
    return blanks >= _BLANKS or (blanks > 0 and _PLACEHOLDER.search(text[:_LONG]) is not None)


def is_general(text: str) -> bool:
    """Whether it says that it is a rule, an advertisement, a page or a part to play, for whoever it may concern."""
    return _GENERAL.search(text) is not None


def asks(sentence: str) -> bool:
    """Whether it opens as a question or a task does."""
    return _ASKS.match(sentence) is not None or ASKS_ABROAD.search(sentence) is not None


def _is_fiction(text: str) -> bool:
    """A short request for a story of nobody who is named or somebody's own, with nothing to tell it from."""
    return (
        len(text) <= _SHORT
        and asks_for_story(text)
        and not (_OWN.search(text) or _TOLD_FROM.search(text))
    )


def without_opening(sentence: str) -> str:
    """The sentence without the words that make it a question or a task."""
    found = _ASKS.match(sentence)
    return sentence[found.end() :] if found else sentence


def asks_for_story(sentence: str) -> bool:
    """Whether it asks for a story or a poem."""
    return _FICTION.search(sentence) is not None


def is_problem(text: str) -> bool:
    """A word problem: numbers, and at its end the question; nobody's own, and no form or list."""
    if ":" in text or not any(map(str.isdigit, text)) or _OWN.search(text):
        return False
    *_, last = _SENTENCE_END.split(text.rstrip().rstrip(_ENDS))
    return _HOW_MANY.search(last) is not None
