"""More cues for names: life events in English, kin in lower case, and how other languages introduce and address people.

Only data: `names_cues` compiles it. Patterns hold one group `name`.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.gate.names_shapes import FULL, ONE_OR_MORE, SINGLE

KIN = (
    r"wife|husband|spouse|partner|son|daughter|mother|father|mom|mum|dad|brother|sister|aunt|auntie|uncle|cousin"
    r"|niece|nephew|grandma|grandpa|grandmother|grandfather|nan|gran|stepson|stepdaughter|girlfriend|boyfriend"
    r"|fiancée?|roommate|flatmate|coworker|colleague|boss|neighbou?r|friend|kid|baby|ex"
)
_EVENT = (
    r" (?:just |recently |sadly |has |had |have |is |was |got |being |been )*(?:passed away|miscarri\w+|pregnant"
    r"|divorc\w+|laid off|let go|on (?:sick|maternity|paternity|parental|bereavement|medical) leave|called in sick"
    r"|off sick|out sick|in (?:rehab|hospital)|diagnosed with|a (?:stroke|miscarriage|heart attack)"
    r"|start(?:s|ed|ing) chemo\w*|relapsed|put on a PIP|on a PIP|behind on rent)\b"
)
_LIFE_THING = (
    r"(?:funeral|chemo\w*|surgery|divorce|miscarriage|pregnancy|maternity leave|birthday|salary|pay rise|payslip"
    r"|therapy|diagnosis|inhaler|insulin|home address|custody|performance review|sick note|last day)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A cue as data. `known` asks that the name begins with a given name that we know."""

    pattern: str
    why: str
    known: bool = False
    trigger: str = ""


_LOWER = r"(?P<name>[a-zà-ÿ]{3,20})\b"
_KIN_BEFORE = (
    r"\b(?:(?:[Mm]y|[Oo]ur|[Hh]is|[Hh]er) (?:little |big |older |younger |late |best )?"
    rf"(?:{KIN})|[Uu]ncle|[Aa]unt|[Aa]untie) "
)

ROWS: tuple[Row, ...] = (
    Row(
        pattern=_KIN_BEFORE + _LOWER,
        why="relative",
        known=True,
        trigger=rf"(?:[Mm]y|[Oo]ur|[Hh]is|[Hh]er) (?:\w+ )?(?:{KIN}) \p{{Ll}}|(?:[Uu]ncle|[Aa]unt|[Aa]untie) \p{{Ll}}",
    ),
    Row(
        pattern=rf"(?P<name>{ONE_OR_MORE})(?=['’]s (?:{KIN}){_EVENT})",
        why="life",
    ),
    Row(pattern=rf"(?P<name>{ONE_OR_MORE})(?={_EVENT})", why="life", known=True),
    Row(
        pattern=rf"(?P<name>{ONE_OR_MORE})(?=['’]s (?:\w+ )?{_LIFE_THING})",
        why="life",
        known=True,
    ),
    Row(
        pattern=r"\b(?:[Pp]ick(?:ing|ed)? up|[Cc]ondolences to|[Ff]lowers (?:to|for)|[Hh]appy birthday,?) "
        rf"(?P<name>{ONE_OR_MORE})",
        why="life",
        known=True,
    ),
    # "I am X, the mother of Y" and its like.
    Row(
        pattern=r"\b(?:[Ss]oy|[Jj]estem|[Ss]ou (?:a|o)|[Hh]ier (?:ist|spricht)|[Jj]e suis|[Ss]ono|[Ii]k ben"
        r"|[Jj]ag är|[Jj]sem|[Tt]ôi là|[Ss]aya|[Bb]en|[Oo]rúkọ mi ni|[Jj]ina langu ni|[Mm]imi ni|[Mm]era naam) "
        rf"(?P<name>{FULL})",
        why="says-their-name",
        known=True,
    ),
    Row(
        pattern=r"\b(?i:adım|ismim|meu nome é|o meu nome é|jina langu(?: ni)?|orúkọ mi ni|nama saya(?: adalah)?"
        rf"|tên (?:tôi|em|mình) là|jmenuji se|mitt namn är|mera naam) (?P<name>{ONE_OR_MORE})",
        why="says-their-name",
    ),
    Row(
        pattern=r"\b(?:[Pp]ana|[Pp]anem|[Pp]ani|[Pp]anią|[Dd]oña|[Dd]on|[Dd]ona|[Ss]eu|[Ss]r\.?ª?|[Ss]ra\.?"
        r"|[Aa]nh|[Cc]hị|[Ôô]ng|[Bb]à|[Cc]ô|[Cc]hú|[Pp]ak|[Bb]u|[Ii]bu|[Bb]apak|[Bb]wana|[Mm]heshimiwa) "
        rf"(?P<name>{ONE_OR_MORE})",
        why="title",
        known=True,
    ),
    Row(pattern=rf"(?P<name>{SINGLE}) (?:Bey|Hanım)(?=[\s,.'’:;!])", why="title"),
    Row(
        pattern=r"\b(?:[Mm]i (?:esposa|esposo|marido|hijo|hija|madre|padre|hermana|hermano|abuela|jefe)"
        r"|[Mm]inha (?:esposa|mulher|filha|mãe|irmã|avó)|[Mm]eu (?:marido|filho|pai|irmão|avô)"
        r"|[Mm]ijn (?:vrouw|man|zoon|dochter|moeder|vader|broer|zus)|[Mm]ia (?:moglie|figlia|madre|sorella)"
        r"|[Mm]io (?:marito|figlio|padre|fratello)|[Mm]in (?:fru|man|son|dotter|mamma|pappa|bror|syster)"
        r"|[Mm]a (?:femme|fille|mère|sœur)|[Mm]on (?:mari|fils|père|frère)"
        r"|[Mm]oja (?:żona|córka|matka|siostra)|[Mm]ój (?:mąż|syn|ojciec|brat)"
        r"|[Mm]oje (?:žena|dcera|matka|sestra)|[Mm]ůj (?:manžel|syn|otec|bratr)"
        r"|[Ii]stri saya|[Ss]uami saya|[Aa]nak saya|[Mm]ke wangu|[Mm]ume wangu|[Mm]toto wangu"
        r"|[Vv]ợ tôi là|[Cc]hồng tôi là|[Cc]on (?:trai|gái) tôi là"
        r"|[Мм]о(?:я|й|ю|ей|его) (?:жена|муж|мама|дочь|сын|сестра|брат|жену|мужа|дочери|сына)),? "
        rf"(?P<name>{ONE_OR_MORE})",
        why="relative",
    ),
    Row(
        pattern=r"(?P<name>[\u4e00-\u9fff\u3040-\u30ff]{2,8})(?=と申します|ともうします)",
        why="says-their-name",
        trigger="と申します|ともうします",
    ),
    Row(
        pattern=r"(?:저는|안녕하세요[,.!]?) (?:[^\s]{1,12} ){0,3}"
        r"(?P<name>[김이박최정강조윤장임한오서신권황안송류홍][\uac00-\ud7af]{2})(?=입니다|이라고|라고|이에요|예요)",
        why="says-their-name",
        trigger="입니다|이라고|라고|이에요|예요",
    ),
)

# Given names that are words in lower case, or places: they need more than a known name.
AMBIGUOUS = frozenset(
    """mark will grace hope joy rose faith dawn art bill sue frank rich pat jack iris ruby amber pearl ivy lily
    daisy olive ginger sandy bob may june april august summer jordan victoria chelsea florence sydney austin
    dallas georgia virginia carolina madison charlotte houston brooklyn devon israel chad milan sofia troy
    orlando santiago san paris london java julia claude harry who and has was had can did does with from that
    this also then than just more made ali ion van ben long asha angel holly penny drew wade gene ray guy max
    miles pierce chase grant dean miss dear real lea bin gang chen hui hong lan mai minh trang awa noa dov don
    nick lance rob teddy robin jasmine star sky dan liv else ever even over still""".split()  # noqa: SIM905
)
