"""How long a server asks to be left alone, in each of the ways in which providers say it. Nonsense counts as absent.

Sources: RFC 9110, 10.2.3 (`retry-after`: seconds or a date) · OpenAI and Azure (`retry-after-ms`; the `x-ratelimit-*`
headers with durations as `6m0s` or `120ms`: https://platform.openai.com/docs/guides/rate-limits) · Google's
`google.rpc.RetryInfo` in the error's body (`"retryDelay": "34s"`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_IN_MILLISECONDS = ("retry-after-ms", "x-ms-retry-after-ms")
_BUCKETS = ("requests", "tokens")
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
_RETRY_INFO = re.compile(r"\"?retrydelay\"?\s*:\s*\"?(\d{1,6}(?:\.\d+)?)s", re.IGNORECASE)


def retry_after(headers: Mapping[str, str], text: str = "") -> float | None:
    """Seconds to wait as a response asks; None when it does not.

    Args:
        headers: of the response; names in lower case, or a mapping that ignores case.
        text: of the error's body.
    """
    for seconds in _said(headers, text):
        if seconds is not None and math.isfinite(seconds):
            return max(0.0, seconds)
    return None


def _said(headers: Mapping[str, str], text: str) -> Iterator[float | None]:
    for name in _IN_MILLISECONDS:
        milliseconds = _number(headers.get(name))
        yield None if milliseconds is None else milliseconds / 1000
    value = headers.get("retry-after")
    yield _number(value)
    yield _until(value)
    yield from _spent_buckets(headers)
    found = _RETRY_INFO.search(text)
    yield float(found[1]) if found else None


def _number(value: str | None) -> float | None:
    try:
        return float(value) if value is not None else None
    except ValueError:
        return None


def _until(value: str | None) -> float | None:
    """Seconds until an HTTP date."""
    try:
        when = parsedate_to_datetime(value or "")
    except (ValueError, TypeError):
        return None
    return (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds()


def _spent_buckets(headers: Mapping[str, str]) -> Iterator[float | None]:
    """When the limits of which nothing remains are filled again: the later of them."""
    waits = [
        duration(headers.get(f"x-ratelimit-reset-{bucket}", ""))
        for bucket in _BUCKETS
        if headers.get(f"x-ratelimit-remaining-{bucket}") == "0"
    ]
    yield max((wait for wait in waits if wait is not None), default=None)


def duration(text: str) -> float | None:
    """Seconds of `1h2m3.5s`, `6m0s`, `120ms`; None for anything else."""
    found = _DURATION.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        return None
    hours, minutes, seconds, milliseconds = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000
