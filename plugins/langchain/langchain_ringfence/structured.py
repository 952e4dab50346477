"""The last step of `with_structured_output`: an answer as the value that the schema describes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage
from langchain_core.output_parsers.base import BaseGenerationOutputParser
from langchain_core.outputs import ChatGeneration, Generation
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_json_schema, convert_to_openai_tool
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import ConfigDict
from typing_extensions import override

from ringfence import BadRequest


def json_schema_of(schema: dict[str, Any] | type, *, strict: bool | None) -> dict[str, Any]:
    """A pydantic class, a TypedDict, a JSON Schema or an OpenAI tool, as a JSON Schema."""
    if isinstance(schema, dict) and schema.get("type") == "object" and "title" not in schema:
        return schema
    return convert_to_json_schema(schema, strict=strict)


def tool_of(
    tool: dict[str, Any] | type | Callable[..., Any] | BaseTool, *, strict: bool | None = None
) -> dict[str, Any]:
    """Anything that LangChain takes as a tool, in OpenAI's form."""
    return convert_to_openai_tool(tool, strict=strict)


def tool_choice_of(choice: Any, names: Sequence[str]) -> Any:
    """LangChain's ways to say which tool, as OpenAI's. None when the model is to choose.

    Raises:
        BadRequest: for the name of a tool that is not offered.
    """
    if choice is None or choice is False or choice in ("auto", "none", "required"):
        return choice or None
    if choice is True or choice == "any":
        return "required"
    if isinstance(choice, str):
        choice = {"type": "function", "function": {"name": choice}}
    name = choice.get("function", {}).get("name")
    if name not in names:
        raise BadRequest(f"tool_choice must name one of the {len(names)} tools that are offered")
    return choice


def prepare(
    schema: dict[str, Any] | type, *, method: str, strict: bool | None
) -> tuple[dict[str, Any], StructuredAnswer]:
    """What to bind to the model so that it answers in the shape of `schema`, and what reads the answer.

    Raises:
        BadRequest: for an unknown method.
    """
    traced = {"ls_structured_output_format": {"kwargs": {"method": method}, "schema": schema}}
    if method == "function_calling":
        tool = tool_of(schema, strict=strict)
        name = tool["function"]["name"]
        bound = {"tools": [tool], "tool_choice": tool_choice_of(name, [name])}
        return {**bound, **traced}, StructuredAnswer(wanted=schema, tool=name)
    if method == "json_schema":
        bound = {"response_schema": json_schema_of(schema, strict=strict)}
    elif method == "json_mode":
        bound = {"response_schema": {"type": "object"}}
    else:
        raise BadRequest("method must be json_schema, function_calling or json_mode")
    return {**bound, **traced}, StructuredAnswer(wanted=schema)


class StructuredAnswer(BaseGenerationOutputParser[Any]):
    """Reads JSON from an answer's text, or from the arguments of its call of `tool`.

    Unlike LangChain's parsers it keeps the answer out of its errors (I4): they say what is wrong, not what was said.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    wanted: Any
    """A pydantic class gives an instance of it; anything else a dict."""
    tool: str | None = None

    @override
    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        generation = result[0]
        message = generation.message if isinstance(generation, ChatGeneration) else None
        value = self._from_tool(message) if self.tool else self._from_text(generation.text, message)
        return self._checked(value, message)

    def _from_tool(self, message: Any) -> Any:
        calls = message.tool_calls if isinstance(message, AIMessage) else []
        for call in calls:
            if call["name"] == self.tool:
                return call["args"]
        raise OutputParserException(f"the answer does not call '{self.tool}'{_ending(message)}")

    @staticmethod
    def _from_text(text: str, message: Any) -> Any:
        try:
            return json.loads(text)
        except ValueError:
            pass
        raise OutputParserException(f"the answer is not JSON{_ending(message)}")

    def _checked(self, value: Any, message: Any) -> Any:
        wanted: Any = self.wanted
        if not (isinstance(wanted, type) and is_basemodel_subclass(wanted)):
            return value
        # pydantic's first generation still counts as a schema for LangChain.
        schema: Any = wanted
        read = getattr(schema, "model_validate", None) or schema.parse_obj
        try:
            return read(value)
        except ValueError as error:
            faults: list[Any] = getattr(error, "errors", list)()
        # Only names of the schema's own fields: a key of the answer is content too.
        fields = getattr(schema, "model_fields", None) or schema.__fields__
        at = {str(fault["loc"][0]) for fault in faults if fault["loc"]} & set(fields)
        where = ", ".join(sorted(at)) or "the whole"
        raise OutputParserException(
            f"the answer does not fit {self.wanted.__name__} (at {where}){_ending(message)}"
        )


def _ending(message: Any) -> str:
    """`length` explains most broken JSON, so the error says how the answer ended."""
    reason = message.response_metadata.get("finish_reason") if message is not None else None
    return f"; finish_reason is '{reason}'" if reason else ""
