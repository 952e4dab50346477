"""What the schema alone cannot see: names that exist, endpoints that are what they say, reasons that are written.

Every check yields problems with the path they stand at; none stops at the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from urllib.parse import urlsplit

import re2

from ringfence.catalog import Catalog
from ringfence.rules.hints import did_you_mean, quoted
from ringfence.rules.policy import implied_locality, price_is_known, trusts_more
from ringfence.rules.rule_checks import Fault, check_route, check_rules
from ringfence.rules.schema import ModelSpec, Network, PolicyDocument
from ringfence.rules.yaml_source import Path
from ringfence.types import Locality


def check_document(
    document: PolicyDocument, catalog: Catalog, known: Set[str] = frozenset()
) -> Iterator[Fault]:
    """All faults of a document that passed its schema.

    `known` are models that rules may name besides its own: those that a base had and a child does not keep.
    """
    hosts = frozenset(host.host.lower() for host in document.network.hosts)
    for name, spec in document.models.items():
        yield from _check_model(("models", name), spec, catalog, hosts)
    for kind, route in document.routes.items():
        yield from check_route(("routes", kind.value), route, document)
    yield from check_rules(document, known)
    asked = document.classifier.model
    if asked is not None and asked not in document.models:
        hint = did_you_mean(asked, document.models)
        yield (
            ("classifier", "model"),
            f"no model is called{quoted(asked, hint) or ' this'} under 'models:'{hint}",
        )
    if document.classifier.digest is not None and document.classifier.fitted is None:
        yield ("classifier", "digest"), "pins nothing; it goes with 'fitted:'"
    yield from _check_patterns(document)
    yield from _check_proxy(document.network)
    if not document.labels.secrets.enabled and document.labels.secrets.because is None:
        yield (
            ("labels", "secrets", "enabled"),
            "secrets are turned off without a reason; write 'because:' beside it",
        )
    if not document.gate.enabled and document.gate.because is None:
        yield ("gate", "enabled"), "the gate is off without a reason; write 'because:' beside it"


def _check_model(
    path: Path, spec: ModelSpec, catalog: Catalog, hosts: frozenset[str]
) -> Iterator[Fault]:
    prefix = spec.model.split("/", 1)[0]
    provider = catalog.providers.get(prefix)
    if provider is None:
        hint = did_you_mean(prefix, catalog.providers)
        yield (*path, "model"), f"unknown provider{quoted(prefix, hint)}{hint}"
        return
    fault = _address_fault(spec.base_url, provider.wire)
    if fault is not None:
        yield (*path, "base_url"), fault
        return
    implied = implied_locality(spec, provider, hosts)
    locality = spec.locality or implied
    if trusts_more(locality, implied):
        yield (*path, "locality"), _too_much_trust(locality, implied)
    if locality is not Locality.LOCAL and spec.clearance and spec.because is None:
        yield (
            (*path, "clearance"),
            "a model that is not local is cleared here without a reason; write 'because:'",
        )
    url = spec.base_url or provider.base_url or "https://"
    if locality is Locality.PRIVATE and urlsplit(url).scheme == "http" and not spec.insecure:
        yield (*path, "base_url"), "a private host needs https://, or 'insecure: true' beside it"
    if locality is Locality.CLOUD and not price_is_known(spec, catalog):
        yield (
            (*path, "model"),
            "the catalogue does not know this model's price in a cloud; write its 'price: {input, output}' "
            "(US dollars a million tokens) and 'context_window'",
        )


def _address_fault(base_url: str | None, wire: str) -> str | None:
    if base_url is None:
        return None
    parts = urlsplit(base_url)
    if parts.scheme in ("http", "https"):
        return None
    if parts.scheme != "unix":
        return "must start with http://, https:// or unix://"
    if parts.netloc or not parts.path.startswith("/"):
        return "a Unix socket is written unix:///whole/path.sock"
    if wire not in ("openai", "ollama"):
        return "only servers of OpenAI's or Ollama's format are reached over a Unix socket"
    return None


def _check_proxy(network: Network) -> Iterator[Fault]:
    if network.proxy is None:
        if network.proxy_auth_env is not None:
            yield ("network", "proxy_auth_env"), "there is no 'proxy' beside it"
        return
    if not _is_origin(network.proxy):
        yield (
            ("network", "proxy"),
            "must be http(s)://host:port alone; its user and password stand in 'proxy_auth_env'",
        )


def _is_origin(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    plain = "@" not in parts.netloc and parts.path in ("", "/") and not parts.query
    return parts.scheme in ("http", "https") and bool(host) and plain


def _too_much_trust(written: Locality, implied: Locality) -> str:
    if written is Locality.LOCAL:
        return f"this endpoint is not on this machine, so it cannot be 'local'; write '{implied.value}'"
    return "a private host must be listed under network.hosts with a 'because'"


def _check_patterns(document: PolicyDocument) -> Iterator[Fault]:
    for index, custom in enumerate(document.labels.custom):
        path: Path = ("labels", "custom", index)
        if not custom.words and custom.regex is None and custom.dictionary is None:
            yield path, "finds nothing; write 'words:', 'regex:' or 'dictionary:'"
        if custom.digest is not None and custom.dictionary is None:
            yield (*path, "digest"), "pins nothing; it goes with 'dictionary:'"
        yield from _check_regex((*path, "regex"), custom.regex)
    for index, allow in enumerate(document.labels.allow):
        path = ("labels", "allow", index)
        if not allow.words and allow.regex is None:
            yield path, "allows nothing; write 'words:' or 'regex:'"
        yield from _check_regex((*path, "regex"), allow.regex)


def _check_regex(path: Path, regex: str | None) -> Iterator[Fault]:
    if regex is None:
        return
    try:
        pattern = re2.compile(regex, _quiet())
    except re2.error:
        yield (
            path,
            "not a regex that runs in linear time (RE2 syntax: no look-around, no back-references)",
        )
    else:
        if pattern.match(""):
            yield path, "matches empty text, so it would match everywhere"


def _quiet() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    return options
