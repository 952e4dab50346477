"""`ringfence policy init`: the guide's policy, with the models of this machine in it and the rest as comments.

The shipped default is the template: its lines of models and of routes are written anew, all else stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from ringfence.cli.found import Found

if TYPE_CHECKING:
    from ringfence.catalog import Catalog
    from ringfence.dispatch.local_servers import ServedModel

_MODEL = re.compile(r"  ([\w.-]+):( +)\{model: ([\w./:-]+)\}( +)# (.*)")
_ROUTE = re.compile(r"  ([a-z_]+):( +)(\[.*\])( +)# (.*)")
_EVERYDAY_BYTES = 4_000_000_000
"""About what 7 billion parameters take in 4 bits: the smallest model that the guide gives everyday work."""
_STRONG = ("codegen", "complex", "long_context", "gui")
"""Kinds of work that the guide gives the larger local model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """A cloud model of the template."""

    name: str
    spec: str
    variable: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """A local model of the policy to write, with its line."""

    name: str
    line: str


def clouds_of(template: str, catalog: Catalog) -> tuple[Cloud, ...]:
    """The cloud models of the template, with the variable of the key that each needs."""
    clouds = []
    for name, _, spec, *_ in (
        m.groups() for m in map(_MODEL.fullmatch, template.splitlines()) if m
    ):
        variable = catalog.providers[spec.split("/", 1)[0]].key_env
        if variable is not None:
            clouds.append(Cloud(name=name, spec=spec, variable=variable))
    return tuple(clouds)


def fill_in(template: str, found: Found, catalog: Catalog) -> str:
    """The template with what was found; as it is where nothing was."""
    return _Filling(template, found, catalog).text() if found else template


class _Filling:
    """One filling of the template."""

    def __init__(self, template: str, found: Found, catalog: Catalog) -> None:
        self._lines = template.splitlines()
        self._catalog = catalog
        self._found = found
        clouds = clouds_of(template, catalog)
        self._clouds = {cloud.name: cloud for cloud in clouds}
        self._usable = [cloud for cloud in clouds if cloud.variable in found.keys]
        self._everyday, self._strong = self._locals()

    def text(self) -> str:
        lines: list[str] = []
        for line in self._lines:
            if match := _MODEL.fullmatch(line):
                lines += self._model(line, *match.groups())
            elif match := _ROUTE.fullmatch(line):
                lines.append(self._route(*match.groups()))
            else:
                lines.append(line)
            if line == "models:":
                lines += self._local_lines()
        return "\n".join(lines) + "\n"

    # -- models

    def _locals(self) -> tuple[Local, Local]:
        """The model for everyday work and the one for hard work; the guide's, to be pulled, where none runs here."""
        served = [m for m in self._found.served if m.wire == "ollama"] or self._found.served[:1]
        if not served:
            spec = "ollama_chat/qwen3.5:9b"
            note = "none runs here yet: start Ollama, then: ollama pull qwen3.5:9b"
            line = _beside(f"  local-9b:    {{model: {spec}}}", note)
            guides = Local(name="local-9b", line=line)
            return guides, guides
        able = [model for model in served if model.size >= _EVERYDAY_BYTES]
        everyday, strong = (able or served[:1])[-1], served[0]
        return self._local(everyday), self._local(strong)

    def _local(self, served: ServedModel) -> Local:
        provider = "ollama_chat" if served.wire == "ollama" else "openai"
        spec = f"{provider}/{served.name}"
        name = {"qwen3.5:9b": "local-9b", "qwen3.5:72b": "local-72b"}.get(served.name)
        name = name or self._free_name(served.name)
        parts = [f"model: {_word(spec)}"]
        if served.base_url != self._catalog.providers[provider].base_url:
            parts.append(f"base_url: {_word(served.base_url)}")
        if self._catalog.find(spec) is None:
            parts.append(f"context_window: {served.context_window or 8192}")
            parts += ["tools: native"] if served.tools else []
            parts += ["vision: true"] if served.vision else []
        written = f"  {name + ':':<12} {{{', '.join(parts)}}}"
        line = _beside(written, "runs on this machine")
        return Local(name=name, line=line)

    def _free_name(self, served: str) -> str:
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", served).strip("-._")[:40] or "model"
        return f"local-{name}" if name in self._clouds else name

    def _local_lines(self) -> list[str]:
        used = (self._everyday, self._strong)
        lines = list(dict.fromkeys(local.line for local in used))
        others = [_word(m.name) for m in self._found.served]
        spare = [name for name in others if not any(name.strip('"') in line for line in lines)]
        if spare:
            lines.append(f"  # also here: {', '.join(spare[:8])}")
        return lines

    def _model(self, line: str, name: str, _: str, spec: str, __: str, note: str) -> list[str]:
        """A line of the template: as it is with a key for it, a comment without; local ones were written before."""
        cloud = self._clouds.get(name)
        if cloud is None:
            written = name in (self._everyday.name, self._strong.name)
            return [] if written else [_beside(f"  # {name}: {{model: {spec}}}", note)]
        if cloud in self._usable:
            return [line]
        return [_beside(f"  # {name}: {{model: {spec}}}", f"no {cloud.variable}; {note}")]

    # -- routes

    def _route(self, kind: str, gap: str, written: str, _: str, note: str) -> str:
        groups: Sequence[Any] = yaml.safe_load(written)
        usable = {cloud.name for cloud in self._usable}
        kept: list[Any] = []
        for group in groups:
            names = [
                name for name in ([group] if isinstance(group, str) else group) if name in usable
            ]
            kept += [names[0] if len(names) == 1 else names] if names else []
        missing = [name for name in _flat(groups) if name in self._clouds and name not in usable]
        if not kept and self._usable:
            kept = [self._stand_in(kind)]
        local = (self._strong, self._everyday) if kind in _STRONG else (self._everyday,)
        route = [*kept, *dict.fromkeys(model.name for model in local)]
        lacking = f"; the guide has {', '.join(missing)} too: no key" if missing else ""
        return _beside(f"  {kind}:{gap}{_flow(route)}", f"{note}{lacking}")

    def _stand_in(self, kind: str) -> str:
        """For a row whose own models have no key: the cheapest, for hard work the dearest, for length the widest."""
        from ringfence.types import TaskKind, Tier

        def price(cloud: Cloud) -> Any:
            facts = self._catalog.find(cloud.spec)
            return facts.input_usd if facts and facts.input_usd is not None else 0

        def window(cloud: Cloud) -> int:
            facts = self._catalog.find(cloud.spec)
            return facts.context_window if facts else 0

        if kind == TaskKind.LONG_CONTEXT:
            return max(self._usable, key=window).name
        choose = max if TaskKind(kind).tier is Tier.COMPLEX else min
        return choose(self._usable, key=price).name


_TESTS = """\
# Tests of the policy beside it: run them with 'ringfence policy test'. Add the requests that matter to you.
tests: 1
cases:
  - name: a patient's note stays on this machine
    text: "Patient Margaret Ellison, MRN 00482913, admitted with chest pain; troponin raised. Shorten it."
    expect: {labels_include: [phi, pii], never: [cloud]}
  - name: what was not read to its end stays on this machine
    labels: [unscanned]
    task: standard
    expect: {never: [cloud, private]}
"""
_TESTS_OF_A_KIND = """\
  - {{name: {0} work is served, labels: [], task: {0}, expect: {{outcome: route}}}}
  - {{name: labelled {0} work stays, labels: [pii], task: {0}, expect: {{outcome: route, never: [cloud]}}}}
"""


def starter_tests(kinds: Iterable[str]) -> str:
    """A few tests that hold for any policy that `fill_in` gives."""
    return _TESTS + "".join(_TESTS_OF_A_KIND.format(kind) for kind in kinds)


_COLUMN = 59
"""Where the template's comments begin."""


def _beside(written: str, note: str) -> str:
    return f"{written:<{_COLUMN - 2}}  # {note}"


def _flat(groups: Sequence[Any]) -> list[str]:
    return [n for group in groups for n in ([group] if isinstance(group, str) else group)]


def _flow(route: Sequence[Any]) -> str:
    parts = [item if isinstance(item, str) else _flow(item) for item in route]
    return f"[{', '.join(parts)}]"


def _word(text: str) -> str:
    """Text from a server as a YAML word: quoted, so that no name of a model can write a line of the policy."""
    return json.dumps(text, ensure_ascii=True)
