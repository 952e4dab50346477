"""Routers that look at their policy's files at every request, and policies whose every trace in a decision agrees.

Fixtures
    at_once     no waiting between looks, for a file to be quiet, or before a failed load is tried again.
    versions    `versions.write(n)` puts version n of a policy in place (by rename); `versions.text(n)` is its text;
                `versions.path` where it stands. `versions.of(decision)` is the version that each of its parts is of.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

KINDS = ("simple", "standard", "research", "codegen", "complex", "long_context", "gui", "live")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.standing.LOOK_S", 0.0)
    monkeypatch.setattr("ringfence.reloading.QUIET_S", 0.0)
    monkeypatch.setattr("ringfence.reloading.RETRY_S", 0.0)


@dataclass(frozen=True)
class Versions:
    """Version n names itself in its serial, label, models, output limit, route and reasons."""

    path: Path
    cloud: str
    local: str

    def text(self, n: int, more: str = "") -> str:
        served = "context_window: 32768, tools: native, json_schema: true"
        price = f"price: {{input: {n}, output: {n}}}"
        routes = ", ".join(f"{kind}: [cloud-{n}, local-{n}]" for kind in KINDS)
        return f"""
ringfence: 1
name: version-{n}
serial: {n}
models:
  cloud-{n}: {{model: openai/stand-in, base_url: "{self.cloud}", locality: cloud, {price}, {served}}}
  local-{n}: {{model: openai/stand-in, base_url: "{self.local}", locality: local, {served}}}
labels: {{packs: [secrets], custom: [{{label: label-{n}, name: WORD, words: [bluebird]}}]}}
gate: {{names: "off"}}
routes: {{{routes}}}
rules: [{{name: rule-{n}, when: {{labels: [label-{n}]}}, cap: {{output_tokens: {100 + n}}}}}]
{more}"""

    def write(self, n: int, more: str = "") -> None:
        beside = self.path.with_suffix(".new")
        beside.write_text(self.text(n, more))
        os.replace(beside, self.path)

    @staticmethod
    def of(decision: Any) -> set[int]:
        """One number when the decision on a text with `bluebird` is of one version in all its parts."""
        names = [
            decision.policy.name,
            *decision.labels,
            *(finding.label for finding in decision.findings),
            *(candidate.model for candidate in decision.candidates),
            *(drop.model for drop in decision.dropped),
        ]
        assert len(decision.candidates) == len(decision.dropped) == len(decision.labels) == 1
        return {
            decision.policy.serial,
            (decision.max_output_tokens or 0) - 100,
            *(int(name.rpartition("-")[2]) for name in names),
        }


@pytest.fixture
def versions(tmp_path: Path, cloud: Any, local_server: Any) -> Versions:
    made = Versions(path=tmp_path / "versions.yaml", cloud=cloud.v1, local=local_server.v1)
    made.write(1)
    return made
