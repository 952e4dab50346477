"""Request → Task: what kind of work is asked for, how sure we are, and why.

`classify` reads what is certain first (a stated task, size, tools, attachments), then asks the built-in classifier, and
sends doubt up a tier, never down. `Question` is what a small model may be asked besides (`classifier.model` of the
policy). Pure: the same request gives the same Task.
"""

from ringfence.tasks.classify import MIN_CONFIDENCE, classify
from ringfence.tasks.head import with_fitted
from ringfence.tasks.model import built_in
from ringfence.tasks.question import Question, kind_in

__all__ = ["MIN_CONFIDENCE", "Question", "built_in", "classify", "kind_in", "with_fitted"]
