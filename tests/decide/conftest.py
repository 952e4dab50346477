"""A small policy, and a way to ask it for a decision without a gate, a classifier or a network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ringfence.decide import Ask, decide
from ringfence.request import Caller, Request
from ringfence.rules import Policy, parse_policy
from ringfence.types import Decision, Findings, Size, State, Task, TaskKind

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

POLICY = """\
ringfence: 1
name: test
models:
  local: {model: ollama_chat/qwen3.5:9b}
  rack: {model: openai/qwen3.5-72b, base_url: 'https://rack.internal/v1', clearance: [pii], because: our rack}
  flash: {model: gemini/gemini-2.5-flash-lite}
  grok: {model: xai/grok-4.1-fast}
  opus: {model: anthropic/claude-opus-4.6}
  old: {model: openai/gpt-5.4, retires: 2026-11-24}
network: {hosts: [{host: rack.internal, because: our rack}]}
routes:
  simple: [[grok, flash], rack, local]
  complex: [old, opus, rack, local]
"""

Decide = Callable[..., Decision]


@pytest.fixture
def policy_text() -> str:
    return POLICY


@pytest.fixture
def ask() -> Decide:
    """`ask(policy or text, labels=…, kind=…, body={…}, caller=…, tokens=…, state=…)` → Decision."""

    def ask(
        policy: Policy | str = POLICY,
        *,
        labels: tuple[str, ...] = (),
        kind: TaskKind = TaskKind.SIMPLE,
        caller: Caller | None = None,
        tokens: int = 1000,
        needs: frozenset[str] = frozenset(),
        state: State | None = None,
        **body: Any,
    ) -> Decision:
        request = Request.parse(
            {"messages": [{"role": "user", "content": "hello"}], **body}, caller=caller
        )
        return decide(
            parse_policy(policy) if isinstance(policy, str) else policy,
            Ask(request=request, id="r1", fingerprint="f1"),
            findings=Findings(labels=labels),
            task=Task(kind=kind, confidence=0.9, source="classifier"),
            size=Size(
                input_tokens=tokens, max_output_tokens=request.max_output_tokens, needs=needs
            ),
            state=state or State(now=NOW),
        )

    return ask
