"""The page of all verbs, as the program prints them: `python -m ringfence.cli.reference > docs/cli.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import typer.main

from ringfence.cli.app import app

_INTRODUCTION = """\
# The command line

This page is what the program prints: `python -m ringfence.cli.reference > docs/cli.md` writes it anew.

Results go to stdout, errors to stderr as one block `error: …` without a traceback. `--json` gives data in the
documented shapes; errors are then data on stdout too. What goes into a pipe is plain, and `NO_COLOR` is heard.

| exit code | meaning |
|---|---|
| 0 | done; `route`: a model may answer |
| 1 | a check failed: a pin, the ledger, `doctor`, `drill`, a line of `--jsonl` |
| 2 | bad usage or input: options, a request, a policy file |
| 3 | denied by policy: a rule, clearance, a budget |
| 4 | no eligible model reachable |
"""


def page() -> str:
    """The whole page, in Markdown."""
    root = typer.main.get_command(app)
    sections = [
        f"## {name}\n\n```text\n{text}\n```\n" for name, text in _helps(root, "ringfence", None)
    ]
    return "\n".join([_INTRODUCTION, *sections])


def _helps(command: Any, name: str, parent: Any) -> Iterator[tuple[str, str]]:
    """The help of a command and of all below it, with the whole name of each."""
    with command.make_context(
        name, [], parent, resilient_parsing=True, terminal_width=80
    ) as context:
        yield context.command_path, context.get_help().rstrip()
        for verb, child in getattr(command, "commands", {}).items():
            yield from _helps(child, verb, context)


if __name__ == "__main__":
    sys.stdout.write(page())
