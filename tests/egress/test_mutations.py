"""The two clearance checks stand alone (I1): take either away and still no byte leaves; take both, and bytes do.

Each run is a pytest of its own with a check removed (`tests/support/mutations.py`). The doors that run in this process
are enough: the others lead to the same engine, and a mutation does not follow into a subprocess.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EGRESS = "tests/egress/test_no_labelled_byte_leaves.py"
DECIDE_OWN = (
    "tests/decide/test_decide.py::test_a_labelled_request_skips_every_model_that_is_not_cleared"
)
DISPATCH_OWN = "tests/dispatch/test_clearance.py::" + (
    "test_a_labelled_request_is_refused_here_even_when_the_decision_allows_it"
)
NOT_IN_A_SUBPROCESS = "not cli and not mcp and not crewai"

pytestmark = pytest.mark.invariant("I1")


def outcome(mutate: str, *tests: str, choose: str = "") -> dict[str, int]:
    """How many tests passed, failed and erred in a run with some checks removed."""
    environment = os.environ | {"MUTATE": mutate, "PYTHONPATH": str(ROOT / "tests" / "support")}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "mutations",
        "-p",
        "no:cacheprovider",
        "-k",
        choose,
        *tests,
    ]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    counts = {
        word: int(number)
        for number, word in re.findall(r"(\d+) (passed|failed|error)", result.stdout)
    }
    assert counts, result.stdout + result.stderr
    return counts


@pytest.mark.parametrize("mutate", ["decide", "dispatch"])
def test_with_one_check_gone_no_byte_leaves(mutate: str) -> None:
    counts = outcome(mutate, EGRESS, choose=NOT_IN_A_SUBPROCESS)
    assert set(counts) == {"passed"}
    assert counts["passed"] >= 15


def test_with_both_checks_gone_the_egress_tests_fail() -> None:
    assert outcome("decide,dispatch", EGRESS, choose=NOT_IN_A_SUBPROCESS)["failed"] >= 10


@pytest.mark.parametrize(
    ("mutate", "own", "other"),
    [("decide", DECIDE_OWN, DISPATCH_OWN), ("dispatch", DISPATCH_OWN, DECIDE_OWN)],
)
def test_the_check_that_is_gone_is_missed_by_its_own_test_alone(
    mutate: str, own: str, other: str
) -> None:
    assert outcome(mutate, own).get("failed", 0) >= 1
    assert set(outcome(mutate, other)) == {"passed"}
