"""Other policy languages, each with the same rules: those of casbin, cel-python and common-expression-language."""

from __future__ import annotations

import importlib.util
import logging
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule's name, and its condition in each language."""

    name: str
    ours: str
    cel: str
    casbin: str


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a rule may ask about."""

    team: str
    user: str
    project: str
    tools: tuple[str, ...]
    labels: tuple[str, ...]
    tokens: int
    text: str

    def plain(self) -> dict[str, Any]:
        """The same as JSON."""
        return {**asdict(self), "tools": list(self.tools), "labels": list(self.labels)}


Ask = Callable[[Subject], list[str]]
"""From who asks for what to the names of the rules that match, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One peer. `load` makes rules ready; `first_only`: it stops at the first rule that matches."""

    module: str
    load: Callable[[Sequence[Rule]], Ask]
    first_only: bool = False


@cache
def peers() -> dict[str, Peer]:
    """The peers that are installed."""
    known = {
        "casbin": Peer(module="casbin", load=_casbin, first_only=True),
        "cel-python": Peer(module="celpy", load=_cel_python),
        "common-expression-language": Peer(module="cel", load=_common_expression_language),
    }
    return {name: peer for name, peer in known.items() if importlib.util.find_spec(peer.module)}


def _cel_python(rules: Sequence[Rule]) -> Ask:
    import celpy

    environment = celpy.Environment()
    programs = [(rule.name, environment.program(environment.compile(rule.cel))) for rule in rules]

    def ask(subject: Subject) -> list[str]:
        known = {key: celpy.json_to_cel(value) for key, value in subject.plain().items()}
        return [name for name, program in programs if program.evaluate(known)]

    return ask


def _common_expression_language(rules: Sequence[Rule]) -> Ask:
    import cel

    programs = [(rule.name, cel.compile(rule.cel)) for rule in rules]

    def ask(subject: Subject) -> list[str]:
        context = cel.Context(subject.plain())
        return [name for name, program in programs if program.execute(context)]

    return ask


_MODEL = """\
[request_definition]
r = sub
[policy_definition]
p = name, cond
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = eval(p.cond)
"""


def _casbin(rules: Sequence[Rule]) -> Ask:
    import casbin

    logging.getLogger("casbin").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.conf"
        model.write_text(_MODEL)
        enforcer = casbin.Enforcer(str(model))
    enforcer.add_policies([[rule.name, rule.casbin] for rule in rules])

    def ask(subject: Subject) -> list[str]:
        allowed, explanation = enforcer.enforce_ex(subject)
        return explanation[:1] if allowed else []

    return ask
