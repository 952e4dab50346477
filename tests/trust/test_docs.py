"""The commands of docs/trust.md are run as they stand there, and its trust root is read."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from signed_policies import Person, policy_text
from typer.testing import CliRunner, Result

from ringfence.cli.app import app
from ringfence.rules import load_trust_root

PAGE = Path(__file__).parents[2] / "docs" / "trust.md"
DOCS = PAGE.read_text()


def run(command: str) -> Result:
    program, *arguments = shlex.split(command, comments=True)
    assert program == "ringfence"
    return CliRunner().invoke(app, arguments)


def commands_under(heading: str) -> list[str]:
    section = DOCS.split(f"## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\$ (ringfence .*)$", section, flags=re.MULTILINE)


def trust_root_of_the_page(*people: Person) -> str:
    """The page's trust root, with real keys in the places of its sketches."""
    [text] = re.findall(r"```yaml\n(ringfence_trust.*?)```", DOCS, flags=re.DOTALL)
    for person, sketch in zip(
        people, re.findall(r"    public: \|\n(?:      .*\n)+", text), strict=True
    ):
        lines = "".join(f"      {line}\n" for line in person.public_pem.splitlines())
        text = text.replace(sketch, f"    public: |\n{lines}", 1)
    return text


def test_the_trust_root_of_the_page_is_one(tmp_path: Path, alice: Person, bob: Person) -> None:
    path = tmp_path / "trust.yaml"
    path.write_text(trust_root_of_the_page(alice, bob))
    path.chmod(0o644)
    root = load_trust_root(path)
    assert [key.name for key in root.keys] == ["alice", "bob"]
    assert (root.threshold, root.minimum_serial, root.policy) == (2, 7, "acme")


def test_signing_as_the_page_says_makes_a_trusted_policy(
    tmp_path: Path, alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.yaml").write_text(policy_text(serial=7))
    (tmp_path / "trust.yaml").write_text(trust_root_of_the_page(alice, bob))
    (tmp_path / "trust.yaml").chmod(0o644)
    for person in (alice, bob):
        (tmp_path / f"{person.name}.pem").write_bytes(person.private_pem())
    commands = [
        command for command in commands_under("Sign a policy") if "--public-key" not in command
    ]
    assert [command.split()[2] for command in commands] == [
        *("check", "pin", "sign", "sign", "verify", "check"),
    ]
    for command in commands:
        for part in command.split(" && "):
            result = run(part.replace(" --strict", ""))  # the test's policy is no careful one
            assert result.exit_code == 0, result.output


@pytest.mark.parametrize("command", commands_under("Set it up"))
def test_the_other_commands_of_the_page_run(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(command).exit_code == 0


def test_every_option_and_verb_that_the_page_names_exists() -> None:
    reference = (PAGE.parent / "cli.md").read_text()
    for verb in set(re.findall(r"`(?:ringfence )?policy (\w+)", DOCS)):
        assert f"## ringfence policy {verb}\n" in reference, verb
