"""Opening the ledger file: what stands in the way, and what the error says to do."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ringfence.errors import RecordError
from ringfence.records import Ledger
from ringfence.request import Caller
from ringfence.types import Decision

MakeDecision = Callable[..., Decision]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_file_is_for_its_owner_alone(
    ledger: Ledger, path: Path, make_decision: MakeDecision
) -> None:
    ledger.begin(make_decision(), caller=Caller())
    assert mode(path.parent) == 0o700
    files = list(path.parent.iterdir())
    assert path in files
    assert {mode(file) for file in files} == {0o600}


def test_a_file_that_others_can_read_is_closed_to_them(path: Path, key: bytes) -> None:
    Ledger.open(path, key=key).close()
    path.chmod(0o644)
    Ledger.open(path, key=key).close()
    assert mode(path) == 0o600


def test_opening_again_finds_what_was_written(
    path: Path, key: bytes, make_decision: MakeDecision
) -> None:
    for _ in range(2):
        with Ledger.open(path, key=key) as ledger:
            ledger.begin(make_decision(), caller=Caller())
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM calls").fetchone() == (2,)
    connection.close()


@pytest.mark.parametrize("content", [b"not a database, " * 100, os.urandom(8192)])
def test_a_damaged_file_is_an_error_that_says_to_move_it_away(
    path: Path, key: bytes, content: bytes
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(RecordError, match=r"is damaged: move it away \('mv .*ledger.sqlite.bad'\)"):
        Ledger.open(path, key=key)
    assert path.read_bytes() == content


def test_a_file_that_is_damaged_later_is_an_error_at_the_next_call(
    path: Path, key: bytes, make_decision: MakeDecision
) -> None:
    with Ledger.open(path, key=key) as ledger:
        for _ in range(50):
            ledger.begin(make_decision(), caller=Caller())
    raw = bytearray(path.read_bytes())
    raw[4096:] = b"\xa5" * (len(raw) - 4096)
    path.write_bytes(raw)
    with pytest.raises(RecordError, match="is damaged"), Ledger.open(path, key=key) as ledger:
        ledger.begin(make_decision(), caller=Caller())


def test_a_folder_in_the_way_is_an_error(tmp_path: Path, key: bytes) -> None:
    with pytest.raises(RecordError, match="is a folder"):
        Ledger.open(tmp_path, key=key)


def test_a_path_through_a_file_is_an_error(tmp_path: Path, key: bytes) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordError, match="make the file and its folder writable"):
        Ledger.open(tmp_path / "file" / "ledger.sqlite", key=key)


def test_a_newer_format_is_refused(path: Path, key: bytes) -> None:
    Ledger.open(path, key=key).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(RecordError, match=r"newer ringfence \(format 99.*upgrade ringfence"):
        Ledger.open(path, key=key)


def test_a_database_of_another_program_is_left_alone(path: Path, key: bytes) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.commit()
    connection.close()
    with pytest.raises(RecordError, match="of another program"):
        Ledger.open(path, key=key)


def test_another_key_stops_the_start(path: Path, key: bytes) -> None:
    Ledger.open(path, key=key).close()
    with pytest.raises(RecordError, match="another HMAC key") as refusal:
        Ledger.open(path, key=b"\x01" * 32)
    assert key.hex() not in str(refusal.value)
    Ledger.open(path, key=key).close()


READ_ONLY = """
import os, sys
from pathlib import Path
from ringfence.errors import RecordError
from ringfence.records import Ledger, load_key
Ledger.open(Path(sys.argv[2]), key=bytes(32)).close()  # everything is imported now
if os.getuid() == 0:  # root may write anywhere
    os.setgid(65534)
    os.setuid(65534)
for work in (
    lambda: Ledger.open(Path(sys.argv[1]), key=bytes(32)),
    lambda: load_key({}, folder=Path(sys.argv[1]).parent),
):
    try:
        work()
    except RecordError as error:
        print(error)
    else:
        print("no error")
"""


@pytest.mark.parametrize("exists", [True, False])
def test_a_read_only_folder_is_an_error_that_says_what_to_do(
    path: Path, tmp_path: Path, key: bytes, exists: bool
) -> None:
    path.parent.mkdir()
    if exists:
        Ledger.open(path, key=key).close()
        path.chmod(0o444)
    path.parent.chmod(0o555)
    _open_the_way_to(path.parent)
    command = [sys.executable, "-c", READ_ONLY, str(path), str(tmp_path / "warm" / "ledger.sqlite")]
    result = subprocess.run(command, capture_output=True, text=True)
    path.parent.chmod(0o755)
    assert result.returncode == 0, result.stderr
    ledger_error, key_error = result.stdout.splitlines()
    assert "cannot be written" in ledger_error, result.stderr
    assert "set records.path in the policy" in ledger_error
    assert "cannot be used" in key_error
    assert "RINGFENCE_HMAC_KEY" in key_error


def _open_the_way_to(folder: Path) -> None:
    """pytest's folders are for root alone; the test's other user must reach the one it may not write to."""
    for parent in folder.parents:
        if parent.stat().st_uid == os.getuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
        if parent.name.startswith("pytest-of-"):
            break
