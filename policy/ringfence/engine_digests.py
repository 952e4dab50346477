"""Digests of what a policy is read with: the catalogue, the classifier and the gate, as they are installed here.

A lock may list them (`ringfence policy pin` does, unless `--files-only`): then an upgrade of ringfence that changes
what the gate finds, what kind of work a request is taken for or what a model costs is approved like any other change.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from ringfence.catalog import load_catalog
from ringfence.rules.schema import PACKS
from ringfence.trust import digest_of


@cache
def engine_digests() -> Mapping[str, str]:
    """Part → digest. Of the classifier and the gate, every file of their rooms counts, code and data."""
    package = resources.files("ringfence")
    packs = json.dumps(PACKS, sort_keys=True, default=sorted).encode()
    return {
        "catalog": load_catalog().digest,
        "classifier": _digest(_files(package / "tasks")),
        "gate": _digest((*_files(package / "gate"), ("packs", packs))),
    }


def _files(folder: Traversable, above: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        name = f"{above}{entry.name}"
        if entry.is_file() and not name.endswith(".pyc"):
            yield name, entry.read_bytes()
        elif entry.is_dir() and entry.name != "__pycache__":
            yield from _files(entry, f"{name}/")


def _digest(files: Iterator[tuple[str, bytes]] | tuple[tuple[str, bytes], ...]) -> str:
    listed = sorted((name, digest_of(content)) for name, content in files)
    return digest_of(json.dumps(listed).encode())
