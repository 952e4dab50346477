"""Imports run one way: a room may import what stands to its left, never its neighbours, never what uses it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGINE = ROOT / "policy" / "ringfence"

LAYERS = (
    ("errors",),
    ("types", "request", "cache"),
    ("catalog", "credentials", "keyfile", "trust"),
    ("rules",),
    ("gate", "tasks", "costs"),
    ("decide",),
    ("dispatch", "records"),
    ("engine_digests",),
    (
        *("router", "asking", "bridge", "estimates", "in_force", "review"),
        *("bundle", "considered", "health", "watched", "reloading", "standing"),
    ),
    ("drill",),
    ("__init__", "cli"),
)
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
ALLOWED_NEIGHBOURS = {
    ("request", "types"),
    ("router", "asking"),
    ("router", "bridge"),
    ("router", "estimates"),
    ("router", "in_force"),
    ("router", "bundle"),
    ("router", "considered"),
    ("router", "health"),
    ("router", "standing"),
    ("router", "reloading"),
    ("considered", "bundle"),
    ("standing", "bundle"),
    ("reloading", "bundle"),
    ("reloading", "health"),
    ("reloading", "in_force"),
    ("reloading", "watched"),
    ("bundle", "asking"),
    ("cli", "__init__"),
}
DOORS = {
    "ringfence_mcp": ROOT / "mcp_server" / "ringfence_mcp",
    "langchain_ringfence": ROOT / "plugins" / "langchain" / "langchain_ringfence",
    "crewai_ringfence": ROOT / "plugins" / "crewai" / "crewai_ringfence",
}


def imports(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every absolute import of a module that runs: (module, names). Imports for type checkers alone are left out."""
    tree = ast.parse(path.read_text())
    skipped = {
        id(node) for guard in ast.walk(tree) if _is_type_checking(guard) for node in ast.walk(guard)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or "", tuple(alias.name for alias in node.names)


def _is_type_checking(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
    )


def room_of(path: Path) -> str:
    return path.relative_to(ENGINE).parts[0].removesuffix(".py")


def rooms_imported(module: str, names: tuple[str, ...]) -> Iterator[str]:
    parts = module.split(".")
    if parts[0] != "ringfence":
        return
    if len(parts) > 1:
        yield parts[1]
    else:
        yield from (name if name in LEVEL else "__init__" for name in names)


@pytest.mark.parametrize(
    "path", sorted(ENGINE.rglob("*.py")), ids=lambda p: str(p.relative_to(ENGINE))
)
def test_a_room_imports_only_rooms_to_its_left(path: Path) -> None:
    room = room_of(path)
    for module, names in imports(path):
        for other in rooms_imported(module, names):
            if other == room or (room, other) in ALLOWED_NEIGHBOURS or room == "__init__":
                continue
            assert LEVEL[other] < LEVEL[room], f"{room} may not import {other}"


@pytest.mark.parametrize(
    "path", sorted(ENGINE.rglob("*.py")), ids=lambda p: str(p.relative_to(ENGINE))
)
def test_the_engine_knows_no_door(path: Path) -> None:
    for module, _ in imports(path):
        assert module.split(".")[0] not in {"mcp", "langchain_core", "langchain", "crewai", *DOORS}


@pytest.mark.parametrize("door", DOORS)
def test_a_door_sees_only_the_public_surface(door: str) -> None:
    others = set(DOORS) - {door}
    for path in DOORS[door].rglob("*.py"):
        for module, _ in imports(path):
            top = module.split(".")[0]
            assert top not in others, f"{path.name} imports another door"
            assert top != "ringfence" or module in ("ringfence", "ringfence.errors"), (
                f"{path.name}: {module}"
            )


def test_http_clients_are_built_in_dispatch_alone() -> None:
    for path in ENGINE.rglob("*.py"):
        if room_of(path) != "dispatch":
            assert not {"httpx", "requests", "aiohttp"} & {
                module.split(".")[0] for module, _ in imports(path)
            }
