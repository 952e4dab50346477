"""A value planted anywhere in any shape of request is found, exactly where it stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.gate import Gate
from ringfence.request import Request

VALUES = {
    "US_SSN": "219-09-9998",
    "CREDIT_CARD": "4539 1488 0343 6467",
    "EMAIL": "jane.roe@proton.me",
    "IBAN": "DE28370400440648201377",
}
PROSE = st.text(alphabet="abcdefg hijkl,.\n", max_size=60)
ANY = st.text(max_size=80)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY,
    lambda c: st.lists(c, max_size=3) | st.dictionaries(ANY, c, max_size=3),
    max_leaves=12,
)


@st.composite
def planted(draw: st.DrawFn) -> tuple[dict[str, Any], str, str, str]:
    """A request, the kind and value of what was planted in it, and the pointer to the string that holds it."""
    entity = draw(st.sampled_from(sorted(VALUES)))
    text = f"{draw(PROSE)} {VALUES[entity]} {draw(PROSE)}"
    shape = draw(
        st.sampled_from(["string", "part", "arguments", "tool", "metadata", "schema", "nested"])
    )
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": draw(PROSE)} for _ in range(draw(st.integers(1, 3)))
    ]
    body: dict[str, Any] = {"messages": messages}
    index = len(messages)
    if shape == "string":
        messages.append(
            {"role": draw(st.sampled_from(["system", "user", "assistant"])), "content": text}
        )
        return body, entity, VALUES[entity], f"/messages/{index}/content"
    if shape == "part":
        messages.append(
            {
                "role": "user",
                "content": [{"type": "text", "text": "x"}, {"type": "text", "text": text}],
            }
        )
        return body, entity, VALUES[entity], f"/messages/{index}/content/1/text"
    if shape == "arguments":
        arguments = json.dumps({"a": [{"b": text}]})
        messages.append(
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "c",
                        "type": "function",
                        "function": {"name": "f", "arguments": arguments},
                    }
                ],
            }
        )
        return body, entity, VALUES[entity], f"/messages/{index}/tool_calls/0/function/arguments"
    if shape == "tool":
        messages.append(
            {"role": "tool", "tool_call_id": "c", "content": json.dumps({"rows": [[text]]})}
        )
        return body, entity, VALUES[entity], f"/messages/{index}/content"
    if shape == "nested":
        messages.append(
            {
                "role": "tool",
                "tool_call_id": "c",
                "content": json.dumps({"r": json.dumps({"x": text})}),
            }
        )
        return body, entity, VALUES[entity], f"/messages/{index}/content"
    if shape == "metadata":
        body["metadata"] = {"k": {"l": [text]}}
        return body, entity, VALUES[entity], "/metadata/k/l/0"
    body["response_schema"] = {"type": "object", "description": text}
    return body, entity, VALUES[entity], "/response_schema/description"


def string_at(body: Any, path: str) -> str:
    for raw in path.split("/")[1:]:
        part = raw.replace("~1", "/").replace("~0", "~")
        body = body[int(part)] if isinstance(body, list) else body[part]
    assert isinstance(body, str)
    return body


@given(case=planted())
@settings(max_examples=150)
def test_a_planted_value_is_found_where_it_stands(
    make_gate: Callable[..., Gate], case: tuple[dict[str, Any], str, str, str]
) -> None:
    body, entity, value, path = case
    findings = make_gate().read(Request.parse(body))
    text = string_at(body, path)
    places = {
        text[f.start : f.end] for f in findings.findings if f.entity == entity and f.path == path
    }
    assert value in places


@given(value=JSON, content=ANY)
@settings(max_examples=150)
def test_the_gate_reads_anything_and_never_raises(
    make_gate: Callable[..., Gate], value: Any, content: str
) -> None:
    findings = make_gate().read(
        Request.parse(
            {"messages": [{"role": "user", "content": content}], "metadata": {"x": value}}
        )
    )
    assert "unscanned" not in findings.labels
    assert findings.labels == tuple(sorted(set(findings.labels)))
