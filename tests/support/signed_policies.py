"""People with keys, and policies signed by them. Keys are made at run time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from securesystemslib.signer import CryptoSigner, SSlibKey

from ringfence.rules import parse_policy
from ringfence.trust import Lock, Signatures, digest_of

TODAY = date(2026, 11, 24)

KINDS: Mapping[str, Callable[[], Any]] = {
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "rsa": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "rsa1024": lambda: rsa.generate_private_key(public_exponent=65537, key_size=1024),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who can sign."""

    name: str
    private: Any

    @property
    def public_pem(self) -> str:
        return self.public(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def public(self, encoding: Encoding, form: PublicFormat) -> bytes:
        written: bytes = self.private.public_key().public_bytes(encoding, form)
        return written

    def private_pem(self, password: str | None = None) -> bytes:
        protection = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        written: bytes = self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection)
        return written

    @property
    def signer(self) -> CryptoSigner:
        return CryptoSigner(self.private, SSlibKey.from_crypto(self.private.public_key()))


def policy_text(**changes: Any) -> str:
    served = {"context_window": 32768, "tools": "native", "json_schema": True}
    local = {"model": "openai/local", "base_url": "http://127.0.0.1:9/v1", **served}
    values = {
        "ringfence": 1,
        "name": "acme",
        "serial": 3,
        "models": {"local-model": local},
        "gate": {"names": "off"},
        "routes": {"standard": ["local-model"]},
        **changes,
    }
    return yaml.safe_dump(values, sort_keys=False)


def lock_of(path: Path, **changes: Any) -> Lock:
    """The lock of a policy that stands alone."""
    content = path.read_bytes()
    document = parse_policy(content, today=date.min).document
    values: dict[str, Any] = {
        "name": document.name,
        "serial": document.serial,
        "expires": document.expires,
        "files": {path.name: digest_of(content)},
        **changes,
    }
    return Lock(**values)


def sign(payload: bytes, people: Sequence[Person]) -> bytes:
    signatures = Signatures.none_of(payload)
    for person in people:
        signatures.sign(person.signer)
    return signatures.to_bytes()
