"""A file that extends another: the same sections, of which it writes only what it narrows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic.json_schema import models_json_schema

from ringfence.rules.schema import ModelSpec, PolicyDocument
from ringfence.rules.section import Name, Route
from ringfence.rules.sources import is_base_path
from ringfence.types import TaskKind


def _base_path(path: str) -> str:
    if not is_base_path(path):
        raise ValueError("a base is a file, written with '/': no address, no backslash")
    return path


def _some(bases: tuple[str, ...]) -> tuple[str, ...]:
    if not bases:
        raise ValueError("names no base; take it out, or write [base.yaml]")
    return bases


class KeptModel(ModelSpec):
    """A model of the base that the child keeps: its clearance and locality may be lowered here."""

    model: str | None = Field(  # type: ignore[assignment]
        None,
        max_length=300,
        description="provider/name, as in the base; may be left out",
        examples=["anthropic/claude-sonnet-4.6"],
    )


class ChildDocument(PolicyDocument):
    """A file that narrows what it extends. What it does not write is the base's."""

    extends: Annotated[
        tuple[Annotated[str, AfterValidator(_base_path)], ...], AfterValidator(_some)
    ] = Field(
        (),
        description="the files that this one narrows, each relative to its folder",
        examples=[["base.yaml"]],
    )
    models: Mapping[Name, KeptModel | None] = Field(  # type: ignore[assignment]
        {},
        min_length=1,
        description="the base's models that are kept; all, unless written",
        examples=[{"sonnet": None, "opus": {"clearance": []}}],
    )
    routes: Mapping[TaskKind, Route] = Field(
        {},
        description="kind of work → models in order, instead of the base's route",
        examples=[{"simple": ["flash", "local"]}],
    )


def json_schema() -> dict[str, Any]:
    """The JSON Schema of policy files: one for a file that extends another, one for a file that does not."""
    _, found = models_json_schema(
        [(PolicyDocument, "validation"), (ChildDocument, "validation")], by_alias=True
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ringfence policy",
        "type": "object",
        "properties": {"extends": found["$defs"]["ChildDocument"]["properties"]["extends"]},
        "if": {"required": ["extends"]},
        "then": {"$ref": "#/$defs/ChildDocument"},
        "else": {"$ref": "#/$defs/PolicyDocument"},
        **found,
    }
