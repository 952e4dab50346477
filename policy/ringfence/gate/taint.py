"""What the gate asks of a taint store: which labels come back with texts that models gave to labelled requests (I5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from ringfence.request import Request
from ringfence.types import Finding

TAINT = "TAINT"


class TaintLookup(Protocol):
    """A store of keyed hashes; `ringfence.records` has it, the router hands it in."""

    def labels_of(
        self, *, tenant: str, texts: Sequence[str], conversation_id: str | None
    ) -> tuple[tuple[int | None, tuple[str, ...]], ...]:
        """Pairs of the index of a text that matched (None: the conversation) and its labels."""
        ...


def tainted(lookup: TaintLookup, request: Request) -> Iterator[Finding]:
    """One finding for each label that comes back with a message or with the conversation."""
    texts = [message.text for message in request.messages]
    known = [index for index, text in enumerate(texts) if text]
    matches = lookup.labels_of(
        tenant=request.caller.tenant,
        texts=[texts[index] for index in known],
        conversation_id=request.conversation_id,
    )
    for place, labels in matches:
        index = None if place is None else known[place]
        path = "/conversation_id" if index is None else f"/messages/{index}/content"
        end = len(request.conversation_id or "") if index is None else len(texts[index])
        why = (
            "the conversation carries it"
            if index is None
            else "a model gave this text to a labelled request"
        )
        for label in labels:
            yield Finding(
                label=label,
                entity=TAINT,
                path=path,
                start=0,
                end=end,
                score=1.0,
                recognizer="taint",
                why=why,
            )
