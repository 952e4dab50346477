"""Files stay small enough to read in one sitting; one that grows past the wall is asking to be two rooms."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WALL = 500
FOLDERS = ("policy", "mcp_server", "plugins", "tests", "examples", "benchmarks")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_file_grows_past_the_wall(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= WALL


def test_most_modules_keep_the_habit_of_300_lines() -> None:
    modules = [
        path
        for path in FILES
        if path.relative_to(ROOT).parts[0] in ("policy", "mcp_server", "plugins")
    ]
    long = [path for path in modules if len(path.read_text().splitlines()) > 300]
    assert len(long) <= len(modules) // 20, f"over 300 lines: {[path.name for path in long]}"


def test_no_init_file_shadows_an_installed_package() -> None:
    """An `__init__.py` in tests or directly in plugins/* would make `import langchain` return that folder."""
    assert not list((ROOT / "tests").rglob("__init__.py"))
    assert not list((ROOT / "plugins").glob("*/__init__.py"))
