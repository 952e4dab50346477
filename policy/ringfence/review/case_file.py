"""`NAME.test.yaml`: what a policy is to do with some requests, as frozen values, read as strictly as a policy is.

Texts that look like a secret are written in pieces, `{{join:first|second}}`, so that no scanner takes the file for a
leak.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from ringfence.errors import BadRequest, PolicyError, Problem
from ringfence.request import Caller, Request
from ringfence.rules import Policy
from ringfence.rules.faults import faults_of
from ringfence.rules.hints import did_you_mean
from ringfence.rules.section import LabelName, Section, Usd
from ringfence.rules.yaml_source import Path as ValuePath
from ringfence.rules.yaml_source import Source, read_yaml
from ringfence.types import Locality, TaskKind

SUFFIX = ".test.yaml"
_PIECES = re.compile(r"\{\{join:(.*?)\}\}", re.DOTALL)
_PLACEHOLDER = "A request."
"""The text of a case that states its labels and its task, and whose words do not matter."""


class WhoAsks(Section):
    """The caller, as a door would know it."""

    tenant: str = "default"
    user: str | None = None
    team: str | None = None
    key_id: str | None = None


class BudgetSpent(Section):
    """What a budget of the policy has used before this call."""

    per: Literal["tenant", "team", "user", "key_id"]
    every: Literal["day", "month"]
    usd: Usd


class Expected(Section):
    """What the decision is to be. What is not written may be anything."""

    labels: tuple[LabelName, ...] | None = Field(None, description="exactly these, in any order")
    labels_include: tuple[LabelName, ...] = Field((), description="these, and perhaps others")
    task: TaskKind | None = None
    model: str | None = Field(None, description="the first candidate")
    candidates: tuple[str, ...] | None = Field(None, description="all candidates, in order")
    never: tuple[str, ...] = Field((), description="models or localities that are no candidate")
    outcome: Literal["route", "deny", "none"] | None = None
    code: str | None = Field(None, description="of the error that a call would raise")
    rule: str | None = Field(None, description="the rule that denies")
    message: str | None = Field(None, min_length=1, description="a part of the refusal's message")
    max_output_tokens: int | None = None


class Case(Section):
    """A request, the state that it comes in, and what is expected."""

    name: str = Field(min_length=1, max_length=200)
    note: str | None = None
    text: str | None = Field(None, description="one user message")
    messages: tuple[Mapping[str, Any], ...] | None = None
    tools: tuple[str | Mapping[str, Any], ...] = Field((), description="names, or whole tools")
    response_schema: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] = {}
    model: str | None = Field(None, description="the model that the request asks for")
    max_output_tokens: int | None = Field(None, ge=1)
    caller: WhoAsks = WhoAsks()
    labels: tuple[LabelName, ...] | None = Field(
        None, description="labels of the request; the gate is then not asked"
    )
    task: TaskKind | None = Field(None, description="the kind of work, as the caller states it")
    tokens: int | None = Field(None, ge=1, description="how long the request is")
    time: datetime | None = Field(None, description="when it comes; UTC without an offset")
    down: tuple[str, ...] = Field((), description="models that do not answer")
    spent: tuple[BudgetSpent, ...] = ()
    expect: Expected


class CaseDocument(Section):
    """The whole file."""

    tests: Literal[1]
    policy: str | None = Field(None, description="its path from here; NAME.yaml when absent")
    time: datetime | None = Field(None, description="of cases that name none; now when absent")
    cases: tuple[Case, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """A file of cases that passed its schema."""

    path: Path
    document: CaseDocument
    source: Source

    @property
    def policy_path(self) -> Path:
        if self.document.policy is not None:
            return self.path.parent / self.document.policy
        return self.path.with_name(self.path.name.removesuffix(SUFFIX) + ".yaml")

    def place(self, index: int) -> Problem:
        """Where a case stands."""
        return self.source.problem(("cases", index), "")


def read_cases(path: Path) -> CaseFile:
    """Read a file of cases.

    Raises:
        PolicyError: with every fault and its line and column.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise _whole(path, f"cannot be read ({reason}); tests stand in NAME{SUFFIX}") from None
    source = read_yaml(content, file=str(path))
    if not isinstance(source.value, dict):
        raise _whole(path, "a file of tests is a mapping that starts with 'tests: 1'")
    try:
        document = CaseDocument.model_validate(_joined(source.value))
    except ValidationError as error:
        raise _faulty(source, faults_of(error, CaseDocument)) from None
    file = CaseFile(path=path, document=document, source=source)
    if faults := list(_faults_of_cases(document)):
        raise _faulty(source, faults)
    return file


def check_against(file: CaseFile, policy: Policy) -> None:
    """Whether all that the cases name is in the policy.

    Raises:
        PolicyError: with every name that is not.
    """
    if faults := list(_unknown_names(file.document, policy)):
        raise _faulty(file.source, faults)


def request_of(case: Case) -> Request:
    """The request of a case. Raises `BadRequest` where it has not the shape of one."""
    text = _PLACEHOLDER if case.text is None else case.text
    messages = case.messages or ({"role": "user", "content": text},)
    body: dict[str, Any] = {
        "messages": [dict(message) for message in messages],
        "tools": [_tool(tool) for tool in case.tools],
        "metadata": dict(case.metadata),
    }
    optional = {
        "response_schema": case.response_schema,
        "model": case.model,
        "max_output_tokens": case.max_output_tokens,
        "task": case.task.value if case.task else None,
    }
    body.update({key: value for key, value in optional.items() if value is not None})
    who = case.caller
    caller = Caller(tenant=who.tenant, user=who.user, team=who.team, key_id=who.key_id)
    return Request.parse({key: value for key, value in body.items() if value}, caller=caller)


def _tool(tool: str | Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(tool, str):
        return dict(tool)
    parameters = {"type": "object", "properties": {}}
    function = {"name": tool, "description": tool, "parameters": parameters}
    return {"type": "function", "function": function}


def _joined(value: Any) -> Any:
    if isinstance(value, str):
        return _PIECES.sub(lambda match: match[1].replace("|", ""), value)
    if isinstance(value, dict):
        return {key: _joined(item) for key, item in value.items()}
    return [_joined(item) for item in value] if isinstance(value, list) else value


def _faults_of_cases(document: CaseDocument) -> Iterator[tuple[ValuePath, str]]:
    names: set[str] = set()
    for index, case in enumerate(document.cases):
        path: ValuePath = ("cases", index)
        if case.name in names:
            yield (*path, "name"), "another case has this name; give each its own"
        names.add(case.name)
        if case.text is not None and case.messages is not None:
            yield (*path, "messages"), "write 'text' or 'messages', not both"
        if case.text is None and case.messages is None and (case.labels is None or not case.task):
            yield path, "there is nothing to read: write 'text', or state 'labels' and 'task'"
        if not case.expect.model_fields_set:
            yield (*path, "expect"), "expects nothing; write what the decision is to be"
        try:
            request_of(case)
        except BadRequest as error:
            yield path, f"no request: {error}"


def _unknown_names(document: CaseDocument, policy: Policy) -> Iterator[tuple[ValuePath, str]]:
    rules = [rule.name for rule in policy.document.rules]
    places = [*policy.models, *(locality.value for locality in Locality)]
    for index, case in enumerate(document.cases):
        path: ValuePath = ("cases", index)
        expect = case.expect
        named = [((*path, "down", at), name) for at, name in enumerate(case.down)]
        named += [((*path, "expect", "model"), expect.model)] if expect.model else []
        named += [
            ((*path, "expect", "candidates", at), name)
            for at, name in enumerate(expect.candidates or ())
        ]
        for where, name in named:
            if name not in policy.models:
                yield where, f"the policy has no model '{name}'{did_you_mean(name, policy.models)}"
        for at, name in enumerate(expect.never):
            if name not in places:
                hint = did_you_mean(name, places)
                yield (*path, "expect", "never", at), f"no model or locality '{name}'{hint}"
        if expect.rule is not None and expect.rule not in rules:
            hint = did_you_mean(expect.rule, rules)
            yield (*path, "expect", "rule"), f"the policy has no rule '{expect.rule}'{hint}"
        for at, spent in enumerate(case.spent):
            if not any(
                (b.per, b.every) == (spent.per, spent.every) for b in policy.document.budgets
            ):
                yield (
                    (*path, "spent", at),
                    f"the policy has no budget per {spent.per} every {spent.every}",
                )


def _whole(path: Path, message: str) -> PolicyError:
    return PolicyError([Problem(file=str(path), line=0, column=0, message=message)])


def _faulty(source: Source, faults: list[tuple[ValuePath, str]]) -> PolicyError:
    problems = {source.problem(path, message) for path, message in faults}
    return PolicyError(sorted(problems, key=lambda p: (p.line, p.column, p.message)))
