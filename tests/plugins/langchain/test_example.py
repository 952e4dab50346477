"""The swap is two lines, and the swapped program runs on the embedded model."""

from __future__ import annotations

import difflib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LANGCHAIN = ROOT / "examples" / "langchain"


def _program(name: str) -> list[str]:
    """The lines after the docstring."""
    return (LANGCHAIN / name).read_text().split('"""\n', 2)[-1].splitlines()


def test_the_swap_is_the_two_lines_that_its_docstring_shows() -> None:
    diff = [
        line
        for line in difflib.unified_diff(_program("before.py"), _program("swap.py"), lineterm="")
        if line[0] in "+-" and line[:3] not in ("+++", "---")
    ]
    assert len(diff) == 4
    shown = (LANGCHAIN / "swap.py").read_text().split('"""')[1]
    assert all(line in shown.splitlines() for line in diff)


@pytest.mark.slow
def test_the_swapped_program_answers_and_keeps_the_card_here(isolated: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-W", "error", "examples/langchain/swap.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert result.stdout.count("\n  tiny: ") == 2


def test_without_langchain_the_door_says_what_to_install() -> None:
    program = "import sys; sys.modules['langchain_core'] = None; import langchain_ringfence"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.stderr.splitlines()[-1] == (
        "ringfence.errors.MissingExtra: ChatRingfence needs the 'langchain' extra: "
        "pip install 'ringfence[langchain]'"
    )
