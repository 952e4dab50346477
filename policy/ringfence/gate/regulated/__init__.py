"""Regulated content: texts that are sensitive by what they tell, with no name or number in them.

Wording of real cases and official markings (`cues.yaml`) decide first; a small model over words and their vectors
(`model.py`) adds what they miss, and never takes a finding away.
"""

from __future__ import annotations

from ringfence.gate.recognizer import Recognizer
from ringfence.gate.regulated.recognizer import RegulatedRecognizer

__all__ = ["recognizers"]


def recognizers() -> tuple[Recognizer, ...]:
    """The recognisers of this room."""
    return (RegulatedRecognizer(),)
