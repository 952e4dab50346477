"""Which rules of a policy match a request. Pure; a rule's `when` is a conjunction of simple tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from ringfence.request import Caller, Request
from ringfence.rules.policy import Policy
from ringfence.rules.schema import Rule, When, Words
from ringfence.types import TaskKind


class Facts:
    """What rules may ask about: the request, and what the stages so far have said of it.

    `labels`, `task` and `tokens` are None before the stage that knows them; a condition on one then does not match.
    """

    def __init__(
        self,
        request: Request,
        *,
        labels: Iterable[str] | None = None,
        task: TaskKind | None = None,
        tokens: int | None = None,
    ) -> None:
        self.request = request
        self.labels = frozenset(labels) if labels is not None else None
        self.task = task
        self.tokens = tokens

    @property
    def caller(self) -> Caller:
        return self.request.caller

    @property
    def metadata(self) -> Mapping[str, Any]:
        return self.request.metadata

    @cached_property
    def tools(self) -> frozenset[str]:
        return frozenset(tool["function"]["name"] for tool in self.request.tools)

    @cached_property
    def text(self) -> str:
        """Every message's text and tool arguments, case folded. Built once, and only when a rule asks."""
        return "\n".join(_texts(self.request)).casefold()


def _texts(request: Request) -> Iterable[str]:
    for message in request.messages:
        yield message.text
        for call in message.tool_calls:
            arguments = (call.get("function") or {}).get("arguments")
            if isinstance(arguments, str):
                yield arguments


def matching_rules(policy: Policy, facts: Facts) -> tuple[Rule, ...]:
    """The rules that match, in the policy's order."""
    return tuple(rule for rule in policy.document.rules if matches(rule.when, facts))


def label_rules(policy: Policy, facts: Facts) -> tuple[str, ...]:
    """The labels that matching label rules put on a request, sorted. Runs in the gate, before any classifier."""
    labels: set[str] = set()
    for rule in policy.document.rules:
        if rule.label and matches(rule.when, facts):
            labels.update(_words(rule.label))
    return tuple(sorted(labels))


def matches(when: When, facts: Facts) -> bool:
    """Whether every condition that is written holds."""
    caller = facts.caller
    return (
        _is(when.tenant, caller.tenant)
        and _is(when.user, caller.user)
        and _is(when.team, caller.team)
        and _is(when.key_id, caller.key_id)
        and all(_is(words, facts.metadata.get(key)) for key, words in when.metadata.items())
        and (when.tools is None or not facts.tools.isdisjoint(_words(when.tools)))
        and (
            when.labels is None or not (facts.labels or frozenset()).isdisjoint(_words(when.labels))
        )
        and (when.task is None or facts.task in _kinds(when.task))
        and _within(when, facts.tokens)
        and (when.text is None or any(word.casefold() in facts.text for word in _words(when.text)))
    )


def _words(words: Words) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else words


def _kinds(kinds: TaskKind | tuple[TaskKind, ...]) -> tuple[TaskKind, ...]:
    return (kinds,) if isinstance(kinds, TaskKind) else kinds


def _is(wanted: Words | None, actual: object) -> bool:
    return wanted is None or (actual is not None and str(actual) in _words(wanted))


def _within(when: When, tokens: int | None) -> bool:
    if when.tokens is None:
        return True
    if tokens is None:
        return False
    above, below = when.tokens.above, when.tokens.below
    return (above is None or tokens > above) and (below is None or tokens < below)
