"""Where things stand in a policy that is made of several files: each value, and the files that they name."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from ringfence.errors import Problem
from ringfence.rules.schema import PolicyDocument
from ringfence.rules.yaml_source import Path, Source


class MergedPlaces:
    """File, line and column of each value: the last file that wrote it."""

    def __init__(self) -> None:
        self._where: dict[Path, tuple[str, int, int]] = {}

    def add(self, source: Source, shifted: Mapping[Path, int]) -> None:
        """Lay a file over those before it. `shifted`: list that grows → how many items stand before this file's."""
        for path, (line, column) in source.positions.items():
            self._where[_shift(path, shifted)] = (source.file, line, column)

    def problem(self, path: Path, message: str) -> Problem:
        """A remark on a value, or on the nearest thing around it that has a place."""
        known = (path[:length] for length in range(len(path), -1, -1))
        file, line, column = next(self._where[place] for place in known if place in self._where)
        return Problem(file=file, line=line, column=column, message=message)


def _shift(path: Path, shifted: Mapping[Path, int]) -> Path:
    for section, by in shifted.items():
        length = len(section)
        if len(path) > length and path[:length] == section and isinstance(path[length], int):
            return (*section, int(path[length]) + by, *path[length + 1 :])
    return path


def growing(base: PolicyDocument) -> dict[Path, int]:
    """The lists that a child adds to, and how many entries stand before its own."""
    return {
        ("rules",): len(base.rules),
        ("budgets",): len(base.budgets),
        ("labels", "custom"): len(base.labels.custom),
    }


def beside(document: PolicyDocument, folder: str) -> PolicyDocument:
    """A document whose files count from the root's folder, and no more from its own, which is `folder`."""
    if not folder:
        return document
    custom = tuple(_moved(entry, "dictionary", folder) for entry in document.labels.custom)
    labels = document.labels.model_copy(update={"custom": custom})
    changed: dict[str, Any] = {"classifier": _moved(document.classifier, "fitted", folder)}
    if custom:
        changed["labels"] = labels
    if document.gate.presidio is not None:
        presidio = _moved(document.gate.presidio, "file", folder)
        changed["gate"] = document.gate.model_copy(update={"presidio": presidio})
    return document.model_copy(update=changed)


def _moved(section: Any, key: str, folder: str) -> Any:
    path = getattr(section, key)
    if path is None:
        return section
    return section.model_copy(update={key: posixpath.join(folder, path)})
