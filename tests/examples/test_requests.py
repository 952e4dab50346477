"""The example requests, policy and client samples are what the demo and the docs say they are."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ringfence import Request, Router
from ringfence.review.check import remarks
from ringfence.rules import load_policy
from ringfence.types import Locality
from ringfence_mcp.command import Options, parse

EXAMPLES = Path(__file__).parents[2] / "examples"
REQUESTS = sorted((EXAMPLES / "requests").glob("*.json"))

EXPECTED = {
    "01-discharge-note": ({"phi", "pii"}, "standard"),
    "02-card-dispute": ({"pci", "pii"}, "standard"),
    "03-parse-log": (set(), "simple"),
    "04-classify-tickets": (set(), "simple"),
    "05-summarise-article": (set(), "standard"),
    "06-web-research": (set(), "research"),
    "07-generate-code": (set(), "codegen"),
    "08-security-review": (set(), "complex"),
}
"""Labels, and the task kind that a reader would give it."""
UP = {"simple": {"standard"}, "standard": {"complex"}, "codegen": {"complex"}}
"""Where the classifier may send a request that it is not sure of: one tier up, never down."""
GUIDE = {
    "gemini/gemini-2.5-flash-lite",
    "xai/grok-4.1-fast",
    "zai/glm-5",
    "xai/grok-4.20-reasoning",
    "gemini/gemini-3.1-pro",
    "openai/gpt-5.4",
    "anthropic/claude-sonnet-4.6",
    "anthropic/claude-opus-4.6",
}


def body(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def test_there_are_eight_requests() -> None:
    assert [path.stem for path in REQUESTS] == list(EXPECTED)


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.stem)
def test_each_request_has_the_documented_shape_and_is_short_enough_for_the_demo(path: Path) -> None:
    request = Request.parse(body(path))
    assert request.id is not None and path.stem.endswith(request.id)
    assert request.max_output_tokens is not None and request.max_output_tokens <= 96


@pytest.mark.invariant("I1")
def test_each_request_is_labelled_and_routed_as_the_demo_claims() -> None:
    with Router.from_policy(EXAMPLES / "policy.yaml", env={}) as router:
        while "unscanned" in router.decide("We met Maria Lopez at the clinic on Monday.").labels:
            pass  # the gate is still loading
        decisions = {path.stem: router.decide(body(path)) for path in REQUESTS}
    for name, (labels, kind) in EXPECTED.items():
        decision = decisions[name]
        assert set(decision.labels) == labels, name
        assert decision.task.kind.value in {kind, *UP.get(kind, ())}, name
        localities = {candidate.locality for candidate in decision.candidates}
        assert localities == ({Locality.LOCAL} if labels else {Locality.LOCAL, Locality.CLOUD})
        assert decision.candidates[-1].model == "tiny"


def test_the_policy_names_the_guides_models_and_ends_every_route_in_the_embedded_one() -> None:
    policy = load_policy(EXAMPLES / "policy.yaml")
    assert remarks(policy, date(2026, 6, 1)) == ()
    assert {model.spec_model for model in policy.models.values()} >= GUIDE
    for route in policy.document.routes.values():
        assert route[-1] == "tiny"
    assert len(policy.document.routes) == 8


def test_every_line_of_the_policy_that_a_reader_needs_explained_is() -> None:
    lines = (EXAMPLES / "policy.yaml").read_text().splitlines()
    entries = [
        line for line in lines if line.startswith("  ") and not line.lstrip().startswith("#")
    ]
    uncommented = [line for line in entries if "#" not in line and "packs:" not in line]
    assert uncommented == []


def test_the_client_samples_start_the_server_as_they_say(tmp_path: Path) -> None:
    claude = json.loads((EXAMPLES / "mcp" / ".mcp.json").read_text())["mcpServers"]["ringfence"]
    vscode = json.loads((EXAMPLES / "mcp" / ".vscode" / "mcp.json").read_text())["servers"][
        "ringfence"
    ]
    for sample, caller in ((claude, "claude"), (vscode, "vscode")):
        assert sample["command"] == "ringfence-mcp"
        arguments = [str(tmp_path) if "${" in argument else argument for argument in sample["args"]]
        assert parse(arguments) == Options(caller=caller, allow_dirs=(tmp_path.resolve(),))
        assert set(sample["env"]) == {"RINGFENCE_POLICY"}
