"""The example of our recognisers inside Presidio prints what the docs say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_example_runs_and_the_docs_show_what_it_prints() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "presidio_engine.py")],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        timeout=280,
        check=True,
    )
    assert "US_SSN" in done.stdout
    assert done.stdout in (ROOT / "docs" / "gate.md").read_text("utf-8")
