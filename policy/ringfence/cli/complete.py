"""`ringfence complete`: answer a request with the best model that may see it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ringfence.cli import lines, output, reading
from ringfence.cli.options import (
    Callers,
    Json,
    Lines,
    PolicyDigest,
    PolicyFile,
    SourceFile,
    Text,
    TrustRootFile,
    make_router,
)
from ringfence.errors import BadRequest

if TYPE_CHECKING:
    from ringfence.router import Router
    from ringfence.types import Completion


def complete(
    *,
    source: SourceFile = None,
    text: Text = None,
    jsonl: Lines = None,
    stream: Annotated[bool, typer.Option("--stream", help="Print the answer as it comes.")] = False,
    policy: PolicyFile = None,
    policy_digest: PolicyDigest = None,
    trust_root: TrustRootFile = None,
    caller: Callers = None,
    as_json: Json = False,
) -> None:
    """Answer a request.

    The best model that may see it answers; what it says is printed.

    Examples:
      ringfence complete --text "Which of these log lines is an error? ..."
      cat discharge-note.json | ringfence complete - --json
      ringfence complete --jsonl requests.jsonl > answers.jsonl

    On a terminal, a last line on stderr says which model answered, where, and what it cost.
    """
    if stream and (as_json or jsonl is not None):
        raise BadRequest("--stream prints text; give it without --json and --jsonl")
    if jsonl is not None:
        if source is not None or text is not None:
            raise BadRequest("--jsonl takes the requests from its own file; give no other")
        with make_router(policy, policy_digest, trust_root, caller) as router:
            code = lines.run(jsonl, lambda item: _answer_line(router, item), jobs=lines.WAITING)
        raise typer.Exit(code)
    request = reading.read_request(source, text)
    with make_router(policy, policy_digest, trust_root, caller) as router:
        completion = _stream(router, request) if stream else router.complete(request)
        if as_json:
            output.print_json(completion.to_dict())
            return
        if not stream:
            output.print_text(completion.text)
        _finish(completion)


def _answer_line(router: Router, request: Mapping[str, Any]) -> Mapping[str, Any]:
    completion = router.complete(request)
    return {"id": completion.decision.request_id, **completion.to_dict()}


def _stream(router: Router, request: Mapping[str, Any]) -> Completion:
    completion = None
    for chunk in router.stream(request):
        output.print_text(chunk.text)
        completion = chunk.completion or completion
    if completion is None:
        raise RuntimeError("a stream ended without its completion")
    return completion


def _finish(completion: Completion) -> None:
    """Close the text's last line, print tool calls as JSON, and tell a person who answered."""
    from ringfence.types import money

    if completion.text and not completion.text.endswith("\n"):
        output.print_text("\n")
    for call in completion.tool_calls:
        output.print_text(json.dumps(call.to_dict(), ensure_ascii=False) + "\n")
    if sys.stderr.isatty():
        usage, tried = completion.usage, len(completion.attempts)
        output.note(
            f"— {completion.model} ({completion.locality}), {usage.input_tokens:,} + "
            f"{usage.output_tokens:,} tokens, ${money(completion.usd)}, "
            f"{completion.ms['total'] / 1000:.1f} s" + (f", {tried} tried" if tried > 1 else "")
        )
