"""`ringfence catalog` and `ringfence keys`: what is known and found, and never a key's value."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from typer.testing import Result

Run = Callable[..., Result]
KEY = "-".join(["xai", "b2" * 16])


class InMemory(KeyringBackend):
    """A keyring that holds its secrets in memory, as a real backend is written."""

    priority = 1.0  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.entries[service, username]


class Locked(InMemory):
    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError(f"locked, could not store {password}")


@pytest.fixture
def backend() -> Iterator[InMemory]:
    before = keyring.get_keyring()
    made = InMemory()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def xai_policy(write_policy: Callable[..., Path]) -> Path:
    return write_policy(
        "ringfence: 1\nname: x\nmodels: {grok: {model: xai/grok-4.1-fast}}\n"
        "routes: {standard: [grok]}\n"
    )


def test_the_catalogue_lists_prices_and_windows(run: Run) -> None:
    table = run("catalog", "list")
    assert table.exit_code == 0
    row = next(
        line for line in table.stdout.splitlines() if line.startswith("anthropic/claude-opus-4.6")
    )
    assert "$5.00" in row
    assert "$25.00" in row
    listed = json.loads(run("catalog", "list", "--json").stdout)
    assert listed["digest"].startswith("sha256:")
    [opus] = [row for row in listed["models"] if row["model"] == "anthropic/claude-opus-4.6"]
    assert Decimal(opus["output_usd"]) == 25
    assert opus["sources"]


def test_one_providers_models_are_listed_alone(run: Run) -> None:
    listed = json.loads(run("catalog", "list", "--provider", "xai", "--json").stdout)
    assert {row["model"].split("/")[0] for row in listed["models"]} == {"xai"}


def test_a_key_is_stored_listed_and_deleted_and_never_shown(
    run: Run, backend: InMemory, xai_policy: Path
) -> None:
    stored = run("keys", "set", "XAI_API_KEY", stdin=f"{KEY}\n")
    assert stored.exit_code == 0, stored.stderr
    assert backend.entries == {("ringfence", "XAI_API_KEY"): KEY}
    listed = run("keys", "list", "--policy", xai_policy)
    assert listed.stdout.splitlines()[-1].split() == ["XAI_API_KEY", "grok", "keyring"]
    as_json = run("keys", "list", "--policy", xai_policy, "--json")
    assert json.loads(as_json.stdout) == {
        "keys": [{"variable": "XAI_API_KEY", "for": ["grok"], "found": "keyring"}]
    }
    assert run("keys", "delete", "XAI_API_KEY").exit_code == 0
    assert backend.entries == {}
    again = run("keys", "delete", "XAI_API_KEY")
    assert again.exit_code == 2
    for result in (stored, listed, as_json, again):
        assert KEY not in result.output


def test_the_environment_is_named_when_it_has_the_key(
    run: Run, xai_policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XAI_API_KEY", KEY)
    listed = run("keys", "list", "--policy", xai_policy)
    assert listed.stdout.splitlines()[-1].split()[-1] == "environment"
    assert KEY not in listed.stdout


def test_without_a_policy_every_providers_key_is_listed(run: Run) -> None:
    keys = json.loads(run("keys", "list", "--json").stdout)["keys"]
    assert {"OPENAI_API_KEY", "XAI_API_KEY"} <= {key["variable"] for key in keys}


def test_on_a_machine_without_a_keyring_the_error_says_what_to_do(run: Run) -> None:
    result = run("keys", "set", "XAI_API_KEY", stdin=KEY)
    assert result.exit_code == 2
    assert "set XAI_API_KEY in the environment" in result.stderr
    assert KEY not in result.output


def test_a_keyring_that_refuses_is_told_without_its_words(run: Run, backend: InMemory) -> None:
    keyring.set_keyring(Locked())
    result = run("keys", "set", "XAI_API_KEY", stdin=KEY)
    assert result.exit_code == 2
    assert "RuntimeError" in result.stderr
    assert KEY not in result.output


@pytest.mark.parametrize("name", [KEY, "lower", "", "A B"])
def test_a_key_given_as_the_name_is_not_echoed(run: Run, backend: InMemory, name: str) -> None:
    result = run("keys", "set", name, stdin=KEY)
    assert result.exit_code == 2
    assert KEY not in result.output
    assert backend.entries == {}


def test_an_empty_key_is_not_stored(run: Run, backend: InMemory) -> None:
    assert run("keys", "set", "XAI_API_KEY", stdin="\n").exit_code == 2
    assert backend.entries == {}
