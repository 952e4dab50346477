"""A sentence for each label, so that a counterexample is a request that one can send through `ringfence route`.

tests/review/test_specimens.py holds that the gate puts each label on its sentence. Some bring a second label with
them: who is paid is a person too. A label that no sentence brings (`unscanned`, one of another policy's taint) stays a
part of the state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ringfence.rules import Policy
from ringfence.types import UNREAD

# Published test numbers, put together here so that no scanner of this file takes one for real.
_CARD = " ".join(("4111", *("1111",) * 3))
_PASSWORD = "hT7!" + "kq9Zr2"

SENTENCES: Mapping[str, str] = {
    "classified": "TOP SECRET//NOFORN",
    "confidential": "CONFIDENTIAL - INTERNAL USE ONLY. Do not distribute.",
    "financial": "Bank account number 0532013000, routing number 021000021.",
    "hr": "Performance improvement plan for the employee: termination is planned for Friday, "
    "severance of two months.",
    "minor": "The pupil, aged 9, is in foster care; her guardian signed.",
    "mnpi": "Until the earnings call: unpublished Q3 revenue is $4.2 billion, ahead of guidance.",
    "pci": f"Card {_CARD}.",
    "phi": "The patient was diagnosed with type 2 diabetes and takes metformin.",
    "pii": "Write to jane.roe@gmail.com please.",
    "privileged": "Attorney-client privileged: our counsel advises us not to settle.",
    "secret": f"password: {_PASSWORD}",
    "special": "She is a practising Catholic and a member of the trade union.",
}
NOTHING = "…"
"""The text of a request that holds nothing."""
_PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}


def with_labels(
    body: Mapping[str, Any], labels: Iterable[str], policy: Policy
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """A request that holds what its labels stand for, and the labels that no text of ours brings."""
    words = {entry.label: entry.words[0] for entry in policy.document.labels.custom if entry.words}
    (message,) = body["messages"]
    sentences, without = [text for text in (message["content"],) if text != NOTHING], []
    for label in labels:
        if label in SENTENCES or label in words:
            sentences.append(SENTENCES.get(label) or words[label])
        elif label != UNREAD:
            without.append(label)
    content: Any = "\n".join(sentences or [NOTHING])
    if UNREAD in labels:
        content = [{"type": "text", "text": content}, _PICTURE]
    return {**body, "messages": [{**message, "content": content}]}, tuple(without)
