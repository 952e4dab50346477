"""The policy file as frozen values: one model a section, every key documented, nothing accepted and ignored.

Field descriptions are the reference that `ringfence policy schema` and the docs print. Cross-references between
sections (a route names a model that exists) are checked in `ringfence.rules.loading`, where lines are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ringfence.types import Locality, TaskKind

PACKS: Mapping[str, tuple[str, ...]] = {
    "gdpr": ("pii", "special"),
    "hipaa": ("phi", "pii"),
    "pci": ("pci",),
    "glba": ("financial", "pii"),
    "sox": ("mnpi",),
    "privilege": ("privileged",),
    "hr": ("hr",),
    "secrets": ("secret",),
    "classified": ("classified",),
    "minors": ("minor",),
    "confidential": ("confidential",),
}
"""Pack → the labels that its recognisers may put on a request."""

Pack = Literal[
    "gdpr",
    "hipaa",
    "pci",
    "glba",
    "sox",
    "privilege",
    "hr",
    "secrets",
    "classified",
    "minors",
    "confidential",
]
NameMode = Literal["off", "context", "full", "any"]
LabelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
Because = Annotated[str, Field(min_length=3, max_length=500)]
Usd = Annotated[Decimal, Field(ge=0, le=Decimal(1_000_000_000))]


class Section(BaseModel):
    """Base of every part of the file: frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Price(Section):
    """US dollars for a million tokens."""

    input: Usd
    output: Usd
    cached_input: Usd | None = None


class ModelSpec(Section):
    """A model that the policy may use. What is not written here comes from the catalogue."""

    model: str = Field(pattern=r"^[a-z0-9_]+/.+$", max_length=300, description="provider/name")
    base_url: str | None = Field(
        None, max_length=500, description="endpoint, when not the provider's own"
    )
    locality: Locality | None = Field(
        None, description="local | private | cloud; may lower what base_url implies"
    )
    clearance: Literal["all"] | tuple[LabelName, ...] | None = Field(
        None, description="labels this model may see; local: all, others: none, unless written"
    )
    because: Because | None = Field(None, description="why the clearance is wider than the default")
    insecure: bool = Field(False, description="allow http:// to a private host")
    api_key_env: str | None = Field(
        None, pattern=r"^[A-Z][A-Z0-9_]{0,99}$", description="variable with the key"
    )
    context_window: int | None = Field(None, ge=256, description="tokens, in and out together")
    max_output_tokens: int | None = Field(None, ge=1)
    price: Price | None = None
    tools: Literal["native", "constrained", "none"] | None = None
    vision: bool | None = None
    json_schema: bool | None = None
    retires: date | None = Field(None, description="day from which the model is not used")


class CallerSpec(Section):
    """What an MCP caller may read back of material that it only pointed at."""

    clearance: Literal["all"] | tuple[LabelName, ...]
    because: Because


class CustomLabel(Section):
    """A team's own words, pattern or dictionary. Regexes run on a linear-time engine (RE2 syntax)."""

    label: LabelName
    name: str = Field(pattern=r"^[A-Z][A-Z0-9_]{0,59}$", description="entity name in findings")
    words: tuple[str, ...] = ()
    regex: str | None = Field(None, max_length=2000)
    dictionary: str | None = Field(
        None,
        min_length=1,
        max_length=1000,
        description="file of keyed hashes (ringfence policy dictionary), beside the policy",
    )
    digest: str | None = Field(
        None, pattern=r"^sha256:[0-9a-f]{64}$", description="of the dictionary's bytes"
    )
    context: tuple[str, ...] = Field(
        (), description="a hit needs one of these words within 60 characters"
    )


class Allow(Section):
    """A known false alarm: exact text (`words`) or a pattern that is never a finding."""

    words: tuple[str, ...] = ()
    regex: str | None = Field(None, max_length=2000)
    because: Because


class Secrets(Section):
    """Secrets are looked for whatever the packs; only this turns it off."""

    enabled: bool = Field(True, description="false needs a 'because', and every decision says so")
    because: Because | None = None


class Labels(Section):
    packs: tuple[Pack, ...] = get_args(Pack)
    secrets: Secrets = Secrets()
    custom: tuple[CustomLabel, ...] = ()
    allow: tuple[Allow, ...] = ()


class PresidioSpec(Section):
    """A team's own Presidio recognisers, read where names are."""

    file: str = Field(
        min_length=1, max_length=1000, description="Presidio's YAML format, beside the policy"
    )
    digest: str | None = Field(
        None, pattern=r"^sha256:[0-9a-f]{64}$", description="of the file's bytes"
    )
    labels: Mapping[str, LabelName | tuple[LabelName, ...]] = Field(
        {}, description="entity of the file → labels; 'pii' when absent"
    )
    threshold: float = Field(
        0.0, ge=0, le=1, description="results that score less do not count, as in Presidio"
    )


class GateLimits(Section):
    ms: int = Field(
        5000,
        ge=1,
        description="time for one request, and again for each full MB of it; over it the request is 'unscanned'",
    )
    kb: int = Field(
        10_240, ge=1, description="text read of one request; over it the request is 'unscanned'"
    )
    names_kb: int = Field(
        64, ge=0, description="above it, names are read in user turns and tool results only"
    )
    strict: bool | None = Field(
        None,
        description="true: above names_kb the request is 'unscanned'; the default where a pack asks for full names",
    )


class GateSpec(Section):
    enabled: bool = Field(True, description="false turns the gate off; every decision then says so")
    because: Because | None = None
    names: NameMode | None = Field(
        None,
        description="how people's names are read; when absent: 'full' if packs are chosen and hipaa is one of them, "
        "else 'context'",
    )
    limits: GateLimits = GateLimits()
    presidio: PresidioSpec | None = None


class Tokens(Section):
    """A range of input tokens: `above` and `below` are exclusive."""

    above: int | None = Field(None, ge=0)
    below: int | None = Field(None, ge=0)


Words = str | tuple[str, ...]


class When(Section):
    """All keys that are written must hold. A list means any of its values."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    tenant: Words | None = Field(None, alias="caller.tenant")
    user: Words | None = Field(None, alias="caller.user")
    team: Words | None = Field(None, alias="caller.team")
    key_id: Words | None = Field(None, alias="caller.key_id")
    metadata: Mapping[str, Words] = Field(
        {}, description="keys of the request's metadata; as claimed by the sender"
    )
    text: Words | None = Field(None, description="words that the request contains, case ignored")
    tools: Words | None = Field(None, description="names of tools that the request offers")
    labels: Words | None = Field(None, description="labels on the request")
    task: TaskKind | tuple[TaskKind, ...] | None = None
    tokens: Tokens | None = None


class Cap(Section):
    output_tokens: int | None = Field(None, ge=1)
    usd: Usd | None = Field(
        None, description="expected dollars of one call; dearer models are dropped"
    )


class ClassifierSpec(Section):
    """How the task of a request is read where neither the caller nor its structure tells."""

    model: Name | None = Field(
        None,
        description="a model of the policy that is asked for the kind of work; it must be cleared",
    )
    when: Literal["unsure", "always"] = Field(
        "unsure", description="ask when the built-in reading is below min_confidence, or each time"
    )
    timeout_ms: int = Field(
        800, ge=50, le=30_000, description="after that the built-in reading stands"
    )
    min_confidence: float = Field(
        0.6, ge=0, le=1, description="below it a task goes up a tier, never down"
    )
    fitted: str | None = Field(
        None,
        min_length=1,
        max_length=1000,
        description="file of 'ringfence tasks fit', beside the policy",
    )
    digest: str | None = Field(
        None, pattern=r"^sha256:[0-9a-f]{64}$", description="of the fitted file's bytes"
    )


Group = str | tuple[str, ...]
Route = tuple[Group, ...]


class Rule(Section):
    """`label forbid only cap deny` of every matching rule apply; of `task` and `route` the first match does."""

    name: Name
    when: When = When()
    label: LabelName | tuple[LabelName, ...] | None = None
    forbid: tuple[str, ...] = Field((), description="models or localities that may not be used")
    only: tuple[str, ...] = Field((), description="the only models or localities that may be used")
    cap: Cap | None = None
    deny: str | None = Field(
        None, min_length=3, max_length=500, description="message of the refusal"
    )
    task: TaskKind | None = None
    route: Route | None = None


class Budget(Section):
    per: Literal["tenant", "team", "user", "key_id"]
    every: Literal["day", "month"]
    usd: Usd
    then: Literal["downgrade", "local", "deny"] = "deny"


class Fallback(Section):
    deadline_s: float = Field(50, gt=0, le=3600, description="for the whole call")
    attempts: int = Field(3, ge=1, le=20, description="models that are really called")


class Host(Section):
    host: str = Field(pattern=r"^[A-Za-z0-9.:_-]{1,253}$")
    because: Because


class Network(Section):
    mode: Literal["open", "none"] = Field("open", description="none: no cloud model is eligible")
    hosts: tuple[Host, ...] = ()
    ca_file: str | None = Field(
        None, max_length=500, description="certificates (PEM) for TLS, beside the system's"
    )
    proxy: str | None = Field(
        None,
        max_length=500,
        description="way out to clouds for unlabelled calls: http(s)://host:port, no user in it",
    )
    proxy_auth_env: str | None = Field(
        None,
        pattern=r"^[A-Z][A-Z0-9_]{0,99}$",
        description="variable with the proxy's user:password",
    )


class Records(Section):
    path: str | None = Field(
        None, max_length=1000, description="SQLite file; the user's data folder when absent"
    )
    durability: Literal["normal", "full"] = "normal"
    unwritable: Literal["refuse", "allow"] = Field(
        "refuse", description="for unlabelled calls; labelled: refused"
    )


class Declassify(Section):
    """Labels that `ringfence taint forget` and `declassify` may take off again; each time is recorded."""

    labels: Literal["all"] | tuple[LabelName, ...]
    users: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field(
        (),
        description="accounts of the operating system; none named: any that may write the ledger",
    )
    because: Because


class TaintSpec(Section):
    days: int = Field(
        30, ge=1, le=3650, description="how long labels stick to what a model answered"
    )
    declassify: tuple[Declassify, ...] = Field(
        (), description="who may take which labels off again; nobody, unless written"
    )


class PolicyDocument(Section):
    """The whole file."""

    ringfence: Literal[1]
    name: Name
    serial: int = Field(1, ge=1)
    expires: date | None = None
    models: Mapping[Name, ModelSpec] = Field(min_length=1)
    callers: Mapping[Name, CallerSpec] = {}
    labels: Labels = Labels()
    gate: GateSpec = GateSpec()
    routes: Mapping[TaskKind, Route] = Field(min_length=1)
    rules: tuple[Rule, ...] = ()
    classifier: ClassifierSpec = ClassifierSpec()
    budgets: tuple[Budget, ...] = ()
    fallback: Fallback = Fallback()
    network: Network = Network()
    records: Records = Records()
    taint: TaintSpec = TaintSpec()

    @field_validator("routes", mode="after")
    @classmethod
    def _no_empty_route(cls, routes: Any) -> Any:
        for kind, route in routes.items():
            if not route:
                raise ValueError(f"the route of '{kind}' is empty; name at least one model")
        return routes


NOT_YET = frozenset({"extends"})
"""Top-level keys of the format that this version does not act on; each is an error, never ignored."""
