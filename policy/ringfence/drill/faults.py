"""The ways in which a rehearsed endpoint fails."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.drill.formats import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What an endpoint does from now on: `reply` to every request, or with none, refuse every connection."""

    name: str
    meaning: str
    reply: Reply | None
    streaming: bool = False
    """Whether the rehearsed call streams."""


FAULTS = (
    Fault(name="kill", meaning="connections are refused", reply=None),
    Fault(name="hang", meaning="it accepts and never answers", reply=Reply(fault="hang")),
    Fault(
        name="429",
        meaning="rate limited for half a minute",
        reply=Reply(
            status=429,
            error="rate_limit_exceeded",
            message="slow down",
            headers={"retry-after": "30"},
        ),
    ),
    Fault(
        name="500",
        meaning="an internal error each time",
        reply=Reply(status=500, error="server_error", message="internal error"),
    ),
    Fault(name="garbage", meaning="bytes that are not HTTP", reply=Reply(fault="garbage")),
    Fault(
        name="slow",
        meaning="a stream that drips and never says anything",
        reply=Reply(fault="slow"),
        streaming=True,
    ),
    Fault(
        name="401",
        meaning="the key has expired",
        reply=Reply(status=401, error="invalid_api_key", message="the key has expired"),
    ),
)
