"""Keys come from the environment, then the keyring, and are never shown."""

from __future__ import annotations

import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked, NoKeyringError

from ringfence.credentials import SERVICE, Credentials

KEY = "-".join(["sk", "a1" * 12])


class InMemory(KeyringBackend):
    """A keyring that holds its secrets in memory, as a real backend is written."""

    priority = 1.0  # type: ignore[assignment]

    def __init__(self, entries: dict[tuple[str, str], str]) -> None:
        super().__init__()
        self.entries = entries

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password


class PlaintextKeyring(InMemory):
    """Named as keyrings.alt names the one that writes a readable file."""


class Chain(InMemory):
    def __init__(self, *links: KeyringBackend) -> None:
        super().__init__({})
        self.backends = links


class Broken(InMemory):
    def __init__(self, error: Exception) -> None:
        super().__init__({})
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error


def with_keyring(backend: KeyringBackend, **env: str) -> Credentials:
    return Credentials(env, backend=lambda: backend)


def test_the_environment_comes_first() -> None:
    keyring = InMemory({(SERVICE, "XAI_API_KEY"): "from-the-keyring"})
    credentials = with_keyring(keyring, XAI_API_KEY=KEY)
    assert (credentials.find("XAI_API_KEY"), credentials.source("XAI_API_KEY")) == (
        KEY,
        "environment",
    )
    assert credentials.reason("XAI_API_KEY") == ""


def test_the_keyring_comes_second() -> None:
    credentials = with_keyring(InMemory({(SERVICE, "XAI_API_KEY"): KEY}), XAI_API_KEY="  ")
    assert (credentials.find("XAI_API_KEY"), credentials.source("XAI_API_KEY")) == (KEY, "keyring")


def test_a_stray_newline_of_a_key_file_is_cut() -> None:
    assert with_keyring(InMemory({}), XAI_API_KEY=f"{KEY}\n").find("XAI_API_KEY") == KEY


def test_a_key_in_neither_place_is_none_with_a_reason() -> None:
    credentials = with_keyring(InMemory({}))
    assert (credentials.find("XAI_API_KEY"), credentials.source("XAI_API_KEY")) == (None, None)
    assert credentials.reason("XAI_API_KEY") == (
        "XAI_API_KEY is not set in the environment, and the keyring has no entry for it"
    )


@pytest.mark.parametrize(
    "error", [NoKeyringError("x"), KeyringLocked("x"), OSError("x"), RuntimeError(KEY)]
)
def test_a_keyring_that_fails_is_none_and_its_message_is_not_shown(error: Exception) -> None:
    credentials = with_keyring(Broken(error))
    assert credentials.find("XAI_API_KEY") is None
    assert credentials.reason("XAI_API_KEY").endswith(
        f"the keyring cannot be read ({type(error).__name__})"
    )


def test_a_headless_machine_has_no_keyring_and_says_so() -> None:
    credentials = with_keyring(fail.Keyring())
    assert credentials.find("XAI_API_KEY") is None
    assert credentials.reason("XAI_API_KEY").endswith("this machine has no keyring")


@pytest.mark.parametrize(
    "backend",
    [
        null.Keyring(),
        PlaintextKeyring({(SERVICE, "XAI_API_KEY"): KEY}),
        Chain(InMemory({}), PlaintextKeyring({(SERVICE, "XAI_API_KEY"): KEY})),
    ],
)
def test_a_backend_that_does_not_protect_keys_is_refused(backend: KeyringBackend) -> None:
    credentials = with_keyring(backend)
    assert credentials.find("XAI_API_KEY") is None
    assert credentials.reason("XAI_API_KEY").endswith("does not protect keys")


def test_nothing_shows_a_value() -> None:
    credentials = with_keyring(InMemory({}), XAI_API_KEY=KEY)
    shown = [repr(credentials), str(credentials), repr(credentials._look("XAI_API_KEY"))]
    assert not [text for text in shown if KEY in text]


def test_the_system_keyring_is_asked_without_an_error_on_any_machine() -> None:
    assert Credentials({}).find("RINGFENCE_A_VARIABLE_THAT_NOBODY_HAS") is None
