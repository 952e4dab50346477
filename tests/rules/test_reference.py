"""The schema describes itself: every key has words and an example that is right, and it is what is shipped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import jsonschema
import pytest
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from ringfence.rules.child_schema import ChildDocument, json_schema
from ringfence.rules.reference import SCHEMA_FILE, markdown, schema_text, with_keys
from ringfence.rules.schema import PolicyDocument
from ringfence.rules.section import Section
from ringfence.rules.yaml_source import read_yaml

ROOT = Path(__file__).parents[2]


def sections(section: type[Section], seen: set[type[Section]]) -> set[type[Section]]:
    if section not in seen:
        seen.add(section)
        for field in section.model_fields.values():
            for inner in inside(field.annotation):
                sections(inner, seen)
    return seen


def inside(annotation: Any) -> Iterator[type[Section]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from inside(argument)


ALL = sections(PolicyDocument, set()) | sections(ChildDocument, set())
FIELDS = {
    f"{section.__name__}.{field.alias or name}": (section, field)
    for section in sorted(ALL, key=lambda section: section.__name__)
    for name, field in section.model_fields.items()
}


@pytest.mark.parametrize("name", FIELDS)
def test_every_key_has_a_description_and_an_example_that_loads(name: str) -> None:
    section, field = FIELDS[name]
    assert section.__doc__
    assert field.description
    assert field.examples
    for example in field.examples:
        adapter(field).validate_python(example)


def adapter(field: FieldInfo) -> TypeAdapter[Any]:
    if not field.metadata:
        return TypeAdapter(field.annotation)
    return TypeAdapter(Annotated[field.annotation, *field.metadata])


def test_the_schema_that_is_shipped_is_the_one_that_reads_policies() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), (
        "run: python -m ringfence.rules.reference docs/policy.md"
    )
    shipped = resources.files("ringfence.rules") / "policy.schema.json"
    assert json.loads(shipped.read_text(encoding="utf-8")) == json_schema()


def test_the_table_of_keys_in_the_docs_is_the_schemas() -> None:
    page = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    assert page == with_keys(page), "run: python -m ringfence.rules.reference docs/policy.md"


def test_the_table_has_every_key_once() -> None:
    keys = {
        f"| `{field.alias or name}` |"
        for section in sections(PolicyDocument, set())
        for name, field in section.model_fields.items()
    }
    table = markdown()
    assert all(key in table for key in keys)
    headings = [line for line in table.splitlines() if line.startswith("### ")]
    assert len(headings) == len(set(headings)) == len(sections(PolicyDocument, set()))


PRESETS = sorted((ROOT / "policy" / "ringfence" / "rules" / "presets").glob("*.yaml"))


@pytest.mark.parametrize(
    "path", [p for p in PRESETS if ".test." not in p.name], ids=lambda path: path.stem
)
def test_an_editor_finds_no_fault_with_a_preset(path: Path) -> None:
    jsonschema.validate(read_yaml(path.read_bytes(), file=path.name).value, json_schema())


GOOD: dict[str, Any] = {
    "ringfence": 1,
    "name": "x",
    "models": {"local": {"model": "ollama_chat/qwen3.5:9b"}},
    "routes": {"simple": ["local"]},
}


@pytest.mark.parametrize(
    "when",
    [
        {"caller.team": "a", "not": {"labels": ["pii"]}},
        {"metadata": {"risk": {"above": 3}, "level": 3, "ok": True}},
        {"all": [{"any": [{"time": {"days": "sat", "after": "18:00"}}]}]},
    ],
)
def test_an_editor_takes_what_the_loader_takes(when: dict[str, Any]) -> None:
    rule = {"name": "r", "when": when, "forbid": ["cloud"]}
    PolicyDocument.model_validate({**GOOD, "rules": [rule]})
    jsonschema.validate({**GOOD, "rules": [rule]}, json_schema())


@pytest.mark.parametrize(
    "when",
    [
        {"team": "a"},
        {"tokens": {"over": 3}},
        {"any": [{"task": "hard"}]},
        {"time": {"after": "6pm"}},
    ],
)
def test_an_editor_marks_what_the_loader_refuses(when: dict[str, Any]) -> None:
    rule = {"name": "r", "when": when, "forbid": ["cloud"]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**GOOD, "rules": [rule]}, json_schema())
