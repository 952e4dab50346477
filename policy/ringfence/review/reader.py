"""A policy's own gate and classifier, stood up to look at requests: nothing is sent, nothing recorded."""

from __future__ import annotations

from ringfence.gate import Gate
from ringfence.request import Request
from ringfence.rules import Policy
from ringfence.tasks import built_in, classify, with_fitted
from ringfence.types import Size, Task


class Reader:
    """What a policy makes of a request before it decides."""

    def __init__(self, policy: Policy) -> None:
        self.gate = Gate(policy)
        self._min_confidence = policy.document.classifier.min_confidence
        self._classifier = with_fitted(built_in(), policy.fitted) if policy.fitted else None
        self._windows = tuple(sorted(m.facts.context_window for m in policy.models.values()))

    def task(self, request: Request, size: Size) -> Task:
        return classify(
            request,
            size,
            windows=self._windows,
            min_confidence=self._min_confidence,
            classifier=self._classifier,
        )
