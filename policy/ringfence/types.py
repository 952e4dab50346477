"""The frozen values that pass between the stages. Nothing here does work; each stage returns one of these.

Sequences are tuples, money is `Decimal` US dollars, times are seconds unless a name says `ms`, offsets count
characters of the string that a finding's path points to. `to_dict` gives the documented JSON shapes, in which
money is a decimal string.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

JSON = Mapping[str, Any]

UNREAD = "unread"
"""The label of content that the gate cannot read: an image, audio, a file, an unknown part."""
UNSCANNED = "unscanned"
"""The label of content that the gate failed on or did not finish; only a local model cleared for all may see it."""


class Locality(StrEnum):
    """Where a model runs: this machine, a trusted host of the policy, or somewhere else."""

    LOCAL = "local"
    PRIVATE = "private"
    CLOUD = "cloud"


class TaskKind(StrEnum):
    """What a request asks for. The guide's routing table has one row for each."""

    SIMPLE = "simple"
    STANDARD = "standard"
    RESEARCH = "research"
    CODEGEN = "codegen"
    COMPLEX = "complex"
    LONG_CONTEXT = "long_context"
    GUI = "gui"
    LIVE = "live"

    @property
    def tier(self) -> Tier:
        return _TIERS.get(self, Tier.STANDARD)


class Tier(StrEnum):
    """The price class that a task kind belongs to."""

    SIMPLE = "simple"
    STANDARD = "standard"
    COMPLEX = "complex"


_TIERS = {
    TaskKind.SIMPLE: Tier.SIMPLE,
    TaskKind.COMPLEX: Tier.COMPLEX,
    TaskKind.GUI: Tier.COMPLEX,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearance:
    """The labels that a model (or a caller) may see. `everything` covers labels not yet invented."""

    everything: bool = False
    labels: frozenset[str] = frozenset()

    def missing(self, labels: Iterable[str], locality: Locality) -> tuple[str, ...]:
        """Which of `labels` are not covered, sorted. `unscanned` needs everything, on a local model."""
        return tuple(sorted(label for label in labels if not self._covers(label, locality)))

    def _covers(self, label: str, locality: Locality) -> bool:
        if label == UNSCANNED:
            return self.everything and locality is Locality.LOCAL
        return self.everything or label in self.labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that the gate found: which label, what kind of thing, and where. Never the text itself (I4).

    `path` is a JSON pointer into the request; `start` and `end` count characters of the string there.
    `score` is 0–1. `why` explains in the recogniser's own words ("Luhn passes", "near 'MRN'").
    """

    label: str
    entity: str
    path: str
    start: int
    end: int
    score: float
    recognizer: str
    why: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "entity": self.entity,
            "path": self.path,
            "start": self.start,
            "end": self.end,
            "score": round(self.score, 3),
            "recognizer": self.recognizer,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the gate says of a request: its labels (sorted), what they rest on, and remarks for the reader."""

    labels: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a request is and what it needs of a model. Tokens are estimates (see `ringfence.costs`)."""

    input_tokens: int
    max_output_tokens: int | None = None
    """What the caller asked for at most; None leaves it to the model."""
    needs: frozenset[str] = frozenset()
    """Of: tools, vision, audio, files, json_schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What kind of work a request is, how sure we are (0–1), who says so, and why."""

    kind: TaskKind
    confidence: float
    source: str
    """`caller`, `rule`, `signal`, `classifier`, or `model`: one that the policy lets be asked."""
    reasons: tuple[str, ...] = ()
    fitted: str | None = None
    """The digest of the organisation's own head on the classifier that read it, where the policy names one (I6)."""

    @property
    def tier(self) -> Tier:
        return self.kind.tier

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "tier": self.tier.value,
            "confidence": round(self.confidence, 4),
            "source": self.source,
            "reasons": list(self.reasons),
            **({"fitted": self.fitted} if self.fitted else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model that may be tried, with the cost that is expected of it (US dollars)."""

    model: str
    locality: Locality
    expected_usd: Decimal

    def to_dict(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "locality": self.locality.value,
            "expected_usd": money(self.expected_usd),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A model that may not be tried: the first filter that dropped it, and why."""

    model: str
    filter: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        return {"model": self.model, "filter": self.filter, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRef:
    """Which policy decided: its name, serial, digest (`sha256:…`) and the place it was loaded from."""

    name: str
    serial: int
    digest: str
    source: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "serial": self.serial,
            "digest": self.digest,
            "source": self.source,
        }


class Outcome(StrEnum):
    """`route`: a model may answer. `deny`: the policy says no. `none`: no model can serve it."""

    ROUTE = "route"
    DENY = "deny"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a decision has no candidate: the `code` of the error that `complete` raises, and its facts."""

    code: str
    message: str
    facts: JSON = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, **self.facts}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Which models may answer, in order, and why every other one may not. The same input gives the same bytes (I6)."""

    id: str
    request_id: str
    labels: tuple[str, ...]
    findings: tuple[Finding, ...]
    task: Task
    size: Size
    candidates: tuple[Candidate, ...]
    dropped: tuple[Dropped, ...]
    outcome: Outcome
    policy: PolicyRef
    catalog_digest: str
    max_output_tokens: int | None = None
    """The output limit to send: the caller's, lowered by the policy's caps."""
    refusal: Refusal | None = None
    notes: tuple[str, ...] = ()

    @property
    def model(self) -> str | None:
        return self.candidates[0].model if self.candidates else None

    @property
    def locality(self) -> Locality | None:
        return self.candidates[0].locality if self.candidates else None

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "request_id": self.request_id,
            "labels": list(self.labels),
            "findings": [finding.to_dict() for finding in self.findings],
            "task": self.task.to_dict(),
            "model": self.model,
            "locality": self.locality.value if self.locality else None,
            "candidates": [candidate.to_dict() for candidate in self.candidates],
            "dropped": [dropped.to_dict() for dropped in self.dropped],
            "outcome": self.outcome.value,
            "refusal": self.refusal.to_dict() if self.refusal else None,
            "input_tokens": self.size.input_tokens,
            "max_output_tokens": self.max_output_tokens,
            "policy": self.policy.to_dict(),
            "catalog_digest": self.catalog_digest,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens as the provider counted them. `cached_tokens` ⊆ input, `reasoning_tokens` ⊆ output."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0

    def to_dict(self) -> dict[str, int]:
        return {
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cached_tokens": self.cached_tokens,
            "reasoning_tokens": self.reasoning_tokens,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of one candidate. `error` is a stable word, or None for the one that answered.

    Words: `no_key`, `missing_extra`, `not_cleared`, `refused_endpoint`, `connect`, `timeout`, `auth`,
    `permission`, `quota`, `rate_limit`, `overload`, `context_too_long`, `content_filter`, `bad_request`, `gone`,
    `protocol`, `cool_down`, `deadline`.
    """

    model: str
    locality: Locality
    error: str | None = None
    reason: str = ""
    status: int | None = None
    ms: float = 0.0
    usd: Decimal = Decimal(0)

    def to_dict(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "locality": self.locality.value,
            "error": self.error,
            "reason": self.reason,
            "status": self.status,
            "ms": round(self.ms, 3),
            "usd": money(self.usd),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call of one of the request's tools. `arguments` is JSON text, as OpenAI's format has it."""

    id: str
    name: str
    arguments: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "type": "function",
            "function": {"name": self.name, "arguments": self.arguments},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a model said, before the engine adds what it knows (cost, labels, attempts)."""

    text: str = field(repr=False)
    tool_calls: tuple[ToolCall, ...] = field(default=(), repr=False)
    finish_reason: str = "stop"
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """An answer with its history: the model that really gave it, where, its labels, cost and attempts (I10)."""

    text: str = field(repr=False)
    tool_calls: tuple[ToolCall, ...] = field(repr=False)
    parsed: Any = field(repr=False)
    finish_reason: str
    model: str
    locality: Locality
    labels: tuple[str, ...]
    usage: Usage
    usd: Decimal
    attempts: tuple[Attempt, ...]
    ms: Mapping[str, float]
    """Milliseconds: `gate`, `decide`, `total`."""
    decision: Decision = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "tool_calls": [call.to_dict() for call in self.tool_calls],
            "parsed": self.parsed,
            "finish_reason": self.finish_reason,
            "model": self.model,
            "locality": self.locality.value,
            "labels": list(self.labels),
            "usage": self.usage.to_dict(),
            "usd": money(self.usd),
            "attempts": [attempt.to_dict() for attempt in self.attempts],
            "ms": {name: round(value, 3) for name, value in self.ms.items()},
            "decision": self.decision.to_dict(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of a streamed answer. The last one has no text and carries the whole `completion`."""

    text: str = field(default="", repr=False)
    completion: Completion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one budget of the policy has used in its running window, as the ledger knows it."""

    budget: int
    """Index into the policy's `budgets`."""
    usd: Decimal
    resets_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All recorded state that a decision may depend on (I6): the day, endpoint health, budgets."""

    now: datetime
    health: Mapping[str, str] = field(default_factory=dict)
    """Model name → why it is down. Models that are up are absent."""
    spent: tuple[Spent, ...] = ()


def money(usd: Decimal) -> str:
    """A decimal string without exponent or trailing zeros: `0.0123`, `0`, `12`."""
    text = f"{usd:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
