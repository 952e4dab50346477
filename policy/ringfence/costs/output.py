"""How long an answer will be, before there is one: a planning figure for each kind of task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ringfence.types import Size, TaskKind


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputTokens:
    """Output tokens: half of the answers stay within `p50`, nine in ten within `p90`."""

    p50: int
    p90: int

    def to_dict(self) -> dict[str, Any]:
        return {"p50": self.p50, "p90": self.p90}


@dataclass(frozen=True, slots=True)
class _Basis:
    """A fixed part, and a share of the input in percent, for the median and for nine in ten."""

    fixed_p50: int
    percent_p50: int
    fixed_p90: int
    percent_p90: int
    why: str


# ringfence's own planning figures. The guide gives one ratio only: 10,000 tokens out for 100,000 in
# of an agent's session, which `complex` and `codegen` keep for large inputs.
_BASIS: Mapping[TaskKind, _Basis] = {
    TaskKind.SIMPLE: _Basis(60, 2, 300, 10, "a label, a few fields or a converted record"),
    TaskKind.STANDARD: _Basis(250, 5, 900, 15, "a summary, an answer or a tool call"),
    TaskKind.RESEARCH: _Basis(500, 5, 1500, 15, "a report on what was read"),
    TaskKind.CODEGEN: _Basis(600, 10, 2000, 30, "code, as long as what it changes"),
    TaskKind.COMPLEX: _Basis(900, 10, 3000, 30, "a review with its reasoning, which is output too"),
    TaskKind.LONG_CONTEXT: _Basis(800, 1, 2500, 2, "an answer from a large document"),
    TaskKind.GUI: _Basis(120, 1, 400, 3, "the next action on a screen"),
    TaskKind.LIVE: _Basis(250, 5, 800, 15, "an answer from live data"),
}
_CEILING = 32_000
"""No answer is planned longer than this, whatever its input."""


def expected_output(kind: TaskKind, size: Size, *, limit: int | None = None) -> OutputTokens:
    """Output tokens to expect of a kind of task, never above the request's limit nor `limit`.

    A plan, not a measurement: it ranks models and fills estimates. `basis` says what it rests on.
    """
    basis = _BASIS[kind]
    ceiling = min(known for known in (_CEILING, size.max_output_tokens, limit) if known is not None)
    p50 = basis.fixed_p50 + size.input_tokens * basis.percent_p50 // 100
    p90 = basis.fixed_p90 + size.input_tokens * basis.percent_p90 // 100
    return OutputTokens(p50=min(p50, ceiling), p90=min(p90, ceiling))


def basis(kind: TaskKind) -> str:
    """The sentence that an estimate's assumptions say about `expected_output`."""
    row = _BASIS[kind]
    return (
        f"a {kind.value} task answers with {row.why}: half the time up to {row.fixed_p50} tokens + {row.percent_p50} % "
        f"of the input, nine times in ten up to {row.fixed_p90} + {row.percent_p90} % (ringfence's planning figures)"
    )
