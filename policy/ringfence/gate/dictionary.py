"""Where phrases of a dictionary stand in a text: one pass over its words, each distinct one hashed once."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.rules.dictionaries import Dictionary
from ringfence.rules.phrases import MAX_GAP, fold, readings, words_in


def spans(dictionary: Dictionary, text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every phrase. Linear: few words begin a phrase, and a phrase has few words."""
    for reading in readings(text):
        for start, end in _spans(dictionary, reading.text):
            yield reading.span(start, end)


def _spans(dictionary: Dictionary, text: str) -> Iterator[tuple[int, int]]:
    lengths: dict[str, tuple[int, ...]] = {}
    for match in words_in(text):
        word = match.group()
        possible = lengths.get(word)
        if possible is None:
            possible = lengths[word] = _lengths(dictionary, fold(word))
        if possible:
            yield from _phrases(dictionary, text, match.start(), possible)


def _lengths(dictionary: Dictionary, folded: str) -> tuple[int, ...]:
    """How many words the phrases may have that begin with this one; none for most words."""
    hashed = dictionary.hash(folded)
    single = (1,) if hashed in dictionary.phrases.get(1, ()) else ()
    return single + (dictionary.longer if hashed in dictionary.starts else ())


def _phrases(
    dictionary: Dictionary, text: str, start: int, lengths: tuple[int, ...]
) -> Iterator[tuple[int, int]]:
    """The phrases that begin at a place."""
    run: list[str] = []
    end = start
    for match in words_in(text, start):
        if match.start() - end > MAX_GAP:
            return
        if not (word := fold(match.group())):
            continue
        run.append(word)
        end = match.end()
        if len(run) in lengths and dictionary.hash(" ".join(run)) in dictionary.phrases[len(run)]:
            yield start, end
        if len(run) == lengths[-1]:
            return
