"""JSON Schemas as decoders take them: strict or not, and narrowed so that a small model's answer always ends.

A model that decodes under a grammar may go on inside one string until its output limit cuts it off, and half a JSON
value parses nowhere. `bounded` gives every open string and list an end. It only narrows: what it lets through, the
caller's schema lets through as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_ITEMS = 16
MAX_CHARACTERS = 1000
"""llama.cpp refuses grammars with larger repetitions (its MAX_REPETITION_THRESHOLD is 2,000)."""

_SCALARS: tuple[dict[str, Any], ...] = ({"type": "number"}, {"type": "boolean"}, {"type": "null"})


def is_strict(schema: Any) -> bool:
    """Whether OpenAI's `strict` takes it: every object closed, and all of its properties required."""
    if isinstance(schema, list):
        return all(is_strict(item) for item in schema)
    if not isinstance(schema, Mapping):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        names = set(schema.get("properties") or ())
        if schema.get("additionalProperties") is not False or names != set(
            schema.get("required") or ()
        ):
            return False
    return all(is_strict(value) for key, value in schema.items() if key not in ("enum", "const"))


def fitted(schema: Any, *, tokens: int, characters_a_token: float, items: int = MAX_ITEMS) -> Any:
    """`bounded` so that all strings of an answer together fit `tokens`, at so many characters of a token."""
    slots = max(1, _strings(schema, items))
    room = max(tokens - 16 * slots, tokens // 2)  # names, quotes and brackets take their part
    return bounded(schema, characters=max(4, int(room * characters_a_token / slots)), items=items)


def _strings(schema: Any, items: int) -> int:
    """How many strings an answer can hold at most; a list counts its items."""
    if isinstance(schema, list):
        return sum(_strings(part, items) for part in schema)
    if not isinstance(schema, Mapping):
        return 0
    if schema.get("type") == "string" and "enum" not in schema and "const" not in schema:
        return 1
    inside = sum(
        _strings(part, items) for part in schema.values() if isinstance(part, (Mapping, list))
    )
    return inside * items if schema.get("type") == "array" else inside


def bounded(schema: Any, *, characters: int, items: int = MAX_ITEMS) -> Any:
    """A schema with an end to every string (`characters`) and list (`items`), and no keyword that llama.cpp refuses."""
    if not isinstance(schema, Mapping):
        return _any(characters) if schema is True else schema
    if "const" in schema or "enum" in schema or "$ref" in schema:
        return dict(schema)
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            inner = [bounded(part, characters=characters, items=items) for part in schema[key]]
            return {**_definitions(schema, characters, items), key: inner}
    kind = schema.get("type")
    if isinstance(kind, list):
        parts = [
            bounded({**schema, "type": one}, characters=characters, items=items) for one in kind
        ]
        return {"anyOf": parts}
    if kind is None and "properties" not in schema and "items" not in schema:
        return {**_any(characters), **_definitions(schema, characters, items)}
    return _typed(schema, kind, characters, items)


def _typed(schema: Mapping[str, Any], kind: Any, characters: int, items: int) -> dict[str, Any]:
    if kind == "string":
        return _string(schema, characters)
    if kind == "array" or "items" in schema:
        return _array(schema, characters, items)
    if kind == "object" or "properties" in schema:
        return _object(schema, characters, items)
    return dict(schema)


def _string(schema: Mapping[str, Any], characters: int) -> dict[str, Any]:
    if "format" in schema:
        return {"type": "string", "format": schema["format"]}
    shortest = int(schema.get("minLength", 0))
    most = max(shortest, min(int(schema.get("maxLength", characters)), characters, MAX_CHARACTERS))
    return {"type": "string", "minLength": shortest, "maxLength": most}


def _array(schema: Mapping[str, Any], characters: int, items: int) -> dict[str, Any]:
    least = int(schema.get("minItems", 0))
    most = max(least, min(int(schema.get("maxItems", items)), items))
    inner = bounded(schema.get("items", True), characters=characters, items=items)
    return {
        "type": "array",
        "items": inner,
        "minItems": least,
        "maxItems": most,
        **_definitions(schema, characters, items),
    }


def _object(schema: Mapping[str, Any], characters: int, items: int) -> dict[str, Any]:
    """Only the named properties: an open object could hold keys without end."""
    properties = {
        name: bounded(part, characters=characters, items=items)
        for name, part in (schema.get("properties") or {}).items()
    }
    required = list(schema.get("required") or ())
    properties |= {name: _any(characters) for name in required if name not in properties}
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
        **_definitions(schema, characters, items),
    }


def _definitions(schema: Mapping[str, Any], characters: int, items: int) -> dict[str, Any]:
    return {
        key: {
            name: bounded(part, characters=characters, items=items)
            for name, part in schema[key].items()
        }
        for key in ("$defs", "definitions")
        if isinstance(schema.get(key), Mapping)
    }


def _any(characters: int) -> dict[str, Any]:
    """Any value, without lists and objects: they could nest without end."""
    return {"anyOf": [_string({}, characters), *(dict(kind) for kind in _SCALARS)]}
