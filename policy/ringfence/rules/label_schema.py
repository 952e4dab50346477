"""`labels:` and `gate:` of the policy file: what is looked for in a request, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from pydantic import Field

from ringfence.rules.section import Because, Digest, File, LabelName, Section

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


class CustomLabel(Section):
    """A team's own words, pattern or dictionary. Regexes run on a linear-time engine (RE2 syntax)."""

    label: LabelName = Field(
        description="the label that a hit puts on the request", examples=["confidential"]
    )
    name: str = Field(
        pattern=r"^[A-Z][A-Z0-9_]{0,59}$",
        description="entity name in findings",
        examples=["CODENAME"],
    )
    words: tuple[str, ...] = Field(
        (), description="words to find, case ignored", examples=[["bluebird", "osprey"]]
    )
    regex: str | None = Field(
        None, max_length=2000, description="pattern to find (RE2 syntax)", examples=[r"E\d{6}"]
    )
    dictionary: File | None = Field(
        None,
        description="file of keyed hashes (ringfence policy dictionary), beside the policy",
        examples=["customers.dict"],
    )
    digest: Digest | None = Field(
        None, description="of the dictionary's bytes", examples=["sha256:" + "0" * 64]
    )
    context: tuple[str, ...] = Field(
        (),
        description="a hit needs one of these words within 60 characters",
        examples=[["employee", "staff"]],
    )


class Allow(Section):
    """A known false alarm: exact text (`words`) or a pattern that is never a finding."""

    words: tuple[str, ...] = Field(
        (),
        description="texts inside which nothing is a finding",
        examples=[["support@acme.example"]],
    )
    regex: str | None = Field(
        None,
        max_length=2000,
        description="the same as a pattern (RE2 syntax)",
        examples=[r"ORD-\d{8}"],
    )
    because: Because = Field(
        description="why it is harmless, for the reviewer", examples=["our public address"]
    )


class Secrets(Section):
    """Secrets are looked for whatever the packs; only this turns it off."""

    enabled: bool = Field(
        True, description="false needs a 'because', and every decision says so", examples=[True]
    )
    because: Because | None = Field(
        None, description="why secrets are not looked for", examples=["a sandbox without keys"]
    )


class Labels(Section):
    """What puts labels on a request."""

    packs: tuple[Pack, ...] = Field(
        get_args(Pack),
        description="which regulations' content is looked for; all when absent",
        examples=[["gdpr", "hipaa", "secrets"]],
    )
    secrets: Secrets = Field(
        Secrets(), description="whether secrets are looked for", examples=[{"enabled": True}]
    )
    custom: tuple[CustomLabel, ...] = Field(
        (),
        description="a team's own words, patterns and dictionaries",
        examples=[[{"label": "confidential", "name": "CODENAME", "words": ["bluebird"]}]],
    )
    allow: tuple[Allow, ...] = Field(
        (),
        description="known false alarms",
        examples=[[{"words": ["support@acme.example"], "because": "our public address"}]],
    )


class PresidioSpec(Section):
    """A team's own Presidio recognisers, read where names are."""

    file: File = Field(
        description="Presidio's YAML format, beside the policy", examples=["recognizers.yaml"]
    )
    digest: Digest | None = Field(
        None, description="of the file's bytes", examples=["sha256:" + "0" * 64]
    )
    labels: Mapping[str, LabelName | tuple[LabelName, ...]] = Field(
        {},
        description="entity of the file → labels; 'pii' when absent",
        examples=[{"BADGE": ["confidential", "hr"]}],
    )
    threshold: float = Field(
        0.0,
        ge=0,
        le=1,
        description="results that score less do not count, as in Presidio",
        examples=[0.3],
    )


class GateLimits(Section):
    """How long and how much of a request the gate reads. Beyond it, a request is `unscanned`."""

    ms: int = Field(
        5000,
        ge=1,
        description="time for one request, and again for each full MB of it; over it the request is 'unscanned'",
        examples=[5000],
    )
    kb: int = Field(
        10_240,
        ge=1,
        description="text read of one request; over it the request is 'unscanned'",
        examples=[10240],
    )
    names_kb: int = Field(
        64,
        ge=0,
        description="above it, names are read in user turns and tool results only",
        examples=[64],
    )
    strict: bool | None = Field(
        None,
        description="true: above names_kb the request is 'unscanned'; the default where a pack asks for full names",
        examples=[True],
    )


class GateSpec(Section):
    """How requests are read before anything leaves."""

    enabled: bool = Field(
        True,
        description="false turns the gate off, needs a 'because', and every decision then says so",
        examples=[True],
    )
    because: Because | None = Field(
        None, description="why the gate is off", examples=["all models are in this room"]
    )
    names: NameMode | None = Field(
        None,
        description="how people's names are read; when absent: 'full' if packs are chosen and hipaa is one of them, "
        "else 'context'",
        examples=["full"],
    )
    limits: GateLimits = Field(
        GateLimits(), description="limits of one reading", examples=[{"ms": 5000, "strict": True}]
    )
    presidio: PresidioSpec | None = Field(
        None,
        description="a team's own Presidio recognisers",
        examples=[{"file": "recognizers.yaml", "labels": {"BADGE": "hr"}}],
    )
