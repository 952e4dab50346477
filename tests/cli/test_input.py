"""Bad input: one clear block on stderr, the right exit code, no traceback, and never a word of what was sent (I4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from ringfence.cli import reading

Run = Callable[..., Result]
MakePolicy = Callable[..., Path]
SECRET = "zebra" + "quartz"


def assert_refused(result: Result, code: int, *said: str) -> None:
    assert result.exit_code == code, result.output
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.output
    assert SECRET not in result.output
    for words in said:
        assert words in result.stderr


@pytest.mark.parametrize("verb", ["route", "complete", "estimate", "scan"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"messages": [], "x": "zebraquartz"}', "unknown key"),
        (b'{"messages": []}', "/messages: must be a list of at least one message"),
        (b'{"messages": [{"role": "wizard", "content": "zebraquartz"}]}', "/messages/0/role"),
        (b'{"messages": [{"role": "user", "content": "zebraquartz \xff"}]}', "not UTF-8 at byte"),
    ],
)
def test_a_bad_request_is_told_by_its_place(
    run: Run, policy: MakePolicy, tmp_path: Path, verb: str, content: bytes, said: str
) -> None:
    file = tmp_path / "request.json"
    file.write_bytes(content)
    assert_refused(run(verb, "--policy", policy(), file), 2, said)


@pytest.mark.parametrize("verb", ["route", "complete", "estimate"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1, column 1"),
        (b"zebraquartz is plain text", "for plain text use --text"),
        (b'{"messages": [\n{"role": zebraquartz}]}', "line 2, column 10"),
        (b'["zebraquartz"]', "must be a JSON object"),
        (b'{"messages": NaN}', "not JSON that can be read"),
        (b'{"messages": ' + b"[" * 100_000, "not JSON that can be read"),
        (b'{"messages": ' + b"1" * 5_000 + b"}", "not JSON that can be read"),
    ],
)
def test_what_is_no_json_is_told_by_line_and_column(
    run: Run, policy: MakePolicy, verb: str, content: bytes, said: str
) -> None:
    assert_refused(run(verb, "--policy", policy(), "-", stdin=content), 2, "stdin", said)


@pytest.mark.parametrize("verb", ["route", "complete", "estimate", "scan"])
def test_a_file_that_cannot_be_read_is_named(
    run: Run, policy: MakePolicy, tmp_path: Path, verb: str
) -> None:
    missing = tmp_path / "missing.json"
    said = (str(missing), "No such file")
    assert_refused(run(verb, "--policy", policy(), missing), 2, *said)


@pytest.mark.parametrize("verb", ["route", "complete", "estimate", "scan"])
def test_one_thing_must_be_given(run: Run, policy: MakePolicy, verb: str) -> None:
    assert_refused(run(verb, "--policy", policy()), 2, "give one")
    assert_refused(run(verb, "--policy", policy(), "-", "--text", SECRET), 2, "give one")


def test_fifty_megabytes_are_refused_by_the_limit(
    run: Run, policy: MakePolicy, tmp_path: Path
) -> None:
    file = tmp_path / "big.json"
    text = "a" * (50 * 1024 * 1024)
    file.write_text(json.dumps({"messages": [{"role": "user", "content": text}]}))
    assert_refused(run("route", "--policy", policy(), file), 2, "over the limit", "split it")


def test_a_file_without_end_is_not_read_to_its_end(run: Run, policy: MakePolicy) -> None:
    assert_refused(run("route", "--policy", policy(), "/dev/zero"), 2, "over 67,108,864 bytes")


def test_a_jsonl_line_over_the_limit_is_one_bad_line(
    run: Run, policy: MakePolicy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 200)
    good = json.dumps({"id": "ok", "messages": [{"role": "user", "content": "hello"}]})
    long = json.dumps({"id": "long", "messages": [{"role": "user", "content": "a" * 999}]})
    file = tmp_path / "requests.jsonl"
    file.write_text(f"{long}\n{good}\n{long}")
    result = run("route", "--policy", policy(), "--jsonl", file)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [("error" in answer) for answer in answers] == [True, False, True]
    assert "over 200 bytes" in answers[0]["error"]["message"]
    assert answers[1]["request_id"] == "ok"


def test_with_json_an_error_is_data_on_stdout_too(run: Run, policy: MakePolicy) -> None:
    result = run("route", "--policy", policy(), "-", "--json", stdin=b"{")
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "bad_request"
    assert result.stderr == f"error: {error['message']}\n"


def test_without_a_policy_the_error_names_the_command_that_writes_one(run: Run) -> None:
    assert_refused(run("route", "--text", "hello"), 2, "no policy found", "ringfence policy init")


def test_a_wrong_policy_is_told_by_line_and_column(
    run: Run, write_policy: Callable[..., Path]
) -> None:
    file = write_policy("ringfence: 1\nname: x\nmodles: {}\nroutes: {standard: [a]}\n")
    result = run("route", "--policy", file, "--text", "hello")
    assert_refused(result, 2, f"{file}:3:1:", "did you mean 'models'")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope"], ("No such command", "--help")),
        (["route", "--nope"], ("No such option", "route --help")),
        (["route", "--policy"], ("requires an argument",)),
        (["policy", "pin"], ("Missing argument", "pin --help")),
    ],
)
def test_bad_usage_is_one_block_with_where_to_look(
    run: Run, arguments: list[str], said: tuple[str, ...]
) -> None:
    assert_refused(run(*arguments), 2, *said)


def test_a_fault_of_ours_shows_its_place_and_not_its_message(
    run: Run, policy: MakePolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ringfence.router import Router

    def broken(*_: object, **__: object) -> None:
        raise KeyError(SECRET)

    monkeypatch.setattr(Router, "decide", broken)
    result = run("route", "--policy", policy(), "--text", "hello")
    assert_refused(result, 1, "a fault inside ringfence (KeyError at test_input.py:")
