"""The first of the two clearance checks (I1); the second, in dispatch, shares no code with it but the labels."""

from __future__ import annotations

from ringfence.rules import Model


def missing(model: Model, labels: tuple[str, ...]) -> tuple[str, ...]:
    """The labels that a model is not cleared for, sorted; empty means that it may see the request."""
    return model.clearance.missing(labels, model.locality)
