"""A policy ready to decide with: the document, and its models joined with the catalogue."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Protocol
from urllib.parse import urlsplit

from ringfence.catalog import Catalog, ModelFacts, Provider
from ringfence.errors import Problem
from ringfence.rules.dictionaries import Dictionary
from ringfence.rules.index import RuleIndex
from ringfence.rules.presidio_file import PresidioFile
from ringfence.rules.schema import ModelSpec, PolicyDocument, Route
from ringfence.trust import Approval
from ringfence.types import Clearance, Locality, PolicyRef, TaskKind

_TRUST = {Locality.CLOUD: 0, Locality.PRIVATE: 1, Locality.LOCAL: 2}

_ROUTE_FALLBACK: Mapping[str, tuple[TaskKind, ...]] = {
    "simple": (TaskKind.SIMPLE, TaskKind.STANDARD, TaskKind.COMPLEX),
    "standard": (TaskKind.STANDARD, TaskKind.COMPLEX, TaskKind.SIMPLE),
    "complex": (TaskKind.COMPLEX, TaskKind.STANDARD, TaskKind.SIMPLE),
}
"""Tier → whose route serves a task kind that has none of its own: its tier's, then a higher, then a lower one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model as the policy uses it: where it is, what it may see, what it can do and what it costs."""

    name: str
    spec_model: str
    provider: Provider
    served: str
    """The name sent on the wire."""
    base_url: str | None
    locality: Locality
    clearance: Clearance
    facts: ModelFacts
    key_env: str | None
    """The variable that holds its key; None when it needs none, or when the host is not the provider's own."""
    insecure: bool = False


class Places(Protocol):
    """Where each value of a policy stands (a `yaml_source.Source` does)."""

    def problem(self, path: tuple[str | int, ...], message: str) -> Problem:
        """A remark on a value, with the file, line and column that it was read from."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A loaded policy. `ref` names it in every decision."""

    document: PolicyDocument
    models: Mapping[str, Model]
    catalog: Catalog
    ref: PolicyRef
    sources: tuple[tuple[str, str], ...] = ()
    """Name and digest of each file that it was made of: its bases, then itself."""
    dictionaries: Mapping[str, Dictionary] = field(default_factory=dict, repr=False)
    """The dictionaries of `labels.custom`, by the digest that pins each."""
    presidio: PresidioFile | None = None
    """The team's own recognisers that `gate.presidio` names."""
    places: Places | None = field(default=None, repr=False, compare=False)
    """Where its values stand, for remarks on them; None for a policy that was not read from a file."""
    approval: Approval | None = None
    """Who signed it, where a trust root made that compulsory."""
    fitted: bytes | None = field(default=None, repr=False)
    """The file of `classifier.fitted`, for `ringfence.tasks.head`."""
    rules: RuleIndex = field(init=False, repr=False, compare=False)
    """The document's rules, made ready for requests."""
    labelling: RuleIndex = field(init=False, repr=False, compare=False)
    """Those of them that label, for the gate."""

    def __post_init__(self) -> None:
        rules, names = self.document.rules, _all_names(self.models)
        object.__setattr__(self, "rules", RuleIndex(rules, names))
        labelling = RuleIndex([rule for rule in rules if rule.label], names)
        object.__setattr__(self, "labelling", labelling)

    def route(self, kind: TaskKind) -> tuple[TaskKind, Route]:
        """The route of a task kind, and whose it is: its own, or the nearest that the policy has."""
        routes = self.document.routes
        for candidate in (kind, *_ROUTE_FALLBACK[kind.tier.value]):
            if candidate in routes:
                return candidate, routes[candidate]
        return next(iter(routes.items()))


def _all_names(models: Mapping[str, Model]) -> dict[str, frozenset[str]]:
    """Name of a model, the policy's or its provider's → all names of that model; the policy's own win."""
    own = {
        name: frozenset({name, model.spec_model, model.spec_model.split("/", 1)[1], model.served})
        for name, model in models.items()
    }
    known: dict[str, frozenset[str]] = {}
    for names in own.values():
        for name in names:
            known.setdefault(name, names)
    return known | own


def implied_locality(spec: ModelSpec, provider: Provider, hosts: frozenset[str]) -> Locality:
    """What the endpoint of a model makes it (I3).

    Loopback and Unix sockets are local, a listed host is private, the rest cloud.
    """
    if provider.wire == "embedded":
        return Locality.LOCAL
    if provider.wire == "ollama" and spec.model.endswith((":cloud", "-cloud")):
        return Locality.CLOUD
    url = spec.base_url or provider.base_url
    if url is None:
        return Locality.CLOUD
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme == "unix" or is_loopback(host):
        return Locality.LOCAL
    return Locality.PRIVATE if host in hosts else Locality.CLOUD


def is_loopback(host: str) -> bool:
    """Whether a host, as written, is this machine. Dispatch checks again what it resolves to."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def trusts_more(written: Locality, implied: Locality) -> bool:
    return _TRUST[written] > _TRUST[implied]


def resolve_model(
    name: str, spec: ModelSpec, *, catalog: Catalog, provider: Provider, locality: Locality
) -> Model:
    """Join what the policy writes of a model with what the catalogue knows; what the policy writes wins."""
    known = catalog.find(spec.model)
    facts = _facts(spec, known or _unknown(spec))
    own_host = spec.base_url is None or spec.base_url == provider.base_url
    return Model(
        name=name,
        spec_model=spec.model,
        provider=provider,
        served=known.served if known and own_host else spec.model.split("/", 1)[1],
        base_url=spec.base_url or provider.base_url,
        locality=locality,
        clearance=_clearance(spec, locality),
        facts=facts,
        key_env=spec.api_key_env or (provider.key_env if own_host else None),
        insecure=spec.insecure,
    )


def price_is_known(spec: ModelSpec, catalog: Catalog) -> bool:
    """Whether a cloud model's price and window are known. Open weights cost nothing only where one serves them."""
    known = catalog.find(spec.model)
    if known is None:
        return spec.price is not None and spec.context_window is not None
    return spec.price is not None or (known.input_usd is not None and not known.self_served)


def _unknown(spec: ModelSpec) -> ModelFacts:
    """A model of one's own that the catalogue does not know: free, and cautious until the policy says more."""
    provider, name = spec.model.split("/", 1)
    return ModelFacts(
        key=spec.model,
        provider=provider,
        name=name,
        served=name,
        title=name,
        context_window=8192,
        input_usd=Decimal(0),
        output_usd=Decimal(0),
        tools="constrained",
        json_schema=True,
        self_served=True,
        sources=("all figures: defaults for a model that the catalogue does not know",),
    )


def _facts(spec: ModelSpec, known: ModelFacts) -> ModelFacts:
    written: dict[str, Any] = {
        "context_window": spec.context_window,
        "max_output_tokens": spec.max_output_tokens,
        "tools": spec.tools,
        "vision": spec.vision,
        "json_schema": spec.json_schema,
        "retires": spec.retires,
    }
    facts = replace(known, **{key: value for key, value in written.items() if value is not None})
    if spec.price is None:
        return facts
    return replace(
        facts,
        input_usd=spec.price.input,
        output_usd=spec.price.output,
        cached_input_usd=spec.price.cached_input,
        output_usd_to=None,
    )


def _clearance(spec: ModelSpec, locality: Locality) -> Clearance:
    if spec.clearance is None:
        return Clearance(everything=locality is Locality.LOCAL)
    if spec.clearance == "all":
        return Clearance(everything=True)
    return Clearance(labels=frozenset(spec.clearance))
