"""The two data files of this folder, read once and joined into a `Catalog`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import yaml

from ringfence.catalog.facts import Hardware, ModelFacts, Provider
from ringfence.catalog.schema import CatalogFile, HardwareRow, ModelRow, ProviderRow, ProvidersFile

OWN_SERVERS = frozenset(
    {"ollama", "ollama_chat", "openai", "hosted_vllm", "lm_studio", "llama_cpp", "llamafile"}
)
"""Provider prefixes under which open weights on one's own machine are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """All models, providers and hardware that ringfence knows, and the digest of those bytes."""

    digest: str
    models: Mapping[str, ModelFacts]
    providers: Mapping[str, Provider]
    hardware: Mapping[str, Hardware]
    sources: Mapping[str, str]
    """Source id → what it is."""
    _index: Mapping[str, str] = field(repr=False)
    """Folded name → key of `models`."""
    _open_weights: Mapping[str, str] = field(repr=False)
    """Folded name on one's own server → key of `models`."""

    def find(self, model: str) -> ModelFacts | None:
        """The facts of `provider/name`, under any of its names; None when it is not known.

        Case is ignored, and so are dots written as dashes (`claude-sonnet-4-6`). Open weights are
        found under every provider that may stand for one's own server, and then carry the provider
        and name asked for.
        """
        provider, slash, name = model.partition("/")
        if not slash:
            return None
        known = self._index.get(_fold(model))
        if known is not None:
            return self.models[known]
        provider = provider.lower()
        known = self._open_weights.get(_bare(name)) if provider in OWN_SERVERS else None
        if known is None:
            return None
        return replace(self.models[known], key=model, provider=provider, name=name, served=name)

    def default_base_url(self, provider: str) -> str | None:
        """Where a provider is reached unless the policy says otherwise."""
        row = self.providers.get(provider)
        return row.base_url if row else None


@cache
def load_catalog() -> Catalog:
    """The shipped catalogue, read on the first call and kept."""
    folder = resources.files("ringfence.catalog")
    return parse_catalog(
        (folder / "catalog.yaml").read_bytes(), (folder / "providers.yaml").read_bytes()
    )


def parse_catalog(models: bytes, providers: bytes) -> Catalog:
    """A catalogue from the bytes of its two files; the digest is of exactly these, joined.

    Raises:
        pydantic.ValidationError: the data is not of the schema (a test reads the shipped data).
    """
    catalog = CatalogFile.model_validate(_yaml(models))
    facts = {key: _facts(key, row) for key, row in catalog.models.items()}
    return Catalog(
        digest=f"sha256:{hashlib.sha256(models + providers).hexdigest()}",
        models=MappingProxyType(facts),
        providers=MappingProxyType(
            dict(_providers(ProvidersFile.model_validate(_yaml(providers))))
        ),
        hardware=MappingProxyType(
            {key: _hardware(key, row) for key, row in catalog.hardware.items()}
        ),
        sources=MappingProxyType({key: row.title for key, row in catalog.sources.items()}),
        _index=MappingProxyType(dict(_names(catalog))),
        _open_weights=MappingProxyType(dict(_own_names(catalog))),
    )


def _yaml(data: bytes) -> Any:
    # The C loader is eight times as fast; PyYAML built without libyaml has only the other.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(data, Loader=loader)  # noqa: S506  both are safe loaders


def _fold(name: str) -> str:
    return name.lower().replace(".", "-")


def _bare(name: str) -> str:
    """Without the owner that model hubs write before it: `Qwen/Qwen3.5-72B`."""
    return _fold(name.rsplit("/", 1)[-1])


def _names(catalog: CatalogFile) -> Iterator[tuple[str, str]]:
    for key, row in catalog.models.items():
        provider = key.split("/", 1)[0]
        yield _fold(key), key
        for alias in row.aliases:
            yield _fold(alias), key
        if row.served is not None:
            yield _fold(f"{provider}/{row.served.name}"), key


def _own_names(catalog: CatalogFile) -> Iterator[tuple[str, str]]:
    for key, row in catalog.models.items():
        if row.open_weights:
            yield _bare(key), key
        for name in row.open_weights:
            yield _bare(name), key


def _facts(key: str, row: ModelRow) -> ModelFacts:
    provider, name = key.split("/", 1)
    price, hosting = row.price, row.hosting
    return ModelFacts(
        key=key,
        provider=provider,
        name=name,
        served=row.served.name if row.served else name,
        title=row.title,
        context_window=row.context_window.tokens,
        max_output_tokens=row.max_output.tokens if row.max_output else None,
        input_usd=price.input if price else None,
        output_usd=price.output if price else None,
        cached_input_usd=row.cached_input.usd if row.cached_input else None,
        output_usd_to=price.output_to if price else None,
        tools=row.can.tools,
        vision=row.can.vision,
        audio=row.can.audio,
        files=row.can.files,
        json_schema=row.can.json_schema,
        retires=row.retires.date if row.retires else None,
        strength=row.strength,
        self_served=hosting is not None,
        vram_gb=hosting.vram_gb if hosting else None,
        target=hosting.target if hosting else None,
        runs_on=hosting.runs_on if hosting else (),
        notes=tuple(_notes(row)),
        sources=tuple(f"{figure}: {part.source}" for figure, part in row.figures().items()),
    )


def _notes(row: ModelRow) -> Iterator[str]:
    for figure, part in row.figures().items():
        if part.note:
            yield f"{figure.replace('_', ' ')}: {part.note}"


def _providers(file: ProvidersFile) -> Iterator[tuple[str, Provider]]:
    for name, row in file.providers.items():
        yield name, _provider(name, row)


def _provider(name: str, row: ProviderRow) -> Provider:
    return Provider(
        name=name,
        wire=row.wire,
        base_url=row.base_url,
        key_env=row.key_env,
        quirks=MappingProxyType(row.quirks.model_dump(exclude_none=True)),
        source=row.source,
    )


def _hardware(key: str, row: HardwareRow) -> Hardware:
    return Hardware(
        key=key,
        title=row.title,
        vram_gb=row.vram_gb,
        usd_from=row.usd.from_,
        usd_to=row.usd.to,
        serves=row.serves,
        notes=(row.usd.note,) if row.usd.note else (),
        source=row.source,
    )
