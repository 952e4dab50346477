"""Request → Task: what kind of work is asked for, how sure we are, and why.

`classify` is the only door. It reads what is certain first (a stated task, size, tools, attachments), then asks the
built-in classifier, and sends doubt up a tier, never down. Pure: the same request gives the same Task.
"""

from ringfence.tasks.classify import MIN_CONFIDENCE, classify

__all__ = ["MIN_CONFIDENCE", "classify"]
