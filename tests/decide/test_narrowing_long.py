"""Whatever a child writes: if it loads, it lets nobody see what its base would not let them see."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ringfence.decide import Ask, decide
from ringfence.errors import PolicyError
from ringfence.request import Caller, Request
from ringfence.rules import Facts, Policy, PolicySources, SourceFile, label_rules, parse_sources
from ringfence.trust import digest_of
from ringfence.types import Findings, Size, State, Task, TaskKind

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LABELS = ("pii", "hr", "reviewed", "unscanned")
MODELS = ("local", "rack", "flash", "opus")
TEAMS = ("interns", "finance")
KINDS = (TaskKind.SIMPLE, TaskKind.STANDARD, TaskKind.COMPLEX)

some_labels = st.lists(st.sampled_from(LABELS[:3]), unique=True, max_size=3)
clearance = some_labels | st.just("all")
places = st.sampled_from((*MODELS, "local", "private", "cloud"))
route = st.lists(st.sampled_from(MODELS), min_size=1, max_size=3, unique=True)

test = st.sampled_from(
    [
        {"caller.team": "interns"},
        {"caller.team": ["finance", "interns"]},
        {"labels": ["pii"]},
        {"labels": "*r"},
        {"task": "simple"},
        {"task": ["complex", "standard"]},
        {"tokens": {"above": 100}},
        {"model": "opus"},
        {"tools": "pay"},
    ]
)
when = (
    test
    | test.map(lambda inner: {"not": inner})
    | st.tuples(test, test).map(lambda pair: {"any": list(pair)})
)
effects = st.one_of(
    st.lists(places, min_size=1, max_size=2, unique=True).map(lambda names: {"forbid": names}),
    st.lists(places, min_size=1, max_size=3, unique=True).map(lambda names: {"only": names}),
    st.just({"deny": "not here"}),
    st.just({"cap": {"output_tokens": 100}}),
    st.sampled_from(KINDS).map(lambda kind: {"task": kind.value}),
    route.map(lambda names: {"route": names}),
)
labelling = st.tuples(
    st.sampled_from([{"caller.team": "interns"}, {"not": {"tools": "pay"}}]),
    st.sampled_from(LABELS[:3]).map(lambda label: {"label": label}),
)


def rules(prefix: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.tuples(when, effects) | labelling, max_size=4).map(
        lambda found: [
            {"name": f"{prefix}{index}", "when": condition, **effect}
            for index, (condition, effect) in enumerate(found)
        ]
    )


@st.composite
def bases(draw: st.DrawFn) -> dict[str, Any]:
    models: dict[str, Any] = {
        "local": {"model": "ollama_chat/qwen3.5:9b"},
        "rack": {"model": "openai/qwen3.5-72b", "base_url": "https://rack.internal/v1"},
        "flash": {"model": "gemini/gemini-2.5-flash-lite"},
        "opus": {"model": "anthropic/claude-opus-4.6"},
    }
    models["rack"] |= {"price": {"input": 1, "output": 2}, "context_window": 8192}
    for spec in models.values():
        if draw(st.booleans()):
            spec |= {"clearance": draw(clearance), "because": "a contract"}
    return {
        "ringfence": 1,
        "name": "base",
        "models": models,
        "network": {"hosts": [{"host": "rack.internal", "because": "our rack"}]},
        "routes": {"simple": draw(route), "complex": draw(route)},
        "rules": draw(rules("b")),
    }


@st.composite
def children(draw: st.DrawFn) -> dict[str, Any]:
    """What a team may think of: much of it narrows, some of it would widen."""
    kept = draw(st.lists(st.sampled_from(MODELS), min_size=2, unique=True))
    lowered = st.fixed_dictionaries(
        {},
        optional={
            "clearance": clearance,
            "locality": st.sampled_from(["cloud", "private"]),
            "because": st.just("a contract"),
        },
    )
    written: dict[str, Any] = {
        "models": {name: draw(st.none() | st.none() | lowered) for name in kept},
        "routes": {draw(st.sampled_from(KINDS)).value: draw(route)},
        "rules": draw(rules("c")),
        "network": {"mode": "none"},
    }
    chosen = draw(st.sets(st.sampled_from(sorted(written)), min_size=1, max_size=3))
    child = {"ringfence": 1, "name": "child", "extends": ["base.yaml"]}
    return child | {key: written[key] for key in sorted(chosen)}


def load(*documents: dict[str, Any]) -> Policy:
    """A policy of files that are not on any disk; skips what does not load."""
    files = []
    for name, document in zip(("base.yaml", "policy.yaml"), documents, strict=False):
        content = yaml.safe_dump(document).encode()
        files.append(
            SourceFile(name=name, path=Path(name), content=content, digest=digest_of(content))
        )
    try:
        return parse_sources(PolicySources(root=files[-1].path, files=tuple(files)))
    except PolicyError:
        assume(False)
        raise


REQUESTS = tuple(
    (
        Request.parse(
            {"messages": [{"role": "user", "content": "hello"}], "model": model},
            caller=Caller(team=team),
        ),
        tokens,
    )
    for model, team, tokens in product((*MODELS, None), TEAMS, (50, 1000))
)


def kept(
    policy: Policy, request: Request, labels: tuple[str, ...], kind: TaskKind, tokens: int
) -> set[str]:
    """The models that every filter lets through, whether or not the route names them."""
    decision = decide(
        policy,
        Ask(request=request, id="r", fingerprint="f"),
        findings=Findings(labels=labels),
        task=Task(kind=kind, confidence=1.0, source="classifier"),
        size=Size(input_tokens=tokens, max_output_tokens=None),
        state=State(now=NOW),
    )
    off_route = {dropped.model for dropped in decision.dropped if dropped.filter == "route"}
    return off_route | {candidate.model for candidate in decision.candidates}


@pytest.mark.invariant("I1")
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(base=bases(), child=children())
def test_a_child_that_loads_lets_through_only_what_its_base_lets_through(
    base: dict[str, Any], child: dict[str, Any]
) -> None:
    narrow = load(base, child)
    wide = load(base)
    for size in range(3):
        for labels, kind, (request, tokens) in product(combinations(LABELS, size), KINDS, REQUESTS):
            facts = (request, labels, kind, tokens)
            assert kept(narrow, *facts) <= kept(wide, *facts), facts


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(base=bases(), child=children())
def test_what_a_base_labels_a_child_labels_too(base: dict[str, Any], child: dict[str, Any]) -> None:
    narrow, wide = load(base, child), load(base)
    for request, _ in REQUESTS:
        facts = Facts(request)
        assert set(label_rules(wide, facts)) <= set(label_rules(narrow, facts))
    before = [
        (rule.name, rule.label, rule.deny, rule.forbid, rule.only) for rule in wide.document.rules
    ]
    after = [
        (rule.name, rule.label, rule.deny, rule.forbid, rule.only) for rule in narrow.document.rules
    ]
    assert after[: len(before)] == before
