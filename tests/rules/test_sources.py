"""A policy's files are read once each, and only where there is a plain file that stands still."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ringfence.errors import PolicyError
from ringfence.rules import load_policy, read_sources
from ringfence.rules import sources as reading
from ringfence.trust import digest_of

GOOD = """\
ringfence: 1
name: acme
models: {local: {model: ollama_chat/qwen3.5:9b}}
routes: {standard: [local]}
"""


def fault(path: Path) -> str:
    with pytest.raises(PolicyError) as caught:
        load_policy(path)
    (problem,) = caught.value.problems
    return problem.message


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(GOOD)
    return path


def test_a_policy_that_stands_alone_is_one_file(policy: Path) -> None:
    sources = read_sources(policy)
    (file,) = sources.files
    assert (sources.root, file.name, file.path) == (policy, "policy.yaml", policy)
    assert sources.digest == file.digest == digest_of(policy.read_bytes())
    assert load_policy(policy).sources == (("policy.yaml", file.digest),)


def test_what_is_not_a_plain_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    assert "not a plain file" in fault(tmp_path / "fifo")
    assert "not a plain file" in fault(tmp_path)
    assert "not a plain file" in fault(Path("/dev/null"))
    assert "not a plain file" in fault(Path("/dev/zero"))
    assert "circle" in fault(tmp_path / "loop")
    assert "No such file" in fault(tmp_path / "absent.yaml")
    assert "its path is none" in fault(Path("a\0b"))


def test_a_link_is_followed_and_one_that_is_put_there_meanwhile_is_not(
    policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(policy)
    assert load_policy(link).ref.name == "acme"
    other = tmp_path / "other.yaml"
    other.write_text(GOOD.replace("acme", "evil"))
    resolve = os.path.realpath

    def resolve_then_swap(path: Path, *, strict: bool) -> str:
        found = resolve(path, strict=strict)
        policy.unlink()
        policy.symlink_to(other)
        return found

    monkeypatch.setattr(reading.os.path, "realpath", resolve_then_swap)
    assert "swapped for a link" in fault(policy)


def test_a_file_that_is_written_while_it_is_read_is_refused(
    policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = os.read

    def read_then_write(descriptor: int, size: int) -> bytes:
        part = read(descriptor, size)
        if part:
            with policy.open("a") as file:
                file.write("# more\n")
        return part

    monkeypatch.setattr(reading.os, "read", read_then_write)
    assert "changed while it was read" in fault(policy)


def test_an_endless_file_is_read_to_the_limit_and_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(10 * 1024**3)
    assert "over 1,048,576 bytes" in fault(path)
