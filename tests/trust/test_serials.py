"""An accepted serial is remembered, and no older policy of its name comes back (I7)."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from signed_policies import Person

from ringfence import Router
from ringfence.errors import RecordError, TrustError
from ringfence.records import AcceptedSerials, Ledger, default_folder
from ringfence.rules import Policy
from ringfence.types import PolicyRef

pytestmark = pytest.mark.invariant("I7")

Load = Callable[..., Policy]
Write = Callable[..., Path]


def default_ledger() -> Path:
    return default_folder() / "ledger.sqlite"


def remembered(path: Path) -> list[tuple[str, int]]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name, serial FROM accepted ORDER BY name, serial").fetchall()
    connection.close()
    return rows


def ref(serial: int, digest: str = "sha256:a", name: str = "acme") -> PolicyRef:
    return PolicyRef(name=name, serial=serial, digest=digest, source="p.yaml")


@pytest.fixture
def serials(tmp_path: Path) -> AcceptedSerials:
    return AcceptedSerials((tmp_path / "one" / "l.sqlite", tmp_path / "two" / "l.sqlite"), {})


def test_an_older_policy_does_not_come_back(
    write_signed: Write, write_root: Write, load: Load, alice: Person
) -> None:
    root = write_root(alice)
    older = write_signed(alice, serial=6, file="older.yaml")
    load(older, root)
    load(write_signed(alice, serial=7), root)
    with pytest.raises(TrustError, match="has serial 6, and serial 7 was accepted here before"):
        load(older, root)
    assert remembered(default_ledger()) == [("acme", 6), ("acme", 7)]


def test_the_same_policy_loads_again_and_again(
    write_signed: Write, write_root: Write, load: Load, alice: Person
) -> None:
    policy, root = write_signed(alice), write_root(alice)
    for _ in range(3):
        load(policy, root)
    assert remembered(default_ledger()) == [("acme", 3)]


def test_other_bytes_under_an_accepted_serial_do_not_load(
    write_signed: Write, write_root: Write, load: Load, alice: Person
) -> None:
    root = write_root(alice)
    load(write_signed(alice), root)
    changed = write_signed(alice, budgets=[{"per": "user", "every": "day", "usd": 5}])
    with pytest.raises(
        TrustError, match=r"accepted here before with other bytes.*write 'serial: 4'"
    ):
        load(changed, root)


def test_each_name_has_serials_of_its_own(
    write_signed: Write, write_root: Write, load: Load, alice: Person
) -> None:
    root = write_root(alice)
    load(write_signed(alice, serial=9), root)
    load(write_signed(alice, serial=1, name="other"), root)
    assert remembered(default_ledger()) == [("acme", 9), ("other", 1)]


def test_without_a_trust_root_nothing_is_remembered(
    write_signed: Write, load: Load, alice: Person
) -> None:
    load(write_signed(alice))
    assert not default_ledger().exists()


def test_an_older_policy_that_names_another_ledger_meets_the_first(
    write_signed: Write, write_root: Write, load: Load, alice: Person, tmp_path: Path
) -> None:
    root = write_root(alice)
    older = write_signed(
        alice, serial=6, records={"path": str(tmp_path / "b.sqlite")}, file="older.yaml"
    )
    load(write_signed(alice, serial=7, records={"path": str(tmp_path / "a.sqlite")}), root)
    with pytest.raises(TrustError, match="serial 7 was accepted here before"):
        load(older, root)


def test_a_ledger_that_replicas_share_remembers_for_all(
    write_signed: Write,
    write_root: Write,
    load: Load,
    alice: Person,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root, shared = write_root(alice), {"path": str(tmp_path / "shared.sqlite")}
    monkeypatch.setenv("RINGFENCE_HMAC_KEY", "ab" * 32)
    env = {"RINGFENCE_HMAC_KEY": "ab" * 32}
    from ringfence.in_force import policy_in_force

    newer = write_signed(alice, serial=7, records=shared, file="newer.yaml")
    policy_in_force(newer, env=env, trust_root=root)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "another-machine"))
    older = write_signed(alice, serial=6, records=shared, file="older.yaml")
    with pytest.raises(TrustError, match=r"shared.sqlite remembers it"):
        policy_in_force(older, env=env, trust_root=root)


def test_a_deleted_ledger_forgets_and_the_minimum_serial_does_not(
    write_signed: Write, write_root: Write, load: Load, alice: Person
) -> None:
    """What docs/trust.md says of it: who can delete the ledger can bring an older policy back, but not below that."""
    older = write_signed(alice, serial=6, file="older.yaml")
    load(write_signed(alice, serial=7), write_root(alice))
    for file in default_folder().glob("ledger.sqlite*"):
        file.unlink()
    load(older, write_root(alice))
    with pytest.raises(TrustError, match="takes none below 7"):
        load(older, write_root(alice, minimum_serial=7))


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM accepted",
        "UPDATE accepted SET serial = 1",
        "INSERT INTO accepted VALUES ('acme', 6, 'sha256:x', 0)",
        "INSERT INTO accepted VALUES ('acme', 7, 'sha256:x', 0)",
        "INSERT OR REPLACE INTO accepted VALUES ('acme', 7, 'sha256:x', 0)",
        "INSERT OR IGNORE INTO accepted VALUES ('acme', 3, 'sha256:x', 0)",
    ],
)
def test_the_database_itself_takes_no_serial_back(
    serials: AcceptedSerials, tmp_path: Path, statement: str
) -> None:
    serials.remember(ref(7))
    path = tmp_path / "one" / "l.sqlite"
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="never"):
        connection.execute(statement)
    connection.close()
    assert remembered(path) == [("acme", 7)]


def test_what_one_ledger_knows_the_other_is_told(serials: AcceptedSerials, tmp_path: Path) -> None:
    serials.remember(ref(7))
    other = tmp_path / "two" / "l.sqlite"
    for file in other.parent.iterdir():
        file.unlink()
    with pytest.raises(TrustError):
        serials.check(ref(6))
    serials.remember(ref(7))
    assert remembered(other) == [("acme", 7)]


def test_nothing_is_written_when_any_ledger_knows_better(
    serials: AcceptedSerials, tmp_path: Path
) -> None:
    AcceptedSerials((tmp_path / "two" / "l.sqlite",), {}).remember(ref(8))
    with pytest.raises(TrustError):
        serials.remember(ref(7))
    assert not (tmp_path / "one").exists()


def test_a_ledger_that_cannot_be_read_stops_the_start(
    serials: AcceptedSerials, tmp_path: Path
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "l.sqlite").write_bytes(b"not a database, " * 100)
    with pytest.raises(RecordError, match="is damaged"):
        serials.check(ref(1))


def test_no_policy_loads_beside_a_ledger_that_cannot_be_read(
    write_signed: Write, write_root: Write, load: Load, alice: Person
) -> None:
    """What it remembers is not known, so nothing may pass for new."""
    default_folder().mkdir(parents=True)
    default_ledger().write_bytes(b"not a database, " * 100)
    with pytest.raises(RecordError, match="is damaged"):
        load(write_signed(alice), write_root(alice))


def test_a_ledger_of_format_2_goes_on_and_remembers(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    key = bytes(range(32))
    Ledger.open(path, key=key).close()
    connection = sqlite3.connect(path)
    connection.executescript("DROP TABLE accepted; PRAGMA user_version = 2;")
    connection.execute("INSERT INTO spend VALUES ('user', 't', 'alice', '2026-11-24', 5)")
    connection.commit()
    connection.close()
    env = {"RINGFENCE_HMAC_KEY": key.hex()}
    serials = AcceptedSerials((path,), env)
    serials.check(ref(1))
    serials.remember(ref(7))
    with pytest.raises(TrustError):
        serials.check(ref(6))
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT usd FROM spend").fetchall() == [(5,)]
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("DELETE FROM accepted")
    connection.close()


RACE = """
import sys
from pathlib import Path
from ringfence.errors import TrustError
from ringfence.records import AcceptedSerials
from ringfence.types import PolicyRef

serials = AcceptedSerials((Path(sys.argv[1]),), {"RINGFENCE_HMAC_KEY": "ab" * 32})
for serial in map(int, sys.argv[2:]):
    ref = PolicyRef(name="acme", serial=serial, digest=f"sha256:{serial}", source="p.yaml")
    try:
        serials.remember(ref)
    except TrustError:
        pass
"""


def test_of_many_processes_the_highest_serial_wins(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    turns = [[1, 5, 9, 12], [12, 2, 3], [4, 12, 8], [7, 6, 11, 10]]
    running = [
        subprocess.Popen([sys.executable, "-c", RACE, str(path), *map(str, turn)]) for turn in turns
    ]
    assert [process.wait() for process in running] == [0, 0, 0, 0]
    serials = [serial for _, serial in remembered(path)]
    assert serials == sorted(serials)
    assert serials[-1] == 12
    with pytest.raises(TrustError, match="serial 12 was accepted"):
        AcceptedSerials((path,), {}).check(ref(11))


# -- a disk that cannot be written


@pytest.fixture
def unwritable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A data folder that cannot be made: a file stands in its way."""
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    return folder


def test_one_may_decide_where_nothing_can_be_remembered(
    unwritable: Path,
    write_signed: Write,
    write_root: Write,
    alice: Person,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    policy = write_signed(alice)
    env = {"RINGFENCE_HMAC_KEY": "ab" * 32}
    with Router.from_policy(policy, trust_root=write_root(alice), env=env) as router:
        assert router.decide("hello").model == "local-model"
    assert "is not remembered" in caplog.text


def test_no_call_is_made_before_the_serial_is_remembered(
    unwritable: Path, write_signed: Write, write_root: Write, alice: Person, tmp_path: Path
) -> None:
    """Not even where the policy's own ledger can be written: an older policy could name another one."""
    policy = write_signed(alice, records={"path": str(tmp_path / "own.sqlite")})
    env = {"RINGFENCE_HMAC_KEY": "ab" * 32}
    with (
        Router.from_policy(policy, trust_root=write_root(alice), env=env) as router,
        pytest.raises(RecordError, match=r"data/ringfence/ledger.sqlite cannot be written"),
    ):
        router.complete("hello")


def test_a_policy_that_was_overtaken_before_it_served_makes_no_call(
    write_signed: Write, write_root: Write, alice: Person
) -> None:
    older = write_signed(alice, serial=6)
    with Router.from_policy(older, trust_root=write_root(alice), env=os.environ) as router:
        AcceptedSerials((default_ledger(),), os.environ).remember(ref(7))
        with pytest.raises(TrustError, match="serial 7 was accepted here before"):
            router.complete("hello")
