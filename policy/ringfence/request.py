"""What comes in: a request in OpenAI's chat shape, checked, frozen, and still able to say where each string stands.

A `Request` keeps the JSON it was made from (`body`), so that the gate walks what will be sent and a finding's JSON
pointer is exact. Only the shape is checked here; nothing is read for meaning.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ringfence.errors import BadRequest
from ringfence.types import TaskKind

MAX_REQUEST_BYTES = 32 * 1024 * 1024
"""A request of more UTF-8 bytes than this is refused: no model's window holds it, and it would starve the rest."""

ROLES = ("system", "developer", "user", "assistant", "tool", "function")

_KEYS = frozenset(
    {
        "id",
        "messages",
        "tools",
        "tool_choice",
        "response_schema",
        "model",
        "task",
        "max_output_tokens",
    }
    | {"params", "conversation_id", "metadata"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, as the door knows it (never what the request claims). Budgets and clearance use only this."""

    tenant: str = "default"
    user: str | None = None
    team: str | None = None
    key_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of the conversation. `content` is text, OpenAI's content parts, or None (a pure tool call)."""

    role: str
    content: str | tuple[Mapping[str, Any], ...] | None = field(default=None, repr=False)
    tool_calls: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    @property
    def text(self) -> str:
        """The text of the message, its parts joined by newlines."""
        if isinstance(self.content, str):
            return self.content
        parts = self.content or ()
        return "\n".join(part["text"] for part in parts if isinstance(part.get("text"), str))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A checked request. Make one with `Request.parse` (a JSON object) or `Request.from_text`."""

    body: Mapping[str, Any] = field(repr=False)
    """The request as JSON; JSON pointers of findings point into it. Not to be changed."""
    messages: tuple[Message, ...] = field(repr=False)
    caller: Caller = Caller()

    @classmethod
    def parse(cls, data: Mapping[str, Any], *, caller: Caller | None = None) -> Request:
        """Check and freeze a request of the documented shape.

        Raises:
            BadRequest: with a JSON pointer to what is wrong.
        """
        if not isinstance(data, Mapping):
            raise BadRequest("a request is a JSON object with 'messages'")
        unknown = sorted(str(key) for key in data if key not in _KEYS)
        if unknown:
            raise BadRequest(
                f"{len(unknown)} unknown key(s); known are: {', '.join(sorted(_KEYS))}"
            )
        _check_size(data)
        body = copy.deepcopy(dict(data))
        _check_scalars(body)
        return cls(body=body, messages=_messages(body.get("messages")), caller=caller or Caller())

    @classmethod
    def from_text(cls, text: str, *, caller: Caller | None = None, **fields: Any) -> Request:
        """A request with one user message. `fields` are other keys of the request's shape."""
        return cls.parse({"messages": [{"role": "user", "content": text}], **fields}, caller=caller)

    @property
    def id(self) -> str | None:
        return self.body.get("id")

    @property
    def tools(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(self.body.get("tools") or ())

    @property
    def tool_choice(self) -> Any:
        return self.body.get("tool_choice")

    @property
    def response_schema(self) -> Mapping[str, Any] | None:
        return self.body.get("response_schema")

    @property
    def model(self) -> str | None:
        return self.body.get("model")

    @property
    def task(self) -> TaskKind | None:
        task = self.body.get("task")
        return TaskKind(task) if task is not None else None

    @property
    def max_output_tokens(self) -> int | None:
        return self.body.get("max_output_tokens")

    @property
    def params(self) -> Mapping[str, Any]:
        return self.body.get("params") or {}

    @property
    def conversation_id(self) -> str | None:
        return self.body.get("conversation_id")

    @property
    def metadata(self) -> Mapping[str, Any]:
        return self.body.get("metadata") or {}


def _check_size(data: Mapping[str, Any]) -> None:
    try:
        size = len(json.dumps(data, ensure_ascii=False).encode())
    except UnicodeEncodeError:
        raise BadRequest("the text holds bytes that are not UTF-8; send valid UTF-8") from None
    except RecursionError:
        raise BadRequest("nested too deeply; flatten the request") from None
    except (TypeError, ValueError):
        raise BadRequest("not JSON; use only objects, arrays, strings, numbers and null") from None
    if size > MAX_REQUEST_BYTES:
        raise BadRequest(f"{size:,} bytes is over the limit of {MAX_REQUEST_BYTES:,}; split it")


_SCALARS: Mapping[str, tuple[type, ...]] = {
    "id": (str,),
    "model": (str,),
    "conversation_id": (str,),
    "tools": (list,),
    "response_schema": (dict,),
    "params": (dict,),
    "metadata": (dict,),
    "tool_choice": (str, dict),
}


def _check_scalars(body: Mapping[str, Any]) -> None:
    for key, types in _SCALARS.items():
        if body.get(key) is not None and not isinstance(body[key], types):
            wanted = " or ".join(kind.__name__ for kind in types)
            raise BadRequest(f"must be a JSON {wanted}", path=f"/{key}")
    limit = body.get("max_output_tokens")
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        raise BadRequest("must be a whole number of at least 1", path="/max_output_tokens")
    if body.get("task") is not None and body["task"] not in set(TaskKind):
        raise BadRequest(f"must be one of {', '.join(TaskKind)}", path="/task")
    for index, tool in enumerate(body.get("tools") or ()):
        function = tool.get("function") if isinstance(tool, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise BadRequest(
                "must be {type: function, function: {name, …}}", path=f"/tools/{index}"
            )


def _messages(raw: object) -> tuple[Message, ...]:
    if not isinstance(raw, Sequence) or isinstance(raw, str) or not raw:
        raise BadRequest("must be a list of at least one message", path="/messages")
    return tuple(_message(item, f"/messages/{index}") for index, item in enumerate(raw))


def _message(raw: object, path: str) -> Message:
    if not isinstance(raw, Mapping):
        raise BadRequest("must be an object with 'role' and 'content'", path=path)
    if raw.get("role") not in ROLES:
        raise BadRequest(f"must be one of {', '.join(ROLES)}", path=f"{path}/role")
    return Message(
        role=raw["role"],
        content=_content(raw.get("content"), f"{path}/content"),
        tool_calls=_objects(raw.get("tool_calls"), f"{path}/tool_calls"),
    )


def _content(raw: object, path: str) -> str | tuple[Mapping[str, Any], ...] | None:
    if raw is None or isinstance(raw, str):
        return raw
    return _objects(raw, path)


def _objects(raw: object, path: str) -> tuple[Mapping[str, Any], ...]:
    if raw is None:
        return ()
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        raise BadRequest("must be a string or a list of objects", path=path)
    for index, item in enumerate(raw):
        if not isinstance(item, Mapping):
            raise BadRequest("must be an object", path=f"{path}/{index}")
    return tuple(raw)
