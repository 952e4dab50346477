"""`make_gate`: a gate over a small policy, with whatever keys a test adds to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ringfence.gate import Gate
from ringfence.rules import parse_policy

POLICY = {
    "ringfence": 1,
    "name": "test",
    "models": {"local": {"model": "ollama_chat/qwen3.5:9b"}},
    "routes": {"simple": ["local"]},
}


@pytest.fixture
def make_gate() -> Callable[..., Gate]:
    """`make_gate(names="off", limits={…}, taint=…, clock=…, labels={…}, rules=[…])`."""

    def make(
        *,
        names: str = "off",
        limits: dict[str, int] | None = None,
        taint: Any = None,
        clock: Any = None,
        gate: Any = None,
        **policy: Any,
    ) -> Gate:
        import yaml

        spec = gate or {"names": names, "limits": {"ms": 60_000, **(limits or {})}}
        parsed = parse_policy(yaml.safe_dump({**POLICY, "gate": spec, **policy}))
        return Gate(parsed, taint=taint, **({"clock": clock} if clock else {}))

    return make
