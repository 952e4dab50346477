"""`make demo` as a newcomer runs it: the real server, the real embedded model, no key, no Ollama needed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.slow
def test_the_demo_answers_all_eight_and_sums_the_guides_mix() -> None:
    pytest.importorskip("xllamacpp")
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "demo.py")],
        capture_output=True,
        text=True,
        env=os.environ,
        timeout=280,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = re.findall(r"^│ (0\d-[a-z-]+) ", done.stdout, re.MULTILINE)
    assert rows == [path.stem for path in sorted((EXAMPLES / "requests").glob("*.json"))]
    assert "8 requests, 0 failed" in done.stdout
    assert "no cloud key (" in done.stdout
    assert "no cloud is cleared for phi, pii" in done.stdout
    assert "135M parameters prove" in done.stdout
    # 800 × 30 × $0.014 + 900 × 30 × $0.45 + 200 × 30 × $0 + 100 × 30 × $0.75
    assert "= $14,736.00 a month" in done.stdout
    # Piped output is quiet lines: nothing that moves a cursor.
    assert "\x1b" not in done.stdout
