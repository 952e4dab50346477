"""The policy file as frozen values: one model a section, every key documented, nothing accepted and ignored.

Descriptions and examples of the fields are the reference that `ringfence policy schema`, editors and docs/policy.md
show. Cross-references between sections (a route names a model that exists) are checked in `ringfence.rules.checks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator

from ringfence.rules.label_schema import (
    PACKS,
    Allow,
    CustomLabel,
    GateSpec,
    Labels,
    NameMode,
    PresidioSpec,
)
from ringfence.rules.rule_schema import Cap, Rule
from ringfence.rules.section import (
    MAX_TOKENS,
    Because,
    Day,
    Group,
    LabelName,
    Name,
    Route,
    Section,
    Usd,
    Variable,
)
from ringfence.rules.service_schema import (
    Budget,
    ClassifierSpec,
    Declassify,
    Fallback,
    Host,
    Network,
    Records,
    TaintSpec,
)
from ringfence.rules.when_schema import When
from ringfence.trust.lock import MAX_SERIAL
from ringfence.types import Locality, TaskKind

__all__ = [
    "PACKS",
    "Allow",
    "Budget",
    "CallerSpec",
    "Cap",
    "ClassifierSpec",
    "CustomLabel",
    "Declassify",
    "Fallback",
    "GateSpec",
    "Group",
    "Host",
    "Labels",
    "ModelSpec",
    "NameMode",
    "Network",
    "PolicyDocument",
    "PresidioSpec",
    "Price",
    "Records",
    "Route",
    "Rule",
    "Section",
    "TaintSpec",
    "When",
]


class Price(Section):
    """US dollars for a million tokens."""

    input: Usd = Field(description="a million tokens of the request", examples=[3.00])
    output: Usd = Field(description="a million tokens of the answer", examples=[15.00])
    cached_input: Usd | None = Field(
        None, description="a million tokens that the provider had cached", examples=[0.30]
    )


def _address(url: str) -> str:
    try:
        _ = urlsplit(url).port
    except ValueError:  # whose message may show the address
        raise ValueError("not an address; write it like https://host:port/path") from None
    return url


class ModelSpec(Section):
    """A model that the policy may use. What is not written here comes from the catalogue."""

    model: str = Field(
        pattern=r"^[a-z0-9_]+/.+$",
        max_length=300,
        description="provider/name",
        examples=["anthropic/claude-sonnet-4.6"],
    )
    base_url: Annotated[str, Field(max_length=500), AfterValidator(_address)] | None = Field(
        None,
        description="endpoint, when not the provider's own",
        examples=["https://gpu1.acme.internal/v1"],
    )
    locality: Locality | None = Field(
        None,
        description="local, private or cloud; may lower what base_url implies, never raise it",
        examples=["private"],
    )
    clearance: Literal["all"] | tuple[LabelName, ...] | None = Field(
        None,
        description="labels this model may see; local: all, others: none, unless written",
        examples=[["pii", "phi"]],
    )
    because: Because | None = Field(
        None,
        description="why the clearance is wider than the default",
        examples=["BAA signed 2026-02-01, contract 4711"],
    )
    insecure: bool = Field(False, description="allow http:// to a private host", examples=[True])
    api_key_env: Variable | None = Field(
        None, description="variable with the key", examples=["ACME_RACK_KEY"]
    )
    context_window: int | None = Field(
        None, ge=256, le=MAX_TOKENS, description="tokens, in and out together", examples=[32768]
    )
    max_output_tokens: int | None = Field(
        None, ge=1, le=MAX_TOKENS, description="tokens of the longest answer", examples=[8192]
    )
    price: Price | None = Field(
        None,
        description="US dollars for a million tokens",
        examples=[{"input": 3.00, "output": 15.00}],
    )
    tools: Literal["native", "constrained", "none"] | None = Field(
        None,
        description="how it calls tools: itself, by answering in a given form, or not at all",
        examples=["constrained"],
    )
    vision: bool | None = Field(None, description="whether it reads images", examples=[False])
    json_schema: bool | None = Field(
        None, description="whether it can answer in a JSON Schema", examples=[True]
    )
    retires: Day | None = Field(
        None, description="day from which the model is not used", examples=["2027-06-30"]
    )


class CallerSpec(Section):
    """What an MCP caller may read back of material that it only pointed at."""

    clearance: Literal["all"] | tuple[LabelName, ...] = Field(
        description="labels that may go back to it", examples=[["confidential"]]
    )
    because: Because = Field(
        description="why, for the reviewer", examples=["runs on the same laptop"]
    )


class PolicyDocument(Section):
    """The whole file."""

    ringfence: Literal[1] = Field(description="the file's format", examples=[1])
    name: Name = Field(description="said in every decision", examples=["acme"])
    serial: int = Field(
        1,
        ge=1,
        le=MAX_SERIAL,
        description="counts the policy's versions; never goes down",
        examples=[7],
    )
    expires: Day | None = Field(
        None,
        description="last day; from the next on the policy does not load",
        examples=["2027-06-30"],
    )
    models: Mapping[Name, ModelSpec] = Field(
        min_length=1,
        description="the models that may be used, each by a name of your own",
        examples=[{"sonnet": {"model": "anthropic/claude-sonnet-4.6"}}],
    )
    callers: Mapping[Name, CallerSpec] = Field(
        {},
        description="MCP callers that may read back more than they sent",
        examples=[{"ide": {"clearance": ["confidential"], "because": "runs on the same laptop"}}],
    )
    labels: Labels = Field(
        Labels(),
        description="what puts labels on a request",
        examples=[{"packs": ["gdpr", "secrets"]}],
    )
    gate: GateSpec = Field(
        GateSpec(), description="how requests are read", examples=[{"names": "full"}]
    )
    routes: Mapping[TaskKind, Route] = Field(
        min_length=1,
        description="kind of work → models in order; in a group [a, b] the cheaper one first",
        examples=[{"simple": [["flash", "grok"], "local"], "complex": ["opus", "local"]}],
    )
    rules: tuple[Rule, ...] = Field(
        (),
        description="what applies to some requests only",
        examples=[[{"name": "no-xai", "when": {"caller.team": "eng"}, "forbid": ["grok"]}]],
    )
    classifier: ClassifierSpec = Field(
        ClassifierSpec(),
        description="how the kind of work is read",
        examples=[{"model": "flash-lite", "when": "unsure"}],
    )
    budgets: tuple[Budget, ...] = Field(
        (),
        description="what may be spent",
        examples=[[{"per": "user", "every": "day", "usd": 5.00, "then": "downgrade"}]],
    )
    fallback: Fallback = Field(
        Fallback(), description="what happens when a model fails", examples=[{"attempts": 3}]
    )
    network: Network = Field(
        Network(), description="private hosts, and the way out", examples=[{"mode": "none"}]
    )
    records: Records = Field(Records(), description="the ledger", examples=[{"durability": "full"}])
    taint: TaintSpec = Field(
        TaintSpec(), description="labels of what models answered", examples=[{"days": 30}]
    )

    @field_validator("routes", mode="after")
    @classmethod
    def _no_empty_route(cls, routes: Any) -> Any:
        for kind, route in routes.items():
            if not route:
                raise ValueError(f"the route of '{kind}' is empty; name at least one model")
        return routes
