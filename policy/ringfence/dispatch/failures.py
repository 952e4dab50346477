"""What went wrong, by meaning: one word for each kind of failure, and what dispatch and the reader do about it.

The status code is judged before the message text, and the text only picks among words: nothing of it is kept (I4).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import httpx

from ringfence.dispatch.calls import WireFailure
from ringfence.dispatch.retry_after import retry_after
from ringfence.dispatch.transport import Unreadable


class Reaction(Enum):
    """What follows a failure. Every one but RETRY moves to the next candidate at once."""

    RETRY = "retry"
    """The same model once more after a short wait with jitter, when the deadline leaves room."""
    NEXT = "next"
    COOL_DOWN = "cool_down"
    """Next, and leave this model alone for a while."""
    BREAK = "break"
    """Next, and count the failure against the endpoint's circuit breaker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    reactions: frozenset[Reaction]
    advice: str


def _meaning(advice: str, *reactions: Reaction) -> Meaning:
    return Meaning(advice=advice, reactions=frozenset(reactions or (Reaction.NEXT,)))


MEANINGS: Mapping[str, Meaning] = {
    "no_key": _meaning("set the variable, or: ringfence keys set"),
    "missing_extra": _meaning("install the extra"),
    "not_cleared": _meaning(
        "write a clearance with its reason into the policy, or use a local model"
    ),
    "refused_endpoint": _meaning("correct the endpoint in the policy"),
    "connect": _meaning("start the server, or check its address and certificate", Reaction.BREAK),
    "timeout": _meaning("raise fallback.deadline_s, or check the server's load", Reaction.BREAK),
    "auth": _meaning("replace the key", Reaction.COOL_DOWN),
    "permission": _meaning("allow this model for the key, or use another", Reaction.COOL_DOWN),
    "quota": _meaning("top up the account", Reaction.COOL_DOWN),
    "rate_limit": _meaning("wait, or ask for a higher limit", Reaction.RETRY, Reaction.COOL_DOWN),
    "overload": _meaning("wait for the provider", Reaction.RETRY, Reaction.BREAK),
    "context_too_long": _meaning("shorten the request, or route it to a longer window"),
    "content_filter": _meaning("the provider refuses this content; use another model"),
    # A 400 is often one model's quirk (an argument, a schema keyword), and the next candidate may well take it.
    "bad_request": _meaning("check params, tools and response_schema against what the model takes"),
    "gone": _meaning(
        "check the model's name; it may be retired, or not pulled yet", Reaction.COOL_DOWN
    ),
    "protocol": _meaning(
        "check that the endpoint speaks the format that the policy says", Reaction.BREAK
    ),
    "cool_down": _meaning("wait; ringfence doctor shows what is down"),
    "deadline": _meaning("raise fallback.deadline_s in the policy"),
}


def advice_on(error: str) -> str:
    """What to do about a failure, by its word; empty for a word of another version."""
    return MEANINGS[error].advice if error in MEANINGS else ""


_STATUS = {
    401: "auth",
    403: "permission",
    402: "quota",
    404: "gone",
    410: "gone",
    408: "timeout",
    413: "context_too_long",
    504: "timeout",
}
_CONTEXT = re.compile(
    r"context[ _]?(length|size|window|limit)|maximum context|too many (input )?tokens|prompt is too long"
    r"|input is too long|token count .{0,60}exceeds|exceeds the maximum number of (input )?tokens|request too large"
)
_FILTERED = re.compile(r"content[ _]?(filter|policy|management)|safety|moderation|responsible ?ai")
_NO_MODEL = re.compile(
    r"model[ _]?not[ _]?found|models?[ /:\"'].{0,200} (does not exist|(is )?not found)|unknown model"
)
_BAD_KEY = re.compile(
    r"api[ _]?key[ _]?(not valid|invalid|expired)|(invalid|incorrect)[ _](x-)?api[ _-]?key|authentication[ _]error"
)
_NO_MONEY = re.compile(
    r"insufficient[ _]?(quota|balance|credit)|billing|exceeded your current quota|credit balance"
)
_SAYS_NO_MONEY = re.compile(r"insufficient[ _]?(quota|balance|credit)|credit balance")
_LIMITED = re.compile(r"rate[ _]?limit|too many requests|resource[ _]exhausted")


def from_response(status: int, headers: Mapping[str, str], body: bytes) -> WireFailure:
    """The failure that a response with an error status means."""
    text = _error_text(body)
    asked = retry_after(headers, body[:20_000].decode(errors="replace"))
    word = _word(status, text, asked)
    patient = word in ("rate_limit", "overload")
    reason = _reason(word, status)
    return WireFailure(word, reason, status=status, retry_after=asked if patient else None)


def from_stream(event: Mapping[str, Any]) -> WireFailure:
    """The failure that an error in the middle of a stream means: by its code where it is a status, else by its text."""
    error = event.get("error")
    code = error.get("code") if isinstance(error, Mapping) else None
    if isinstance(code, int) and 400 <= code < 600:
        return from_response(code, {}, json.dumps(event).encode())
    text = _error_text(json.dumps(event).encode())
    word = "rate_limit" if _LIMITED.search(text) else _word_of_refusal(text, otherwise="overload")
    return WireFailure(word, f"{_REASONS[word]} (said in its stream)")


def _word(status: int, text: str, asked: float | None) -> str:
    if 300 <= status < 400:
        return "refused_endpoint"
    if status in (400, 422):
        return _word_of_refusal(text)
    if status == 429:
        return _word_of_limit(text, asked)
    if status in _STATUS:
        return _STATUS[status]
    return "overload" if status >= 500 else "protocol"


def _word_of_limit(text: str, asked: float | None) -> str:
    """A limit that time lifts, an account that is empty, or a request that no limit lets through."""
    if "request too large" in text:
        return "context_too_long"
    # Google says "quota" and "billing" of a limit for each minute too; then it says when to come back.
    empty = _SAYS_NO_MONEY if asked is not None else _NO_MONEY
    return "quota" if empty.search(text) else "rate_limit"


def _word_of_refusal(text: str, *, otherwise: str = "bad_request") -> str:
    for pattern, word in (
        (_CONTEXT, "context_too_long"),
        (_BAD_KEY, "auth"),
        (_FILTERED, "content_filter"),
        (_NO_MODEL, "gone"),
        (_NO_MONEY, "quota"),
    ):
        if pattern.search(text):
            return word
    return otherwise


_REASONS = {
    "refused_endpoint": "the endpoint redirects, which is not followed",
    "auth": "the key was refused",
    "permission": "the key may not use this model",
    "quota": "the account has no quota left",
    "rate_limit": "too many calls",
    "overload": "the server is overloaded or failing",
    "timeout": "the server gave up waiting",
    "gone": "the server does not have this model",
    "context_too_long": "the request is longer than the model takes",
    "content_filter": "the provider's filter refused the content",
    "bad_request": "the server refused the request as malformed",
}


def _reason(word: str, status: int) -> str:
    return f"{_REASONS.get(word, 'an unexpected status')} (HTTP {status})"


def _error_text(body: bytes) -> str:
    """Code, type and message of an error body, in lower case; only patterns look at it."""
    try:
        data: Any = json.loads(body)
    except (ValueError, RecursionError):
        return body[:4000].decode(errors="replace").lower()
    error = data.get("error", data) if isinstance(data, Mapping) else data
    if isinstance(error, Mapping):
        error = " ".join(str(error.get(key, "")) for key in ("code", "type", "status", "message"))
    return str(error)[:4000].lower()


def from_transport(error: httpx.TransportError) -> WireFailure:
    """The failure that a broken connection means. `from None` it: httpx's messages hold addresses, not content."""
    if isinstance(error, Unreadable):
        return WireFailure("protocol", str(error))
    if isinstance(error, httpx.ProxyError):
        return WireFailure(
            "connect", "the proxy of network.proxy did not open a way", connected=False
        )
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return WireFailure("connect", "the connection could not be opened", connected=False)
    if isinstance(error, httpx.TimeoutException):
        return WireFailure("timeout", "the server did not answer in time")
    if isinstance(error, httpx.RemoteProtocolError | httpx.DecodingError):
        return WireFailure("protocol", "the answer was cut off or is not HTTP")
    return WireFailure("connect", "the connection broke before the answer was whole")
