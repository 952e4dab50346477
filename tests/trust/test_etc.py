"""The real /etc, in a mount namespace of the test's own: what stands there holds, and no argument replaces it (I7)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from signed_policies import Person

pytestmark = pytest.mark.invariant("I7")

Write = Callable[..., Path]

SCRIPT = """
set -e
mount --bind "$1" /etc
shift
exec "$@"
"""


def in_namespace(etc: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command where `etc` is /etc; only this process sees that."""
    unshare = ["unshare", "--mount", "--map-root-user", "sh", "-c", SCRIPT, "sh", str(etc)]
    return subprocess.run([*unshare, *command], capture_output=True, text=True)


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    (folder / "ringfence").mkdir(parents=True)
    if shutil.which("unshare") is None or in_namespace(folder, "true").returncode:
        pytest.skip("no mount namespace may be made here")
    return folder


def route(etc: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", "from ringfence.cli import main; main()"]
    return in_namespace(etc, *program, "route", "--text", "hi", *arguments)


def test_a_trust_root_under_etc_holds_and_cannot_be_replaced(
    etc: Path, write_signed: Write, write_root: Write, alice: Person, mallory: Person
) -> None:
    write_root(alice, name="etc/ringfence/trust.yaml")
    trusted, hers = write_signed(alice), write_signed(mallory, file="mine.yaml", serial=9)
    mine = write_root(mallory, name="mine-trust.yaml")

    assert route(etc, "--policy", str(trusted)).returncode == 0
    refused = route(etc, "--policy", str(hers))
    assert (refused.returncode, "0 of 1 signatures count" in refused.stderr) == (1, True)
    replaced = route(etc, "--policy", str(hers), "--trust-root", str(mine))
    assert (replaced.returncode, "cannot be replaced" in replaced.stderr) == (1, True)


def test_the_policy_under_etc_is_held_by_the_trust_root_beside_it(
    etc: Path, write_signed: Write, write_root: Write, alice: Person
) -> None:
    write_root(alice, name="etc/ringfence/trust.yaml")
    signed, policy = write_signed(alice), etc / "ringfence" / "policy.yaml"
    shutil.copy(signed, policy)
    assert "it is not signed" in route(etc).stderr
    for ending in (".lock", ".sig"):
        shutil.copy(f"{signed}{ending}", f"{policy}{ending}")
    found = route(etc)
    assert found.returncode == 0, found.stderr
    policy.write_text(policy.read_text() + "# changed\n")
    assert route(etc).returncode == 1
