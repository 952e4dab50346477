"""What is looked for, and what is let pass: the gate, its exceptions, and who may see or release what it found."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import re2

from ringfence.review.checks.noticed import Noticed
from ringfence.rules import Policy
from ringfence.rules.packs import asks_for_full_names

_ORDINARY = (
    "Please write a short text about the weather in spring and send it to me when it is ready.",
    "def total(items): return sum(item.price for item in items) # 2026",
    "The meeting is at 10 on Monday; bring the notes of the last one.",
    "Could you sort these lines by name, and tell me which of them come twice?",
)
"""Texts that hold nothing to look for: a custom label found in two of them is found everywhere."""
_OF_ALL_KINDS = (
    "someone@company.example",
    "+44 20 7946 0018",
    "4000 1234 5678 9010",
    "1985-03-14",
    "Margaret Ellison",
    "12 Long Lane, Leeds",
)
"""Values of the kinds that the gate looks for: an exception that covers two of them is no exception."""
SHORT = 4
"""Characters under which an allowed text is part of a lot of others."""


def gate(policy: Policy) -> Iterator[Noticed]:
    """RF401, RF402 and RF403: what is not looked for."""
    document = policy.document
    if not document.gate.enabled:
        yield Noticed(
            "RF401", ("gate", "enabled"), "the gate is off: every model may see every request"
        )
        return
    if not document.labels.secrets.enabled:
        yield Noticed("RF402", ("labels", "secrets", "enabled"), "secrets are not looked for")
    pack = asks_for_full_names(document.labels)
    if pack is not None and document.gate.names in ("off", "context"):
        yield Noticed(
            "RF403",
            ("gate", "names"),
            f"the pack '{pack}' asks for 'names: full', and this line reads fewer",
        )


def allowed(policy: Policy) -> Iterator[Noticed]:
    """RF404: exceptions that are none."""
    for index, allow in enumerate(policy.document.labels.allow):
        path = ("labels", "allow", index)
        for at, word in enumerate(allow.words):
            if len(word.strip()) < SHORT:
                yield Noticed(
                    "RF404",
                    (*path, "words", at),
                    f"an allowed text of fewer than {SHORT} characters",
                )
        if allow.regex is not None:
            covered = sum(bool(_compiled(allow.regex).fullmatch(text)) for text in _OF_ALL_KINDS)
            if covered > 1:
                yield Noticed(
                    "RF404",
                    (*path, "regex"),
                    f"the pattern also covers {covered} of {len(_OF_ALL_KINDS)} quite different values",
                )


def custom(policy: Policy) -> Iterator[Noticed]:
    """RF405: labels of the policy's own that ordinary text gets."""
    for index, label in enumerate(policy.document.labels.custom):
        if label.context:
            continue
        path = ("labels", "custom", index)
        for at, word in enumerate(label.words):
            if _is_everywhere(rf"(?i)\b{re2.escape(word)}\b") or len(word.strip()) < 2:
                yield Noticed(
                    "RF405", (*path, "words", at), f"a word of {label.name} is an ordinary one"
                )
        if label.regex is not None and _is_everywhere(label.regex):
            yield Noticed(
                "RF405", (*path, "regex"), f"the pattern of {label.name} matches ordinary text"
            )


def _is_everywhere(pattern: str) -> bool:
    return sum(bool(_compiled(pattern).search(text)) for text in _ORDINARY) > 1


@cache
def _compiled(pattern: str) -> re2._Regexp:
    return re2.compile(pattern)


def released(policy: Policy) -> Iterator[Noticed]:
    """RF406, RF407 and RF408: who may take labels off, read everything back, or go unrecorded."""
    document = policy.document
    for index, release in enumerate(document.taint.declassify):
        if release.labels == "all" and not release.users:
            yield Noticed(
                "RF406", ("taint", "declassify", index), "anybody may take every label off again"
            )
    for name, caller in document.callers.items():
        if caller.clearance == "all":
            yield Noticed(
                "RF407", ("callers", name, "clearance"), f"'{name}' may read everything back"
            )
    if document.records.unwritable == "allow":
        yield Noticed("RF408", ("records", "unwritable"), "unlabelled calls may go unrecorded")
