"""The built wheel, in a fresh virtual environment that has the base's dependencies and no extra."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]

DECIDE = """
import json, sys
from ringfence import Router
with Router.from_policy(sys.argv[1]) as router:
    print(json.dumps([router.decide(text).model for text in sys.argv[2:]]))
"""


def requirements(name: str, seen: set[str]) -> Iterator[metadata.Distribution]:
    """The installed distributions that a distribution's base needs, itself left out."""
    for line in metadata.distribution(name).requires or ():
        requirement = Requirement(line)
        key = requirement.name.lower().replace("_", "-")
        wanted = requirement.marker is None or any(
            requirement.marker.evaluate({"extra": extra}) for extra in ("", *requirement.extras)
        )
        if wanted and key not in seen:
            seen.add(key)
            yield metadata.distribution(key)
            yield from requirements(key, seen)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The python of a new environment: the wheel is installed, its base's dependencies are linked in (offline)."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("ringfence-*.whl")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    site = next((folder / "venv" / "lib").glob("python*/site-packages"))
    for distribution in requirements("ringfence", set()):
        for top in {
            file.parts[0]
            for file in distribution.files or ()
            if file.parts[0] not in ("..", "__pycache__")
        }:
            link = site / top
            if not link.exists():
                link.symlink_to(distribution.locate_file(top))
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--no-deps",
        "--no-index",
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True)
    return python


def run(python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "COV"))
    }
    return subprocess.run(
        [str(python), *arguments],
        capture_output=True,
        text=True,
        env=environment,
        cwd=python.parent,
    )


def test_the_wheel_decides_a_request_with_no_extra_installed(
    fresh: Path, split_policy: Path
) -> None:
    plain, labelled = "Sort these words: b, a, c", "My SSN is " + "-".join(("536", "22", "8146"))
    result = run(fresh, "-W", "ignore", "-c", DECIDE, str(split_policy), plain, labelled)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == '["cloud-model", "local-model"]'


def test_the_command_line_comes_with_the_wheel(fresh: Path, split_policy: Path) -> None:
    command = str(fresh.parent / "ringfence")
    result = run(
        fresh, command, "route", "--policy", str(split_policy), "--text", "Sort: b, a", "--json"
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("code", "extra"),
    [
        ("import sys, ringfence_mcp; sys.exit(ringfence_mcp.main())", "mcp"),
        ("import langchain_ringfence; langchain_ringfence.ChatRingfence", "langchain"),
        ("import crewai_ringfence; crewai_ringfence.RingfenceLLM", "crewai"),
    ],
)
def test_an_extra_that_is_missing_is_one_line_with_the_command_that_installs_it(
    fresh: Path, code: str, extra: str
) -> None:
    result = run(fresh, "-c", code)
    assert result.returncode != 0
    assert f"pip install 'ringfence[{extra}]'" in result.stderr.strip().splitlines()[-1]
