"""What the shape of a text shows of its task when no tool does: a screen written out, a set of labels, a schema.

Literal strings are looked for first, so that the slower patterns are tried on the few texts that they can fit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ringfence.tasks.view import View

_ROLE = (
    r"(?:button|link|textbox|text ?field|searchbox|combobox|checkbox|radio|switch|menuitem|tab|image ?button|"
    r"imageview|textview|edittext|listitem|option|heading|statictext|input|select)"
)
_ELEMENT = re.compile(rf"(?:\[\d{{1,5}}\]|^\s*\d{{1,4}}[:.)])\s*<?(?:\w+\.)*{_ROLE}\b", re.I | re.M)
_BOUNDS = re.compile(r"bounds\s*[=:]\s*[\"']?\[\d+,\s*\d+\]\[\d+,\s*\d+\]", re.I)
_BOX = re.compile(r"\(\s*\d+(?:\.\d+)?(?:,\s*\d+(?:\.\d+)?){3}\s*\)")
_TREE = re.compile(
    r"\bRootWebArea\b|resource-id\s*=|\bandroid\.widget\.|\bXCUIElementType\w+|\baccessibility tree\b",
    re.I,
)
_NEXT = re.compile(
    r"\b(?:next|previous|last) actions?\b|\baction\s*:\s*$|\b(?:which|what) (?:element|button) (?:should|to|do)\b"
    r"|\bwhat should (?:be|i) (?:click|tap)\w*|^\s*(?:objective|goal|instruction|task)\s*:",
    re.I | re.M,
)
_WHERE = re.compile(
    r"\b(?:bounding box|bbox|coordinates?)\b.{0,80}\b(?:button|icon|click|tap|checkbox|on (?:the|this) screen|"
    r"text ?field|menu|ui element|element)\b"
    r"|\b(?:button|icon|ui element|text ?field)\b.{0,80}\b(?:bounding box|bbox|coordinates)\b",
    re.I | re.S,
)
_FORM = re.compile(
    r"\b(?:fill|enter|type|set|tick|submit|press|click)\b.{0,200}?(?:#[a-z][\w-]+.{0,80}?){3}",
    re.I | re.S,
)
_ABOUT_CODE = re.compile(
    r"```|\b(?:convert|function|script|parse\w*|regex|xpath|refactor|component|unit tests?|stylesheet|css|jquery|"
    r"selenium|playwright|espresso|markdown|rewrite|class diagram|source code|write (?:me )?(?:a|an|the) \w+|"
    r"generate (?:html|code)|layout file|import \w+|def \w+|const \w+)\b",
    re.I,
)

_LABEL_ONLY = re.compile(
    r"\b(?:only|just|exactly|nothing but|solely)\b.{0,30}\b(?:labels?|letters?|words?|categor(?:y|ies)|class(?: name)?|"
    r"digits?|numbers?|names?|json|yes or no|0 or 1|a or b|true or false|tags?|options?|score|code)\b"
    r"|\b(?:one|a single|single) (?:word|letter|label|digit|category|number|token)\b"
    r"|\b(?:labels?|categor(?:y|ies)|json|letter|answer|output|a or b|yes or no|0 or 1) (?:only|and nothing else)\b"
    r"|\bno (?:other text|prose|explanations?)\b"
    r"|\b(?:nur|uniquement|seulement|solo|solamente|apenas|soltanto|alleen|tylko|endast|sadece|только)\b"
    r".{0,30}\b(?:label|wort|kategorie|étiquette|mot|catégorie|etiqueta|palabra|categoría|categoria|parola|palavra|"
    r"woord|etykiet\w*|kategori\w*|etikett|ord|etiket\w*|мет\w*|слов\w*|категори\w*)\b"
    r"|只(?:输出|回答|返回|需).{0,8}(?:标签|类别|字母|选项|JSON)|(?:ラベル|カテゴリ|記号)(?:だけ|のみ)|레이블만|라벨만",
    re.I | re.S,
)
_SET = re.compile(
    r"\b(?:labels?|categor(?:y|ies)|classes|options|intents?|tags|entity types)\b[^.\n]{0,30}[:=\[{(]"
    r"|\bone of\b|\b(?:either|as) [\w-]+(?:, [\w-]+)* or [\w-]+|\b(?:yes or no|a or b|0 or 1|true or false)\b"
    r"|\b(?:classify|categori[sz]e|label|tag|pick|choose|judge|decide|detect|extract|rate|score|convert|parse)\b"
    r"|\bwhich (?:answer|reply|response|category|label) \w+|\bbetter\b|\bverdict\b"
    r"|\b(?:klassifi|clasific|classif|kategor|категор|классиф|sınıfla)\w*|分类|类别|分類",
    re.I,
)
_HARD_WORK = re.compile(
    r"\b(?:security|vulnerab\w*|audit\w*|exploit\w*|pull request|code review|premises|deductive\w*|theorem|"
    r"pro(?:of|ve)|root cause|race conditions?)\b",
    re.I,
)
"""Work that is hard whatever form its answer has."""
_DEFINED = re.compile(
    r"^\s*(?:definition|instruction)s?\s*:.*\binput\s*:.*\boutput\s*:?", re.I | re.S
)
_FORMAT = (
    r"(?:json|ya?ml|toml|xml|csv|tsv|ini|html|markdown|md|snake_case|camelcase|title case|upper ?case|lower ?case|"
    r"a? ?(?:markdown )?table)"
)
_CONVERSION = re.compile(
    rf"^\W*(?:please )?(?:\w+ ){{0,5}}?{_FORMAT}\b[^.\n]{{0,20}}?"
    rf"(?:\bto\b|\binto\b|\bas\b|->|→|=>)\s*(?:\w+ )?{_FORMAT}\b"
    rf"|^\W*(?:please )?(?:convert|turn|transform|reformat)\b[^.\n]{{0,60}}\b(?:to|into|as) (?:an? )?{_FORMAT}\b",
    re.I,
)
_PROGRAM = re.compile(
    r"\b(?:function|script|program|code|regex|library|tool|parser|page|app|converter|sql|implement|write|prove|"
    r"audit|review|vulnerab\w*|security|bugs?|step by step|explain|why)\b",
    re.I,
)

_SCHEMA = re.compile(
    r"\bcreate table\b|\bschema\b|\b(?:tables?|columns?|database)\b[^.\n]{0,40}[:(]|^\|.+\|.+\|\s*$"
    r"|\b\w+\((?:\w+ ?\w*, ?)+\w+(?: \w+)?\)|[:=]\s*\w+\s*\(\s*id\b",
    re.I | re.M,
)
_QUERY = re.compile(
    r"\bsql\b|\bqueries\b|\bquery\b|\bcypher\b|\bselect\b[^.]{0,80}\bfrom\b|查询|クエリ|쿼리|requête|consulta\b|abfrage",
    re.I,
)


# Lower-case literals, one of which stands in every text that the slow patterns beside them fit.
_SCREEN_HINTS = (
    *(
        "[1",
        "[2",
        "[3",
        "[4",
        "[5",
        "[6",
        "[7",
        "[8",
        "[9",
        "[0",
        "\n1",
        "\n0",
        "bounds",
        "rootweb",
        "resource-id",
    ),
    *(
        "android.widget",
        "xcuielement",
        "accessibility tree",
        "bounding box",
        "bbox",
        "coordinate",
        "#",
    ),
    *("next action", "action:", "which element", "what element", "what should be"),
)
_LABEL_HINTS = (
    *(
        "only",
        "just",
        "exactly",
        "nothing",
        "solely",
        "single",
        "one ",
        "no other text",
        "no prose",
        "no expl",
        "input",
    ),
    *(
        "nur",
        "uniq",
        "seul",
        "solo",
        "solam",
        "apenas",
        "solt",
        "alleen",
        "tylko",
        "endast",
        "sadece",
        "только",
    ),
    *("只", "ラベル", "カテゴリ", "記号", "레이블", "라벨"),
)
_QUERY_HINTS = (
    "sql",
    "quer",
    "cypher",
    "select",
    "requête",
    "consulta",
    "abfrage",
    "查询",
    "クエリ",
    "쿼리",
)
_FORMAT_HINTS = (
    *(
        "json",
        "yaml",
        "yml",
        "toml",
        "xml",
        "csv",
        "tsv",
        "ini",
        "html",
        "markdown",
        "md",
        "case",
        "table",
    ),
)
_EDGE = 320
"""Characters of each end in which instructions are looked for."""


def _hinted(text: str, hints: Sequence[str]) -> bool:
    lower = text.lower()
    return any(map(lower.__contains__, hints))


def _ends(text: str) -> str:
    return text if len(text) <= 2 * _EDGE else f"{text[:_EDGE]}\n{text[-_EDGE:]}"


def shows_a_screen(view: View) -> str | None:
    """Why the text is the state of a user interface to be acted on, or None; never for code about one."""
    if view.tools or not _hinted(view.text, _SCREEN_HINTS) or _ABOUT_CODE.search(view.text):
        return None
    text = view.text
    asked = _NEXT.search(text) is not None or _NEXT.search(view.system) is not None
    if _elements(text, asked=asked):
        return "the text lists a screen's elements"
    trees = len(_TREE.findall(text))
    if trees >= 2 or (trees and asked):
        return "the text holds an accessibility tree"
    if _WHERE.search(text):
        return "the text asks where on a screen to point"
    return (
        "the text fills in a form by its elements" if "#" in text and _FORM.search(text) else None
    )


def _elements(text: str, *, asked: bool) -> bool:
    found = len(_ELEMENT.findall(text))
    if found >= 2 or _BOUNDS.search(text):
        return True
    return asked and (found > 0 or len(_BOX.findall(text)) >= 2)


def wants_a_label(parts: Sequence[str]) -> str | None:
    """Why the answer is one of a stated set, or a copy, from any of a request's instructions; or None."""
    for part in map(_ends, parts):
        if not _hinted(part, _LABEL_HINTS) or _HARD_WORK.search(part):
            continue
        if _DEFINED.search(part):
            return "a definition with input and output"
        if _LABEL_ONLY.search(part) and _SET.search(part):
            return "a set of answers, and only one of them wanted"
    return None


def converts(text: str) -> bool:
    """Whether one format is to be turned into another, by the model and not by a program that it writes."""
    text = text[:200]
    if not _hinted(text, _FORMAT_HINTS):
        return False
    return _CONVERSION.search(text) is not None and not _PROGRAM.search(text[:160])


def asks_for_a_query(text: str) -> bool:
    """Whether a schema or a table stands beside the wish for a query."""
    if not _hinted(text, _QUERY_HINTS):
        return False
    return _QUERY.search(text) is not None and _SCHEMA.search(text) is not None
