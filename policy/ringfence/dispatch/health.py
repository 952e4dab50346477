"""What is down, as this process has seen it: a circuit breaker for each endpoint, and rests for single models.

A breaker opens after three failures in a row, stays open for a while that doubles with each opening, then lets one
probe through (half-open): its success closes the breaker, its failure opens it again. A model rests after a rate
limit, a spent quota, or when it is gone. A refused key puts every model of its endpoint to rest until the key changes.
Threads and event loops share all of it.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ringfence.dispatch.calls import WireFailure
from ringfence.dispatch.failures import MEANINGS, Reaction

FAILURES_TO_OPEN = 3
OPEN_S = (5.0, 60.0)
"""How long a breaker stays open at first, and at most."""
REST_S = {
    "rate_limit": 20.0,
    "quota": 300.0,
    "gone": 300.0,
    "permission": 300.0,
    "auth": 600.0,  # where the provider's own library has the credentials, so that no change is seen here
}
MAX_REST_S = 900.0
"""No server's retry-after puts a model away for longer than this."""


class CoolingDown(Exception):
    """The model is not to be tried now; the message says why."""


@dataclass(slots=True)
class _Breaker:
    failures: int = 0
    openings: int = 0
    open_until: float | None = None
    why: str = ""
    probing: bool = False


@dataclass(frozen=True, slots=True)
class _Rest:
    until: float
    why: str


class Health:
    """The state of every endpoint and model of a policy."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._breakers: dict[str, _Breaker] = {}
        self._rests: dict[str, _Rest] = {}
        self._refused: dict[str, dict[str, str]] = {}
        """Endpoint → digest of a key that it refused → why."""

    @contextmanager
    def attempt(self, *, model: str, endpoint: str, key: str | None) -> Iterator[None]:
        """Ask for leave to call a model, and learn from how it went.

        Raises:
            CoolingDown: the model rests, its breaker is open, or another call is the probe.
        """
        with self._lock:
            why = self._key_refused(endpoint, key) or self._rest(model)
            if why is not None:
                raise CoolingDown(why)
            probe = self._admit(endpoint)
        failure: BaseException | None = None
        try:
            yield
        except BaseException as error:
            failure = error
            raise
        finally:
            with self._lock:
                self._learn(model, endpoint, key, failure, probe=probe)

    def why_down(self, *, model: str, endpoint: str, key: Callable[[], str | None]) -> str | None:
        """Why a model would not be tried now; None when it would. `key` is asked for only when it matters."""
        with self._lock:
            breaker = self._breakers.get(endpoint)
            if breaker and breaker.open_until is not None and self._clock() < breaker.open_until:
                return breaker.why
            refused = endpoint in self._refused and self._key_refused(endpoint, key())
            return refused or self._rest(model)

    def _key_refused(self, endpoint: str, key: str | None) -> str | None:
        return self._refused.get(endpoint, {}).get(_digest(key)) if key is not None else None

    def _rest(self, model: str) -> str | None:
        rest = self._rests.get(model)
        if rest is not None and self._clock() >= rest.until:
            del self._rests[model]
            return None
        return rest.why if rest is not None else None

    def _admit(self, endpoint: str) -> bool:
        """Whether this call is the probe of a half-open breaker."""
        breaker = self._breakers.get(endpoint)
        if breaker is None or breaker.open_until is None:
            return False
        if self._clock() < breaker.open_until or breaker.probing:
            raise CoolingDown(breaker.why)
        breaker.probing = True
        return True

    def _learn(
        self,
        model: str,
        endpoint: str,
        key: str | None,
        failure: BaseException | None,
        *,
        probe: bool,
    ) -> None:
        breaker = self._breakers.setdefault(endpoint, _Breaker())
        if probe:
            breaker.probing = False
        if failure is None:
            self._breakers.pop(endpoint)
            if key is not None:
                self._refused.get(endpoint, {}).pop(_digest(key), None)
        elif isinstance(failure, WireFailure):
            reactions = MEANINGS[failure.error].reactions
            if Reaction.BREAK in reactions:
                self._count(breaker, failure, probe=probe)
            elif Reaction.COOL_DOWN not in reactions or probe:
                self._breakers.pop(endpoint)  # it answered: the endpoint lives
            if Reaction.COOL_DOWN in reactions:
                self._put_to_rest(model, endpoint, key, failure)

    def _count(self, breaker: _Breaker, failure: WireFailure, *, probe: bool) -> None:
        breaker.failures += 1
        if probe or breaker.failures >= FAILURES_TO_OPEN:
            first, most = OPEN_S
            breaker.open_until = self._clock() + min(most, first * 2**breaker.openings)
            breaker.openings += 1
            breaker.why = f"it failed {breaker.failures} times in a row; last: {failure.reason}"

    def _put_to_rest(
        self, model: str, endpoint: str, key: str | None, failure: WireFailure
    ) -> None:
        if failure.error == "auth" and key is not None:
            self._refused.setdefault(endpoint, {})[_digest(key)] = failure.reason
            return
        seconds = failure.retry_after if failure.retry_after is not None else REST_S[failure.error]
        self._rests[model] = _Rest(
            until=self._clock() + min(seconds, MAX_REST_S), why=failure.reason
        )


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
