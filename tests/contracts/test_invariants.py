"""Every invariant has tests that name it, and every test that names one names a known one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]

INVARIANTS = {
    "I1": "clearance",
    "I2": "fail closed",
    "I3": "local means local",
    "I4": "no content in the record",
    "I5": "taint sticks",
    "I6": "same in, same out",
    "I7": "pinned means pinned",
    "I8": "budgets hold",
    "I9": "one brain",
    "I10": "honest answers",
    "I11": "no record, no call",
}


def named() -> Iterator[tuple[str, str]]:
    """(id, file) of every `pytest.mark.invariant(...)` under tests/."""
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "invariant"
            ):
                for argument in node.args:
                    assert isinstance(argument, ast.Constant), path
                    yield str(argument.value), path.name


def test_every_invariant_is_named_by_a_test_and_no_other_is() -> None:
    assert {invariant for invariant, _ in named()} == set(INVARIANTS)
