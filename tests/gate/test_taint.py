"""What the gate asks of a taint store, and what it makes of the answer (I5)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ringfence.gate import Gate, TaintMatch, labelled_results, texts_of
from ringfence.request import Caller, Request
from ringfence.types import Finding

pytestmark = pytest.mark.invariant("I5")

MakeGate = Callable[..., Gate]
KNOWN = "a sentence that some model once gave to somebody who asked about a patient"
HELLO = {"role": "user", "content": "hello"}


class Lookup:
    """A store that knows one passage and one conversation, and remembers what it was asked."""

    def labels_of(
        self, *, tenant: str, texts: Sequence[str], conversation_id: str | None
    ) -> Sequence[TaintMatch]:
        self.tenant, self.texts = tenant, list(texts)
        found = [
            TaintMatch(index=i, labels=("phi",), start=start, end=start + len(KNOWN))
            for i, text in enumerate(texts)
            if (start := text.find(KNOWN)) >= 0
        ]
        return [*found, TaintMatch(labels=("mnpi",))] if conversation_id == "c9" else found


def findings(make_gate: MakeGate, body: dict[str, Any]) -> tuple[Finding, ...]:
    gate = make_gate(taint=Lookup(), labels={"packs": []})
    return gate.read(Request.parse(body)).findings


def place(finding: Finding) -> tuple[str, str, int, int]:
    return finding.label, finding.path, finding.start, finding.end


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"messages": [{"role": "user", "content": f"x {KNOWN} y"}]}, "/messages/0/content"),
        (
            {
                "messages": [
                    {"role": "assistant", "content": [{"type": "text", "text": f"x {KNOWN}"}]}
                ]
            },
            "/messages/0/content/0/text",
        ),
        (
            {
                "messages": [
                    {
                        "role": "assistant",
                        "tool_calls": [
                            {
                                "id": "1",
                                "function": {"name": "f", "arguments": f'{{"a":"{KNOWN}"}}'},
                            }
                        ],
                    }
                ]
            },
            "/messages/0/tool_calls/0/function/arguments",
        ),
        ({"messages": [HELLO], "metadata": {"note": f"- {KNOWN}"}}, "/metadata/note"),
        (
            {
                "messages": [HELLO],
                "tools": [{"type": "function", "function": {"name": "f", "description": KNOWN}}],
            },
            "/tools/0/function/description",
        ),
    ],
)
def test_a_passage_is_found_wherever_it_stands(
    make_gate: MakeGate, body: dict[str, Any], path: str
) -> None:
    [finding] = findings(make_gate, body)
    assert (finding.label, finding.entity, finding.path) == ("phi", "TAINT", path)
    value: Any = body
    for step in path.split("/")[1:]:
        value = value[int(step)] if isinstance(value, list) else value[step]
    assert value[finding.start : finding.end] == KNOWN


def test_a_passage_that_was_cut_into_parts_is_found_in_the_message(make_gate: MakeGate) -> None:
    parts = [{"type": "text", "text": text} for text in (KNOWN[:33], KNOWN[33:])]
    gate = make_gate(taint=(lookup := Lookup()), labels={"packs": []})
    gate.read(Request.parse({"messages": [{"role": "user", "content": parts}]}))
    assert KNOWN.replace(" ", "") in [
        text.replace("\n", "").replace(" ", "") for text in lookup.texts
    ]


def test_the_text_of_a_data_url_is_read_and_the_whole_url_pointed_at(make_gate: MakeGate) -> None:
    url = "data:text/plain;base64," + base64.b64encode(f"so, {KNOWN}".encode()).decode()
    part = {"type": "file", "file": {"file_data": url}}
    [finding] = findings(make_gate, {"messages": [{"role": "user", "content": [part]}]})
    assert place(finding) == ("phi", "/messages/0/content/0/file/file_data", 0, len(url))


def test_a_conversation_brings_its_labels(make_gate: MakeGate) -> None:
    [finding] = findings(make_gate, {"messages": [HELLO], "conversation_id": "c9"})
    assert place(finding) == ("mnpi", "/conversation_id", 0, 2)


def test_the_store_is_asked_for_the_callers_tenant_and_not_bothered_with_short_texts(
    make_gate: MakeGate,
) -> None:
    gate = make_gate(taint=(lookup := Lookup()))
    gate.read(Request.parse({"messages": [HELLO]}, caller=Caller(tenant="acme")))
    assert (lookup.tenant, lookup.texts) == ("acme", [])


@pytest.mark.invariant("I2")
def test_a_store_that_fails_makes_the_request_unscanned(make_gate: MakeGate) -> None:
    class Broken:
        def labels_of(self, **_: object) -> Sequence[TaintMatch]:
            raise RuntimeError(KNOWN)

    read = make_gate(taint=Broken(), labels={"packs": []}).read(
        Request.parse({"messages": [HELLO]})
    )
    assert read.labels == ("unscanned",)
    assert KNOWN not in str(read)


# -- what a tool gave


def finding(path: str, label: str = "pii", entity: str = "EMAIL") -> Finding:
    return Finding(
        label=label, entity=entity, path=path, start=0, end=1, score=1.0, recognizer="test"
    )


def test_labelled_tool_results_are_what_recognisers_labelled_in_what_tools_gave() -> None:
    result = {"type": "tool_result", "tool_use_id": "1", "content": "from a part"}
    request = Request.parse(
        {
            "messages": [
                {"role": "user", "content": "from the user"},
                {"role": "tool", "tool_call_id": "1", "content": "from a tool"},
                {"role": "tool", "tool_call_id": "2", "content": "tainted alone"},
                {"role": "user", "content": [{"type": "text", "text": "asked"}, result]},
            ]
        }
    )
    found = [
        finding("/messages/0/content"),
        finding("/messages/1/content"),
        finding("/messages/1/content", "hr", "TERMINATION"),
        finding("/messages/2/content", "phi", "TAINT"),
        finding("/messages/3/content/0/text"),
        finding("/messages/3/content/1/content", "phi", "MRN"),
    ]
    assert labelled_results(request, found) == {
        "from a tool": {"pii", "hr"},
        "from a part": {"phi"},
    }


def test_the_texts_worth_noting_are_those_that_the_store_is_asked_about() -> None:
    request = Request.parse({"messages": [HELLO, {"role": "assistant", "content": KNOWN}]})
    assert texts_of(request) == [KNOWN]
