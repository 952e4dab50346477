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

ENOUGH_CHARACTERS = 16
_SCALAR_TOKENS = 6

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


def fitted(schema: Any, *, tokens: int, characters_a_token: float) -> Any:
    """`bounded` so that a whole answer fits `tokens`, at so many characters of a string for each token.

    Long lists are given up before strings become too short to say anything.
    """
    for items in (MAX_ITEMS, 8, 4, 2, 1):
        fixed, strings = _weight(schema, items)
        characters = int((tokens - fixed) * characters_a_token / max(1, strings))
        if characters >= ENOUGH_CHARACTERS:
            break
    return bounded(schema, characters=max(4, characters), items=items)


def _weight(schema: Any, items: int) -> tuple[int, int]:
    """Tokens that an answer takes besides the text of its strings, and how many strings it can hold, at most.

    A tokenizer of a small model: about 3 characters of a name a token, a token for each digit, quote and bracket.
    """
    if not isinstance(schema, Mapping):
        return _SCALAR_TOKENS, 1
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            weights = [_weight(part, items) for part in schema[key]]
            return max(fixed for fixed, _ in weights), max(strings for _, strings in weights)
    if "const" in schema or "enum" in schema:
        values = schema.get("enum") or [schema.get("const")]
        return max(_name_tokens(str(value)) for value in values), 0
    if "properties" in schema or schema.get("type") == "object":
        return _weight_of_object(schema, items)
    if "items" in schema or schema.get("type") == "array":
        return _weight_of_list(schema, items)
    number = schema.get("type") in ("number", "integer", "boolean", "null")
    return _SCALAR_TOKENS, 0 if number else 1


def _weight_of_list(schema: Mapping[str, Any], items: int) -> tuple[int, int]:
    fixed, strings = _weight(schema.get("items", {}), items)
    count = max(int(schema.get("minItems", 0)), min(items, int(schema.get("maxItems", items))))
    return 2 + count * (fixed + 2), count * strings


def _weight_of_object(schema: Mapping[str, Any], items: int) -> tuple[int, int]:
    parts = [
        (name, _weight(part, items)) for name, part in (schema.get("properties") or {}).items()
    ]
    fixed = 2 + sum(_name_tokens(name) + weight[0] for name, weight in parts)
    return fixed, sum(weight[1] for _, weight in parts)


def _name_tokens(name: str) -> int:
    return 4 + len(name) // 3


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
