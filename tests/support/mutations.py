"""A pytest plugin that takes a clearance check away: `-p mutations` with `MUTATE=decide`, `dispatch` or both.

Only the tests of `tests/egress/test_mutations.py` use it, in runs of their own.
"""

from __future__ import annotations

import os


def pytest_configure() -> None:
    mutated = os.environ.get("MUTATE", "").split(",")
    if "decide" in mutated:
        import ringfence.decide.clearance

        ringfence.decide.clearance.missing = lambda model, labels: ()
    if "dispatch" in mutated:
        import ringfence.dispatch.guard

        ringfence.dispatch.guard.check_clearance = lambda *_, **__: None
