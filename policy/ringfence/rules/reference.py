"""The schema for editors and the table of all keys in docs/policy.md, both written from the schema's own words.

    python -m ringfence.rules.reference docs/policy.md

writes `policy.schema.json` beside this module and the table between its markers in the page named.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic.fields import FieldInfo

from ringfence.rules.child_schema import ChildDocument, json_schema
from ringfence.rules.schema import PolicyDocument
from ringfence.rules.section import Section

SCHEMA_FILE = Path(__file__).with_name("policy.schema.json")
BEGIN, END = "<!-- keys: written by ringfence.rules.reference -->", "<!-- end of keys -->"


def schema_text() -> str:
    """The JSON Schema as the file that is shipped has it."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


def markdown() -> str:
    """Every key of the file with what it means, what it is when absent, and an example."""
    extends = {"extends": ChildDocument.model_fields["extends"]}
    return "\n".join(_section(PolicyDocument, "", set(), more=extends))


def with_keys(page: str) -> str:
    """A page with its table of keys written anew between the markers."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{markdown()}\n{END}{after}"


def _section(
    section: type[Section],
    path: str,
    shown: set[type[Section]],
    more: Mapping[str, FieldInfo] = MappingProxyType({}),
) -> Iterator[str]:
    """One table a section, its inner sections after it, each section once."""
    shown.add(section)
    about = (section.__doc__ or "").strip().splitlines()[0]
    yield f"### `{path}`\n" if path else "### The file\n"
    yield f"{about}\n"
    yield "| key | | when absent | example |"
    yield "|---|---|---|---|"
    fields = {field.alias or name: field for name, field in section.model_fields.items()}
    for key, field in {**fields, **more}.items():
        description = (field.description or "").replace("|", r"\|")
        yield f"| `{key}` | {description} | {_absent(field)} | `{_example(key, field)}` |"
    yield ""
    for key, field in fields.items():
        for inner in _sections(field.annotation):
            if inner not in shown:
                yield from _section(inner, f"{path}.{key}".lstrip("."), shown)


def _absent(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    default = field.get_default(call_default_factory=True)
    if default is None or isinstance(default, Section | tuple | dict):
        return ""
    return f"`{_yaml(getattr(default, 'value', default))}`"


def _example(key: str, field: FieldInfo) -> str:
    return f"{key}: {_yaml((field.examples or [None])[0])}".replace("|", r"\|")


def _yaml(value: Any) -> str:
    """A value in YAML's short form, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_yaml(item) for item in value) + "]"
    if isinstance(value, str) and value.endswith("0" * 64):
        value = value.replace("0" * 64, "…")
    if isinstance(value, str) and any(mark in value for mark in "*?:#{}[],&!|>%@`\\"):
        return "'" + value.replace("'", "''") + "'"
    return value if isinstance(value, str) else json.dumps(value)


def _sections(annotation: Any) -> Iterator[type[Section]]:
    """The sections that a field's values are made of."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _sections(argument)


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
    for name in sys.argv[1:]:
        page = Path(name)
        page.write_text(with_keys(page.read_text(encoding="utf-8")), encoding="utf-8")
