"""The one table from what the engine says to what an MCP client gets: results, and errors without content (I4)."""

from __future__ import annotations

import json
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mcp.types import CallToolResult, TextContent

from ringfence import Decision, RingfenceError, Unavailable


def completed(answer: Mapping[str, Any]) -> CallToolResult:
    """A completion, whole or withheld: the text (or where it is), one line on who gave it, and the structure."""
    withheld = answer.get("withheld")
    texts = [_withheld_line(withheld)] if withheld else [_said(answer)]
    texts.append(_who_line(answer))
    return _result(texts, answer)


def structured(value: Mapping[str, Any]) -> CallToolResult:
    """A decision or an estimate, as structure and as the same JSON in text."""
    return _result([json.dumps(value, ensure_ascii=False)], value)


def failed(error: Exception) -> CallToolResult:
    """A tool error: what happened, why and what to do. The facts of an error of ringfence stand in `_meta` too."""
    meta = {"ringfence": _facts(error)} if isinstance(error, RingfenceError) else None
    return CallToolResult(
        content=[TextContent(type="text", text=explain(error))], isError=True, _meta=meta
    )


def explain(error: Exception) -> str:
    """An error of ringfence as it is, with its code. Of any other only kind and place, since its text may quote."""
    if isinstance(error, RingfenceError):
        return f"{error.code}: {error}"
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = f" at {Path(last[0].filename).name}:{last[0].lineno}" if last else ""
    return (
        f"internal_error: ringfence-mcp failed ({type(error).__name__}{place}), so there is no answer; "
        "try again, and if it stays report this line"
    )


def _facts(error: RingfenceError) -> dict[str, Any]:
    facts: dict[str, Any] = {"code": error.code}
    decision: Decision | None = error.decision
    if decision is not None:
        facts["decision"] = decision.to_dict()
    if isinstance(error, Unavailable):
        facts["attempts"] = [attempt.to_dict() for attempt in error.attempts]
    return facts


def _result(texts: list[str], value: Mapping[str, Any]) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=text) for text in texts],
        structuredContent=dict(value),
        isError=False,
    )


def _said(answer: Mapping[str, Any]) -> str:
    if answer["tool_calls"]:
        return json.dumps(answer["tool_calls"], ensure_ascii=False)
    return str(answer["text"])


def _withheld_line(withheld: Mapping[str, Any]) -> str:
    return (
        f"The answer ({withheld['characters']} characters) was not shown to you: {withheld['reason']}. "
        f"It is in {withheld['path']}; tell the user to open it."
    )


def _who_line(answer: Mapping[str, Any]) -> str:
    labels = ", ".join(answer["labels"]) or "none"
    failures = "".join(
        f"; before it {attempt['model']}: {attempt['error']}"
        for attempt in answer["attempts"]
        if attempt["error"]
    )
    return (
        f"[ringfence: {answer['model']} ({answer['locality']}), labels: {labels}, "
        f"${answer['usd']}{failures}]"
    )
