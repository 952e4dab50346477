"""The installed program as a real process: quick, light, quiet in a pipe, and alive on a terminal."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

MakePolicy = Callable[..., Path]
RINGFENCE = [sys.executable, "-c", "from ringfence.cli import main; main()"]

HEAVY = ("litellm", "presidio_analyzer", "spacy", "sqlalchemy", "httpx", "keyring", "pydantic")


def start(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RINGFENCE, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )


def on_a_terminal(
    arguments: Sequence[str | Path], *, stdout_too: bool = True, typed: bytes = b""
) -> tuple[str, str]:
    """Run the program with a pseudo-terminal: (what the terminal showed, what a piped stdout got)."""
    primary, secondary = pty.openpty()
    process = subprocess.Popen(
        [*RINGFENCE, *map(str, arguments)],
        stdin=secondary,
        stdout=secondary if stdout_too else subprocess.PIPE,
        stderr=secondary,
        env=os.environ | {"TERM": "xterm-256color", "COLUMNS": "120"},
    )
    os.close(secondary)
    os.write(primary, typed)
    shown = b""
    while True:
        ready, _, _ = select.select([primary], [], [], 0.2)
        if ready:
            try:
                data = os.read(primary, 65536)
            except OSError:  # Linux: the other end is closed
                break
            if not data:
                break
            shown += data
        elif process.poll() is not None:
            break
    piped = process.stdout.read().decode() if process.stdout else ""
    if process.stdout:
        process.stdout.close()
    process.wait()
    os.close(primary)
    return shown.decode(), piped


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys; sys.argv = ['ringfence', '--help']\n"
        "from ringfence.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "verb",
    [
        ["route"],
        ["scan"],
        ["complete"],
        ["estimate"],
        ["doctor"],
        ["policy", "init"],
        ["policy", "check"],
        ["policy", "pin"],
        ["policy", "schema"],
        ["catalog", "list"],
        ["keys", "set"],
        ["keys", "list"],
        ["keys", "delete"],
    ],
    ids=" ".join,
)
def test_each_verbs_help_teaches_by_example(verb: list[str], run: Callable[..., object]) -> None:
    text = run(*verb, "--help").stdout  # type: ignore[attr-defined]
    assert "Example" in text
    assert f"  ringfence {' '.join(verb)}" in text or "ringfence " + " ".join(verb) in text


def test_version_is_that_of_the_distribution() -> None:
    result = start("--version")
    assert (result.returncode, result.stdout.split()[0]) == (0, "ringfence")


def test_a_whole_run_in_a_pipe_is_plain(policy: MakePolicy) -> None:
    result = start("route", "--policy", policy(), "--text", "bluebird")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "→ local-model (local)"
    assert "\x1b" not in result.stdout + result.stderr


def test_errors_go_to_stderr_without_a_traceback(policy: MakePolicy) -> None:
    result = start("route", "--policy", policy(), "/nowhere.json")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("error: /nowhere.json: cannot be read")
    assert "Traceback" not in result.stderr


def test_a_reader_that_leaves_early_is_no_crash(policy: MakePolicy, tmp_path: Path) -> None:
    line = json.dumps({"messages": [{"role": "user", "content": "hello"}]}) + "\n"
    file = tmp_path / "requests.jsonl"
    file.write_text(line * 400)
    arguments = ["route", "--policy", str(policy()), "--jsonl", str(file)]
    process = subprocess.Popen(
        [*RINGFENCE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait() == 1
    assert said == ""


def test_colours_are_for_terminals_and_no_color_is_heard(
    policy: MakePolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["route", "--policy", policy(), "--text", "hello"]
    shown, _ = on_a_terminal(arguments)
    assert "\x1b[1m" in shown
    monkeypatch.setenv("NO_COLOR", "1")
    shown, _ = on_a_terminal(["scan", "--policy", policy(), "--text", "bluebird", "--show-text"])
    assert "\x1b[31m" not in shown
    assert "bluebird" in shown


def test_show_text_underlines_on_a_terminal(policy: MakePolicy) -> None:
    arguments = ["scan", "--policy", policy(), "--text", "about bluebird here", "--show-text"]
    shown, _ = on_a_terminal(arguments)
    assert "\x1b[1;4;31mbluebird\x1b[0m" in shown


@pytest.mark.parametrize("stdout_too", [True, False])
def test_jsonl_shows_a_progress_bar_on_a_terminal(
    policy: MakePolicy, tmp_path: Path, stdout_too: bool
) -> None:
    file = tmp_path / "requests.jsonl"
    lines = [
        json.dumps({"id": f"r{n}", "messages": [{"role": "user", "content": "hello"}]})
        for n in range(40)
    ]
    file.write_text("\n".join(lines))
    shown, piped = on_a_terminal(
        ["route", "--policy", policy(), "--jsonl", file], stdout_too=stdout_too
    )
    assert " lines" in shown
    assert " kB" in shown
    if not stdout_too:
        answers = [json.loads(line) for line in piped.splitlines()]
        assert [answer["request_id"] for answer in answers] == [f"r{n}" for n in range(40)]


def test_labelling_asks_at_a_terminal_and_goes_on_where_it_ended(tmp_path: Path) -> None:
    rows = [
        {"messages": [{"role": "user", "content": text}]}
        for text in ("Do the needful on the thing.", "Classify: spam or ham? 'win money'", "Sing.")
    ]
    source, target = tmp_path / "rows.jsonl", tmp_path / "labelled.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    label = ("tasks", "label", source, "-o", target)
    shown, _ = on_a_terminal(label, typed=b"5\nnonsense\ns\nq\n")
    assert "1 of 3" in shown
    assert "1 simple" in shown
    assert [json.loads(line)["kind"] for line in target.read_text().splitlines()] == ["complex"]
    shown, _ = on_a_terminal(label, typed=b"\ncodegen\n")
    assert "1 of 2" in shown
    kinds = [json.loads(line)["kind"] for line in target.read_text().splitlines()]
    assert kinds[0] == "complex"
    assert kinds[2] == "codegen"
