"""Which labels an entity puts on a request: one table. A label counts only where an enabled pack maps to it."""

from __future__ import annotations

from collections.abc import Mapping

_PII = ("pii",)
_MONEY = ("financial", "pii")
_HEALTH = ("phi", "pii")

LABELS: Mapping[str, tuple[str, ...]] = {
    "CREDIT_CARD": ("pci",),
    "CARD_SECURITY_CODE": ("pci",),
    "IBAN": _MONEY,
    "BANK_ACCOUNT": _MONEY,
    "US_ROUTING": _MONEY,
    "IFSC": _MONEY,
    "CLABE": _MONEY,
    "SORT_CODE": _MONEY,
    "SWIFT_BIC": _MONEY,
    "BSB": _MONEY,
    "CRYPTO_WALLET": _MONEY,
    "MRN": _HEALTH,
    "HEALTH_MEMBER_ID": _HEALTH,
    "US_NPI": _HEALTH,
    "US_DEA": _HEALTH,
    "US_MBI": _HEALTH,
    "UK_NHS": _HEALTH,
    "NZ_NHI": _HEALTH,
    "CA_RAMQ": _HEALTH,
    "DE_KVNR": _HEALTH,
    "AU_MEDICARE": _HEALTH,
    "CRYPTO_KEY": ("secret",),
    "ONE_TIME_CODE": ("secret",),
    "CLINICAL": ("phi",),
    "PRIVILEGED": ("privileged",),
    "UNPUBLISHED_RESULTS": ("mnpi",),
    "DEAL": ("mnpi",),
    "CLASSIFIED": ("classified",),
    "HR_MATTER": ("hr",),
    "SPECIAL_CATEGORY": ("special",),
    "MINOR_RECORD": ("minor",),
    "CLIENT_FINANCIAL": ("financial",),
    "CONFIDENTIAL": ("confidential",),
    "PERSON": _PII,
}
"""Entities whose labels are not `pii` alone, or come from the rooms for secrets, regulated content and names."""


REGULATED = frozenset(
    {
        "CLINICAL",
        "PRIVILEGED",
        "UNPUBLISHED_RESULTS",
        "DEAL",
        "CLASSIFIED",
        "HR_MATTER",
        "SPECIAL_CATEGORY",
        "MINOR_RECORD",
        "CLIENT_FINANCIAL",
        "CONFIDENTIAL",
    }
)
"""The families of the room for regulated content."""


def labels_of(entity: str, *, secret: bool = False) -> tuple[str, ...]:
    """The labels of an entity. One that nobody listed is a secret if the room for secrets found it, else `pii`."""
    return LABELS.get(entity, ("secret",) if secret else _PII)
