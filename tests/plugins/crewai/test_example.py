"""The example runs, on the embedded model, and does what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
def test_the_crew_of_the_example_works_and_is_stopped(isolated: Path) -> None:
    result = subprocess.run(
        [sys.executable, "examples/crewai/crew.py"], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr[-2000:]
    said = result.stdout
    assert "Clerk: " in said
    assert "stopped: no model of route 'standard' may see pci" in said
    assert "4111" not in said.split("tokens:")[1]


def test_without_crewai_the_door_says_what_to_install() -> None:
    program = "import sys; sys.modules['crewai'] = None; import crewai_ringfence"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.stderr.splitlines()[-1] == (
        "ringfence.errors.MissingExtra: RingfenceLLM needs the 'crewai' extra: "
        "pip install 'ringfence[crewai]'"
    )
