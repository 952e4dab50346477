"""A policy with its dispatcher, for tests of dispatch: decisions are written by hand, so that no other room matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import yaml

from ringfence.credentials import Credentials
from ringfence.dispatch import Answered, Dispatcher
from ringfence.errors import RingfenceError
from ringfence.request import Request
from ringfence.rules import Policy, parse_policy
from ringfence.types import (
    Attempt,
    Candidate,
    Decision,
    Outcome,
    Size,
    Task,
    TaskKind,
)

CLOUD = {"locality": "cloud", "price": {"input": 1, "output": 4}, "context_window": 32768}


class Recorder:
    """What dispatch told of its tries, in order."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def started(self, model: str) -> None:
        self.log.append(f"started {model}")

    def ended(self, attempt: Attempt) -> None:
        self.log.append(f"ended {attempt.model} {attempt.error or 'answered'}")


class Bench:
    """A policy with its dispatcher, and the shortest ways to ask it."""

    def __init__(
        self, models: Mapping[str, Any], env: Mapping[str, str] | None = None, **document: Any
    ) -> None:
        written = {
            "ringfence": 1,
            "name": "bench",
            "models": models,
            "routes": {"standard": list(models)},
        }
        self.policy: Policy = parse_policy(yaml.safe_dump({**written, **document}, sort_keys=False))
        self.dispatcher = Dispatcher(self.policy, credentials=Credentials(env or {}))
        self.recorder = Recorder()

    def decision(
        self, *names: str, labels: Sequence[str] = (), limit: int | None = None
    ) -> Decision:
        candidates = tuple(
            Candidate(
                model=name, locality=self.policy.models[name].locality, expected_usd=Decimal(0)
            )
            for name in names or self.policy.models
        )
        return Decision(
            id="dec_1",
            request_id="req_1",
            labels=tuple(labels),
            findings=(),
            task=Task(kind=TaskKind.STANDARD, confidence=1.0, source="caller"),
            size=Size(input_tokens=10),
            candidates=candidates,
            dropped=(),
            outcome=Outcome.ROUTE,
            policy=self.policy.ref,
            catalog_digest="sha256:0",
            max_output_tokens=limit,
        )

    async def ask(
        self, request: str | Mapping[str, Any] = "Hello?", *names: str, **decided: Any
    ) -> Answered:
        return await self.dispatcher.complete(
            self.decision(*names, **decided), request_of(request), record=self.recorder
        )

    async def error(
        self, request: str | Mapping[str, Any] = "Hello?", *names: str, **decided: Any
    ) -> RingfenceError:
        try:
            answered = await self.ask(request, *names, **decided)
        except RingfenceError as error:
            return error
        raise AssertionError(f"answered by {answered.model}")

    def stream(
        self, request: str | Mapping[str, Any] = "Hello?", *names: str, **decided: Any
    ) -> Any:
        return self.dispatcher.stream(
            self.decision(*names, **decided), request_of(request), record=self.recorder
        )


def request_of(request: str | Mapping[str, Any]) -> Request:
    return Request.from_text(request) if isinstance(request, str) else Request.parse(request)
