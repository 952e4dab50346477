"""`policy check`: each remark on a policy that deserves it, at its place, and none on a good one."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from ringfence.review.check import remarks
from ringfence.review.checks.conditions import contradicts_itself, covers
from ringfence.review.codes import codes, page
from ringfence.rules import Policy, parse_policy

TODAY = date(2026, 6, 1)
DOCS = Path(__file__).parents[2] / "docs"

HEAD = "ringfence: 1\nname: x\nmodels:\n  local: {model: ollama_chat/qwen3.5:9b}\n"
CLOUD = "  sonnet: {model: anthropic/claude-sonnet-4.6}\n"
ROUTES = "routes:\n  standard: [sonnet, local]\n  gui: [local, sonnet]\n"
GOOD = HEAD + CLOUD + ROUTES

FORBID_CLOUD = "{name: b, when: {caller.team: law}, forbid: [cloud]}"

CASES: dict[str, list[tuple[str, int]]] = {
    # code: (the policy, the line that it is about)
    "RF101": [
        (HEAD + CLOUD + "routes:\n  standard: [local]\n  gui: [sonnet]\n", 8),
        (GOOD + "rules: [{name: a, when: {caller.team: x}, route: [sonnet]}]\n", 9),
        (GOOD.replace("qwen3.5:9b}", "qwen3.5:9b, retires: 2026-05-30}"), 7),
    ],
    "RF102": [(HEAD + CLOUD + "routes: {standard: [local]}\n", 5)],
    "RF103": [
        (GOOD.replace("4.6}", "4.6, retires: 2026-08-29}"), 5),
        (GOOD.replace("4.6}", "4.6, retires: 2026-05-01}"), 5),
    ],
    "RF104": [(GOOD + "fallback: {attempts: 9}\n", 9)],
    "RF105": [
        (GOOD + "rules: [{name: a, when: {task: gui}, only: [private]}]\n", 9),
        (
            HEAD + CLOUD + "routes: {standard: [local, sonnet], gui: [sonnet]}\n"
            "rules: [{name: a, forbid: [cloud]}]\n",
            7,
        ),
    ],
    "RF106": [(GOOD.replace("[sonnet, local]", "[sonnet, local, sonnet]"), 7)],
    "RF107": [
        (GOOD.replace("4.6}", "4.6, clearance: [pii, phi, hr], because: it is fine}"), 5),
        (
            GOOD.replace(
                "4.6}", "4.6, clearance: [pii, phi, hr], because: we have a good contract}"
            ),
            5,
        ),
    ],
    "RF108": [
        (GOOD.replace("4.6}", "4.6, clearance: all, because: 'contract 4711 of 2026-01-01'}"), 5)
    ],
    "RF109": [
        (
            GOOD.replace(
                "anthropic/claude-sonnet-4.6",
                "'ollama_chat/x:cloud', price: {input: 1, output: 1}, context_window: 8000",
            ),
            5,
        )
    ],
    "RF110": [(GOOD.replace("qwen3.5:9b", "house-model"), 4)],
    "RF201": [
        (
            GOOD + "rules:\n  - {name: a, when: {caller.team: [x, y]}, task: gui}\n"
            "  - {name: b, when: {caller.team: x, tools: t}, task: simple}\n",
            11,
        ),
        (
            GOOD + "rules:\n  - {name: a, route: [local]}\n"
            "  - {name: b, when: {caller.team: x}, route: [local, sonnet]}\n",
            11,
        ),
    ],
    "RF202": [
        (
            GOOD
            + "rules: [{name: a, when: {caller.team: a, all: [{caller.team: [b, c]}]}, only: [local]}]\n",
            9,
        )
    ],
    "RF203": [
        (
            GOOD + "rules:\n  - {name: a, forbid: [cloud]}\n"
            "  - {name: b, when: {caller.team: law}, forbid: [cloud]}\n",
            11,
        ),
        (GOOD + f"rules:\n  - {FORBID_CLOUD}\n  - {FORBID_CLOUD.replace('b,', 'c,')}\n", 11),
        (
            GOOD + "rules:\n  - {name: a, when: {caller.team: law}, cap: {usd: 5}}\n"
            "  - {name: b, cap: {usd: 4, output_tokens: 9}}\n",
            10,
        ),
    ],
    "RF204": [(GOOD + "rules: [{name: a, when: {labels: [pii, phii]}, only: [local]}]\n", 9)],
    "RF205": [
        (GOOD + "rules: [{name: a, when: {caller.team: x}, label: confidental}]\n", 9),
        (GOOD + "labels: {custom: [{label: bord, name: BOARD, words: [bluebird]}]}\n", 9),
    ],
    "RF206": [
        (
            GOOD.replace("4.6}", "4.6, clearance: [phii], because: 'contract 4711 of 2026-01-01'}"),
            5,
        ),
        (
            GOOD.replace("4.6}", "4.6, clearance: [mnpi], because: 'contract 4711 of 2026-01-01'}")
            + "labels: {packs: [gdpr]}\n",
            5,
        ),
    ],
    "RF207": [(GOOD + "rules: [{name: a, deny: closed today}]\n", 9)],
    "RF208": [(GOOD + "rules: [{name: a, when: {metadata: {zone: eu}}, forbid: [cloud]}]\n", 9)],
    "RF301": [(GOOD + "budgets: [{per: user, every: day, usd: 0.0001}]\n", 9)],
    "RF302": [
        (
            HEAD + CLOUD + "routes: {standard: [local, sonnet], gui: [sonnet]}\n"
            "rules: [{name: a, cap: {usd: 0.0001}}]\n",
            7,
        )
    ],
    "RF303": [
        (
            HEAD + CLOUD + "routes: {standard: [local], gui: [sonnet]}\n"
            "budgets: [{per: user, every: day, usd: 5, then: local}]\n",
            7,
        )
    ],
    "RF304": [
        (
            GOOD
            + "budgets:\n  - {per: user, every: day, usd: 5}\n  - {per: user, every: month, usd: 200}\n",
            11,
        ),
        (
            GOOD
            + "budgets:\n  - {per: user, every: day, usd: 9}\n  - {per: user, every: month, usd: 8}\n",
            10,
        ),
    ],
    "RF401": [(GOOD + "gate: {enabled: false, because: a test}\n", 9)],
    "RF402": [(GOOD + "labels: {secrets: {enabled: false, because: a test}}\n", 9)],
    "RF403": [(GOOD + "labels: {packs: [hipaa]}\ngate: {names: context}\n", 10)],
    "RF404": [
        (GOOD + "labels: {allow: [{words: [ab], because: ours}]}\n", 9),
        (GOOD + "labels: {allow: [{regex: '\\S+.*', because: ours}]}\n", 9),
    ],
    "RF405": [
        (GOOD + "labels: {custom: [{label: hr, name: X, words: [the]}]}\n", 9),
        (GOOD + "labels: {custom: [{label: hr, name: X, regex: '[a-z]+'}]}\n", 9),
    ],
    "RF406": [(GOOD + "taint: {declassify: [{labels: all, because: ops}]}\n", 9)],
    "RF407": [(GOOD + "callers: {claude: {clearance: all, because: ours}}\n", 9)],
    "RF408": [(GOOD + "records: {unwritable: allow}\n", 9)],
    "RF501": [(GOOD + "expires: 2026-06-30\n", 9)],
    "RF502": [
        (
            GOOD.replace(
                CLOUD,
                CLOUD
                + "  rack: {model: openai/qwen3.5-72b, base_url: 'http://gpu.example/v1', insecure: true}\n",
            ).replace("[sonnet, local]", "[sonnet, rack, local]")
            + "network: {hosts: [{host: gpu.example, because: our rack}]}\n",
            6,
        )
    ],
    "RF503": [(GOOD + "network: {hosts: [{host: gpu.example, because: our rack}]}\n", 9)],
    "RF504": [(GOOD + "network: {mode: none}\n", 5)],
}
ASKS_A_SERVER = {"RF191", "RF192"}
"""Codes of `--probe`: tests/cli/test_policy_check.py holds them."""


def remarked(text: str) -> list[tuple[str, int]]:
    return [
        (remark.code, remark.line) for remark in remarks(parse_policy(text, today=TODAY), TODAY)
    ]


@pytest.mark.parametrize(
    ("code", "text", "line"),
    [(code, text, line) for code, cases in CASES.items() for text, line in cases],
)
def test_each_code_is_given_at_its_place(code: str, text: str, line: int) -> None:
    assert (code, line) in remarked(text)


def test_every_code_is_documented_and_tested() -> None:
    assert set(CASES) | ASKS_A_SERVER == set(codes())
    documented = re.findall(r"^### (RF\d+) ", (DOCS / "policy-findings.md").read_text(), re.M)
    assert documented == list(codes())


def test_the_page_of_codes_is_made_of_them() -> None:
    assert (DOCS / "policy-findings.md").read_text() == page(), (
        "run: python -m ringfence.review.codes > docs/policy-findings.md"
    )


def test_texts_of_codes_are_sentences_that_can_be_joined() -> None:
    for code in codes().values():
        assert code.title[0] in "(" or code.title[0].islower(), code.code
        assert code.why.endswith("."), code.code
        assert not code.remedy.endswith("."), code.code
        assert len(code.title) < 80, code.code


GOOD_ONES = {
    "plain": GOOD,
    "a clearance with its contract": GOOD.replace(
        "4.6}", "4.6, clearance: [pii, phi], because: 'BAA signed 2026-02-01, contract 4711'}"
    ),
    "a wide clearance with its contract": GOOD.replace(
        "4.6}", "4.6, clearance: [pii, phi, hr], because: 'DPA of 2026-02-01, contract 4711'}"
    ),
    "rules that narrow apart": GOOD
    + """rules:
  - {name: a, when: {caller.team: finance}, label: confidential}
  - {name: b, when: {caller.team: law}, only: [local]}
  - {name: c, when: {caller.team: law, tokens: {above: 100}}, cap: {usd: 0.01}}
  - {name: d, when: {caller.team: interns}, cap: {usd: 0.05, output_tokens: 2000}}
  - {name: e, when: {caller.team: [x, y]}, task: gui}
  - {name: f, when: {caller.team: [y, z]}, task: simple}
  - {name: g, when: {tools: shell}, deny: no shells here}
  - {name: h, when: {metadata: {zone: eu}}, label: pii}
""",
    "budgets of each size": GOOD
    + """budgets:
  - {per: user, every: day, usd: 5, then: downgrade}
  - {per: user, every: month, usd: 50, then: local}
  - {per: tenant, every: day, usd: 500}
""",
    "words of a team": GOOD
    + """labels:
  packs: [gdpr, hipaa]
  custom: [{label: confidential, name: CODENAME, words: [bluebird]}, {label: pii, name: ID, regex: 'E\\d{6}'}]
  allow: [{words: [support@acme.example], because: public}, {regex: 'ACME-\\d+', because: order numbers}]
gate: {names: full}
""",
    "the last day before a remark": GOOD.replace("4.6}", "4.6, retires: 2026-08-30}")
    + "expires: 2026-07-01\n",
}


@pytest.mark.parametrize("text", GOOD_ONES.values(), ids=GOOD_ONES)
def test_a_good_policy_gets_no_remark(text: str) -> None:
    assert [str(remark) for remark in remarks(parse_policy(text, today=TODAY), TODAY)] == []


def test_remarks_come_in_the_order_of_the_file_and_say_what_to_do() -> None:
    text = HEAD + CLOUD + "routes:\n  gui: [sonnet]\nrecords: {unwritable: allow}\n"
    found = remarks(parse_policy(text, file="p.yaml"), TODAY)
    assert [(remark.code, remark.line) for remark in found] == [
        ("RF102", 4),
        ("RF101", 7),
        ("RF408", 8),
    ]
    assert str(found[0]) == (
        "p.yaml:4:3: warning RF102: no route uses 'local'; requests reach it only by asking for it. "
        "Add it to a route, or remove it"
    )
    assert found[2].to_dict() == {
        "code": "RF408",
        "severity": "note",
        "file": "p.yaml",
        "line": 8,
        "column": 11,
        "message": "unlabelled calls may go unrecorded",
        "remedy": "remove the line; the default refuses them",
    }


def test_a_policy_that_was_not_read_from_a_file_is_reviewed_too() -> None:
    policy: Policy = parse_policy(HEAD + "routes: {gui: [local, local]}\n")
    bare = type(policy)(
        document=policy.document, models=policy.models, catalog=policy.catalog, ref=policy.ref
    )
    assert [(remark.code, remark.line) for remark in remarks(bare, TODAY)] == [("RF106", 1)]


# -- conditions held against each other, as the file writes them

COVERED = [
    ({}, {"caller.team": "a"}),
    ({"caller.team": ["a", "b"]}, {"caller.team": "a"}),
    ({"caller.team": "fin*"}, {"caller.team": ["finance", "fin"]}),
    ({"tokens": {"above": 10}}, {"tokens": {"above": 10, "below": 90}}),
    ({"tokens": {"at_least": 10}}, {"tokens": {"above": 10}}),
    ({"metadata": {"zone": ["eu", "us"]}}, {"metadata": {"zone": "eu", "x": "y"}}),
    ({"any": [{"task": "gui"}]}, {"any": [{"task": "gui"}], "tools": "t"}),
]
NOT_COVERED = [
    ({"caller.team": "a"}, {}),
    ({"caller.team": "a"}, {"caller.team": ["a", "b"]}),
    ({"caller.team": "fin"}, {"caller.team": "fin*"}),
    ({"tokens": {"above": 10}}, {"tokens": {"at_least": 10}}),
    ({"tokens": {"below": 10}}, {"tokens": {"above": 10}}),
    ({"text": ["a", "b"]}, {"text": "c"}),
    ({"any": [{"task": "gui"}]}, {"task": "gui"}),
    ({"not": {"task": "gui"}}, {"not": {"task": "simple"}}),
]


@pytest.mark.parametrize(("wide", "narrow"), COVERED)
def test_a_wider_condition_holds_whenever_the_narrower_does(wide: dict, narrow: dict) -> None:
    assert covers(wide, narrow)


@pytest.mark.parametrize(("wide", "narrow"), NOT_COVERED)
def test_what_cannot_be_told_is_not_said(wide: dict, narrow: dict) -> None:
    assert not covers(wide, narrow)


@pytest.mark.parametrize(
    ("when", "key"),
    [
        ({"tokens": {"above": 9, "below": 9}}, "tokens"),
        ({"tokens": {"at_least": 10, "at_most": 9}}, "tokens"),
        ({"all": [{"caller.team": "a"}, {"caller.team": ["b", "c"]}]}, "caller.team"),
        ({"caller.team": "a", "all": [{"caller.team": "b*"}]}, "caller.team"),
        ({"task": "gui", "all": [{"task": ["simple", "live"]}]}, "task"),
        ({"caller.team": "a", "not": {"caller.team": ["a", "b"]}}, "not"),
        ({"not": {}}, "not"),
    ],
)
def test_conditions_that_contradict_each_other_are_named(when: dict, key: str) -> None:
    assert contradicts_itself(when) == key


@pytest.mark.parametrize(
    "when",
    [
        {},
        {"tokens": {"above": 8, "below": 10}},
        {"tokens": {"at_least": 10, "at_most": 10}},
        {"labels": "pii", "all": [{"labels": "phi"}]},
        {"tools": "a", "all": [{"tools": "b"}]},
        {"metadata": {"n": "a"}, "all": [{"metadata": {"n": "b"}}]},
        {"caller.team": "a*", "all": [{"caller.team": "*b"}]},
        {"caller.team": "a*", "all": [{"caller.team": ["ab", "c"]}]},
        {"caller.team": "a", "not": {"caller.team": "b"}},
        {"any": [{"task": "gui"}, {"task": "live"}]},
    ],
)
def test_conditions_that_can_hold_together_are_left_alone(when: dict) -> None:
    assert contradicts_itself(when) is None
