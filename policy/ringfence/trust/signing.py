"""Private keys: in a PEM file, or in a key service or a hardware token that securesystemslib knows by URI."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringfence.trust.keys import BadKey, from_cryptography, read_public_key

if TYPE_CHECKING:
    from securesystemslib.signer import Signer

Ask = Callable[[str], str]
"""Asks for a secret by its name (a passphrase, a PIN)."""

MAX_BYTES = 64 * 1024


def load_signer(key: str, *, public_pem: str | None, ask: Ask) -> Signer:
    """The signer of a private key.

    Args:
        key: path of a PEM file, encrypted or not, or a URI such as `awskms:…`, `gcpkms:…`, `azurekms:…` or `hsm:…`.
        public_pem: the public key; a URI needs it, since it tells how to sign.
        ask: called when the key is encrypted, or the token wants a PIN.

    Raises:
        BadKey: when it cannot be used. The message never shows a key or a passphrase.
    """
    from securesystemslib.signer import SIGNER_FOR_URI_SCHEME

    scheme, colon, _ = key.partition(":")
    if colon and scheme in SIGNER_FOR_URI_SCHEME and not Path(key).exists():
        return _signer_at(key, scheme, public_pem, ask)
    return _signer_in(Path(key), ask)


def make_key() -> tuple[bytes, str]:
    """A new Ed25519 key: its private half and its public half, in PEM."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return (
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        public.decode("ascii"),
    )


def _signer_in(path: Path, ask: Ask) -> Signer:
    from securesystemslib.signer import CryptoSigner

    try:
        with path.open("rb") as file:
            pem = file.read(MAX_BYTES)
    except OSError as error:
        raise BadKey(f"{path}: the key cannot be read ({error.strerror or 'unreadable'})") from None
    private = _private_key(path, pem, ask)
    return CryptoSigner(private, from_cryptography(private.public_key()).key)


def _private_key(path: Path, pem: bytes, ask: Ask) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        try:
            return load_pem_private_key(pem, password=None)
        except TypeError:  # it is encrypted
            return load_pem_private_key(pem, password=ask("passphrase").encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey(
            f"{path}: not a private key in PEM, or not with this passphrase (openssl genpkey -algorithm ed25519 makes "
            "one)"
        ) from None


def _signer_at(uri: str, scheme: str, public_pem: str | None, ask: Ask) -> Signer:
    from securesystemslib.exceptions import UnsupportedLibraryError
    from securesystemslib.signer import Signer

    if public_pem is None:
        raise BadKey(f"a key at {scheme}: needs its public key beside it, as --public-key FILE")
    public = read_public_key(public_pem)
    try:
        return Signer.from_priv_key_uri(uri, public.key, ask)
    except UnsupportedLibraryError as error:
        raise BadKey(
            f"keys at {scheme}: need a library that is not installed ({error}); see the extras of securesystemslib, "
            "for example: pip install 'securesystemslib[awskms]'"
        ) from None
    except Exception as error:  # each service fails in its own ways
        raise _failed(scheme, error) from None


def sign_failed(key: str, error: Exception) -> BadKey:
    """What to say when a signer that was loaded cannot sign."""
    return _failed(key.partition(":")[0] if ":" in key else key, error)


def _failed(place: str, error: Exception) -> BadKey:
    said = " ".join(str(error).split())[:200]
    return BadKey(f"{place}: the key cannot be used ({type(error).__name__}: {said})")
