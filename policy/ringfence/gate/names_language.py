"""Whether a stretch of text is English: the one language that the model for names knows."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = frozenset(
    """the a an and or but of to in is was are were be been has have had he she it they we you i his her their our my
    your this that these those with from for at on by as not will would can could should do does did who what when
    where why how which there then than about after before into over also if so up out no yes please""".split()  # noqa: SIM905
)
_OTHER = frozenset(
    """der die das und ist nicht ein eine den dem des mit von zu auf für im sich auch es er sie wir ich hat aus bei nach
    le la les des un une et est dans pour que qui avec sur pas du au il elle je vous nous ne se sa son ses ce el los las
    y es en por con para una su al lo como más del o os uma não com da do dos na no em ao di che è per non della sono
    gli si ha nel het een van op te dat niet zijn voor met aan er og det som på til af med jeg har ikke och att den för
    inte av sig w z na się nie do jest że o po dla przez a v se je na si jsem že ve ja on ei että se hän oli kun en hogy
    az és nem egy van ez și în nu la cu pe este bir ve bu için de da ile dan yang di untuk dengan
    ini itu adalah tidak và
    của là có cho không được các người na ya wa kwa ni katika""".split()  # noqa: SIM905
)


def is_english(text: str) -> bool:
    """Whether the small words are English ones; a text without small words is taken as English where it is ASCII."""
    words = [word.lower() for word in _WORD.findall(text)]
    english = sum(word in _ENGLISH for word in words)
    other = sum(word in _OTHER for word in words) - sum(word in _ENGLISH & _OTHER for word in words)
    if not english and not other:
        return text.isascii()
    return english >= other
