"""What the classifier counts besides words: marks that show a text's shape, and cues that name an activity.

Each is a list of literal strings, joined by `|`: finding literals is cheap enough to do on every call.
"""

from __future__ import annotations

from collections.abc import Mapping

_SHAPES: Mapping[str, str] = {
    "fence": "```",
    "python": "def |import |self.|return |print(|elif ",
    "c-like": "#include|public |void |();|= new |=> |function |const |//|&&",
    "block": "{\n|;\n|):\n",
    "diff": "\n+|\n-|@@ |diff --git",
    "trace": "Traceback|Exception|Error:|\n  File |\tat ",
    "formula": "$|\\frac|\\|^{|^2|_{",
    "equals": " = |=|≤|≥",
    "level": "INFO|WARN|ERROR|DEBUG|FATAL|info:|error:",
    "clock": ":0|:1|:2|:3|:4|:5",
    "bullet": "\n- |\n* |\n1.|\n2.|\n• ",
    "option": "(A)|(B)|\nA)|\nA.|\nB.|- Yes|Options",
    "json": '{"|":|["',
    "markup": "</|/>",
    "colon line": ":\n",
    "url": "http|www.",
    "quote": '"|“',
    "bracket": "[|<|{",
    "assert": "assert |>>> |Input:|Output:|input:|Example",
    "question": "?|？",
    "sentence": ". |。",
    "comma": ",",
}

# Stems in lower case: "summar" finds every form of the word.
_CUES: Mapping[str, str] = {
    "summarise": (
        "summar|tl;dr|tldr|recap|key points|main points|gist|condense|abstract|distil|boil|few words|"
        "headline|highlight|synopsis|zusammenfass|résum|resum|riassu|总结|摘要|要約|요약"
    ),
    "classify": (
        "classif|sentiment|positive|negative|label|categor|spam|section|rating|stars|rate |topic|"
        "tone|tag |score|which of|klassifi|clasific|分类|判断"
    ),
    "compare sentences": (
        "paraphras|same thing|the same|entail|duplicate|sentence 1|sentence 2|premise|mean the|"
        "equivalent|rewrit"
    ),
    "yes or no": "yes or no|true or false|yes/no|- yes|yes, no|is this|does the|does this",
    "extract": (
        "extract|entit|keyword|concept|find the name|list all|pull out|fields|mentioned|extrah|extra|"
        "提取|抽出"
    ),
    "read": "context|passage|article|answer the|based on|the text|paragraph|document|plot|span|excerpt",
    "convert": "convert|format|template|parse|normali|csv|json|yaml|xml|wildcard|replac|transform|wandle|转换",
    "log": "log |logs|log:|timestamp|syslog",
    "code": (
        "function|script|program|implement|class |code|sql|regex|python|javascript|java|bash|html|"
        "api|def |return "
    ),
    "contest": "you are given|constraints|example 1|sample input|test case|input:|modulo|assert",
    "query": "query|table|column|headers|database|rows|record",
    "review": "review|pull request| pr |diff|patch|lgtm|hunk|commit|refactor",
    "security": "vulnerab|security|audit|exploit|threat|attack|cwe|injection|sicherheit|seguridad|漏洞",
    "architecture": (
        "architect|design a|scal|trade-off|migrat|distributed|failover|consisten|latency|throughput|"
        "microservice|架构"
    ),
    "defect": (
        "bug|error|crash|exception|regression|expected|reproduce|fails|traceback|deadlock|race|"
        "root cause|version"
    ),
    "prove": "prove|proof|show that|theorem|derive|beweis|demuestra|démontr|证明|证",
    "compute": (
        "probability|compute|equation|integer|triangle|solve|evaluate|determine|sum of|how many|"
        "value of|polynomial|matrix"
    ),
    "reason": (
        "options:|valid or|invalid|step by step|puzzle|logic|reasoning|infer|starting point|"
        "which of the following"
    ),
    "today": (
        "today|right now|latest|current|tomorrow|tonight|this week|now|heute|aujourd|hoy|今天|今日|"
        "сегодня|오늘"
    ),
    "live": (
        "weather|forecast|rain|temperature|news|stock|price of|exchange rate|traffic|score|trading|"
        "flight|wetter|tiempo|météo|天气|天気|날씨|погод"
    ),
    "screen": (
        "click| tap| app|button|screen|browser|tab|scroll|settings|menu|icon|cursor|window|点击|打开|"
        "クリック|アプリ"
    ),
    "site": (
        "website|cart|log in|checkout|on the site|webpage|repo|forum|subreddit|merge request|"
        "objective|search for|form|my order|store"
    ),
    "research": (
        "research|sources|papers|cite|citation|references|literature|studies|compare|find out|"
        "look up|evidence"
    ),
    "facts": (
        "which year|what year|founded|directed|who was|who is|who were|released|born|conference|"
        "deadline|located|award|university|in which"
    ),
    "write": (
        "write a|draft|email|letter|poem|story|compose|translat|reply|post|speech|essay|schreib|"
        "écris|escrib|写"
    ),
    "explain": "explain|what is|how do|how does|why |difference|tips|recommend|advice|suggest|ideas|plan ",
    "chore": (
        "alarm|remind|play |call |schedule|timer|calendar|reserve|order |book a|turn o|volume|"
        "shopping list|transfer|balance"
    ),
    "shell": "directory|folder|files|file |lines|linux|/home|/var|/etc|command line|ubuntu|installed",
}

SHAPES = tuple(tuple(marks.split("|")) for marks in _SHAPES.values())
CUES = tuple(tuple(stems.split("|")) for stems in _CUES.values())
