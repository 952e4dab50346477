"""`ringfence policy`: init, check, pin and schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]
MakePolicy = Callable[..., Path]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_init_writes_a_policy_that_is_in_order(run: Run, folder: Path) -> None:
    result = run("policy", "init")
    assert result.exit_code == 0
    assert "wrote ringfence.yaml" in result.stdout
    assert "#" in (folder / "ringfence.yaml").read_text()
    checked = run("policy", "check", "ringfence.yaml")
    assert checked.exit_code == 0, checked.stderr
    assert "in order" in checked.stdout


def test_init_never_overwrites(run: Run, folder: Path) -> None:
    (folder / "mine.yaml").write_text("mine")
    result = run("policy", "init", "mine.yaml")
    assert result.exit_code == 2
    assert "left as it is" in result.stderr
    assert (folder / "mine.yaml").read_text() == "mine"


def test_init_follows_no_link_to_a_file(run: Run, folder: Path) -> None:
    (folder / "ringfence.yaml").symlink_to(folder / "elsewhere")
    assert run("policy", "init").exit_code == 2
    assert not (folder / "elsewhere").exists()


def test_init_to_stdout_prints_the_policy_alone(run: Run, folder: Path) -> None:
    piped = run("policy", "init", "-")
    run("policy", "init", "written.yaml")
    assert piped.stdout == (folder / "written.yaml").read_text()
    assert not (folder / "ringfence.yaml").exists()


def test_init_knows_its_presets(run: Run) -> None:
    result = run("policy", "init", "--preset", "../x")
    assert result.exit_code == 2
    assert "--preset must be one of: air-gapped, classified, default" in result.stderr


def test_init_into_a_missing_folder_says_so(run: Run) -> None:
    result = run("policy", "init", "nowhere/policy.yaml")
    assert result.exit_code == 2
    assert "No such file or directory" in result.stderr


def test_check_shows_every_fault_with_its_place(run: Run, folder: Path) -> None:
    file = folder / "bad.yaml"
    file.write_text(
        "ringfence: 1\nname: x\nmodels: {a: {model: embedded/smollm2-135m}}\n"
        "routes:\n  simple: [b]\n  standard: [c]\n"
    )
    result = run("policy", "check", file)
    assert result.exit_code == 2
    assert f"{file}:5:" in result.stderr
    assert f"{file}:6:" in result.stderr
    report = json.loads(run("policy", "check", file, "--json").stdout)
    assert report["ok"] is False
    assert [problem["line"] for problem in report["problems"]] == [5, 6]


def test_check_without_a_file_takes_the_policy_in_force(
    run: Run, policy: MakePolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RINGFENCE_POLICY", str(policy()))
    assert "Policy acme" in run("policy", "check").stdout


def test_pin_prints_the_digest_last_and_writes_a_lock_beside(run: Run, policy: MakePolicy) -> None:
    file = policy()
    digest = "sha256:" + sha256(file.read_bytes()).hexdigest()
    result = run("policy", "pin", file)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == digest
    assert json.loads(Path(f"{file}.lock").read_text())["files"] == {file.name: digest}
    assert json.loads(run("policy", "pin", file, "--json").stdout)["digest"] == digest


def test_a_pinned_policy_is_the_only_one_that_loads(
    run: Run, policy: MakePolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = policy()
    digest = run("policy", "pin", file).stdout.splitlines()[-1]
    monkeypatch.setenv("RINGFENCE_POLICY_DIGEST", digest)
    assert run("route", "--policy", file, "--text", "hello").exit_code == 0
    file.write_text(file.read_text() + "# altered\n")
    refused = run("route", "--policy", file, "--text", "hello")
    assert refused.exit_code == 1
    assert digest in refused.stderr
    # Who reviewed the change may pin it: the older pin does not stand in the way.
    assert run("policy", "pin", file).exit_code == 0


def test_a_faulty_policy_cannot_be_pinned(run: Run, folder: Path) -> None:
    file = folder / "bad.yaml"
    file.write_text("ringfence: 1\n")
    assert run("policy", "pin", file).exit_code == 2
    assert not Path(f"{file}.lock").exists()


def test_schema_is_the_json_schema_of_the_file(run: Run) -> None:
    schema = json.loads(run("policy", "schema").stdout)
    assert schema["$schema"].endswith("2020-12/schema")
    whole = schema["$defs"]["PolicyDocument"]
    assert {"ringfence", "models", "routes", "rules"} <= set(whole["properties"])
    assert whole["additionalProperties"] is False
    assert "caller.team" in schema["$defs"]["When"]["properties"]
