"""ringfence's recognisers inside a Presidio AnalyzerEngine, with its own anonymizer-ready results. No network.

python examples/presidio_engine.py
"""

import spacy
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine

from ringfence.gate.presidio import recognizers


class BlankEngine(SpacyNlpEngine):
    """Presidio's default would fetch a language model; our recognisers need none."""

    def __init__(self) -> None:
        super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
        self.nlp = {"en": spacy.blank("en")}


engine = AnalyzerEngine(
    registry=RecognizerRegistry(recognizers=recognizers()),
    nlp_engine=BlankEngine(),
    supported_languages=["en"],
)
text = "Card 4539 1488 0343 6467, my SSN is 219-09-9998, mail jane.roe [at] proton.me"
for result in sorted(engine.analyze(text=text, language="en")):
    print(f"{result.entity_type:13} {result.start:3}–{result.end:<3} {result.score:.2f}")
