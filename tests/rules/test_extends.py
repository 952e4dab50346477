"""A child narrows its base and never widens it; each fault stands in the file that it is in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from ringfence.errors import PolicyError
from ringfence.rules import Policy, load_policy
from ringfence.rules.inheritance import TABLE
from ringfence.rules.schema import PolicyDocument
from ringfence.trust import digest_of
from ringfence.types import Clearance, TaskKind

BASE = """\
ringfence: 1
name: acme
serial: 7
expires: 2027-06-30
models:
  local: {model: ollama_chat/qwen3.5:9b}
  rack: {model: openai/qwen3.5-72b, base_url: 'https://rack.internal/v1', clearance: [pii, hr], because: our rack}
  flash: {model: gemini/gemini-2.5-flash-lite}
  opus: {model: anthropic/claude-opus-4.6}
network: {hosts: [{host: rack.internal, because: our rack}]}
callers: {desk: {clearance: [pii, hr], because: the help desk}}
labels:
  packs: [gdpr, pci]
  custom: [{label: confidential, name: CODENAME, words: [bluebird]}]
  allow: [{words: [support@acme.example], because: our public address}]
gate: {names: context}
routes: {simple: [[flash, opus], local], complex: [opus, local]}
rules:
  - {name: no-opus, when: {caller.team: interns}, forbid: [opus]}
  - {name: only-flash, when: {caller.team: guests}, only: [flash]}
budgets: [{per: user, every: day, usd: 5, then: deny}]
fallback: {deadline_s: 50, attempts: 3}
taint: {days: 30, declassify: [{labels: [hr], because: they asked}, {labels: [pii], because: they asked}]}
"""
CHILD = "ringfence: 1\nname: finance\nextends: [base.yaml]\n"

Layers = Callable[..., Policy]


@pytest.fixture
def layers(tmp_path: Path) -> Layers:
    """`layers(child, base)`, or files by name, of which `policy.yaml` is loaded."""

    def load(child: str = "", base: str = BASE, /, **files: str) -> Policy:
        written = {"base": base, "policy": CHILD + child} | files
        for name, text in written.items():
            (tmp_path / f"{name}.yaml").write_text(text)
        return load_policy(tmp_path / "policy.yaml")

    return load


@pytest.fixture
def faults(layers: Layers, tmp_path: Path) -> Callable[..., list[str]]:
    def found(*texts: str, **files: str) -> list[str]:
        with pytest.raises(PolicyError) as caught:
            layers(*texts, **files)
        return [str(problem).removeprefix(f"{tmp_path}/") for problem in caught.value.problems]

    return found


Faults = Callable[..., list[str]]


def test_a_child_that_writes_nothing_is_its_base_under_its_own_name(
    layers: Layers, tmp_path: Path
) -> None:
    policy = layers()
    base = load_policy(tmp_path / "base.yaml")
    assert policy.document.name == "finance"
    assert (
        policy.document.model_copy(update={"name": "acme", "serial": 7}).routes
        == base.document.routes
    )
    assert policy.models == base.models
    assert policy.document.rules == base.document.rules
    assert policy.document.expires == base.document.expires


def test_the_digest_covers_every_file_and_the_decision_names_them(
    layers: Layers, tmp_path: Path
) -> None:
    policy = layers()
    base, child = digest_of(BASE.encode()), digest_of(CHILD.encode())
    assert policy.sources == (("base.yaml", base), ("policy.yaml", child))
    listed = f'[["base.yaml","{base}"],["policy.yaml","{child}"]]'
    assert policy.ref.digest == digest_of(listed.encode())
    assert policy.ref.source == f"{tmp_path}/policy.yaml (extends base.yaml)"


def test_what_a_child_may_write_narrows(layers: Layers) -> None:
    policy = layers(
        """\
expires: 2027-01-31
models:
  local:
  rack: {clearance: [pii]}
  opus: {}
callers: {desk: {clearance: [hr], because: fewer}}
labels:
  packs: [hipaa]
  custom: [{label: confidential, name: LEDGER, words: [osprey]}]
  allow: []
gate: {names: full, limits: {ms: 2000, names_kb: 128, strict: true}}
routes: {simple: [local, opus], live: [opus]}
rules: [{name: no-cloud-at-all, when: {tools: pay}, forbid: [cloud]}]
budgets: [{per: team, every: month, usd: 100, then: local}]
fallback: {deadline_s: 20, attempts: 1}
network: {mode: none}
records: {durability: full}
taint: {days: 90, declassify: [{labels: [hr], because: they asked}]}
"""
    )
    document = policy.document
    assert str(document.expires) == "2027-01-31"
    assert {name: model.clearance for name, model in policy.models.items()} == {
        "local": Clearance(everything=True),
        "rack": Clearance(labels=frozenset({"pii"})),
        "opus": Clearance(),
    }
    assert document.callers["desk"].clearance == ("hr",)
    assert document.labels.packs == ("gdpr", "pci", "hipaa")
    assert [custom.name for custom in document.labels.custom] == ["CODENAME", "LEDGER"]
    assert document.labels.allow == ()
    assert (document.gate.names, document.gate.limits.ms, document.gate.limits.kb) == (
        "full",
        2000,
        10_240,
    )
    assert document.routes == {
        TaskKind.SIMPLE: ("local", "opus"),
        TaskKind.COMPLEX: ("opus", "local"),
        TaskKind.LIVE: ("opus",),
    }
    assert [rule.name for rule in document.rules] == ["no-opus", "only-flash", "no-cloud-at-all"]
    assert [budget.per for budget in document.budgets] == ["user", "team"]
    assert (document.fallback.deadline_s, document.fallback.attempts) == (20, 1)
    assert document.network.mode == "none"
    assert [host.host for host in document.network.hosts] == ["rack.internal"]
    assert document.taint.days == 90
    assert [entry.labels for entry in document.taint.declassify] == [("hr",)]


@pytest.mark.parametrize(
    ("child", "expected"),
    [
        ("models: {flsh: {}}", "4:10: the base has none of this name, and a child adds none; did you mean 'flash'?"),
        ("models: {rack: {clearance: [pii, phi]}}", "4:17: cleared for more than in the base"),
        ("models: {rack: {clearance: all}}", "4:17: cleared for more than in the base"),
        ("models: {flash: {clearance: [pii]}}", "4:18: cleared for more than in the base"),
        ("models: {flash: {locality: local}}", "4:18: more trust than in the base"),
        ("models: {rack: {locality: local}}", "4:17: more trust than in the base"),
        ("models: {flash: {base_url: 'https://elsewhere.example'}}", "4:18: only the base says this"),
        ("models: {flash: {model: xai/grok-4.1-fast}}", "4:18: only the base says this"),
        ("models: {rack: {insecure: true}}", "4:17: only the base says this"),
        ("models: {flash: {api_key_env: AWS_SECRET}}", "4:18: only the base says this"),
        ("models: {flash: {price: {input: 0, output: 0}}}", "4:18: only the base says this"),
        ("models: {flash: {vision: true}}", "4:18: only the base says this"),
        ("models: {flash: {retires: 2040-01-01}}", "4:18: only the base says this"),
        ("models: {}", "4:1: "),
        ("models: {rack: }\nroutes: {}", "4:1: no route has a model left"),
        ("callers: {other: {clearance: [pii], because: new}}", "4:11: the base has none of this name"),
        ("callers: {desk: {clearance: all, because: more}}", "4:18: cleared for more"),
        ("labels: {secrets: {enabled: false, because: noise}}", "4:20: less strict than the base; write 'true'"),
        ("labels: {allow: [{words: [x], because: noise}]}", "4:18: not an entry of the base"),
        ("gate: {enabled: false, because: speed}", "4:8: less strict than the base"),
        ("gate: {names: 'off'}", "4:8: less strict than the base; write 'context' or 'full' or 'any'"),
        ("gate: {limits: {ms: 9000}}", "4:17: more than the base allows"),
        ("gate: {limits: {kb: 20000}}", "4:17: more than the base allows"),
        ("gate: {limits: {names_kb: 1}}", "4:17: less than the base asks"),
        ("routes: {simple: [grok]}", "4:19: no model is called this under 'models:'"),
        ("models: {local: }\nroutes: {simple: [opus, local]}", "5:19: no model is called this"),
        ("rules: [{name: no-opus, forbid: [local]}]", "4:10: rule 1 has this name too"),
        ("rules: [{name: r, only: [grok]}]", "4:26: no model or locality is called this"),
        ("classifier: {model: grok}", "4:14: no model is called this"),
        ("fallback: {deadline_s: 51}", "4:12: more than the base allows"),
        ("fallback: {attempts: 4}", "4:12: more than the base allows"),
        ("network: {hosts: [{host: evil.example, because: mine}]}", "4:11: only the base says this"),
        ("network: {proxy: 'http://evil.example:1'}", "4:11: only the base says this"),
        ("network: {ca_file: mine.pem}", "4:11: only the base says this"),
        ("records: {path: /dev/null}", "4:11: only the base says this"),
        ("records: {unwritable: allow}", "4:11: less strict than the base; write 'refuse'"),
        ("taint: {days: 7}", "4:9: less than the base asks"),
        ("taint: {declassify: [{labels: all, because: mine}]}", "4:22: not an entry of the base"),
        ("serial: x", "4:1: "),
        ("rutes: {}", "4:1: unknown key 'rutes'; did you mean 'routes'?"),
    ],
)  # fmt: skip
def test_what_would_widen_its_base_is_refused_where_it_stands(
    faults: Faults, child: str, expected: str
) -> None:
    (fault,) = faults(child)
    assert fault.startswith("policy.yaml:")
    assert expected in fault


def test_a_key_that_joins_the_schema_is_the_bases_alone_until_a_row_of_the_table_opens_it() -> None:
    assert _leaves(PolicyDocument) - set(TABLE) == {
        *(f"models.*.{key}" for key in ("model", "base_url", "insecure", "api_key_env", "price")),
        *(f"models.*.{key}" for key in ("context_window", "max_output_tokens", "retires")),
        *(f"models.*.{key}" for key in ("tools", "vision", "json_schema")),
        *(f"network.{key}" for key in ("hosts", "ca_file", "proxy", "proxy_auth_env")),
        "records.path",
    }


def test_the_page_shows_the_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "policy.md").read_text()
    rows = "\n".join(f"| `{key}` | {row.says} |" for key, row in TABLE.items())
    assert f"| key | what holds |\n|---|---|\n{rows}\n\n" in page


def test_the_child_of_the_page_loads(layers: Layers) -> None:
    page = (Path(__file__).parents[2] / "docs" / "policy.md").read_text()
    child = page.split("```yaml\n# finance.yaml\n")[1].split("```")[0]
    base = BASE.replace("local:", "local-9b:").replace("local]", "local-9b]")
    base = base.replace(
        "  flash: {model: gemini/gemini-2.5-flash-lite}",
        "  sonnet: {model: anthropic/claude-sonnet-4.6}",
    )
    base = base.replace("[flash, opus]", "sonnet").replace("[flash]", "[sonnet]")
    policy = layers("", base, policy=child.replace("/etc/ringfence/base.yaml", "base.yaml"))
    assert set(policy.models) == {"local-9b", "rack", "sonnet"}


def _leaves(section: type[BaseModel], path: str = "") -> set[str]:
    """The keys of a section, down to what the table has a row for; lists and prices are one key."""
    found: set[str] = set()
    for name, field in section.model_fields.items():
        here, keyed = path + name, path + name in ("models", "callers")
        inner = get_args(field.annotation)[-1] if keyed else field.annotation
        whole = here in TABLE and not keyed
        if whole or not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            found.add(here)
        else:
            found |= _leaves(inner, f"{here}.*." if keyed else f"{here}.")
    return found
