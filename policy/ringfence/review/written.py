"""What the policy file says of each model, resolved from the file anew: none of it by the code that decides.

Dumb on purpose. It is held against every Decision, so it must be possible to check by reading it beside DESIGN's I1
and I3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ringfence.rules import Policy
from ringfence.rules.schema import ModelSpec

_THIS_MACHINE = re.compile(r"localhost|::1|127(\.\d{1,3}){3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where a model runs and what it may see, as the policy file writes it."""

    name: str
    locality: str
    everything: bool
    labels: frozenset[str]

    def may_see(self, labels: Iterable[str]) -> bool:
        """I1: labels ⊆ clearance; `unscanned` needs `all`, on this machine."""
        for label in labels:
            if label == "unscanned":
                if not (self.everything and self.locality == "local"):
                    return False
            elif not self.everything and label not in self.labels:
                return False
        return True


def models_as_written(policy: Policy) -> Mapping[str, Written]:
    """Each model of the policy, from its document and from the address that its provider has in the catalogue."""
    found = {}
    for name, spec in policy.document.models.items():
        locality = spec.locality.value if spec.locality else _where(policy, spec)
        written = spec.clearance
        everything = written == "all" or (written is None and locality == "local")
        labels = frozenset(written) if isinstance(written, tuple) else frozenset()
        found[name] = Written(name=name, locality=locality, everything=everything, labels=labels)
    return found


def _where(policy: Policy, spec: ModelSpec) -> str:
    """I3: local is loopback, a Unix socket or the embedded model; private is a listed host; the rest is cloud."""
    provider = policy.catalog.providers[spec.model.split("/", 1)[0]]
    if provider.wire == "embedded":
        return "local"
    if provider.wire == "ollama" and spec.model.endswith((":cloud", "-cloud")):
        return "cloud"
    parts = urlsplit(spec.base_url or provider.base_url or "")
    host = (parts.hostname or "").lower()
    if parts.scheme == "unix" or _THIS_MACHINE.fullmatch(host):
        return "local"
    listed = {entry.host.lower() for entry in policy.document.network.hosts}
    return "private" if host in listed else "cloud"
