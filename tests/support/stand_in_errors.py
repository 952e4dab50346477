"""Error answers as each provider documents them: status, headers, body, and the word that each means here.

Sources: OpenAI, "Error codes" and "Rate limits" · Anthropic, "Errors" · Google, "Gemini API troubleshooting" and
google.rpc.Status · Azure OpenAI, "Content filtering" · Ollama, docs/api.md and its server's sources · llama.cpp and
vLLM as their servers answer. The sentences are shortened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ringfence.drill.formats import Reply


@dataclass(frozen=True, kw_only=True)
class Told:
    """One error answer. `word` is what dispatch calls it."""

    name: str
    status: int
    body: Any
    word: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def reply(self) -> Reply:
        return Reply(status=self.status, body=self.body, headers=self.headers)


def _openai(name: str, status: int, word: str, code: str, message: str, **headers: str) -> Told:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return Told(name=name, status=status, word=word, body={"error": error}, headers=named)


OPENAI_ERRORS = (
    _openai("bad key", 401, "auth", "invalid_api_key", "Incorrect API key provided."),
    _openai("region", 403, "permission", "unsupported_country_region_territory", "Not supported."),
    _openai("no model", 404, "gone", "model_not_found", "The model `x` does not exist."),
    _openai(
        "limit", 429, "rate_limit", "rate_limit_exceeded", "Rate limit reached.", retry_after="30"
    ),
    _openai("no money", 429, "quota", "insufficient_quota", "You exceeded your current quota."),
    _openai(
        "too large", 429, "context_too_long", "rate_limit_exceeded", "Request too large for x."
    ),
    _openai("long", 400, "context_too_long", "context_length_exceeded", "Maximum context is 8192."),
    _openai(
        "filter", 400, "content_filter", "content_filter", "Triggered content management policy."
    ),
    _openai(
        "argument", 400, "bad_request", "unsupported_value", "Unsupported value: 'temperature'."
    ),
    _openai("failing", 500, "overload", "server_error", "The server had an error."),
    _openai("overloaded", 503, "overload", "overloaded", "The engine is currently overloaded."),
    _openai("slow", 504, "timeout", "timeout", "Gateway timeout."),
    Told(
        name="vllm long",
        status=400,
        word="context_too_long",
        body={"object": "error", "message": "This model's maximum context length is 4096 tokens."},
    ),
    Told(
        name="llama.cpp long",
        status=400,
        word="context_too_long",
        body={"error": {"code": 400, "type": "exceed_context_size_error", "message": "too long"}},
    ),
    Told(name="loading", status=503, word="overload", body={"error": {"message": "Loading model"}}),
    Told(name="gateway", status=502, word="overload", body="<html>Bad Gateway</html>"),
)


def _anthropic(name: str, status: int, word: str, kind: str, message: str = "no") -> Told:
    body = {"type": "error", "error": {"type": kind, "message": message}}
    return Told(name=name, status=status, word=word, body=body)


ANTHROPIC_ERRORS = (
    _anthropic("bad key", 401, "auth", "authentication_error", "invalid x-api-key"),
    _anthropic("permission", 403, "permission", "permission_error"),
    _anthropic("no model", 404, "gone", "not_found_error", "model: claude-x"),
    _anthropic("too large", 413, "context_too_long", "request_too_large"),
    _anthropic(
        "long", 400, "context_too_long", "invalid_request_error", "prompt is too long: 9 > 8"
    ),
    _anthropic(
        "no money", 400, "quota", "invalid_request_error", "Your credit balance is too low."
    ),
    _anthropic(
        "filter",
        400,
        "content_filter",
        "invalid_request_error",
        "Blocked by content filtering policy",
    ),
    _anthropic(
        "argument", 400, "bad_request", "invalid_request_error", "max_tokens: must be positive"
    ),
    _anthropic("limit", 429, "rate_limit", "rate_limit_error"),
    _anthropic("failing", 500, "overload", "api_error"),
    _anthropic("overloaded", 529, "overload", "overloaded_error", "Overloaded"),
)


def _gemini(name: str, code: int, word: str, status: str, message: str, *details: Any) -> Told:
    error = {"code": code, "message": message, "status": status, "details": list(details)}
    return Told(name=name, status=code, word=word, body={"error": error})


_GOOGLE = "type.googleapis.com/google.rpc"
GEMINI_ERRORS = (
    _gemini(
        "bad key",
        400,
        "auth",
        "INVALID_ARGUMENT",
        "API key not valid. Please pass a valid API key.",
        {"@type": f"{_GOOGLE}.ErrorInfo", "reason": "API_KEY_INVALID"},
    ),
    _gemini("permission", 403, "permission", "PERMISSION_DENIED", "The caller has no permission."),
    _gemini("no model", 404, "gone", "NOT_FOUND", "models/x is not found for API version v1beta."),
    _gemini(
        "limit a minute",
        429,
        "rate_limit",
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details.",
        {"@type": f"{_GOOGLE}.RetryInfo", "retryDelay": "34s"},
    ),
    _gemini(
        "no money",
        429,
        "quota",
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    _gemini(
        "long",
        400,
        "context_too_long",
        "INVALID_ARGUMENT",
        "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).",
    ),
    _gemini("argument", 400, "bad_request", "INVALID_ARGUMENT", "Invalid value at 'contents'."),
    _gemini("failing", 500, "overload", "INTERNAL", "An internal error has occurred."),
    _gemini("overloaded", 503, "overload", "UNAVAILABLE", "The model is overloaded."),
    _gemini("slow", 504, "timeout", "DEADLINE_EXCEEDED", "The request timed out."),
)


def _ollama(name: str, status: int, word: str, message: str) -> Told:
    return Told(name=name, status=status, word=word, body={"error": message})


OLLAMA_ERRORS = (
    _ollama("no model", 404, "gone", 'model "x" not found, try pulling it first'),
    _ollama("no tools", 400, "bad_request", "registry.ollama.ai/library/x does not support tools"),
    _ollama("long", 400, "context_too_long", "the input length exceeds the context length"),
    _ollama(
        "busy", 503, "overload", "server busy, please try again. maximum pending requests exceeded"
    ),
    _ollama("memory", 500, "overload", "model requires more system memory than is available"),
    _ollama("crashed", 500, "overload", "llama runner process has terminated"),
)
