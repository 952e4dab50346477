"""A tool's arguments, checked by hand: each fault names its field and never quotes a value (I4).

Only what is the door's own is checked here (`prompt`, `files`, `dry_run`, `workload`); the shape of a request is
checked by `ringfence.Request`, which every door shares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ringfence import BadRequest
from ringfence_mcp.schemas import REQUEST

MAX_FILES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a client asked of a tool: the request's body, the files to add to it, and the tool's own switches."""

    body: Mapping[str, Any] = field(repr=False)
    files: tuple[str, ...] = field(default=(), repr=False)
    dry_run: bool = False
    workload: Mapping[str, Any] | None = field(default=None, repr=False)


def read_arguments(arguments: Mapping[str, Any], *, also: tuple[str, ...] = ()) -> Call:
    """Check the arguments of a tool that takes a request, and the keys that it takes `also`.

    Raises:
        BadRequest: with the field at fault as a JSON pointer.
    """
    known = {*REQUEST, *also}
    unknown = sum(key not in known for key in arguments)
    if unknown:
        raise BadRequest(f"{unknown} unknown argument(s); known are: {', '.join(sorted(known))}")
    given = {key: value for key, value in arguments.items() if value is not None}
    files = _files(given.pop("files", []))
    dry_run = given.pop("dry_run", False)
    if not isinstance(dry_run, bool):
        raise BadRequest("must be true or false", path="/dry_run")
    workload = given.pop("workload", None)
    if workload is not None:
        _check_workload(workload, rest=given, files=files)
        return Call(body={}, workload=workload)
    return Call(body=_body(given, files), files=files, dry_run=dry_run)


def _files(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list):
        raise BadRequest("must be a list of paths", path="/files")
    if len(raw) > MAX_FILES:
        raise BadRequest(
            f"{len(raw)} files, at most {MAX_FILES} in one call; split them", path="/files"
        )
    for index, item in enumerate(raw):
        if not isinstance(item, str) or not item or "\0" in item:
            raise BadRequest("must be a path", path=f"/files/{index}")
    return tuple(raw)


def _check_workload(workload: object, *, rest: Mapping[str, Any], files: tuple[str, ...]) -> None:
    if not isinstance(workload, dict):
        raise BadRequest("must be an object", path="/workload")
    if rest or files:
        raise BadRequest("give a workload or a request, not both", path="/workload")


def _body(given: dict[str, Any], files: tuple[str, ...]) -> dict[str, Any]:
    """The request's JSON: `prompt` is the short way to write one user message."""
    prompt = given.pop("prompt", None)
    if prompt is None:
        if "messages" not in given and not files:
            raise BadRequest("give 'prompt' or 'messages'", path="/messages")
        return {"messages": [], **given}
    if "messages" in given:
        raise BadRequest("give 'prompt' or 'messages', not both", path="/prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise BadRequest("must be a text that is not empty", path="/prompt")
    return {"messages": [{"role": "user", "content": prompt}], **given}
