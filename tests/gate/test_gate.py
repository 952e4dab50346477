"""The gate as a whole: where it looks, what it says of what it cannot do, and what it remembers."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from ringfence.gate import Gate, TaintMatch, stages
from ringfence.gate.recognizer import Hit, Text
from ringfence.request import Caller, Request
from ringfence.types import Findings

MakeGate = Callable[..., Gate]
SSN = "219-09-9998"
HELLO = {"role": "user", "content": "hello"}


def ask(content: Any, **body: Any) -> Request:
    return Request.parse({"messages": [{"role": "user", "content": content}], **body})


def at(findings: Findings) -> set[tuple[str, str]]:
    return {(finding.entity, finding.path) for finding in findings.findings}


def call(arguments: str) -> dict[str, Any]:
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "f", "arguments": arguments}}
        ],
    }


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"messages": [{"role": "system", "content": f"ssn {SSN}"}, HELLO]}, "/messages/0/content"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": f"ssn {SSN}"}]}]},
            "/messages/0/content/0/text",
        ),
        (
            {
                "messages": [
                    {"role": "user", "name": "a219-09-9998", "content": "ssn"},
                    {"role": "user", "content": SSN},
                ]
            },
            "/messages/1/content",
        ),
        (
            {"messages": [HELLO, call(json.dumps({"patient": {"ssn": "219099998"}}))]},
            "/messages/1/tool_calls/0/function/arguments",
        ),
        (
            {
                "messages": [
                    HELLO,
                    {
                        "role": "tool",
                        "tool_call_id": "c1",
                        "content": json.dumps({"ssn": 219099998}),
                    },
                ]
            },
            "/messages/1/content",
        ),
        ({"messages": [HELLO], "metadata": {"ssn": 219099998}}, "/metadata/ssn"),
        ({"messages": [HELLO], "metadata": {"a/b": {"x~y": f"ssn {SSN}"}}}, "/metadata/a~1b/x~0y"),
        ({"messages": [HELLO], "metadata": {f"ssn {SSN}": 1}}, f"/metadata/ssn {SSN}"),
        ({"messages": [HELLO], "params": {"stop": [f"ssn {SSN}"]}}, "/params/stop/0"),
        (
            {
                "messages": [HELLO],
                "response_schema": {"type": "object", "properties": {"x": {"const": f"ssn {SSN}"}}},
            },
            "/response_schema/properties/x/const",
        ),
        ({"messages": [HELLO], "conversation_id": f"ssn {SSN}"}, "/conversation_id"),
        (
            {
                "messages": [HELLO],
                "tools": [
                    {"type": "function", "function": {"name": "f", "description": f"ssn {SSN}"}}
                ],
            },
            "/tools/0/function/description",
        ),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {
                                "type": "image_url",
                                "image_url": {"url": f"https://x.io/?q=ssn+{SSN}"},
                            }
                        ],
                    }
                ]
            },
            "/messages/0/content/0/image_url/url",
        ),
    ],
)
def test_the_whole_request_is_read(make_gate: MakeGate, body: dict[str, Any], path: str) -> None:
    assert ("US_SSN", path) in at(make_gate().read(Request.parse(body)))


def test_a_clean_request_has_no_labels(make_gate: MakeGate) -> None:
    assert make_gate().read(ask("Write a haiku about autumn rain.")) == Findings()


def test_a_finding_says_where_and_never_what(make_gate: MakeGate) -> None:
    findings = make_gate().read(ask(f"my ssn is {SSN}, thanks"))
    (finding,) = findings.findings
    assert findings.labels == ("pii",)
    assert (finding.start, finding.end) == (10, 21)
    assert SSN not in repr(findings)


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
        {
            "type": "file",
            "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
        },
        {"type": "hologram", "x": 1},
        {"type": "file", "file": {"file_id": "f-1"}},
    ],
)
def test_what_cannot_be_read_is_unread(make_gate: MakeGate, part: dict[str, Any]) -> None:
    findings = make_gate().read(ask([{"type": "text", "text": "look"}, part]))
    assert findings.labels == ("unread",)
    assert at(findings) == {("UNREAD", "/messages/0/content/1")}


def test_a_text_file_in_a_data_url_is_read(make_gate: MakeGate) -> None:
    url = "data:text/plain;base64," + base64.b64encode(f"ssn {SSN}".encode()).decode()
    findings = make_gate().read(
        ask([{"type": "file", "file": {"filename": "a.txt", "file_data": url}}])
    )
    (finding,) = findings.findings
    assert findings.labels == ("pii",)
    assert (finding.path, finding.start, finding.end) == (
        "/messages/0/content/0/file/file_data",
        0,
        len(url),
    )


def test_a_value_split_across_turns_is_found(make_gate: MakeGate) -> None:
    turns = ["my card is 4539 1488", "0343 6467"]
    body = {"messages": [{"role": "user", "content": turn} for turn in turns]}
    assert make_gate().read(Request.parse(body)).labels == ("pci",)


def test_a_bare_answer_to_a_question_is_found(make_gate: MakeGate) -> None:
    body = {
        "messages": [
            {"role": "assistant", "content": "What is your account number?"},
            {"role": "user", "content": "83920174"},
        ]
    }
    findings = make_gate().read(Request.parse(body))
    assert findings.labels == ("financial", "pii")
    assert at(findings) == {("BANK_ACCOUNT", "/messages/1/content")}


def test_a_pack_that_is_off_labels_nothing(make_gate: MakeGate) -> None:
    request = ask("card 4539 1488 0343 6467 of jane.roe@proton.me")
    assert make_gate().read(request).labels == ("pci", "pii")
    assert make_gate(labels={"packs": ["pci"]}).read(request).labels == ("pci",)


def test_the_policys_own_words_and_patterns_count_whatever_the_packs(make_gate: MakeGate) -> None:
    gate = make_gate(
        labels={
            "packs": [],
            "custom": [
                {"label": "confidential", "name": "CODENAME", "words": ["bluebird"]},
                {
                    "label": "pii",
                    "name": "EMPLOYEE_ID",
                    "regex": r"E\d{6}",
                    "context": ["employee", "staff"],
                },
            ],
        }
    )
    assert gate.read(ask("the BlueBird launch")).labels == ("confidential",)
    assert gate.read(ask("the blue\u200bbird launch")).labels == ("confidential",)
    assert gate.read(ask("bluebirds in spring")).labels == ()
    assert gate.read(ask("employee E123456")).labels == ("pii",)
    assert gate.read(ask("engine E123456")).labels == ()


def test_an_allowed_value_is_no_finding_and_hides_nothing_else(make_gate: MakeGate) -> None:
    gate = make_gate(
        labels={
            "allow": [
                {"words": ["jane.roe@proton.me"], "because": "our press contact"},
                {"regex": r"T-\d{3}-\d{2}-\d{4}", "because": "tickets"},
            ]
        }
    )
    assert gate.read(ask("mail jane.roe@proton.me")).labels == ()
    assert gate.read(ask(f"mail jane.roe@proton.me, ssn {SSN}")).labels == ("pii",)


def test_label_rules_of_the_policy_run_in_the_gate(make_gate: MakeGate) -> None:
    gate = make_gate(
        rules=[{"name": "finance", "when": {"caller.team": "finance"}, "label": "confidential"}]
    )
    request = Request.parse({"messages": [HELLO]}, caller=Caller(team="finance"))
    assert gate.read(request).labels == ("confidential",)
    assert gate.read(Request.parse({"messages": [HELLO]})).labels == ()


@pytest.mark.parametrize(
    ("when", "caller", "labels"),
    [
        ({"not": {"caller.team": ["hr", "fin*"]}}, Caller(team="it"), ("confidential",)),
        ({"not": {"caller.team": ["hr", "fin*"]}}, Caller(team="finance"), ()),
        ({"any": [{"text": "hel*o"}, {"tools": "browse"}]}, Caller(), ("confidential",)),
        ({"all": [{"text": "hel*o"}, {"tools": "browse"}]}, Caller(), ()),
        ({"metadata": {"risk": {"above": 3}}}, Caller(), ("confidential",)),
        ({"metadata": {"risk": {"above": 4}}}, Caller(), ()),
    ],
)
def test_label_rules_may_join_and_negate_what_the_gate_knows(
    make_gate: MakeGate, when: dict[str, Any], caller: Caller, labels: tuple[str, ...]
) -> None:
    gate = make_gate(rules=[{"name": "r", "when": when, "label": "confidential"}])
    request = Request.parse({"messages": [HELLO], "metadata": {"risk": 4}}, caller=caller)
    assert gate.read(request).labels == labels


class Lookup:
    """A taint store that knows nothing."""

    def labels_of(self, **_: object) -> Sequence[TaintMatch]:
        return ()


def test_a_gate_that_is_off_says_so(make_gate: MakeGate) -> None:
    gate = make_gate(gate={"enabled": False, "because": "all models are ours"})
    assert gate.read(ask(f"ssn {SSN}")) == Findings(
        notes=("gate off by policy: all models are ours",)
    )


# -- fail closed (I2)


def explode(*_: Any, **__: Any) -> Any:
    raise RuntimeError(f"the text was {SSN}")


@pytest.mark.parametrize("stage", ["walk", "seams", "tainted", "label_rules"])
def test_a_stage_that_fails_makes_the_request_unscanned(
    make_gate: MakeGate, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    monkeypatch.setattr(stages, stage, explode)
    findings = make_gate(taint=Lookup()).read(ask(f"ssn {SSN}"))
    assert "unscanned" in findings.labels
    assert SSN not in repr(findings)


class Broken:
    """A recogniser that raises or talks nonsense, once told to."""

    name = "broken"
    hits: list[Hit] | None = None

    def find(self, text: Text) -> Iterator[Hit]:
        if self.hits is None:
            raise ValueError(text.value)
        return iter(self.hits)


@pytest.mark.parametrize(
    "hits",
    [
        None,
        [Hit(entity="X", start=5, end=99_999, score=1, why="")],
        [Hit(entity="X", start=-1, end=2, score=1, why="")],
    ],
)
def test_a_recogniser_that_fails_hides_nothing_and_is_not_remembered_as_clean(
    make_gate: MakeGate, hits: list[Hit] | None
) -> None:
    gate = make_gate()
    broken = Broken()
    broken.hits = hits
    reader = gate.reader
    reader._recognizers = ((reader._recognizers[0][0], broken), *reader._recognizers)
    for _ in range(2):
        findings = gate.read(ask(f"ssn {SSN}"))
        assert findings.labels == ("pii", "unscanned")
        assert findings.notes == ("gate: 'broken' failed",)
    reader._recognizers = reader._recognizers[1:]
    assert gate.read(ask(f"ssn {SSN}")).labels == ("pii",)


def test_a_request_over_its_time_is_unscanned(make_gate: MakeGate) -> None:
    now = iter(range(10_000))
    findings = make_gate(limits={"ms": 3_000}, clock=lambda: float(next(now))).read(
        ask("hello " * 50)
    )
    assert "unscanned" in findings.labels
    assert "out of time" in findings.notes[0]


def test_a_request_over_its_size_is_unscanned_and_read_up_to_there(make_gate: MakeGate) -> None:
    gate = make_gate(limits={"kb": 1})
    body = {
        "messages": [
            {"role": "user", "content": f"ssn {SSN}"},
            {"role": "user", "content": "x" * 2000},
        ]
    }
    assert gate.read(Request.parse(body)).labels == ("pii", "unscanned")


def test_nothing_that_json_can_hold_makes_the_gate_raise(make_gate: MakeGate) -> None:
    gate = make_gate()
    for content in (
        "",
        "\x00",
        '{"a":' * 500,
        "[" * 5000,
        "\\u" * 99,
        "%" * 99,
        "data:,",
        "=" * 999,
        "&#x110000; &#99999999;",
    ):
        assert "unscanned" not in gate.read(ask(content)).labels
    deep: Any = "x"
    for _ in range(150):
        deep = [deep]
    assert gate.read(ask("hi", metadata={"a": deep})).labels == ("unread",)


# -- memory


def test_a_leaf_that_was_read_before_is_not_read_again(
    make_gate: MakeGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = make_gate()
    first = gate.read(ask(f"ssn {SSN}"))
    monkeypatch.setattr(type(gate.reader), "read", explode)
    assert gate.read(ask(f"ssn {SSN}")) == first
    assert "unscanned" in gate.read(ask("something new")).labels


def test_what_is_remembered_is_bounded_and_holds_no_text(make_gate: MakeGate) -> None:
    gate = make_gate()
    gate.leaf_cache._size = 10
    for index in range(40):
        gate.read(ask(f"ssn {SSN} number {index}"))
    assert len(gate.leaf_cache._known) <= 10
    assert SSN not in repr(gate.leaf_cache._known)


def test_threads_may_share_a_gate(make_gate: MakeGate) -> None:
    gate = make_gate()
    seen: list[tuple[str, ...]] = []
    threads = [
        threading.Thread(
            target=lambda i=i: seen.append(gate.read(ask(f"turn {i % 3} ssn {SSN}")).labels)
        )
        for i in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [("pii",)] * 12


def test_above_its_limit_names_are_read_in_user_turns_and_tool_results_only(
    make_gate: MakeGate,
) -> None:
    gate = make_gate(names="context", limits={"names_kb": 0})
    findings = gate.read(ask("Nothing personal in here."))
    assert findings.labels == ()
    assert "names read in user turns and tool results only" in findings.notes[0]


def test_the_same_request_gives_the_same_findings(make_gate: MakeGate) -> None:
    request = ask(
        f"ssn {SSN}, card 4539 1488 0343 6467, jane.roe@proton.me", metadata={"b": SSN, "a": SSN}
    )
    assert make_gate().read(request) == make_gate().read(request)


def test_the_gate_reads_names_without_a_network(make_gate: MakeGate, socket_disabled: None) -> None:
    gate = make_gate(names="full")
    gate.warm()
    assert gate.read(ask("Yesterday Margaret Holloway called about her invoice.")).labels == (
        "pii",
    )
