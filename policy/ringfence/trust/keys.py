"""Public keys in PEM, as a trust root lists them: Ed25519, ECDSA (P-256, P-384) and RSA (PSS with SHA-256)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from securesystemslib.signer import SSlibKey

MIN_RSA_BITS = 2048
"""NIST SP 800-131A, revision 2, table 2: shorter moduli are disallowed for signatures."""

_BEGIN = "-----BEGIN "


class BadKey(Exception):
    """The key cannot be used; the message says why, and what to write instead. It never shows the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A key that signatures are checked with."""

    key: SSlibKey
    identity: tuple[str, int]
    """Equal for two spellings of one key: its kind, and the number that its private half is worth."""

    @property
    def id(self) -> str:
        """The key's id in an envelope: 64 hexadecimal digits, of the key and its kind alone."""
        return self.key.keyid


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A key of a trust root, under the name that it has there."""

    name: str
    public: PublicKey
    expires: date | None = None
    """The last day on which its signatures count."""

    def expired(self, today: date) -> bool:
        return self.expires is not None and self.expires < today


def read_public_key(pem: str) -> PublicKey:
    """The key of a PEM text.

    Raises:
        BadKey: for anything but one public key of a kind that can sign a policy.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if "PRIVATE KEY" in pem:
        raise BadKey(
            "this is a private key: write the public one (openssl pkey -in KEY -pubout), and make a new "
            "pair if others could read this file"
        )
    if pem.count(_BEGIN) != 1:
        raise BadKey("write one public key in PEM (-----BEGIN PUBLIC KEY-----)")
    try:
        loaded = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise BadKey(
            "not a public key in PEM; copy it whole from: openssl pkey -in KEY -pubout"
        ) from None
    return from_cryptography(loaded)


def from_cryptography(loaded: PublicKeyTypes) -> PublicKey:
    """A key that cryptography has loaded. Raises `BadKey` for one of another kind."""
    from securesystemslib.signer import SSlibKey

    identity = _identity(loaded)
    return PublicKey(key=SSlibKey.from_crypto(loaded), identity=identity)


def _identity(loaded: PublicKeyTypes) -> tuple[str, int]:
    """What two spellings of a key share, and a key and its negative too: who can sign with one can with both."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(loaded, ed25519.Ed25519PublicKey):
        point = int.from_bytes(loaded.public_bytes_raw(), "little")
        return "ed25519", (point & ~(1 << 255)) % (2**255 - 19)
    if isinstance(loaded, ec.EllipticCurvePublicKey) and isinstance(
        loaded.curve, ec.SECP256R1 | ec.SECP384R1
    ):
        return loaded.curve.name, loaded.public_numbers().x
    if isinstance(loaded, rsa.RSAPublicKey) and loaded.key_size >= MIN_RSA_BITS:
        return "rsa", loaded.public_numbers().n
    raise BadKey(
        f"a key of this kind cannot sign a policy: use Ed25519, ECDSA on P-256 or P-384, or RSA of {MIN_RSA_BITS} bits "
        "or more"
    )
