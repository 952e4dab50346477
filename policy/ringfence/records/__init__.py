"""What ringfence remembers: each call before it is made and after, what was spent, and which texts carry labels.

One SQLite file holds it all, with no content in it (I4): counts, kinds, names of the policy, and keyed hashes.
"""

from typing import TYPE_CHECKING

from ringfence.records.accepted import AcceptedSerials
from ringfence.records.keys import default_folder, load_key
from ringfence.records.records import Call, Records

if TYPE_CHECKING:
    from ringfence.records.ledger import Ledger
    from ringfence.records.summary import SpendRow, Summary
    from ringfence.records.taint import TaintStore

__all__ = [
    "AcceptedSerials",
    "Call",
    "Ledger",
    "Records",
    "SpendRow",
    "Summary",
    "TaintStore",
    "default_folder",
    "load_key",
]


def __getattr__(name: str) -> object:
    """What needs the database loads when it is first named: SQLAlchemy takes 0.4 s."""
    if name == "Ledger":
        from ringfence.records.ledger import Ledger

        return Ledger
    if name in ("SpendRow", "Summary"):
        from ringfence.records import summary

        return getattr(summary, name)
    if name == "TaintStore":
        from ringfence.records.taint import TaintStore

        return TaintStore
    raise AttributeError(f"module 'ringfence.records' has no attribute '{name}'")
