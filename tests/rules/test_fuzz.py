"""5,000 damaged policies, alone and in layers: each loads, or is refused with a place; nothing else, and no hang.

Seeded, so that a failure comes back: the test's id names its chunk, and the failure the mutation.
"""

from __future__ import annotations

import faulthandler
import random
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from ringfence.catalog import Catalog, load_catalog
from ringfence.errors import PolicyError, TrustError
from ringfence.rules import load_policy

CHUNKS = 20
PER_CHUNK = 250
PATIENCE = 60
"""Seconds for one file, after which the stacks are shown and the process ends: it hangs. A file takes milliseconds."""

BASE = """\
# yaml-language-server: $schema=ringfence.schema.json
ringfence: 1
name: acme
serial: 7
expires: 2027-06-30
models:
  local: {model: ollama_chat/qwen3.5:9b, base_url: "http://127.0.0.1:11434"}
  rack:
    model: openai/qwen3.5-72b
    base_url: 'https://rack.internal/v1'
    clearance: [pii, hr]
    because: "our rack, ticket 88"
  flash: {model: gemini/gemini-2.5-flash-lite}
  own: {model: openai/own, locality: cloud, context_window: 4096, price: {input: 1.5, output: 2e0}}
callers: {desk: {clearance: all, because: the help desk}}
network: {mode: open, hosts: [{host: rack.internal, because: our rack}], proxy: "http://proxy.internal:3128"}
labels:
  packs: [gdpr, hipaa]
  custom:
    - {label: confidential, name: CODENAME, words: [bluebird, "osprey \\u00e9"], context: [project]}
    - {label: pii, name: EMPLOYEE, regex: 'E\\d{6}'}
  allow: [{words: ["support@acme.example"], because: our address}]
gate: {names: full, limits: {ms: 4000, kb: 512, names_kb: 64, strict: false}}
routes: &routes
  simple: [[flash, own], rack, local]
  complex: [rack, local]
rules:
  - name: night
    when: {time: {days: [sat, sun], after: "22:00", before: "06:00", zone: Europe/Berlin}, not: {labels: [pii]}}
    only: [local, private]
  - name: long
    when:
      any:
        - {tokens: {above: 50000}}
        - all: [{metadata: {risk: {at_least: 3}, project: "apollo*"}}, {tools: [browse, "db_*"]}]
    cap: {usd: 0.05, output_tokens: 2000}
  - {name: finance, when: {caller.team: finance}, label: [confidential]}
  - {name: no, when: {text: "project *"}, deny: "not here"}
classifier: {model: local, when: unsure, timeout_ms: 800, min_confidence: 0.6}
budgets: [{per: user, every: day, usd: 5.00, then: downgrade}]
fallback: {deadline_s: 50, attempts: 3}
records: {durability: normal, unwritable: refuse}
taint: {days: 30, declassify: [{labels: [hr], users: [ada], because: they asked}]}
"""
CHILD = """\
ringfence: 1
name: finance
serial: 3
extends: [base.yaml]
models:
  local:
  rack: {clearance: [pii]}
  flash: {}
labels: {packs: [pci], custom: [{label: hr, name: PAYROLL, words: [payslip]}]}
gate: {limits: {ms: 1000}}
routes: {simple: [local, flash]}
rules:
  - {name: team-only, when: {caller.team: [interns, "guest-*"]}, forbid: [cloud]}
budgets: [{per: team, every: month, usd: 100, then: local}]
fallback: {attempts: 1}
taint: {days: 60}
"""

TOKENS = re.compile(r"[\w.*-]+|\s+|[^\w\s]")
JUNK = (
    "{", "}", "[", "]", ":", ",", "-", "? ", "|", ">", "&a ", "*a", "!!int ", "!x ", "%YAML 1.2", "---\n", "...\n",
    "<<: ", "'", '"', "#", "\t", "\0", "\r", "\ufeff", "\u202e", "\u2028", "\x85", "\ud7ff", "😀", "é", "\x1b", "null",
    "~", "true", "yes", "0x1F", "0o17", "1e999", "-0", ".5", "1_000", "9" * 60, "-" * 50, "nan", ".inf", "2026-02-30",
    "[[[[[[[[", "{a: {a: {a: {a: ", "all", "local", "cloud", "extends: [base.yaml]\n", "extends: [policy.yaml]\n",
    "extends: [.]\n", "extends: [/dev/zero]\n", "extends: [../../x]\n", "\n" * 3, "    ", "x" * 12_000,
)  # fmt: skip
OTHER_TYPES = (
    "[]",
    "{}",
    "null",
    "''",
    "0",
    "-1",
    "1.5",
    "true",
    "[a]",
    "{a: b}",
    "[[x]]",
    "99999999999999999999",
)

Mutation = Callable[[random.Random, str], str]


def flip_a_byte(rng: random.Random, text: str) -> str:
    raw = bytearray(text.encode("utf-8", "surrogatepass"))
    if raw:
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    return raw.decode("latin-1")


def swap_tokens(rng: random.Random, text: str) -> str:
    tokens = TOKENS.findall(text)
    if len(tokens) > 1:
        one, other = rng.randrange(len(tokens)), rng.randrange(len(tokens))
        tokens[one], tokens[other] = tokens[other], tokens[one]
    return "".join(tokens)


def delete(rng: random.Random, text: str) -> str:
    start = rng.randrange(len(text) + 1)
    return text[:start] + text[start + rng.randrange(1, 60) :]


def delete_a_line(rng: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    if lines:
        del lines[rng.randrange(len(lines))]
    return "".join(lines)


def duplicate(rng: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    start = rng.randrange(len(lines) + 1)
    part = lines[start : start + rng.randrange(1, 6)] * rng.choice((1, 1, 2, 50))
    where = rng.randrange(len(lines) + 1)
    return "".join([*lines[:where], *part, *lines[where:]])


def insert_junk(rng: random.Random, text: str) -> str:
    where = rng.randrange(len(text) + 1)
    return text[:where] + rng.choice(JUNK) * rng.choice((1, 1, 1, 3)) + text[where:]


def change_a_type(rng: random.Random, text: str) -> str:
    words = list(re.finditer(r"(?<=: )[^\n,{}\[\]]+|(?<=: )\[[^\]\n]*\]|(?<=: )\{[^}\n]*\}", text))
    if not words:
        return text
    found = rng.choice(words)
    return text[: found.start()] + rng.choice(OTHER_TYPES) + text[found.end() :]


def nest(rng: random.Random, text: str) -> str:
    depth = rng.choice((5, 50, 2000))
    opening, closing = rng.choice((("[", "]"), ("{a: ", "}"), ("{not: ", "}"), ("{all: [", "]}")))
    where = text.find(": ", rng.randrange(len(text) + 1)) + 2
    end = text.find("\n", where)
    return text[:where] + opening * depth + "x" + closing * rng.choice((0, depth)) + text[end:]


def replace_a_word(rng: random.Random, text: str) -> str:
    words = list(re.finditer(r"\w+", text))
    if len(words) < 2:
        return text
    found, other = rng.sample(words, 2)
    return text[: found.start()] + other.group() + text[found.end() :]


MUTATIONS: tuple[Mutation, ...] = (
    flip_a_byte,
    swap_tokens,
    delete,
    delete_a_line,
    duplicate,
    insert_junk,
    change_a_type,
    nest,
    replace_a_word,
)


def damaged(rng: random.Random) -> Iterator[tuple[str, str, list[str]]]:
    """A base and a child, one of them damaged or both, and by what."""
    for _ in range(PER_CHUNK):
        base, child = BASE, CHILD
        done = []
        for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
            mutation = rng.choice(MUTATIONS)
            done.append(mutation.__name__)
            if rng.random() < 0.5:
                base = mutation(rng, base)
            else:
                child = mutation(rng, child)
        yield base, child, done


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def test_the_undamaged_files_load(tmp_path: Path, catalog: Catalog) -> None:
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "policy.yaml").write_text(CHILD)
    for name in ("base.yaml", "policy.yaml"):
        assert load_policy(tmp_path / name, catalog=catalog, today=date(2026, 11, 24))


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_damaged_policy_loads_or_says_where_it_is_damaged(
    chunk: int, tmp_path: Path, catalog: Catalog
) -> None:
    rng = random.Random(20261124 + chunk)
    outcomes = {"loaded": 0, "refused": 0}
    for base, child, done in damaged(rng):
        for name, text in (("base.yaml", base), ("policy.yaml", child)):
            (tmp_path / name).write_bytes(text.encode("utf-8", "surrogatepass"))
        faulthandler.dump_traceback_later(PATIENCE, exit=True)
        try:
            load_policy(tmp_path / "policy.yaml", catalog=catalog, today=date(2026, 11, 24))
            outcomes["loaded"] += 1
        except TrustError:
            outcomes["refused"] += 1
        except PolicyError as error:
            outcomes["refused"] += 1
            assert error.problems, done
            assert all(_placed(problem.line, problem.column) for problem in error.problems), done
        except Exception as error:
            raise AssertionError(f"{type(error).__name__} after {done}") from error
        finally:
            faulthandler.cancel_dump_traceback_later()
    assert min(outcomes.values()) > PER_CHUNK // 50, "the damage is too small or too great to tell"


def _placed(line: int, column: int) -> bool:
    return (line >= 1 and column >= 1) or (line, column) == (0, 0)
