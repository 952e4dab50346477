"""What the packs of a policy ask of the gate: which labels count, and how people's names are read."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.rules.schema import PACKS, Labels, NameMode, PolicyDocument

_NAMES_IN_FULL = frozenset({"hipaa"})
"""Packs under which a name alone is sensitive: HIPAA lists names first of its 18 identifiers (45 CFR 164.514)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameReading:
    """How names are read, and whether a request too large for it is `unscanned` instead of read in part."""

    mode: NameMode
    strict: bool


def enabled_labels(labels: Labels) -> frozenset[str]:
    """The labels that recognisers may put on a request. `secret` stays unless `secrets: {enabled: false}` says no."""
    enabled = {label for pack in labels.packs for label in PACKS[pack]}
    enabled.discard("secret")
    return frozenset(enabled | {"secret"} if labels.secrets.enabled else enabled)


def name_reading(document: PolicyDocument) -> NameReading:
    """`gate.names` where it is written; else what a chosen pack asks for; else `context`.

    A list of packs that leaves some out is a choice; all of them (the default, written or not) is none, so that no
    policy reads names in full without a line that says so. What asks for full names is strict too, unless
    `gate.limits.strict` is written.
    """
    gate = document.gate
    asked = gate.names is None and asks_for_full_names(document.labels) is not None
    mode: NameMode = gate.names or ("full" if asked else "context")
    strict = asked if gate.limits.strict is None else gate.limits.strict
    return NameReading(mode=mode, strict=strict)


def asks_for_full_names(labels: Labels) -> str | None:
    """The chosen pack that asks for names in full, if there is one."""
    if set(labels.packs) == set(PACKS):
        return None
    return next((pack for pack in labels.packs if pack in _NAMES_IN_FULL), None)
