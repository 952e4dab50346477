"""Where a model's key comes from: the environment, then the operating system's keyring. Values are never shown."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from typing_extensions import override

SERVICE = "ringfence"
"""The service under which keys stand in the keyring; the user name is the variable's name."""

_UNSAFE = ("plaintext", "unencrypted", ".null.")
"""In the full name of a keyring backend: it keeps secrets readable by anyone, or keeps none at all."""


class Backend(Protocol):
    """The one method of a keyring backend that is used here."""

    def get_password(self, service: str, username: str, /) -> str | None: ...


@dataclass(frozen=True, slots=True)
class _Found:
    value: str | None = field(default=None, repr=False)
    source: Literal["environment", "keyring"] | None = None
    reason: str = ""


class Credentials:
    """Finds keys by the name of their environment variable. Its repr and errors hold no value.

    Nothing is kept: a key that is changed in the keyring is used from the next call on.
    """

    __slots__ = ("_backend", "_env")

    def __init__(
        self,
        env: Mapping[str, str] | None = None,
        *,
        backend: Callable[[], Backend] | None = None,
    ) -> None:
        """Take keys from `env` (the process's own when None), then from `backend` (the system's keyring)."""
        self._env = os.environ if env is None else env
        self._backend = backend or _system_keyring

    def find(self, variable: str) -> str | None:
        """The key, or None when neither the environment nor the keyring has it."""
        return self._look(variable).value

    def source(self, variable: str) -> Literal["environment", "keyring"] | None:
        """Where `find` gets the key from."""
        return self._look(variable).source

    def reason(self, variable: str) -> str:
        """Why `find` gives None, in words fit to show; empty when it gives a key."""
        return self._look(variable).reason

    @override
    def __repr__(self) -> str:
        return "Credentials()"

    def _look(self, variable: str) -> _Found:
        value = self._env.get(variable, "").strip()
        if value:
            return _Found(value, "environment")
        return self._look_in_keyring(variable)

    def _look_in_keyring(self, variable: str) -> _Found:
        absent = f"{variable} is not set in the environment"
        # A keyring may fail in any way that its operating system can: none of them may stop a call
        # that needs no key, and the message of a foreign error may hold what we must not show (I4).
        try:
            backend = self._backend()
            problem = problem_with(backend)
            value = None if problem else backend.get_password(SERVICE, variable)
        except Exception as error:
            return _Found(
                reason=f"{absent}, and the keyring cannot be read ({type(error).__name__})"
            )
        if problem:
            return _Found(reason=f"{absent}, and {problem}")
        if not value or not value.strip():
            return _Found(reason=f"{absent}, and the keyring has no entry for it")
        return _Found(value.strip(), "keyring")


def _system_keyring() -> Backend:
    import keyring  # looks for backends when asked for one, which takes tens of milliseconds

    return keyring.get_keyring()


def problem_with(backend: Backend) -> str | None:
    """Why a backend is not used, or None. A chain is as unsafe as the least safe of its links."""
    links = list(getattr(backend, "backends", None) or [backend])
    names = [f"{type(link).__module__}.{type(link).__qualname__}" for link in links]
    if all(name.startswith("keyring.backends.fail.") for name in names):
        return "this machine has no keyring"
    unsafe = [name for name in names if any(word in name.lower() for word in _UNSAFE)]
    return f"the keyring backend {unsafe[0]} does not protect keys" if unsafe else None
