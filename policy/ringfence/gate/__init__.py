"""Request → Findings: which labels a request carries, what they rest on, and where it stands."""

from ringfence.gate.gate import Gate
from ringfence.gate.taint import TaintLookup, TaintMatch, labelled_results, texts_of

__all__ = ["Gate", "TaintLookup", "TaintMatch", "labelled_results", "texts_of"]
