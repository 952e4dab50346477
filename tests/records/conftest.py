"""A decision as the engine would make it, and a ledger in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from ringfence.records import Ledger
from ringfence.types import (
    Candidate,
    Decision,
    Dropped,
    Finding,
    Locality,
    Outcome,
    PolicyRef,
    Size,
    Task,
    TaskKind,
)

KEY = bytes(range(32))


@pytest.fixture
def key() -> bytes:
    return KEY


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with Ledger.open(path, key=KEY) as opened:
        yield opened


@pytest.fixture
def make_decision() -> Callable[..., Decision]:
    def make(
        usd: str = "0.01",
        *,
        labels: tuple[str, ...] = (),
        findings: tuple[Finding, ...] = (),
        request_id: str = "req_1",
        models: tuple[str, ...] = ("cloud-model",),
        outcome: Outcome = Outcome.ROUTE,
    ) -> Decision:
        candidates = tuple(
            Candidate(model=model, locality=Locality.CLOUD, expected_usd=Decimal(usd))
            for model in models
        )
        return Decision(
            id="dec_1",
            request_id=request_id,
            labels=labels,
            findings=findings,
            task=Task(kind=TaskKind.STANDARD, confidence=1.0, source="caller"),
            size=Size(input_tokens=10),
            candidates=candidates,
            dropped=(Dropped(model="opus", filter="clearance", reason="not cleared for pii"),),
            outcome=outcome,
            policy=PolicyRef(name="p", serial=1, digest="sha256:policy", source="p.yaml"),
            catalog_digest="sha256:catalog",
        )

    return make
