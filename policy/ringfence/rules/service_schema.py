"""The policy file's sections on running: the classifier, budgets, fallback, network, records and taint."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ringfence.rules.section import Because, Digest, File, LabelName, Name, Section, Usd, Variable


class ClassifierSpec(Section):
    """How the task of a request is read where neither the caller nor its structure tells."""

    model: Name | None = Field(
        None,
        description="a model of the policy that is asked for the kind of work; it must be cleared",
        examples=["flash-lite"],
    )
    when: Literal["unsure", "always"] = Field(
        "unsure",
        description="ask when the built-in reading is below min_confidence, or each time",
        examples=["unsure"],
    )
    timeout_ms: int = Field(
        800, ge=50, le=30_000, description="after that the built-in reading stands", examples=[800]
    )
    min_confidence: float = Field(
        0.6, ge=0, le=1, description="below it a task goes up a tier, never down", examples=[0.6]
    )
    fitted: File | None = Field(
        None,
        description="file of 'ringfence tasks fit', beside the policy",
        examples=["tasks.fitted"],
    )
    digest: Digest | None = Field(
        None, description="of the fitted file's bytes", examples=["sha256:" + "0" * 64]
    )


class Budget(Section):
    """What a tenant, team, user or key may spend in a day or a month (UTC)."""

    per: Literal["tenant", "team", "user", "key_id"] = Field(
        description="whose spending is added up", examples=["user"]
    )
    every: Literal["day", "month"] = Field(
        description="when it starts again, in UTC", examples=["day"]
    )
    usd: Usd = Field(description="US dollars in that time", examples=[5.00])
    then: Literal["downgrade", "local", "deny"] = Field(
        "deny",
        description="once it is spent: only models that still fit, only local ones, or none",
        examples=["downgrade"],
    )


class Fallback(Section):
    """How long and how often another model is tried when one fails."""

    deadline_s: float = Field(
        50, gt=0, le=3600, description="seconds for the whole call", examples=[50]
    )
    attempts: int = Field(3, ge=1, le=20, description="models that are really called", examples=[3])


class Host(Section):
    """A host that may serve private models."""

    host: str = Field(
        pattern=r"^[A-Za-z0-9.:_-]{1,253}$",
        description="its name or address, without port",
        examples=["gpu1.acme.internal"],
    )
    because: Because = Field(
        description="why it is trusted, for the reviewer", examples=["our rack, ticket 88"]
    )


class Network(Section):
    """Which hosts are private, and the way out to clouds."""

    mode: Literal["open", "none"] = Field(
        "open", description="none: no cloud model is eligible", examples=["none"]
    )
    hosts: tuple[Host, ...] = Field(
        (),
        description="hosts that are private rather than cloud",
        examples=[[{"host": "gpu1.acme.internal", "because": "our rack, ticket 88"}]],
    )
    ca_file: str | None = Field(
        None,
        max_length=500,
        description="certificates (PEM) for TLS, beside the system's",
        examples=["/etc/acme/ca.pem"],
    )
    proxy: str | None = Field(
        None,
        max_length=500,
        description="way out to clouds for unlabelled calls: http(s)://host:port, no user in it",
        examples=["http://proxy.acme.internal:3128"],
    )
    proxy_auth_env: Variable | None = Field(
        None, description="variable with the proxy's user:password", examples=["ACME_PROXY_LOGIN"]
    )


class Records(Section):
    """The ledger of decisions, calls and costs."""

    path: str | None = Field(
        None,
        max_length=1000,
        description="SQLite file; the user's data folder when absent",
        examples=["/var/lib/ringfence/ledger.db"],
    )
    durability: Literal["normal", "full"] = Field(
        "normal", description="full: a row waits until it is on the disk", examples=["full"]
    )
    unwritable: Literal["refuse", "allow"] = Field(
        "refuse",
        description="when no row can be written, for unlabelled calls; labelled ones are refused",
        examples=["refuse"],
    )


class Declassify(Section):
    """Labels that `ringfence taint forget` and `declassify` may take off again; each time is recorded."""

    labels: Literal["all"] | tuple[LabelName, ...] = Field(
        description="labels that may be taken off, or all", examples=[["confidential"]]
    )
    users: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field(
        (),
        description="accounts of the operating system; none named: any that may write the ledger",
        examples=[["ada"]],
    )
    because: Because = Field(
        description="why that is right, for the reviewer", examples=["the press office publishes"]
    )


class TaintSpec(Section):
    """Labels stick to what a model answered to a labelled request."""

    days: int = Field(
        30,
        ge=1,
        le=3650,
        description="how long labels stick to what a model answered",
        examples=[30],
    )
    declassify: tuple[Declassify, ...] = Field(
        (),
        description="who may take which labels off again; nobody, unless written",
        examples=[[{"labels": ["confidential"], "because": "the press office publishes"}]],
    )
