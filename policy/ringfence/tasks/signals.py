"""What a request shows without being read for meaning: its size, its tools, its attachments, the agent it is for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ringfence.tasks.view import View

LONG_TOKENS = 60_000
"""From here on a request is a matter of context, not of wording: half of a 128k window, the common short one."""
DOCUMENT_TOKENS = 24_000
"""From here on a request that reads as simple or standard work is a long document's."""
_CALL_CHARS, _STEM = 600, 5
"""The longest request that a call of one tool answers, and how much of a word must agree with a tool's name."""
_NAME_WORD = re.compile(r"[a-z]{3,}")
_CLOUD_WINDOW = 100_000
"""Windows under this are small local models'; that a request does not fit them is the window filter's business."""


def _any(*alternatives: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), flags)


# Names of tools, lower case.
_GUI_TOOL = _any(
    r"^computer(?:[_-]?(?:use|tool|control|preview|action)\w*|_\d+)?$",
    r"^browser[_-]\w+$",
    r"^(?:playwright|puppeteer|selenium)\w*$",
    r"^(?:mobile|android|ios|phone|desktop|screen|adb|gui|ui|appium|uia)[_-]\w+$",
    r"^\w*(?:screenshot|screen_?capture|pyautogui|xdotool)\w*$",
    r"^(?:left|right|double|middle|mouse)_?click\w*$",
    r"^(?:mouse|cursor)_?move\w*$",
    r"^(?:click|tap|swipe|hover|drag|long_?press)_(?:on_|at_|element|coord|button|link|xy|point|screen)\w*$",
    r"^(?:press_?keys?|key_?press|navigate_?home)$",
)
_GUI_VERB = _any(
    r"^(?:\w+[._-])?(?:click|tap|swipe|hover|press|go_?back|long_?press|wait|new_?tab|select_?option)$",
    r"^(?:\w+[._-])?(?:scroll|drag|fill|navigate)(?:_\w+)?$",
    r"^(?:\w+[._-])?(?:type(?:_?text)?|input_?text|goto(?:_url)?|open_?(?:url|app|tab)|switch_?(?:tab|window))$",
)
_WEB_TOOL = _any(
    r"(?:^|[_.-])(?:web|internet|google|bing|brave|duckduckgo|ddg|online|wiki(?:pedia)?)[_.-]?"
    r"(?:search|browse|fetch|query|lookup|page|answer|read)\w*$",
    r"^(?:tavily|serp(?:api|er)?|exa|perplexity|searx\w*|kagi|jina)(?:[_.-]\w+)?$",
    r"^search(?:[_-](?:web|internet|google|bing|online|the_web|engine|arxiv|scholar|papers|news|wikipedia))?$",
    r"^(?:news|scholar|arxiv)[_-]?search$",
    r"^(?:fetch|open|read|visit|scrape|crawl|get|browse|load)[_-]?(?:url|page|web\w*|site|link|html|article)\w*$",
    r"^(?:fetch|browse|browser|scrape|crawl|web|google)$",
)
_CODE_TOOL = _any(
    r"^(?:\w+[._-])?(?:bash|shell|terminal|exec(?:ute)?_?(?:command|code|python|shell|bash)?)$",
    r"^(?:\w+[._-])?run_?(?:command|shell|tests?|python|code)\w*$",
    r"^(?:\w+[._-])?(?:read|write|edit|create|view|open|list|patch|delete)_?(?:files?|dir|directory)\w*$",
    r"^(?:apply_?(?:patch|diff)|str_?replace\w*|grep\w*|glob|edit|write|read|git_\w+|python\w*|notebook\w*)$",
    r"^(?:code_\w+|search_(?:code|files|dir|repo)\w*)$",
)

# Wording of a system prompt that sets up an agent for a screen.
_GUI_ROLE = _any(
    r"(?:operat|control|navigat|interact|automat|browse)\w*\s+(?:\w+\s+){0,4}?"
    r"(?:browser|computer|desktop|phone|smartphone|(?:mobile )?device|gui|screen|user interface|web ?page|website)\b",
    r"\buses? (?:a|the) (?:web )?(?:browser|computer|phone)\b",
    r"pyautogui|accessibility tree|computer[ -]use\b|gui agent|web agent\b",
    r"screenshots?\b.{0,80}\b(?:action|click|step|coordinate)",
    r"action_?(?:type|space)\W.{0,400}(?:click|tap|scroll)",
    r"\b(?:click|tap)\s?[\[(].{0,400}\b(?:type|scroll|swipe|input_text)\s?[\[(]",
    flags=re.I | re.S,
)
# Wording that goes with a screenshot: to act on it, or only to look at it.
_GUI_ASK = _any(
    r"\b(?:click|tap|press|scroll|swipe|fill (?:in|out)|select|choose|open|close|log ?in|sign in|type|enter)\b",
    r"\b(?:go to|navigate|check out|drag|toggle|submit|book|next (?:action|step))\b",
    r"\b(?:klick|öffne|cliqu|ouvr)\w*|\b(?:haz clic|abre|clica|clicca|apri)\b",
    r"点击|打开|クリック|タップ|нажми|открой",
    flags=re.I,
)
_LOOK_ASK = _any(
    r"\b(?:what|describe|caption|read|transcribe|extract|explain|summari[sz]e|how many)\b",
    r"\b(?:who|why|which|identify|translate|ocr)\b",
    flags=re.I,
)
_TODAY = _any(
    r"\b(?:right now|at the moment|as of (?:today|now)|today(?:'s)?|tonight|tomorrow(?:'s)?)\b",
    r"\bthis (?:morning|afternoon|evening|week(?:end)?)\b",
    r"\b(?:live|breaking|real[- ]?time|up[- ]to[- ]date|latest|current(?:ly)?|just (?:in|now))\b",
    r"\b(?:heute|jetzt|aktuell\w*|gerade|aujourd'hui|actuel\w*|maintenant|hoy|ahora|actual\w*|hoje|agora)\b",
    r"\b(?:oggi|adesso|attual\w*|vandaag|nu|dziś|teraz|сегодня|сейчас)\b",
    r"今天|现在|最新|今日|今(?=の|、)|現在|오늘|지금",
    flags=re.I,
)


def long_limit(windows: Sequence[int]) -> int:
    """Tokens from which a request is `long_context`, given the context windows of the policy's models."""
    cloud = [window for window in windows if window >= _CLOUD_WINDOW]
    return min([LONG_TOKENS, *(window // 2 for window in cloud)])


def drives_a_screen(view: View) -> str | None:
    """Why this is computer use, or None: such tools, an agent's role, or a screenshot with an instruction."""
    if any(_GUI_TOOL.match(name) for name in view.tools):
        return "a tool drives a computer, browser or phone"
    if sum(bool(_GUI_VERB.match(name)) for name in view.tools) >= 2:
        return "the tools click, type and navigate"
    if not view.tools and view.system and _GUI_ROLE.search(view.system):
        return "the system prompt sets up an agent that drives a screen"
    if view.images and _GUI_ASK.search(view.text) and not _LOOK_ASK.search(view.text):
        return "an image with an instruction to act on it"
    return None


def searches_the_web(view: View) -> bool:
    """Whether the offered tools are those of web research: search and fetch, and little else."""
    web = sum(bool(_WEB_TOOL.search(name)) for name in view.tools)
    return bool(web) and web * 2 >= len(view.tools)


def edits_code(view: View) -> bool:
    """Whether the tools are a coding agent's: files, shell, tests."""
    code = sum(bool(_CODE_TOOL.match(name)) for name in view.tools)
    return code >= 1 and code * 2 >= len(view.tools)


def asked_for_a_tool(view: View, text: str) -> str | None:
    """Why the request is for one of the tools: half of the words of its name, two at least, stand in the request.

    Not for a coding agent's tools, nor for long texts: what these hold is not a call.
    """
    if len(text) > _CALL_CHARS or edits_code(view):
        return None
    asked = _stems(text.lower())
    for name in view.tools:
        stems = _stems(name)
        if len(stems & asked) >= max(2, len(stems) / 2):
            return "the request names what a tool does"
    return None


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in _NAME_WORD.findall(text)}


def needs_today(text: str) -> bool:
    """Whether the wording asks for facts of today."""
    return _TODAY.search(text[:400]) is not None or _TODAY.search(text[-200:]) is not None
