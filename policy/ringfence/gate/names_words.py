"""Word lists in many languages about what stands around a name (`names_words.yaml`), and names known to all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any

_WORD = re.compile(r"""[^\s.,;:!?"“”„«»()\[\]{}<>/|…—–·=、。，；：？！؟،؛।*_#`]+""")
_UNSPACED = "\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_PREFIXED = re.compile("[وفبلك]?(?:ال)?(?=[\u0600-\u06ff]{2})|[והבלמש]{0,2}(?=[\u0590-\u05ff]{2})")
"""Arabic and Hebrew write "and", "in", "to", "the" as one with the word."""
_BLOCK, _PHRASE = 400, 40
"""Characters read at once, and how far a phrase that begins in them may go on."""
_HEAD = 3
"""Letters of the shortest stem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    """Every list's words, so that one look-up a word asks them all."""

    words: dict[str, tuple[str, ...]]
    """The lists that a word stands in."""
    stems: dict[str, tuple[tuple[str, str], ...]]
    """Stem and list, by the stem's first letters."""
    phrases: dict[str, tuple[tuple[tuple[str, ...], str], ...]]
    """The words after the first, and the list, by the first."""


class Window:
    """A stretch of text whose words are looked up once, however many lists are asked."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._ascii = text.isascii()

    @cached_property
    def _by_words(self) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = {}
        for name, said, _ in _said([_bare(word) for word in _WORD.findall(self.text.lower())]):
            found.setdefault(name, set()).add(said)
        return found

    def says(self, name: str) -> bool:
        """Whether something of the list `name` stands here."""
        if name in self._by_words:
            return True
        pattern = _pattern(name, self._ascii)
        return pattern is not None and pattern.search(self.text) is not None

    def different(self, name: str) -> int:
        """How many different things of a list stand here."""
        pattern = _pattern(name, self._ascii)
        more = {match.group().lower() for match in pattern.finditer(self.text)} if pattern else ()
        return len(self._by_words.get(name, ())) + len(more)


class Places:
    """Where the things of the lists stand in a text, found block by block where somebody asks."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ascii = text.isascii()
        self._words: dict[int, dict[str, list[int]]] = {}
        self._patterns: dict[tuple[str, int], list[int]] = {}

    def near(self, name: str, start: int, end: int, reach: int) -> bool:
        """Whether something of the list begins within `reach` of `text[start:end]`, but not in it."""
        low, high = max(0, start - reach), end + reach
        return any(
            low <= at < start or end <= at < high
            for block in range(low // _BLOCK, high // _BLOCK + 1)
            for found in (self._by_words(block).get(name, ()), self._by_pattern(name, block))
            for at in found
        )

    def _by_words(self, block: int) -> dict[str, list[int]]:
        if block not in self._words:
            begin, part = self._part(block)
            matches = list(_WORD.finditer(part))
            places: dict[str, list[int]] = {}
            for name, _, at in _said([_bare(match.group().lower()) for match in matches]):
                places.setdefault(name, []).append(begin + matches[at].start())
            self._words[block] = places
        return self._words[block]

    def _by_pattern(self, name: str, block: int) -> list[int]:
        pattern, key = _pattern(name, self._ascii), (name, block)
        if pattern is None:
            return []
        if key not in self._patterns:
            begin, part = self._part(block)
            self._patterns[key] = [begin + match.start() for match in pattern.finditer(part)]
        return self._patterns[key]

    def _part(self, block: int) -> tuple[int, str]:
        """A block from its first whole word on; the word that its beginning cuts belongs to the block before."""
        begin, high = block * _BLOCK, (block + 1) * _BLOCK
        while 0 < begin < high and self._text[begin - 1 : begin].isalpha():
            begin += 1
        return begin, self._text[begin : high + _PHRASE]


def is_known(kind: str, name: str) -> bool:
    """Whether a name is of a `kind` (`sample`, `public`) that belongs to nobody in private."""
    return _folded(name) in _known()[kind]


def is_sample_beside(word: str, around: str) -> bool:
    """Whether `word` is part of a sample person's name whose other part stands near: `Jane`, `lastName: Doe`."""
    others = {
        part for name in _known()["sample"] if word.lower() in name.split() for part in name.split()
    }
    return bool((others - {word.lower()}) & set(_words(around)))


def _said(words: list[str]) -> Iterator[tuple[str, str, int]]:
    """List, what of it stands there, and the number of its first word."""
    index = _index()
    for at, word in enumerate(words):
        for form in (word,) if word.isascii() else {word, _without_prefix(word)}:
            if form in index.words:
                for name in index.words[form]:
                    yield name, form, at
            if form[:_HEAD] in index.stems:
                for stem, name in index.stems[form[:_HEAD]]:
                    if form.startswith(stem):
                        yield name, form, at
        if word in index.phrases:
            yield from _phrases(words, at)


def _phrases(words: list[str], at: int) -> Iterator[tuple[str, str, int]]:
    for rest, name in _index().phrases[words[at]]:
        if tuple(words[at + 1 : at + 1 + len(rest)]) == rest:
            yield name, " ".join((words[at], *rest)), at


def _words(text: str) -> list[str]:
    return [_bare(word) for word in _WORD.findall(text.lower())]


def _bare(word: str) -> str:
    return word if word.isalpha() else word.strip("'’-¿¡").removesuffix("'s").removesuffix("’s")


def _without_prefix(word: str) -> str:
    bare = _PREFIXED.match(word)
    return word[bare.end() :] if bare else word


def _folded(name: str) -> str:
    return " ".join(re.sub(r"['’]s?$", "", name.lower().strip(" .,")).split())


@lru_cache(maxsize=1)
def _known() -> Mapping[str, frozenset[str]]:
    found = {}
    for line in _read("names_known.txt").splitlines():
        kind, colon, names = line.partition(":")
        if colon and not line.startswith("#"):
            found[kind] = frozenset(_folded(name) for name in names.split(", "))
    return found


@lru_cache(maxsize=1)
def _index() -> _Index:
    found = _Index(words={}, stems={}, phrases={})
    for name, entries in _lists().items():
        for entry in str(entries.get("words", "")).split():
            words = [] if _IS_UNSPACED.search(entry) else _words(entry.replace("_", " "))
            if len(words) > 1:
                first, *rest = words
                found.phrases[first] = (*found.phrases.get(first, ()), (tuple(rest), name))
            elif words and entry.endswith("*") and len(words[0]) >= _HEAD:
                head = words[0][:_HEAD]
                found.stems[head] = (*found.stems.get(head, ()), (words[0], name))
            elif words:
                found.words[words[0]] = (*found.words.get(words[0], ()), name)
    return found


@lru_cache(maxsize=16)
def _pattern(name: str, ascii_only: bool) -> Any:
    """One RE2 pattern of what words cannot say and of the scripts without spaces; None where there is nothing."""
    import re2

    entries = _lists()[name]
    unspaced = [
        re.escape(word)
        for word in str(entries.get("words", "")).split()
        if _IS_UNSPACED.search(word)
    ]
    patterns = [*entries.get("patterns", ()), *unspaced]
    return re2.compile("(?i)" + "|".join(patterns)) if patterns else None


@lru_cache(maxsize=1)
def _lists() -> Mapping[str, Any]:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    lists: Mapping[str, Any] = yaml.load(_read("names_words.yaml"), Loader=loader)  # noqa: S506  (safe)
    return lists


def _read(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")
