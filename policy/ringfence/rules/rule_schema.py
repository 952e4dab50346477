"""`rules:` of the policy file: when a rule applies, and what it then does."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from ringfence.rules.section import MAX_TOKENS, Items, LabelName, Name, Route, Usd, Written, listed
from ringfence.rules.when_schema import When
from ringfence.types import TaskKind

LabelNames = Annotated[
    tuple[LabelName, ...],
    Items,
    BeforeValidator(
        listed, json_schema_input_type=LabelName | Annotated[list[LabelName], Field(min_length=1)]
    ),
]


class Cap(Written):
    """What one call may use at most."""

    output_tokens: int | None = Field(
        None,
        ge=1,
        le=MAX_TOKENS,
        description="tokens of the answer; lowers what is asked for",
        examples=[2000],
    )
    usd: Usd | None = Field(
        None,
        description="expected US dollars of the call; dearer models are dropped",
        examples=[0.05],
    )

    @model_validator(mode="after")
    def _caps_something(self) -> Self:
        if self.output_tokens is None and self.usd is None:
            raise ValueError("nothing is capped; write output_tokens or usd")
        return self


class Rule(Written):
    """`label forbid only cap deny` of every matching rule apply; of `task` and `route` the first match does."""

    name: Name = Field(
        description="said in decisions and refusals; no two rules share one", examples=["no-xai"]
    )
    when: When = Field(
        When(),
        description="when the rule applies; always, when absent",
        examples=[{"caller.team": "finance"}],
    )
    label: LabelNames = Field(
        (),
        description="adds labels, in the gate; such a rule tests only caller.*, metadata, text and tools",
        examples=["confidential"],
    )
    forbid: tuple[str, ...] = Field(
        (),
        min_length=1,
        description="models or localities that may not be used",
        examples=[["grok", "cloud"]],
    )
    only: tuple[str, ...] = Field(
        (),
        min_length=1,
        description="the only models or localities that may be used",
        examples=[["local", "private"]],
    )
    cap: Cap | None = Field(
        None, description="limits of one call", examples=[{"usd": 0.05, "output_tokens": 2000}]
    )
    deny: str | None = Field(
        None,
        min_length=3,
        max_length=500,
        description="refuses the request, with this message",
        examples=["Ask the security team first."],
    )
    task: TaskKind | None = Field(
        None, description="the kind of work the request counts as", examples=["complex"]
    )
    route: Route | None = Field(
        None,
        min_length=1,
        description="models in order, instead of the task's route; in a group [a, b] the cheaper one first",
        examples=[[["flash", "grok"], "local"]],
    )
