"""Text → numbers, the same way in training and at run time.

Dense: the mean of its words' vectors (of the whole text, and again of its first and last words, where instructions
stand; and of the system prompt, apart), each of one length; the counts of marks that show shape (code, formulae, log
lines); and cues, words that name an activity ("summarise", "audit"), counted at both ends of the text.
Sparse: the words and word pairs themselves, hashed, of the whole and again of each end; each counts once however often
it is repeated, so padding gains little.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ringfence.tasks.words import Words

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

BUCKETS = 1 << 15
"""Hash buckets of words and word pairs, in each block."""
BLOCKS = 4

EDGE = 24
"""Words at each end that count again as the instruction."""
SYSTEM_CHARS = 500

_CUE_HEAD, _CUE_TAIL = 220, 180
_NUMBERS = ("", "1", "10", "100", "2000")
"""What stands for a number of so many digits: which number it is says nothing of the task."""
_MIX = 0x9E3779B1
_PAIR = 0x5BD1E995
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")

# Each shape is the sum of its marks' counts: cheap enough to take on every call.
SHAPES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("fence", ("```",)),
    ("python", ("def ", "import ", "self.", "return ", "print(", "elif ")),
    ("c-like", ("#include", "public ", "void ", "();", "= new ", "=> ", "function ", "const ", "//", "&&")),
    ("block", ("{\n", ";\n", "):\n")),
    ("diff", ("\n+", "\n-", "@@ ", "diff --git")),
    ("trace", ("Traceback", "Exception", "Error:", "\n  File ", "\tat ")),
    ("formula", ("$", "\\frac", "\\", "^{", "^2", "_{")),
    ("equals", (" = ", "=", "≤", "≥")),
    ("level", ("INFO", "WARN", "ERROR", "DEBUG", "FATAL", "info:", "error:")),
    ("clock", (":0", ":1", ":2", ":3", ":4", ":5")),
    ("bullet", ("\n- ", "\n* ", "\n1.", "\n2.", "\n• ")),
    ("option", ("(A)", "(B)", "\nA)", "\nA.", "\nB.", "- Yes", "Options")),
    ("json", ('{"', '":', '["')),
    ("markup", ("</", "/>")),
    ("colon line", (":\n",)),
    ("url", ("http", "www.")),
    ("quote", ('"', "“")),
    ("bracket", ("[", "<", "{")),
    ("assert", ("assert ", ">>> ", "Input:", "Output:", "input:", "Example")),
    ("question", ("?", "？")),
    ("sentence", (". ", "。")),
    ("comma", (",",)),
)  # fmt: skip


# An activity and the stems that name it, lower case. Found as substrings, so "summar" finds every form of it.
CUES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("summarise", ("summar", "tl;dr", "tldr", "recap", "key points", "main points", "gist", "condense", "abstract", "distil",
                   "boil", "few words", "headline", "highlight", "synopsis", "zusammenfass", "résum", "resum", "riassu", "总结", "摘要", "要約", "요약")),
    ("classify", ("classif", "sentiment", "positive", "negative", "label", "categor", "spam", "section", "rating", "stars", "rate ",
                  "topic", "tone", "tag ", "score", "which of", "klassifi", "clasific", "分类", "判断")),
    ("compare sentences", ("paraphras", "same thing", "the same", "entail", "duplicate", "sentence 1", "sentence 2", "premise", "mean the", "equivalent", "rewrit")),
    ("yes or no", ("yes or no", "true or false", "yes/no", "- yes", "yes, no", "is this", "does the", "does this")),
    ("extract", ("extract", "entit", "keyword", "concept", "find the name", "list all", "pull out", "fields", "mentioned", "extrah", "extra", "提取", "抽出")),
    ("read", ("context", "passage", "article", "answer the", "based on", "the text", "paragraph", "document", "plot", "span", "excerpt")),
    ("convert", ("convert", "format", "template", "parse", "normali", "csv", "json", "yaml", "xml", "wildcard", "replac", "transform", "wandle", "转换")),
    ("log", ("log ", "logs", "log:", "timestamp", "syslog")),
    ("code", ("function", "script", "program", "implement", "class ", "code", "sql", "regex", "python", "javascript", "java", "bash", "html", "api", "def ", "return ")),
    ("contest", ("you are given", "constraints", "example 1", "sample input", "test case", "input:", "modulo", "assert")),
    ("query", ("query", "table", "column", "headers", "database", "rows", "record")),
    ("review", ("review", "pull request", " pr ", "diff", "patch", "lgtm", "hunk", "commit", "refactor")),
    ("security", ("vulnerab", "security", "audit", "exploit", "threat", "attack", "cwe", "injection", "sicherheit", "seguridad", "漏洞")),
    ("architecture", ("architect", "design a", "scal", "trade-off", "migrat", "distributed", "failover", "consisten", "latency", "throughput", "microservice", "架构")),
    ("defect", ("bug", "error", "crash", "exception", "regression", "expected", "reproduce", "fails", "traceback", "deadlock", "race", "root cause", "version")),
    ("prove", ("prove", "proof", "show that", "theorem", "derive", "beweis", "demuestra", "démontr", "证明", "证")),
    ("compute", ("probability", "compute", "equation", "integer", "triangle", "solve", "evaluate", "determine", "sum of", "how many", "value of", "polynomial", "matrix")),
    ("reason", ("options:", "valid or", "invalid", "step by step", "puzzle", "logic", "reasoning", "infer", "starting point", "which of the following")),
    ("today", ("today", "right now", "latest", "current", "tomorrow", "tonight", "this week", "now", "heute", "aujourd", "hoy", "今天", "今日", "сегодня", "오늘")),
    ("live", ("weather", "forecast", "rain", "temperature", "news", "stock", "price of", "exchange rate", "traffic", "score", "trading", "flight", "wetter", "tiempo", "météo", "天气", "天気", "날씨", "погод")),
    ("screen", ("click", " tap", " app", "button", "screen", "browser", "tab", "scroll", "settings", "menu", "icon", "cursor", "window", "点击", "打开", "クリック", "アプリ")),
    ("site", ("website", "cart", "log in", "checkout", "on the site", "webpage", "repo", "forum", "subreddit", "merge request", "objective", "search for", "form", "my order", "store")),
    ("research", ("research", "sources", "papers", "cite", "citation", "references", "literature", "studies", "compare", "find out", "look up", "evidence")),
    ("facts", ("which year", "what year", "founded", "directed", "who was", "who is", "who were", "released", "born", "conference", "deadline", "located", "award", "university", "in which")),
    ("write", ("write a", "draft", "email", "letter", "poem", "story", "compose", "translat", "reply", "post", "speech", "essay", "schreib", "écris", "escrib", "写")),
    ("explain", ("explain", "what is", "how do", "how does", "why ", "difference", "tips", "recommend", "advice", "suggest", "ideas", "plan ")),
    ("chore", ("alarm", "remind", "play ", "call ", "schedule", "timer", "calendar", "reserve", "order ", "book a", "turn o", "volume", "shopping list", "transfer", "balance")),
    ("shell", ("directory", "folder", "files", "file ", "lines", "linux", "/home", "/var", "/etc", "command line", "ubuntu", "installed")),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """A text as numbers: the `dense` vector, and the `buckets` that its words fall in with the weight of each.

    There are `BLOCKS` times `BUCKETS` buckets: for the whole, its head, its tail and the system prompt.
    """

    dense: Floats
    buckets: Ints
    weights: Floats


def extract(words: Words, text: str, *, length: int, system: str = "") -> Features:
    """The features of a user's turn (already cut to what is read; `length` before) and of its system prompt."""
    import numpy as np

    lower = text.lower()
    tokens = words.ids(_plain(lower))
    role = words.ids(_plain(system[:SYSTEM_CHARS].lower()))
    vectors = words.vectors(tokens)
    dense = np.concatenate(
        (
            _mean(vectors),
            _mean(vectors[:EDGE]),
            _mean(vectors[-EDGE:]),
            _mean(words.vectors(role)),
            _numbers(text, lower, length=length, words=len(tokens), system=bool(system)),
        )
    )
    buckets, weights = _buckets((tokens, tokens[:EDGE], tokens[-EDGE:], role[: 2 * EDGE]))
    return Features(dense=dense, buckets=buckets, weights=weights)


def _plain(lower: str) -> list[str]:
    found = _TOKEN.findall(lower)
    return [_NUMBERS[min(len(word), 4)] if word[0] in "0123456789" else word for word in found]


def _mean(vectors: Floats) -> Floats:
    """The direction of the sum, four long so that it weighs with the shapes; zero for no words."""
    total = vectors.sum(axis=0)
    length = float(total @ total) ** 0.5
    return total * (4.0 / length) if length else total


def _buckets(parts: Sequence[Sequence[int]]) -> tuple[Ints, Floats]:
    """The buckets of each part's words and word pairs, once each, and 1/√(how many the part has) for each."""
    import numpy as np

    seen = np.zeros((len(parts), BUCKETS), dtype=np.bool_)
    for block, part in enumerate(parts):
        rows = np.array(part, dtype=np.int64)
        hashes = np.concatenate((rows, rows[:-1] * _PAIR + rows[1:] + 1)) * _MIX & 0xFFFFFFFF
        seen[block, (hashes ^ (hashes >> 15)) & (BUCKETS - 1)] = True
    counts = np.count_nonzero(seen, axis=1)
    return np.flatnonzero(seen), np.repeat(np.maximum(counts, 1) ** -0.5, counts).astype(np.float32)


def _numbers(text: str, lower: str, *, length: int, words: int, system: bool) -> Floats:
    import numpy as np

    cues = _cues(lower)
    short = length < 320
    nothing = [0.0] * len(cues)
    values = (
        *_shape(text, length=length, words=words, system=system),
        *(cues if short else nothing),
        *(nothing if short else cues),
    )
    return np.asarray(values, dtype=np.float32)


def _cues(lower: str) -> list[float]:
    ends = lower
    if len(lower) > _CUE_HEAD + _CUE_TAIL:
        ends = lower[:_CUE_HEAD] + "\n" + lower[-_CUE_TAIL:]
    return [min(sum(stem in ends for stem in stems), 2) / 2 for _, stems in CUES]


def _shape(text: str, *, length: int, words: int, system: bool) -> tuple[float, ...]:
    size = max(len(text), 1)
    lines = text.count("\n") + 1
    counts = [sum(map(text.count, marks)) for _, marks in SHAPES]
    return (
        log1p(length) / 8.0,
        log1p(words) / 6.0,
        log1p(lines) / 4.0,
        log1p(size / lines) / 6.0,
        sum(map(text.count, "0123456789")) / size * 4,
        float(text.isascii()),
        float(text.islower()),
        float(text.rstrip().endswith(("?", "？"))),
        float(system),
        float(length < 60),
        float(length < 320),
        float(length > 1200),
        *(min(count, 8) / 8 for count in counts),
        *(float(count > 0) for count in counts),
    )
