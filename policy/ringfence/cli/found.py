"""What this machine has for a first policy: providers' keys, and models that run here. Quick, and silent on failure."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ringfence.dispatch.local_servers import ServedModel

PATIENCE_S = 2.0
"""For the keyring: one that asks for a password, or hangs, is left behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Variables with a key, and where each was found; models of servers on this machine, largest first."""

    keys: Mapping[str, str]
    served: tuple[ServedModel, ...]

    def in_words(self) -> str:
        """What was found, a line a kind, for who asked. Names of models are text from a server."""
        keys = ", ".join(f"{name} ({place})" for name, place in sorted(self.keys.items()))
        servers = dict.fromkeys(model.base_url for model in self.served)
        lines = [f"keys found: {keys or 'none'}"]
        lines.append(f"local servers found: {', '.join(servers) or 'none'}")
        return "".join(f"{line}\n" for line in lines)

    def __bool__(self) -> bool:
        return bool(self.keys or self.served)


def look(variables: Iterable[str], env: Mapping[str, str]) -> Found:
    """Look for keys in the environment and the keyring, and for servers on loopback."""
    from ringfence.dispatch.local_servers import find_served

    return Found(keys=_keys(variables, env), served=find_served())


def _keys(variables: Iterable[str], env: Mapping[str, str]) -> Mapping[str, str]:
    from ringfence.credentials import Credentials

    names = sorted(variables)
    found = {name: "environment" for name in names if env.get(name, "").strip()}

    def ask() -> None:
        keyring = Credentials(env={})
        for name in names:
            if name not in found and keyring.source(name) is not None:
                asked[name] = "keyring"

    asked: dict[str, str] = {}
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    return found | dict(asked)
