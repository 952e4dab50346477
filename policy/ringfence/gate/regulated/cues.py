"""Counts the wording of real cases in windows of a text: every pattern of `cues.yaml` in one RE2 pass a window."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

ENOUGH = 6
"""Points at which a window is a case (see the head of `cues.yaml`)."""


_TERSE = frozenset({"CLINICAL"})
"""Families whose cases may be told in vocabulary alone, as a list of diagnoses is."""


def points(window: str) -> Mapping[str, int]:
    """Points of each family in one window."""
    cues, finder = _table()
    total: dict[str, int] = {}
    strong: set[str] = set()
    for index in finder.Match(window) or ():
        family, weight = cues[index]
        total[family] = total.get(family, 0) + weight
        if weight >= ENOUGH:
            strong.add(family)
    # Supporting words alone are the vocabulary of a subject: news and novels have it too.
    return {
        family: count
        for family, count in total.items()
        if family in strong or (family in _TERSE and count >= 9)
    }


def matched(window: str) -> tuple[int, ...]:
    """Which patterns stand in the window, by their place in the file."""
    return tuple(sorted(_table()[1].Match(window) or ()))


@lru_cache(maxsize=1)
def _table() -> tuple[tuple[tuple[str, int], ...], Any]:
    import re2
    import yaml

    options = re2.Options()
    options.max_mem = 256 << 20
    options.log_errors = False
    finder = re2.Set.SearchSet(options)
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = resources.files(__package__).joinpath("cues.yaml").read_text("utf-8")
    cues = []
    for family, weights in yaml.load(data, Loader=loader)["families"].items():  # noqa: S506  (safe)
        for weight, patterns in weights.items():
            for pattern in patterns:
                finder.Add(f"(?i){_bounded(pattern)}")
                cues.append((str(family), int(weight)))
    finder.Compile()
    return tuple(cues), finder


def _bounded(pattern: str) -> str:
    before = r"\b" if pattern[0].isalnum() or pattern.startswith(("(?:", "\\d", "\\w")) else ""
    after = r"\b" if pattern[-1].isalnum() or pattern.endswith("\\d") else ""
    return f"{before if not _open(pattern) else ''}(?:{pattern}){after}"


def _open(pattern: str) -> bool:
    # A group that may start with a sign (`$5`, `(TS//SI)`, the start of a line) has no word boundary before it.
    return pattern.startswith(("(?:^", "(?:\\$", "\\("))
