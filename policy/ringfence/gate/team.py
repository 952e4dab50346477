"""A team's own Presidio recognisers, run by Presidio's AnalyzerEngine beside ours.

The engine is Presidio's: its registry loads the file's content, its `PatternRecognizer` matches, its enhancer raises
scores by context words. What stands around it is ours: the text comes in windows, since the enhancer is quadratic in
the words of a text; words are split by one pattern instead of a language model, so that nothing is downloaded and the
time stays small; and a pattern that runs away ends the reading, where Presidio would log it and go on without it.
"""

from __future__ import annotations

import importlib
import logging
import re
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from ringfence.gate.deadline import OutOfTime
from ringfence.gate.recognizer import Hit, Text
from ringfence.rules import PresidioFile

WINDOW, OVERLAP = 4000, 400
"""Characters shown to the engine at a time. What is longer than the overlap may be cut at the edge of a window."""
_WORD = re.compile(r"\w+|[^\w\s]")


class TeamRecognizers:
    """All recognisers of one file. The engine is made on first use; threads may share it after that."""

    name = "presidio"

    def __init__(self, file: PresidioFile, *, threshold: float, seconds: float) -> None:
        """`seconds` is the most that one pattern may take on one window."""
        self._file = file
        self._threshold = threshold
        self._seconds = seconds
        self._lock = threading.Lock()
        self._engine: Any = None

    @property
    def is_loaded(self) -> bool:
        return self._engine is not None

    def load(self) -> None:
        """Import Presidio and make the engine; takes seconds, once a process."""
        with self._lock:
            if self._engine is None:
                self._engine = _engine(self._file, self._seconds)

    def find(self, text: Text) -> Iterator[Hit]:
        """What the file's recognisers find, in each of their languages. The keys that lead to a value are context."""
        self.load()
        context = text.key.split()
        for start in range(0, max(len(text.value) - OVERLAP, 1), WINDOW - OVERLAP):
            window = text.value[start : start + WINDOW]
            for language in self._engine.supported_languages:
                for result in _analyze(self._engine, window, language, context, self._threshold):
                    yield Hit(
                        entity=result.entity_type,
                        start=start + result.start,
                        end=start + result.end,
                        score=float(result.score),
                        why="the team's own recogniser",
                    )


def _analyze(
    engine: Any, text: str, language: str, context: list[str], threshold: float
) -> Iterable[Any]:
    _WORKING.here = True
    try:
        return engine.analyze(  # type: ignore[no-any-return]
            text=text, language=language, context=context, score_threshold=threshold
        )
    finally:
        _WORKING.here = False


def _engine(file: PresidioFile, seconds: float) -> Any:
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer
    from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider

    configuration = file.configuration()
    languages = configuration["supported_languages"]
    registry = RecognizerRegistryProvider(
        registry_configuration=configuration
    ).create_recognizer_registry()
    if len(registry.recognizers) != len(configuration["recognizers"]):
        raise RuntimeError("presidio left recognisers out")
    for recognizer in registry.recognizers:
        for pattern in recognizer.patterns:
            _bind(pattern, recognizer.global_regex_flags, seconds)
    logging.getLogger("presidio-analyzer").addFilter(_is_wanted)
    return AnalyzerEngine(
        registry=registry,
        nlp_engine=_words_only(languages),
        supported_languages=languages,
        context_aware_enhancer=LemmaContextAwareEnhancer(),
    )


def _words_only(languages: list[str]) -> Any:
    """What Presidio's enhancer needs of language: words, where they begin, and which of them say nothing."""
    from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

    stop_words = {language: _stop_words(language) for language in languages}

    class WordEngine(NlpEngine):  # type: ignore[misc]
        def load(self) -> None:
            pass

        def is_loaded(self) -> bool:
            return True

        def process_text(self, text: str, language: str) -> Any:
            found = list(_WORD.finditer(text))
            words = [match.group() for match in found]
            return NlpArtifacts(
                entities=[],
                tokens=words,
                tokens_indices=[match.start() for match in found],
                lemmas=[word.lower() for word in words],
                nlp_engine=self,
                language=language,
            )

        def process_batch(self, texts: Iterable[str], language: str, *_: Any, **__: Any) -> Any:
            return ((text, self.process_text(text, language)) for text in texts)

        def is_stopword(self, word: str, language: str) -> bool:
            return word in stop_words[language]

        def is_punct(self, word: str, _: str) -> bool:
            return not word.isalnum()

        def get_supported_entities(self) -> list[str]:
            return []

        def get_supported_languages(self) -> list[str]:
            return languages

    return WordEngine()


def _stop_words(language: str) -> frozenset[str]:
    try:
        module = importlib.import_module(f"spacy.lang.{language[:2]}.stop_words")
    except ImportError:
        return frozenset()
    return frozenset(module.STOP_WORDS)


class _Bounded:
    """A compiled pattern that ends the reading when it runs away."""

    def __init__(self, pattern: Any, seconds: float) -> None:
        self._pattern = pattern
        self._seconds = seconds

    def finditer(self, text: str, **_: Any) -> Iterator[Any]:
        try:
            yield from self._pattern.finditer(text, timeout=self._seconds)
        except TimeoutError:
            raise OutOfTime from None


def _bind(pattern: Any, flags: int, seconds: float) -> None:
    import regex

    pattern.compiled_regex = _Bounded(regex.compile(pattern.regex, flags=flags), seconds)
    pattern.compiled_with_flags = flags


_WORKING = threading.local()


def _is_wanted(_: logging.LogRecord) -> bool:
    """Presidio's debug lines quote the words around a match; while it works for us they go nowhere (I4)."""
    return not getattr(_WORKING, "here", False)
