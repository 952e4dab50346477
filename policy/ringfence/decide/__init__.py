"""From what is known of a request to a Decision: filter, then rank. Pure, and the same for every door (I9)."""

from ringfence.decide.decision import Ask, decide
from ringfence.decide.refusals import as_error

__all__ = ["Ask", "as_error", "decide"]
