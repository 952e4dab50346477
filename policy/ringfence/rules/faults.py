"""What pydantic says of a document of ours, as sentences with the path that each stands at. No value is echoed."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import ValidationError

from ringfence.rules.hints import did_you_mean, quoted
from ringfence.rules.schema import Section
from ringfence.rules.yaml_source import MAX_FAULTS
from ringfence.rules.yaml_source import Path as ValuePath

_EMPTY = {
    "Tuple should have at least 1 item after validation, not 0": "empty; write at least one",
    "Value should have at least 1 item after validation, not 0": "empty; write at least one",
    "Dictionary should have at least 1 item after validation, not 0": "empty; write at least one",
    "String should have at least 1 character": "empty; write at least one character",
}


def faults_of(error: ValidationError, root: type[Section]) -> list[tuple[ValuePath, str]]:
    """The faults of a document whose schema is `root`. A union reports each of its branches at one place: one fault."""
    by_place: dict[ValuePath, list[str]] = {}
    found = error.errors(include_url=False, include_input=False, include_context=True)
    items = found[:MAX_FAULTS]
    places = [item["loc"] for item in items]
    for item in items:
        if item["type"] == "too_short" and any(_is_inside(place, item["loc"]) for place in places):
            continue  # it is only short of what has faults of its own
        path, message = _sentence(item["loc"], item["type"], item["msg"], root)
        by_place.setdefault(path, []).append(message)
    return [(path, "; or ".join(dict.fromkeys(messages))) for path, messages in by_place.items()]


def _sentence(
    loc: tuple[int | str, ...], kind: str, message: str, root: type[Section]
) -> tuple[ValuePath, str]:
    path = tuple(part for part in loc if not _is_branch(part))
    name = path[-1] if path else ""
    if kind == "missing":
        return path[:-1], f"'{name}' is missing; write it"
    if kind == "extra_forbidden":
        known = _known_keys(path[:-1], root)
        hint = did_you_mean(str(name), known)
        others = "" if hint or not known else f"; known here: {', '.join(known)}"
        return path, f"unknown key{quoted(str(name), hint)}{hint}{others}"
    return path, _EMPTY.get(message) or message.removeprefix("Value error, ").replace(
        "Input", "this", 1
    )


def _is_inside(place: tuple[int | str, ...], outer: tuple[int | str, ...]) -> bool:
    return len(place) > len(outer) and place[: len(outer)] == outer


def _is_branch(part: int | str) -> bool:
    """Whether a part of an error's place is pydantic's name for a union's branch, not a key of the file."""
    return isinstance(part, str) and ("[" in part or part in ("str", "TaskKind", "tuple"))


def _known_keys(path: ValuePath, root: type[Section]) -> list[str]:
    """The keys that the schema knows at a place, for a did-you-mean."""
    found: list[Any] = [root]
    for part in path:
        found = [inner for annotation in found for inner in _inside(annotation, part)]
    return [
        field.alias or name
        for section in found
        if _is_section(section)
        for name, field in section.model_fields.items()
    ]


def _inside(annotation: Any, part: str | int) -> Iterator[Any]:
    """The schemas one key deeper: of a section its field's, of a list or mapping its items'."""
    if _is_section(annotation):
        for name, field in annotation.model_fields.items():
            if (field.alias or name) == part:
                yield from _alternatives(field.annotation)
    elif get_origin(annotation) is not None:
        items = [item for item in get_args(annotation) if item is not Ellipsis]
        yield from _alternatives(items[-1]) if items else ()


def _alternatives(annotation: Any) -> Iterator[Any]:
    """The branches of a union, without what is written around them."""
    if get_origin(annotation) is Annotated:
        yield from _alternatives(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for branch in get_args(annotation):
            yield from _alternatives(branch)
    else:
        yield annotation


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Section)
