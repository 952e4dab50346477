"""The HMAC key: where it comes from, who may read it, and that it is made once."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ringfence.errors import RecordError
from ringfence.records import default_folder, load_key


def test_the_environment_comes_first(tmp_path: Path) -> None:
    wanted = bytes(range(40))
    assert load_key({"RINGFENCE_HMAC_KEY": f" {wanted.hex()}\n"}, folder=tmp_path) == wanted
    assert not (tmp_path / "hmac.key").exists()


@pytest.mark.parametrize("written", ["zz" * 32, "ab" * 31, "abc", "🔑" * 64])
def test_a_malformed_key_is_refused_and_not_shown(tmp_path: Path, written: str) -> None:
    with pytest.raises(RecordError, match="64 hexadecimal digits") as refusal:
        load_key({"RINGFENCE_HMAC_KEY": written}, folder=tmp_path)
    assert written not in str(refusal.value)


def test_the_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    first = load_key({}, folder=folder)
    assert len(first) == 32
    assert load_key({}, folder=folder) == first
    [file] = folder.iterdir()
    assert file.name == "hmac.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_without_a_folder_it_lives_in_the_users_data_folder(isolated: Path) -> None:
    load_key({})
    assert (default_folder() / "hmac.key").exists()
    assert default_folder().is_relative_to(isolated)


def test_of_many_that_start_together_all_get_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: load_key({}, folder=tmp_path / "new"), range(64)))
    assert len(keys) == 1
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["hmac.key"]


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    load_key({}, folder=tmp_path)
    (tmp_path / "hmac.key").chmod(0o640)
    with pytest.raises(RecordError, match="chmod 600"):
        load_key({}, folder=tmp_path)


def test_a_spoilt_key_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hmac.key"
    path.touch(mode=0o600)
    with pytest.raises(RecordError, match="is not a key"):
        load_key({}, folder=tmp_path)


class Keyring:
    """A keyring that holds one password for every name."""

    def __init__(self, password: str) -> None:
        self.password = password

    def get_password(self, service: str, username: str) -> str | None:
        return self.password if (service, username) == ("ringfence", "RINGFENCE_HMAC_KEY") else None


def test_the_keyring_is_asked_before_a_file_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keyring.get_keyring", lambda: Keyring("cd" * 32))
    assert load_key({}, folder=tmp_path) == bytes.fromhex("cd" * 32)
    assert not (tmp_path / "hmac.key").exists()


def test_a_file_that_is_there_wins_over_the_keyring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = load_key({}, folder=tmp_path)
    monkeypatch.setattr("keyring.get_keyring", lambda: Keyring("cd" * 32))
    assert load_key({}, folder=tmp_path) == made


def test_a_spoilt_entry_of_the_keyring_is_refused_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keyring.get_keyring", lambda: Keyring("not hexadecimal"))
    with pytest.raises(RecordError, match="in the keyring is not a key") as refusal:
        load_key({}, folder=tmp_path)
    assert "not hexadecimal" not in str(refusal.value)
