"""`ringfence complete`: the answer on stdout, and nothing to a model that may not see the request."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from ringfence.drill.formats import Reply
from ringfence.drill.server import ModelServer

Run = Callable[..., Result]
MakePolicy = Callable[..., Path]


@pytest.fixture(autouse=True)
def replies(cloud: ModelServer, local_server: ModelServer) -> None:
    cloud.always(Reply(text="from the cloud"))
    local_server.always(Reply(text="from here"))


@pytest.mark.parametrize("more", [[], ["--stream"]])
def test_the_answer_is_printed_and_nothing_else(
    run: Run, policy: MakePolicy, more: list[str]
) -> None:
    result = run("complete", "--policy", policy(), "--text", "hello", *more)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "from the cloud\n", "")


def test_json_is_the_completion_in_its_documented_shape(run: Run, policy: MakePolicy) -> None:
    result = run("complete", "--policy", policy(), "--text", "about bluebird", "--json")
    completion = json.loads(result.stdout)
    assert (completion["text"], completion["model"]) == ("from here", "local-model")
    assert (completion["locality"], completion["usd"]) == ("local", "0")
    assert completion["labels"] == ["confidential"]
    assert [attempt["error"] for attempt in completion["attempts"]] == [None]
    assert set(completion["ms"]) == {"gate", "decide", "total"}
    assert completion["decision"]["outcome"] == "route"


@pytest.mark.parametrize("more", [[], ["--stream"], ["--json"]])
def test_i1_a_labelled_request_never_reaches_the_cloud(
    run: Run, policy: MakePolicy, cloud: ModelServer, more: list[str]
) -> None:
    result = run("complete", "--policy", policy(), "--text", "bluebird", *more)
    assert result.exit_code == 0
    refused = run("complete", "--policy", policy(local=False), "--text", "bluebird", *more)
    assert refused.exit_code == 3
    assert "may see confidential" in refused.stderr
    assert cloud.received == b""


def test_a_dead_local_model_is_unavailable_and_never_the_cloud(
    run: Run, policy: MakePolicy, cloud: ModelServer, local_server: ModelServer
) -> None:
    file = policy(fallback={"deadline_s": 5})
    local_server.close()
    result = run("complete", "--policy", file, "--text", "bluebird")
    assert result.exit_code == 4
    assert result.stderr.startswith("error: ")
    assert cloud.received == b""


def test_jsonl_answers_each_line_with_its_id(run: Run, policy: MakePolicy) -> None:
    lines = [
        json.dumps({"id": f"r{n}", "messages": [{"role": "user", "content": text}]})
        for n, text in enumerate(["hello", "bluebird", "hello again"])
    ]
    lines.insert(1, "{}")
    result = run("complete", "--policy", policy(), "--jsonl", "-", stdin="\n".join(lines))
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [answer["id"] for answer in answers] == ["r0", None, "r1", "r2"]
    assert [answer.get("text") for answer in answers] == [
        "from the cloud",
        None,
        "from here",
        "from the cloud",
    ]


def test_a_refused_line_is_an_error_line(run: Run, policy: MakePolicy) -> None:
    line = json.dumps({"id": "r", "messages": [{"role": "user", "content": "bluebird"}]})
    result = run("complete", "--policy", policy(local=False), "--jsonl", "-", stdin=line)
    answer = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (answer["id"], answer["error"]["code"]) == ("r", "not_cleared")


def test_tool_calls_are_printed_as_json(
    run: Run, policy: MakePolicy, cloud: ModelServer, tmp_path: Path
) -> None:
    cloud.always(Reply(text="", tool_calls=(("add", {"a": 1}),)))
    function = {"name": "add", "parameters": {"type": "object", "properties": {}}}
    request = {
        "messages": [{"role": "user", "content": "add one"}],
        "tools": [{"type": "function", "function": function}],
    }
    file = tmp_path / "request.json"
    file.write_text(json.dumps(request))
    result = run("complete", "--policy", policy(), file)
    assert result.exit_code == 0, result.stderr
    call = json.loads(result.stdout)
    assert call["function"]["name"] == "add"
    assert json.loads(call["function"]["arguments"]) == {"a": 1}


def test_a_stream_is_text_only(run: Run, policy: MakePolicy) -> None:
    result = run("complete", "--policy", policy(), "--text", "hello", "--stream", "--json")
    assert result.exit_code == 2
    assert "--stream prints text" in result.stderr


@pytest.mark.parametrize("local", [True, False])
def test_i11_a_damaged_ledger_stops_the_call(
    run: Run, policy: MakePolicy, cloud: ModelServer, tmp_path: Path, local: bool
) -> None:
    damaged = tmp_path / "ledger.sqlite"
    damaged.write_bytes(b"damage " * 500)
    file = policy(local=local, records={"path": str(damaged)})
    result = run("complete", "--policy", file, "--text", "hello")
    assert result.exit_code == 1, result.output
    assert "is damaged: move it away" in result.stderr
    assert cloud.received == b""
