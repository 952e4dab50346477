"""docs/cli.md is what the program prints."""

from __future__ import annotations

from pathlib import Path

from ringfence.cli.reference import page

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_verbs_is_what_the_program_prints() -> None:
    written = (DOCS / "cli.md").read_text()
    assert written == page(), "run: python -m ringfence.cli.reference > docs/cli.md"


def test_the_page_has_every_verb() -> None:
    text = page()
    for verb in ("route", "policy pin", "catalog list", "keys delete", "doctor"):
        assert f"## ringfence {verb}\n" in text
