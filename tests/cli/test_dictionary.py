"""`ringfence policy dictionary`: from a list to an entry that works, without a word of the list on the way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from ringfence.rules import dictionaries

Run = Callable[..., Result]
VARIABLE = dictionaries.VARIABLE
POLICY = """\
ringfence: 1
name: acme
models: {local: {model: 'ollama_chat/qwen3.5:9b'}}
routes: {simple: [local]}
gate: {names: off}
labels:
  custom:
"""


@pytest.fixture
def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv(VARIABLE, raising=False)
    file = tmp_path / "names.txt"
    file.write_text("Quartz Zebra\n\nBluebird\n")
    return file


def test_the_printed_entry_goes_into_a_policy_and_works(
    run: Run, names: Path, tmp_path: Path
) -> None:
    result = run("policy", "dictionary", names, "-o", "names.dict")
    assert result.exit_code == 0, result.stderr
    assert "2 phrases (by words: 1 of 1, 1 of 2)" in result.stdout
    assert "made a new key in" in result.stdout
    assert "ebra" not in result.stdout
    (tmp_path / "policy.yaml").write_text(POLICY + result.stdout.splitlines()[-1] + "\n")
    options = ("scan", "--policy", "policy.yaml", "--json", "--text")
    found = json.loads(run(*options, "ask quartz-zebra's office").stdout)
    assert [(row["entity"], row["recognizer"]) for row in found["findings"]] == [
        ("CUSTOMER", "custom:CUSTOMER")
    ]
    assert run("policy", "check", "policy.yaml").exit_code == 0
    assert run("policy", "pin", "policy.yaml").exit_code == 0


def test_the_key_is_made_once_and_only_its_user_reads_it(run: Run, names: Path) -> None:
    first, second = (
        json.loads(run("policy", "dictionary", names, "-o", "n.dict", "--json").stdout)
        for _ in range(2)
    )
    assert first["key_id"] == second["key_id"]
    assert first["digest"] != second["digest"]
    assert dictionaries.key_file().stat().st_mode & 0o777 == 0o600


def test_with_another_key_the_policy_does_not_load(
    run: Run, names: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = run("policy", "dictionary", names, "-o", "n.dict").stdout.splitlines()[-1]
    (tmp_path / "policy.yaml").write_text(POLICY + entry + "\n")
    monkeypatch.setenv(VARIABLE, "77" * 32)
    result = run("scan", "--policy", "policy.yaml", "--text", "hello")
    assert result.exit_code == 2
    assert re.search(r"policy.yaml:8:\d+: made with the key", result.stderr)


def test_lines_that_are_no_phrase_are_told_by_number_and_nothing_is_written(
    run: Run, names: Path, tmp_path: Path
) -> None:
    result = run("policy", "dictionary", "-", "-o", "n.dict", stdin="fine\n" + "zebra " * 13)
    assert result.exit_code == 2
    assert "stdin: 1 lines are no phrase of 1 to 12 words (line 2)" in result.stderr
    assert "zebra" not in result.output
    assert not (tmp_path / "n.dict").exists()


def test_a_key_that_is_none_is_told(run: Run, names: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "secret")
    result = run("policy", "dictionary", names, "-o", "n.dict")
    assert result.exit_code == 2
    assert f"{VARIABLE} is not a key" in result.stderr
