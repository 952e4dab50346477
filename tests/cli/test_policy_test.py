"""`ringfence policy test`: which files it runs, what it shows, and when it fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]

POLICY = """\
ringfence: 1
name: x
models: {local: {model: ollama_chat/qwen3.5:9b}, sonnet: {model: anthropic/claude-sonnet-4.6}}
gate: {names: off}
routes:
  standard: [sonnet, local]
  gui: [local]
"""
CASES = """\
tests: 1
cases:
  - {name: labelled, labels: [pii], task: standard, expect: {model: local}}
  - {name: plain, labels: [], task: standard, expect: {model: sonnet}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    (folder / "team").mkdir(parents=True)
    for path in (folder / "a.yaml", folder / "team" / "b.yaml"):
        path.write_text(POLICY)
        path.with_suffix(".test.yaml").write_text(CASES)
    return folder


def test_a_policy_is_tested_by_the_file_beside_it(run: Run, folder: Path) -> None:
    for target in (folder / "a.yaml", folder / "a.test.yaml"):
        result = run("policy", "test", target)
        assert (result.exit_code, result.stdout) == (0, f"{folder}/a.test.yaml: 2 passed\n")


def test_a_folder_is_tested_whole(run: Run, folder: Path) -> None:
    result = run("policy", "test", folder)
    assert result.stdout == (
        f"{folder}/a.test.yaml: 2 passed\n{folder}/team/b.test.yaml: 2 passed\n"
    )


def test_without_a_target_the_policy_in_force_is_tested(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RINGFENCE_POLICY", str(folder / "a.yaml"))
    assert "2 passed" in run("policy", "test").stdout


def test_a_failure_shows_expected_against_actual_and_why(run: Run, folder: Path) -> None:
    file = folder / "a.test.yaml"
    file.write_text(CASES.replace("{model: sonnet}", "{model: local, outcome: deny}"))
    result = run("policy", "test", folder / "a.yaml")
    assert result.exit_code == 1
    assert (
        result.stdout
        == f"""\
FAILED {file}:4:5: plain
  model    expected  local
           actual    sonnet
  outcome  expected  deny
           actual    route
  because
    task: standard, 1.00 by caller (stated by the caller)
{file}: 1 passed, 1 failed
"""
    )


def test_coverage_shows_what_was_not_reached_and_may_fail(run: Run, folder: Path) -> None:
    shown = run("policy", "test", folder / "a.yaml", "--coverage")
    assert shown.exit_code == 0
    assert shown.stdout.splitlines() == [
        f"{folder}/a.test.yaml: 2 passed; 75 % of 4 parts reached",
        f"  {folder}/a.yaml:7: no test reached route 'gui'",
    ]
    assert run("policy", "test", folder / "a.yaml", "--fail-under", "75").exit_code == 0
    failed = run("policy", "test", folder / "a.yaml", "--fail-under", "76")
    assert failed.exit_code == 1
    assert "no test reached route 'gui'" in failed.stdout


def test_cases_are_chosen_by_name(run: Run, folder: Path) -> None:
    assert "1 passed" in run("policy", "test", folder / "a.yaml", "-k", "PLAIN").stdout
    none = run("policy", "test", folder / "a.yaml", "-k", "zzz")
    assert none.exit_code == 2


def test_json_has_every_case(run: Run, folder: Path) -> None:
    report = json.loads(run("policy", "test", folder, "--json").stdout)
    assert report["ok"] is True
    assert [file["passed"] for file in report["files"]] == [2, 2]
    assert report["files"][0]["cases"][0] == {
        "file": f"{folder}/a.test.yaml",
        "line": 3,
        "column": 5,
        "name": "labelled",
        "passed": True,
        "differences": [],
        "reasons": [],
    }
    assert report["files"][0]["coverage"]["percent"] == 75.0


def test_more_processes_give_the_same_results_in_the_same_order(run: Run, folder: Path) -> None:
    alone = run("policy", "test", folder, "--json", "--jobs", "1").stdout
    assert run("policy", "test", folder, "--json", "--jobs", "2").stdout == alone


def test_no_tests_and_faulty_ones_exit_with_2(run: Run, folder: Path) -> None:
    (folder / "a.test.yaml").unlink()
    missing = run("policy", "test", folder / "a.yaml")
    assert missing.exit_code == 2
    assert "no tests beside" in missing.stderr
    (folder / "team" / "b.test.yaml").write_text(CASES.replace("task: standard", "tusk: standard"))
    faulty = run("policy", "test", folder)
    assert faulty.exit_code == 2
    assert (
        f"{folder}/team/b.test.yaml:3:37: unknown key 'tusk'; did you mean 'task'?" in faulty.stderr
    )
