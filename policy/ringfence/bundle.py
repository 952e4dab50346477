"""A policy and all that is made of it, as one value: what a request takes at its start and carries to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Self

from ringfence.asking import Asker
from ringfence.dispatch import Dispatcher
from ringfence.gate import Gate
from ringfence.records import Records
from ringfence.rules import Policy
from ringfence.tasks import built_in, with_fitted

if TYPE_CHECKING:
    from ringfence.credentials import Credentials
    from ringfence.tasks.model import Classifier


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bundle:
    """One policy in force. Nothing in it is ever changed; another policy is another bundle."""

    policy: Policy
    gate: Gate
    dispatcher: Dispatcher
    asker: Asker
    classifier: Classifier | None
    """The one that the policy fitted; the shipped one when None."""
    windows: tuple[int, ...]
    """The context windows of the policy's models, in tokens, ascending."""
    loaded_at: datetime

    @classmethod
    def of(
        cls,
        policy: Policy,
        *,
        records: Records,
        credentials: Credentials,
        clock: Callable[[], datetime],
    ) -> Self:
        """Stand a policy up. Nothing is connected or loaded before it is needed."""
        dispatcher = Dispatcher(policy, credentials=credentials)
        return cls(
            policy=policy,
            gate=Gate(policy, taint=records.taint),
            dispatcher=dispatcher,
            asker=Asker(policy, dispatcher=dispatcher, records=records, clock=clock),
            classifier=with_fitted(built_in(), policy.fitted)
            if policy.fitted is not None
            else None,
            windows=tuple(sorted(model.facts.context_window for model in policy.models.values())),
            loaded_at=clock(),
        )

    def warm(self) -> None:
        """Load what this policy alone needs; else its first requests wait for it."""
        self.gate.prepare()
