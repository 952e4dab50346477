"""Request → Findings: which labels a request carries, what they rest on, and where it stands."""

from ringfence.gate.gate import Gate
from ringfence.gate.taint import TaintLookup

__all__ = ["Gate", "TaintLookup"]
