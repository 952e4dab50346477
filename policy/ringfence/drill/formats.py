"""What a stand-in server answers, in the formats of OpenAI, Ollama, Anthropic and Gemini."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass
class Reply:
    """What a server answers. `status` other than 200 sends `body`, or one with `error` as its error code."""

    text: str = "Hello from the stand-in."
    tool_calls: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    status: int = 200
    error: str = "stand_in_error"
    message: str = "the stand-in says no"
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    finish_reason: str | None = None
    usage: Mapping[str, Any] | None = field(
        default_factory=lambda: {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    )
    fault: str | None = None
    pieces_before_death: int = 1
    location: str = ""
    gate: threading.Event | None = None
    show: Mapping[str, Any] = field(default_factory=dict)
    listed: Mapping[str, Any] = field(default_factory=dict)
    """What a server says of its models, beside an empty list: `/api/tags`, `/v1/models`."""

    @property
    def pieces(self) -> list[str]:
        words = self.text.split(" ")
        return (
            [word if index == 0 else f" {word}" for index, word in enumerate(words)]
            if self.text
            else []
        )

    @property
    def finish(self) -> str:
        return self.finish_reason or ("tool_calls" if self.tool_calls else "stop")


class Format(Protocol):
    """How a provider writes an answer: whole, or as the events of a stream."""

    @classmethod
    def whole(cls, reply: Reply, body: Mapping[str, Any]) -> dict[str, Any]: ...

    @classmethod
    def events(cls, reply: Reply, body: Mapping[str, Any]) -> Iterator[bytes]: ...


class OPENAI:
    """OpenAI's chat completions: https://platform.openai.com/docs/api-reference/chat."""

    @staticmethod
    def _calls(reply: Reply) -> list[dict[str, Any]]:
        return [
            {
                "index": i,
                "id": f"call_{i}",
                "type": "function",
                "function": {"name": n, "arguments": json.dumps(a)},
            }
            for i, (n, a) in enumerate(reply.tool_calls)
        ]

    @classmethod
    def _parts(cls, reply: Reply) -> list[dict[str, Any]]:
        """Names first, then the arguments of all calls in turn, each in two parts."""
        calls = [(call, call["function"]["arguments"]) for call in cls._calls(reply)]
        begun = [{**c, "function": {**c["function"], "arguments": ""}} for c, _ in calls]
        halves = [
            {"index": call["index"], "function": {"arguments": arguments[half]}}
            for half in (slice(None, 5), slice(5, None))
            for call, arguments in calls
        ]
        return begun + halves

    @classmethod
    def whole(cls, reply: Reply, body: Mapping[str, Any]) -> dict[str, Any]:
        message = {"role": "assistant", "content": reply.text or None}
        if reply.tool_calls:
            message["tool_calls"] = cls._calls(reply)  # type: ignore[assignment]
        choice = {"index": 0, "message": message, "finish_reason": reply.finish}
        answer = {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": body.get("model", "m"),
            "choices": [choice],
        }
        return {**answer, **({"usage": reply.usage} if reply.usage else {})}

    @classmethod
    def events(cls, reply: Reply, body: Mapping[str, Any]) -> Iterator[bytes]:
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        deltas += [{"content": piece} for piece in reply.pieces]
        deltas += [{"tool_calls": [part]} for part in cls._parts(reply)]
        for delta in deltas:
            yield cls._event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        yield cls._event({"choices": [{"index": 0, "delta": {}, "finish_reason": reply.finish}]})
        if reply.usage and (body.get("stream_options") or {}).get("include_usage"):
            yield cls._event({"choices": [], "usage": reply.usage})
        yield b"data: [DONE]\n\n"

    @staticmethod
    def _event(data: dict[str, Any]) -> bytes:
        whole = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m", **data}
        return b"data: " + json.dumps(whole).encode() + b"\n\n"


class OLLAMA:
    """Ollama's own format: https://github.com/ollama/ollama/blob/main/docs/api.md."""

    @staticmethod
    def _message(reply: Reply, text: str) -> dict[str, Any]:
        calls = [
            {"function": {"name": name, "arguments": arguments}}
            for name, arguments in reply.tool_calls
        ]
        return {"role": "assistant", "content": text, **({"tool_calls": calls} if calls else {})}

    @classmethod
    def whole(cls, reply: Reply, body: Mapping[str, Any]) -> dict[str, Any]:
        usage = reply.usage or {}
        counts = {
            "prompt_eval_count": usage.get("prompt_tokens"),
            "eval_count": usage.get("completion_tokens"),
        }
        done = {
            "model": body.get("model", "m"),
            "done": True,
            "done_reason": reply.finish_reason or "stop",
            **counts,
        }
        return {"message": cls._message(reply, reply.text), **done}

    @classmethod
    def events(cls, reply: Reply, body: Mapping[str, Any]) -> Iterator[bytes]:
        for piece in ["", *reply.pieces]:
            message = {"role": "assistant", "content": piece}
            yield (
                json.dumps(
                    {"model": body.get("model", "m"), "message": message, "done": False}
                ).encode()
                + b"\n"
            )
        yield (
            json.dumps({**cls.whole(reply, body), "message": cls._message(reply, "")}).encode()
            + b"\n"
        )


def _own(reply: Reply, key: str, usual: Mapping[str, Any]) -> Mapping[str, Any]:
    """The reply's usage where it is written in the provider's own words, else the usual one."""
    return reply.usage if reply.usage and key in reply.usage else usual


ANTHROPIC_STOPS = {"tool_calls": "tool_use", "length": "max_tokens", "content_filter": "refusal"}


class ANTHROPIC:
    """Anthropic's messages: https://docs.anthropic.com/en/api/messages."""

    @classmethod
    def whole(cls, reply: Reply, body: Mapping[str, Any]) -> dict[str, Any]:
        blocks: list[dict[str, Any]] = [{"type": "text", "text": reply.text}] if reply.text else []
        for index, (name, arguments) in enumerate(reply.tool_calls):
            blocks.append(
                {"type": "tool_use", "id": f"toolu_{index}", "name": name, "input": arguments}
            )
        stop = ANTHROPIC_STOPS.get(reply.finish, "end_turn")
        message = {
            "id": "msg_x",
            "type": "message",
            "role": "assistant",
            "model": body.get("model", "m"),
            "content": blocks,
        }
        usage = _own(reply, "input_tokens", {"input_tokens": 11, "output_tokens": 7})
        return {**message, "stop_reason": stop, "stop_sequence": None, "usage": usage}

    @classmethod
    def events(cls, reply: Reply, body: Mapping[str, Any]) -> Iterator[bytes]:
        whole = cls.whole(reply, body)
        yield cls._event("message_start", message={**whole, "content": [], "stop_reason": None})
        for index, block in enumerate(whole["content"]):
            text = block["type"] == "text"
            empty = {**block, "text": ""} if text else {**block, "input": {}}
            yield cls._event("content_block_start", index=index, content_block=empty)
            deltas = (
                [{"type": "text_delta", "text": piece} for piece in reply.pieces]
                if text
                else [{"type": "input_json_delta", "partial_json": json.dumps(block["input"])}]
            )
            for delta in deltas:
                yield cls._event("content_block_delta", index=index, delta=delta)
            yield cls._event("content_block_stop", index=index)
        stop = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
        yield cls._event("message_delta", delta=stop, usage=whole["usage"])
        yield cls._event("message_stop")

    @staticmethod
    def _event(kind: str, **data: Any) -> bytes:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()


GEMINI_STOPS = {"length": "MAX_TOKENS", "content_filter": "SAFETY"}


class GEMINI:
    """Google's generateContent: https://ai.google.dev/api/generate-content."""

    @classmethod
    def whole(cls, reply: Reply, body: Mapping[str, Any]) -> dict[str, Any]:
        parts: list[dict[str, Any]] = [{"text": reply.text}] if reply.text else []
        parts += [{"functionCall": {"name": n, "args": a}} for n, a in reply.tool_calls]
        return cls._piece(parts, GEMINI_STOPS.get(reply.finish, "STOP"), reply)

    @classmethod
    def events(cls, reply: Reply, body: Mapping[str, Any]) -> Iterator[bytes]:
        for piece in reply.pieces:
            yield cls._event(cls._piece([{"text": piece}], None, reply))
        yield cls._event(cls.whole(Reply(**{**vars(reply), "text": ""}), body))

    @staticmethod
    def _piece(parts: list[dict[str, Any]], stop: str | None, reply: Reply) -> dict[str, Any]:
        candidate: dict[str, Any] = {"content": {"role": "model", "parts": parts}, "index": 0}
        if stop is None:
            return {"candidates": [candidate], "modelVersion": "m"}
        usual = {"promptTokenCount": 11, "candidatesTokenCount": 7, "totalTokenCount": 18}
        usage = _own(reply, "promptTokenCount", usual)
        stopped = {**candidate, "finishReason": stop}
        return {"candidates": [stopped], "usageMetadata": usage, "modelVersion": "m"}

    @staticmethod
    def _event(data: dict[str, Any]) -> bytes:
        return b"data: " + json.dumps(data).encode() + b"\r\n\r\n"


ERROR_EVENTS: Mapping[type[Format], bytes] = {
    OPENAI: b'data: {"error": {"type": "server_error", "message": "failed"}}\n\n',
    OLLAMA: b'{"error": "an error was encountered while running the model"}\n',
    ANTHROPIC: b'event: error\ndata: {"type": "error", "error": '
    b'{"type": "overloaded_error", "message": "Overloaded"}}\n\n',
    GEMINI: b'data: {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}\r\n\r\n',
}
"""What each provider writes into a stream that it cannot go on with."""
