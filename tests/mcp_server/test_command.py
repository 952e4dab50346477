"""The command line, and what may never be open to others."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from ringfence_mcp import command, main
from ringfence_mcp.command import Options, UsageError, parse


def test_nothing_given_means_nothing_allowed() -> None:
    assert parse([]) == Options()


def test_folders_are_resolved_when_the_server_starts(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    options = parse(["--allow-dir", str(tmp_path / "link"), "--allow-dir", str(tmp_path)])
    assert options.allow_dirs == ((tmp_path / "real").resolve(), tmp_path.resolve())


@pytest.mark.parametrize(
    ("argv", "what"),
    [
        (["--allow-dir", "/no/such/folder"], "no such folder"),
        (["--allow-dir", __file__], "not a folder"),
        (["--http", "8321"], "HOST:PORT"),
        (["--http", "127.0.0.1:port"], "HOST:PORT"),
        (["--http", "0.0.0.0:8321"], "RINGFENCE_MCP_TOKEN"),
        (["--http", "example.com:8321"], "RINGFENCE_MCP_TOKEN"),
    ],
)
def test_what_cannot_be_served_is_said_in_one_line(
    argv: list[str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError, match=what):
        parse(argv)
    assert main(argv) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_http_elsewhere_needs_a_token() -> None:
    assert parse(["--http", "0.0.0.0:8321"], token="t").http == ("0.0.0.0", 8321)
    assert parse(["--http", "[::1]:8321"]).http == ("::1", 8321)


def test_without_the_extra_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ringfence_mcp.find_spec", lambda name: None)
    assert main([]) == 2
    assert (
        capsys.readouterr().err
        == "ringfence-mcp needs the 'mcp' extra: pip install 'ringfence[mcp]'\n"
    )


@pytest.mark.invariant("I4")
def test_logs_of_libraries_keep_their_place_and_lose_their_text() -> None:
    formatter = command._NoContent()
    record = logging.LogRecord(
        "mcp.server", logging.WARNING, "/x/session.py", 5, "Failed: zebra", (), None
    )
    assert (
        formatter.format(record)
        == "mcp.server: WARNING at session:5 (text withheld: it may hold a request)"
    )
    record.exc_info = (ValueError, ValueError("zebra"), None)
    assert "zebra" not in formatter.format(record)
    ours = logging.LogRecord("ringfence.gate", logging.WARNING, "/x/gate.py", 5, "slow", (), None)
    assert formatter.format(ours) == "ringfence.gate: slow"


PRINTS = """
import os, sys
from ringfence_mcp.command import take_stdio
stdin, stdout = take_stdio()
print("zebra")
os.write(1, b"zebra")
assert sys.stdin.read() == ""
stdout.write(stdin.read())
stdout.flush()
"""


def test_what_a_library_prints_goes_nowhere() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRINTS], input=b"line\n", capture_output=True, check=True
    )
    assert (done.stdout, done.stderr) == (b"line\n", b"")
