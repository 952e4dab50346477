"""What comes in: the shape is checked, the fault is named by a pointer, and the text is never shown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import BadRequest
from ringfence.request import MAX_REQUEST_BYTES, Request

USER = {"role": "user", "content": "hello"}


def refused(data: Any) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        Request.parse(data)
    return caught.value


def test_a_request_of_the_documented_shape_parses() -> None:
    request = Request.parse(
        {
            "id": "r1",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {
                    "role": "user",
                    "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
                },
                {
                    "role": "assistant",
                    "tool_calls": [
                        {
                            "id": "1",
                            "type": "function",
                            "function": {"name": "f", "arguments": "{}"},
                        }
                    ],
                },
                {"role": "tool", "tool_call_id": "1", "content": "42"},
            ],
            "tools": [{"type": "function", "function": {"name": "f"}}],
            "task": "simple",
            "max_output_tokens": 5,
            "params": {"temperature": 0},
            "metadata": {"project": "x"},
        }
    )
    assert [message.text for message in request.messages] == ["Be brief.", "a\nb", "", "42"]
    assert (request.id, request.task, request.max_output_tokens) == ("r1", "simple", 5)


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ([], ""),
        ({}, "/messages"),
        ({"messages": []}, "/messages"),
        ({"messages": "hello"}, "/messages"),
        ({"messages": [USER], "prompt": "x"}, ""),
        ({"messages": ["x"]}, "/messages/0"),
        ({"messages": [USER, {"role": "wizard", "content": "x"}]}, "/messages/1/role"),
        ({"messages": [{"role": "user", "content": 5}]}, "/messages/0/content"),
        ({"messages": [{"role": "user", "content": ["x"]}]}, "/messages/0/content/0"),
        ({"messages": [USER], "task": "poetry"}, "/task"),
        ({"messages": [USER], "max_output_tokens": 0}, "/max_output_tokens"),
        ({"messages": [USER], "max_output_tokens": True}, "/max_output_tokens"),
        ({"messages": [USER], "tools": [{"name": "f"}]}, "/tools/0"),
        ({"messages": [USER], "params": []}, "/params"),
        ({"messages": [USER], "metadata": {"x": object()}}, ""),
    ],
)
def test_what_is_wrong_is_named_by_its_pointer(data: Any, path: str) -> None:
    assert refused(data).path == path


def test_text_that_is_not_utf8_is_refused() -> None:
    assert "UTF-8" in str(refused({"messages": [{"role": "user", "content": "a\ud800b"}]}))


def test_a_request_of_fifty_megabytes_is_refused_by_its_size() -> None:
    error = refused({"messages": [{"role": "user", "content": "x" * 50_000_000}]})
    assert f"{MAX_REQUEST_BYTES:,}" in str(error)


def test_nesting_without_end_is_refused() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    assert "nested too deeply" in str(refused({"messages": [USER], "metadata": {"deep": deep}}))


@pytest.mark.invariant("I4")
def test_no_error_and_no_repr_shows_the_text() -> None:
    marker = "planted-marker-4711"
    for data in (
        {"messages": [{"role": marker, "content": marker}]},
        {"messages": [{"role": "user", "content": marker}], marker: marker},
        {"messages": [{"role": "user", "content": {"a": marker}}]},
        {"messages": [{"role": "user", "content": marker}], "task": marker},
    ):
        assert marker not in str(refused(data))
    assert marker not in repr(Request.from_text(marker, metadata={"a": marker}))


def test_changing_what_was_given_does_not_change_the_request() -> None:
    data: dict[str, Any] = {"messages": [{"role": "user", "content": "before"}]}
    request = Request.parse(data)
    data["messages"][0]["content"] = "after"
    assert request.messages[0].text == request.body["messages"][0]["content"] == "before"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(json_values | st.fixed_dictionaries({"messages": st.lists(json_values, max_size=3)}))
def test_any_json_is_a_request_or_a_bad_request(data: Any) -> None:
    try:
        Request.parse(data)
    except BadRequest as error:
        assert str(error)
