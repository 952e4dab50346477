"""Policies that use everything a decision depends on, and a day to judge them by."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

POLICY = """\
ringfence: 1
name: test
models:
  local: {model: ollama_chat/qwen3.5:9b}
  rack: {model: openai/qwen3.5-72b, base_url: 'https://rack.internal/v1', clearance: [pii], because: our rack}
  flash: {model: gemini/gemini-2.5-flash-lite}
  opus: {model: anthropic/claude-opus-4.6, retires: 2026-12-24}
network: {hosts: [{host: rack.internal, because: our rack}]}
routes:
  simple: [[opus, flash], rack, local]
  complex: [opus, rack, local]
rules:
  - {name: interns, when: {caller.team: interns}, forbid: [rack], cap: {usd: 0.02, output_tokens: 2000}}
  - {name: no-games, when: {caller.team: gamers}, deny: no games here}
budgets:
  - {per: user, every: day, usd: 5.00, then: local}
"""

OFFLINE = """\
ringfence: 1
name: offline
models:
  local: {model: ollama_chat/qwen3.5:9b}
  flash: {model: gemini/gemini-2.5-flash-lite}
network: {mode: none}
routes: {standard: [flash, local]}
"""


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def policy_text() -> str:
    return POLICY


@pytest.fixture
def offline_text() -> str:
    return OFFLINE
