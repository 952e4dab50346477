"""Hundreds of random fault schedules. `python benchmarks/faults.py --schedules 5000` runs thousands of the same."""

from __future__ import annotations

import pytest
from fault_schedules import run_all
from fault_world import FAULTS

from ringfence.dispatch import guard

pytestmark = pytest.mark.invariant("I1", "I4")


def test_no_schedule_of_faults_brings_a_labelled_byte_to_a_cloud_or_hangs() -> None:
    summary = run_all(range(300))
    assert summary.wrong == []
    assert summary.leaks == []
    assert summary.labelled_bytes == 0
    assert summary.plain_bytes > 0
    assert (summary.tasks_left, summary.connections_left) == (0, 0)
    assert set(summary.faults) == set(FAULTS)


def test_without_the_clearance_check_the_same_schedules_do_leak(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So that the test above is known to be able to fail."""
    monkeypatch.setattr(guard, "check_clearance", lambda model, labels: None)
    summary = run_all(range(40))
    assert summary.leaks
    assert summary.labelled_bytes > 0
    assert any("which is not cleared" in what for what in summary.wrong)
