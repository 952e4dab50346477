"""What pydantic says of a document of ours, as sentences with the path that each stands at. No value is echoed."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from ringfence.rules.hints import did_you_mean, quoted
from ringfence.rules.schema import Section
from ringfence.rules.yaml_source import MAX_FAULTS
from ringfence.rules.yaml_source import Path as ValuePath


def faults_of(error: ValidationError, root: type[Section]) -> list[tuple[ValuePath, str]]:
    """The faults of a document whose schema is `root`. A union reports each of its branches at one place: one fault."""
    by_place: dict[ValuePath, list[str]] = {}
    found = error.errors(include_url=False, include_input=False, include_context=True)
    for item in found[:MAX_FAULTS]:
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
    return path, message.removeprefix("Value error, ").replace("Input", "this", 1)


def _is_branch(part: int | str) -> bool:
    """Whether a part of an error's place is pydantic's name for a union's branch, not a key of the file."""
    return isinstance(part, str) and ("[" in part or part in ("str", "TaskKind", "tuple"))


def _known_keys(path: ValuePath, root: type[Section]) -> list[str]:
    """The keys that the schema knows at a place, for a did-you-mean."""
    section: Any = root
    for part in path:
        section = _step(section, part)
    if not (isinstance(section, type) and issubclass(section, Section)):
        return []
    return [field.alias or name for name, field in section.model_fields.items()]


def _step(section: Any, part: str | int) -> Any:
    """The schema one key deeper: a field's section, or the items of a mapping or list."""
    if isinstance(section, type) and issubclass(section, Section):
        fields = {field.alias or name: field for name, field in section.model_fields.items()}
        annotation = fields[str(part)].annotation if str(part) in fields else None
    else:
        annotation = section
    return _inner_section(annotation)


def _inner_section(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if (found := _inner_section(argument)) is not None:
            return found
    return None
