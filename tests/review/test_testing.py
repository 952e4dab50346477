"""`policy test`: cases through the real gate, classifier and `decide`, and what they reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringfence.errors import PolicyError
from ringfence.review.case_file import read_cases
from ringfence.review.coverage import coverage
from ringfence.review.testing import Bench, Result, load

POLICY = """\
ringfence: 1
name: x
models:
  local: {model: ollama_chat/qwen3.5:9b}
  sonnet: {model: anthropic/claude-sonnet-4.6}
labels:
  packs: [gdpr, secrets]
  custom: [{label: confidential, name: CODENAME, words: [bluebird]}]
gate: {names: off}
routes:
  standard: [sonnet, local]
  gui: [local]
rules:
  - {name: late, when: {time: {after: "22:00", before: "23:00"}}, deny: not at this hour}
  - {name: law, when: {caller.team: law}, label: privileged}
  - {name: shell, when: {tools: shell}, task: gui}
  - {name: short, when: {tokens: {above: 1000}}, cap: {output_tokens: 50}}
  - {name: live, when: {task: live}, route: [local]}
budgets: [{per: user, every: day, usd: 1, then: local}]
"""
TIME = "tests: 1\ntime: 2026-06-01T12:00:00Z\ncases:\n"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "p.yaml"
    path.write_text(POLICY)
    return path


def run(policy: Path, cases: str) -> list[Result]:
    path = policy.with_name("p.test.yaml")
    path.write_text(TIME + cases)
    file, loaded = load(path, env={})
    return list(Bench(loaded).run(file, range(len(file.document.cases))))


ALL_PASS = """\
  - name: a codename stays
    text: Tell me about bluebird, please.
    expect: {labels: [confidential], candidates: [local], never: [cloud, private]}
  - name: a mail address is personal
    text: "Write to anna.kowalska@{{join:poczta-|nowak}}.pl about the invoice, and thank her."
    expect: {labels_include: [pii], model: local, outcome: route}
  - name: stated labels and task
    labels: []
    task: standard
    expect: {labels: [], task: standard, candidates: [sonnet, local]}
  - name: rules add to stated labels
    labels: [pii]
    task: standard
    caller: {team: law}
    expect: {labels: [pii, privileged], model: local}
  - name: messages, tools and a task by rule
    messages: [{role: user, content: Click it.}]
    tools: [shell]
    expect: {task: gui, candidates: [local]}
  - name: length
    labels: []
    task: standard
    tokens: 1001
    expect: {max_output_tokens: 50, model: sonnet}
  - name: at night
    labels: []
    task: standard
    time: 2026-06-01T22:30:00
    expect: {outcome: deny, code: denied, rule: late, message: this hour, candidates: []}
  - name: an offset counts
    labels: []
    task: standard
    time: 2026-06-01T22:30:00+02:00
    expect: {outcome: route}
  - name: down
    labels: []
    task: standard
    down: [sonnet]
    expect: {candidates: [local]}
  - name: spent
    labels: []
    task: standard
    spent: [{per: user, every: day, usd: 1}]
    expect: {candidates: [local]}
  - name: all down
    labels: [pii]
    task: live
    down: [local]
    expect: {outcome: none, code: unavailable}
  - name: the model that is asked for
    labels: []
    task: standard
    model: local
    expect: {model: local}
"""


def test_every_kind_of_input_and_expectation_works(policy: Path) -> None:
    results = run(policy, ALL_PASS)
    assert [result.differences for result in results] == [()] * 12
    assert (results[0].line, results[0].column) == (4, 5)


@pytest.mark.parametrize(
    ("expect", "what", "expected", "actual"),
    [
        ("labels: [phi]", "labels", "phi", "pii"),
        ("labels_include: [phi, pii]", "labels", "with phi", "pii"),
        ("task: gui", "task", "gui", "standard"),
        ("model: sonnet", "model", "sonnet", "local"),
        ("candidates: []", "candidates", "none", "local"),
        ("candidates: [sonnet, local]", "candidates", "sonnet, local", "local"),
        ("never: [local]", "candidates", "never local", "local (local)"),
        ("outcome: deny", "outcome", "deny", "route"),
        ("code: denied", "code", "denied", "none"),
        ("rule: late", "rule", "late", "none"),
        ("message: hour", "message", "…hour…", "none"),
        ("max_output_tokens: 7", "max_output_tokens", "7", "none"),
    ],
)
def test_what_is_not_so_is_a_difference(
    policy: Path, expect: str, what: str, expected: str, actual: str
) -> None:
    case = f"  - name: x\n    labels: [pii]\n    task: standard\n    expect: {{{expect}}}\n"
    (result,) = run(policy, case)
    (difference,) = result.differences
    assert (difference.what, difference.expected, difference.actual) == (what, expected, actual)
    assert not result.passed
    assert "task: standard, 1.00 by caller (stated by the caller)" in result.reasons
    assert "sonnet: dropped by clearance, not cleared for pii" in result.reasons


def test_reasons_say_what_was_found_where_and_never_its_text(policy: Path) -> None:
    (result,) = run(
        policy, "  - {name: x, text: The bluebird file., task: standard, expect: {labels: []}}\n"
    )
    assert any(
        r.startswith("confidential: CODENAME at /messages/0/content") for r in result.reasons
    )
    assert "bluebird" not in str(result)


FAULTY = [
    (
        "  - {name: a, txt: hi, expect: {labels: []}}\n",
        "4:15: unknown key 'txt'; did you mean 'text'",
    ),
    ("  - {name: a, text: hi, expect: {lables: []}}\n", "4:34: unknown key 'lables'; did you mean"),
    ("  - {name: a, text: hi}\n", "4:5: 'expect' is missing"),
    ("  - {name: a, text: hi, expect: {}}\n", "4:25: expects nothing"),
    ("  - {name: a, expect: {labels: []}}\n", "4:5: there is nothing to read"),
    ("  - {name: a, labels: [], expect: {labels: []}}\n", "4:5: there is nothing to read"),
    ("  - {name: a, text: hi, messages: [], expect: {labels: []}}\n", "write 'text' or 'messages'"),
    (
        "  - {name: a, messages: [{role: boss}], expect: {labels: []}}\n",
        "4:5: no request: /messages",
    ),
    ("  - {name: a, text: hi, task: gu, expect: {labels: []}}\n", "4:25: this should be"),
    (
        "  - {name: a, text: hi, expect: {model: sonet}}\n",
        "4:34: the policy has no model 'sonet'; did",
    ),
    ("  - {name: a, text: hi, expect: {candidates: [x]}}\n", "4:47: the policy has no model"),
    (
        "  - {name: a, text: hi, expect: {never: [clod]}}\n",
        "4:42: no model or locality 'clod'; did",
    ),
    ("  - {name: a, text: hi, down: [x], expect: {labels: []}}\n", "4:32: the policy has no model"),
    (
        "  - {name: a, text: hi, expect: {rule: lat}}\n",
        "4:34: the policy has no rule 'lat'; did you",
    ),
    (
        "  - {name: a, text: hi, spent: [{per: team, every: day, usd: 1}], expect: {labels: []}}\n",
        "4:33: the policy has no budget per team every day",
    ),
    (
        "  - {name: a, text: hi, expect: {labels: []}}\n  - {name: a, text: ho, expect: {labels: []}}\n",
        "5:6: another case has this name",
    ),
    ("  []\n", "3:1: empty; write at least one"),
]


@pytest.mark.parametrize(("cases", "said"), FAULTY)
def test_a_faulty_file_of_cases_says_where_and_what_to_write(
    policy: Path, cases: str, said: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        run(policy, cases)
    assert said in str(caught.value)


def test_files_that_cannot_be_read_say_so(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"tests stand in NAME\.test\.yaml"):
        read_cases(tmp_path / "no.test.yaml")
    (tmp_path / "list.test.yaml").write_text("- 1\n")
    with pytest.raises(PolicyError, match="tests: 1"):
        read_cases(tmp_path / "list.test.yaml")


def test_a_pinned_environment_does_not_stop_the_tests_of_a_draft(policy: Path) -> None:
    path = policy.with_name("other.test.yaml")
    path.write_text(TIME + "  - {name: a, text: hi, expect: {labels: []}}\n" + "policy: p.yaml\n")
    file, loaded = load(path, env={"RINGFENCE_POLICY_DIGEST": "sha256:" + "0" * 64})
    assert loaded.ref.name == "x"
    assert file.policy_path == policy


def test_coverage_lists_what_no_test_reached_with_its_line(policy: Path) -> None:
    results = run(policy, ALL_PASS)
    _, loaded = load(policy.with_name("p.test.yaml"), env={})
    whole = coverage(loaded, (result.reached for result in results))
    assert whole.percent == 100
    assert whole.missed == ()
    some = coverage(loaded, [results[6].reached])  # the denial: one rule, and no route serves
    assert [(part.kind, part.name, part.line) for part in some.missed] == [
        ("model", "local", 4),
        ("model", "sonnet", 5),
        ("custom label", "CODENAME", 8),
        ("route", "standard", 11),
        ("route", "gui", 12),
        ("rule", "law", 15),
        ("rule", "shell", 16),
        ("rule", "short", 17),
        ("rule", "live", 18),
    ]
    assert some.to_dict()["percent"] == 10.0


def test_of_rules_that_choose_only_the_first_is_reached(policy: Path) -> None:
    policy.write_text(POLICY + "")
    text = POLICY.replace(
        "budgets:", "  - {name: shell-2, when: {tools: shell}, task: live}\nbudgets:"
    )
    policy.write_text(text)
    (result,) = run(policy, "  - {name: x, text: Click., tools: [shell], expect: {task: gui}}\n")
    assert ("rule", "shell") in result.reached
    assert ("rule", "shell-2") not in result.reached


def test_the_example_of_the_docs_holds_for_the_policy_of_the_docs(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "policy.md").read_text()
    for start, name in (("ringfence: 1", "p.yaml"), ("tests: 1", "p.test.yaml")):
        snippet = page[page.index(f"```yaml\n{start}") + len("```yaml\n") :]
        (tmp_path / name).write_text(snippet[: snippet.index("```")])
    file, policy = load(tmp_path / "p.test.yaml", env={})
    results = list(Bench(policy).run(file, range(len(file.document.cases))))
    assert [(result.name, result.differences) for result in results if not result.passed] == []
