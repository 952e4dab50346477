"""The second of the two clearance checks (I1), at the one place where bytes are about to leave.

It believes nothing that was decided before: it asks the model's clearance again, for the labels of the decision.
Dispatch looks it up as `guard.check_clearance`, so that a test can take it away and see what then leaks.
"""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.rules import Model


class NotClearedHere(Exception):
    """The model may not see these labels. `labels` are those that it lacks, sorted."""

    def __init__(self, labels: tuple[str, ...]) -> None:
        self.labels = labels
        super().__init__(", ".join(labels))


def check_clearance(model: Model, labels: Iterable[str]) -> None:
    """Stop a request that a model is not cleared for.

    Raises:
        NotClearedHere: naming the labels that the model lacks.
    """
    missing = model.clearance.missing(labels, model.locality)
    if missing:
        raise NotClearedHere(missing)
