"""Keys made at run time, trust roots that list them, and policies signed with them.

Fixtures
    make_key       `make_key("alice")` gives a `Person`: a private key, and its public half as PEM. `kind` picks the
                   algorithm. The same name and kind give the same key within a test.
    write_root     `write_root(alice, bob, threshold=2, …)` writes a trust root and returns its path.
    write_signed   `write_signed(alice, bob, serial=3, …)` writes a policy with its lock and signatures beside it, and
                   returns its path. Models are two servers on loopback that are never called.
    load           `load(policy, root)` loads as every door does, with an environment of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from signed_policies import KINDS, TODAY, Person, lock_of, policy_text, sign

from ringfence.in_force import policy_in_force
from ringfence.rules import Policy


@pytest.fixture
def make_key() -> Callable[..., Person]:
    made: dict[tuple[str, str], Person] = {}

    def make(name: str, kind: str = "ed25519") -> Person:
        if (name, kind) not in made:
            made[name, kind] = Person(name=name, private=KINDS[kind]())
        return made[name, kind]

    return make


@pytest.fixture
def alice(make_key: Callable[..., Person]) -> Person:
    return make_key("alice")


@pytest.fixture
def bob(make_key: Callable[..., Person]) -> Person:
    return make_key("bob")


@pytest.fixture
def mallory(make_key: Callable[..., Person]) -> Person:
    """Somebody whom no trust root lists."""
    return make_key("mallory")


@pytest.fixture
def write_root(tmp_path: Path) -> Callable[..., Path]:
    def write(
        *people: Person,
        threshold: Any = 1,
        expires: Mapping[str, str] | None = None,
        name: str = "trust.yaml",
        **more: Any,
    ) -> Path:
        keys = {
            person.name: {"public": person.public_pem}
            | ({"expires": expires[person.name]} if expires and person.name in expires else {})
            for person in people
        }
        path = tmp_path / name
        path.write_text(
            yaml.safe_dump(
                {"ringfence_trust": 1, "threshold": threshold, "keys": keys, **more},
                sort_keys=False,
            )
        )
        path.chmod(0o644)
        return path

    return write


@pytest.fixture
def write_signed(tmp_path: Path) -> Callable[..., Path]:
    def write(
        *people: Person,
        file: str = "policy.yaml",
        lock: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> Path:
        path = tmp_path / file
        path.write_text(policy_text(**changes))
        payload = lock_of(path, **(lock or {})).to_bytes()
        path.with_name(f"{file}.lock").write_bytes(payload)
        path.with_name(f"{file}.sig").write_bytes(sign(payload, people))
        return path

    return write


@pytest.fixture
def load() -> Callable[..., Policy]:
    def load_it(path: Path, root: Path | None = None, *, today: date = TODAY) -> Policy:
        return policy_in_force(path, env={}, trust_root=root, today=today)

    return load_it
