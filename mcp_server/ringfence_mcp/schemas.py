"""The tools as a client sees them: names, what they are for, and the JSON Schemas of what goes in and out.

The schemas say what `docs` says of a request, a decision, a completion and an estimate. The server checks arguments by
itself (`ringfence_mcp.arguments`), never by these: a schema validator's message quotes the value (I4).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp.types import Tool, ToolAnnotations

Schema = dict[str, Any]

TASKS = ("simple", "standard", "research", "codegen", "complex", "long_context", "gui", "live")
LOCALITIES = ("local", "private", "cloud")

REQUEST: Mapping[str, Schema] = {
    "prompt": {
        "type": "string",
        "description": "The text of one user message; or give `messages`.",
    },
    "messages": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "role": {"enum": ["system", "developer", "user", "assistant", "tool", "function"]},
                "content": {
                    "anyOf": [
                        {"type": "string"},
                        {"type": "array", "items": {"type": "object"}},
                        {"type": "null"},
                    ]
                },
                "name": {"type": "string"},
                "tool_calls": {"type": "array", "items": {"type": "object"}},
                "tool_call_id": {"type": "string"},
            },
            "required": ["role"],
        },
        "description": "The conversation in OpenAI's chat format; or give `prompt`.",
    },
    "files": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Paths of UTF-8 text files that the server reads and adds to the last user message. You need "
        "not read them: if one is sensitive, its answer is kept in a file that you are given the path of.",
    },
    "task": {
        "enum": list(TASKS),
        "description": "What kind of work this is, when you know better.",
    },
    "tools": {
        "type": "array",
        "items": {"type": "object"},
        "description": "Tools the model may call, as OpenAI's `tools`. You run the calls it returns.",
    },
    "tool_choice": {
        "anyOf": [{"type": "string"}, {"type": "object"}],
        "description": "As OpenAI's `tool_choice`.",
    },
    "response_schema": {
        "type": "object",
        "description": "JSON Schema that the answer must satisfy.",
    },
    "max_output_tokens": {"type": "integer", "minimum": 1},
    "model": {
        "type": "string",
        "description": "A model of the policy that you prefer; labels win.",
    },
    "params": {"type": "object", "description": "temperature, top_p, stop, seed, …"},
    "conversation_id": {"type": "string", "description": "Carries labels on from turn to turn."},
    "metadata": {
        "type": "object",
        "description": "Facts for the policy's rules, as you claim them.",
    },
    "id": {
        "type": "string",
        "description": "Your name for this request; it returns in the decision.",
    },
}
"""The fields of a request, as every tool takes them."""

_STRINGS: Schema = {"type": "array", "items": {"type": "string"}}
_OBJECTS: Schema = {"type": "array", "items": {"type": "object"}}
_USD: Schema = {"type": "string", "description": "US dollars as a decimal string"}

_DECISION: Schema = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "request_id": {"type": "string"},
        "labels": _STRINGS,
        "findings": {**_OBJECTS, "description": "what was found and where; never the text"},
        "task": {"type": "object"},
        "model": {"type": ["string", "null"]},
        "locality": {"enum": [*LOCALITIES, None]},
        "candidates": _OBJECTS,
        "dropped": {**_OBJECTS, "description": "every other model, by which filter, and why"},
        "outcome": {"enum": ["route", "deny", "none"]},
        "policy": {"type": "object"},
        "catalog_digest": {"type": "string"},
    },
    "required": ["id", "labels", "task", "model", "candidates", "dropped", "outcome", "policy"],
}
_COMPLETION: Schema = {
    "type": "object",
    "properties": {
        "text": {"type": ["string", "null"], "description": "null when withheld"},
        "tool_calls": _OBJECTS,
        "parsed": {"description": "the answer as JSON, when a response_schema was given"},
        "finish_reason": {"type": "string"},
        "model": {"type": "string"},
        "locality": {"enum": list(LOCALITIES)},
        "labels": _STRINGS,
        "usage": {"type": "object"},
        "usd": _USD,
        "attempts": _OBJECTS,
        "ms": {"type": "object"},
        "decision": _DECISION,
        "withheld": {
            "type": "object",
            "properties": {
                "labels": _STRINGS,
                "path": {"type": "string"},
                "characters": {"type": "integer"},
                "tool_calls": {"type": "integer"},
                "reason": {"type": "string"},
            },
            "required": ["labels", "path", "characters", "tool_calls", "reason"],
            "description": "present when the answer went into a file that the user may open, and you may not see it",
        },
    },
    "required": [
        "text",
        "tool_calls",
        "model",
        "locality",
        "labels",
        "usage",
        "usd",
        "attempts",
        "decision",
    ],
}
_ESTIMATE: Schema = {
    "type": "object",
    "properties": {
        "request": {"type": "object"},
        "workload": {"type": "object"},
        "chosen": {"type": ["object", "null"], "description": "the model that would answer"},
        "models": {**_OBJECTS, "description": "the same figures for every model of the policy"},
        "assumptions": _STRINGS,
        "monthly_usd": _USD,
        "yearly_usd": _USD,
        "per_session_usd": _USD,
        "by_route": _OBJECTS,
        "alternatives": {**_OBJECTS, "description": "the whole workload on one model"},
        "break_even": {"type": "object"},
    },
    "required": ["models", "assumptions"],
}

_ANSWERED: Schema = {"type": "object", "anyOf": [_COMPLETION, _DECISION]}

_DRY_RUN: Schema = {
    "type": "boolean",
    "description": "Decide only: which model would answer, and why not the others. Nothing is sent.",
}
_WORKLOAD: Schema = {
    "type": "object",
    "properties": {
        "sessions_per_day": {"type": "number"},
        "days_per_month": {"type": "number", "description": "30 unless given"},
        "input_tokens_per_session": {"type": "integer", "description": "100,000 unless given"},
        "output_tokens_per_session": {"type": "integer", "description": "10,000 unless given"},
        "calls_per_session": {"type": "integer"},
        "mix": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "share": {"type": "number", "description": "0–1; the shares add up to 1"},
                    "task": {"enum": list(TASKS)},
                    "labels": _STRINGS,
                    "model": {"type": "string"},
                },
                "required": ["share", "task"],
            },
        },
        "hardware": {**_STRINGS, "description": "to reckon the break-even with"},
    },
    "required": ["sessions_per_day", "mix"],
    "description": "A workload in place of a request: sessions a day and the mix of tasks.",
}


def _input(**more: Schema) -> Schema:
    return {"type": "object", "properties": {**REQUEST, **more}, "additionalProperties": False}


TOOLS = (
    Tool(
        name="route_and_complete",
        title="Answer with the best model that may see it",
        description="Sends a request to the best model that the user's policy allows for its content. Sensitive "
        "content is found first and only reaches models cleared for it. To work on a sensitive file "
        "without reading it yourself, pass its path in `files`.",
        inputSchema=_input(dry_run=_DRY_RUN),
        outputSchema=_ANSWERED,
        annotations=ToolAnnotations(readOnlyHint=False, destructiveHint=False, openWorldHint=True),
    ),
    Tool(
        name="estimate_cost",
        title="What a request or a workload costs",
        description="Tokens and US dollars of a request (or of a workload, a day's sessions by kind) on the model "
        "that the policy would choose and on every other one. Nothing is sent.",
        inputSchema=_input(workload=_WORKLOAD),
        outputSchema=_ESTIMATE,
        annotations=ToolAnnotations(readOnlyHint=True, openWorldHint=False),
    ),
    Tool(
        name="explain_route",
        title="Why a request would go where it goes",
        description="The decision for a request: its labels, its task, every model kept or dropped, by which filter "
        "and why. Nothing is sent.",
        inputSchema=_input(),
        outputSchema=_DECISION,
        annotations=ToolAnnotations(readOnlyHint=True, openWorldHint=False),
    ),
)
