"""The exact bytes that are hashed and signed, pinned: a change of them would make every signature void."""

from __future__ import annotations

import base64
import json
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.signer import CryptoSigner, SSlibKey

from ringfence.trust import BadEnvelope, BadLock, Lock, Signatures, digest_of
from ringfence.trust.lock import to_canonical

LOCK = Lock(
    name="acme",
    serial=7,
    expires=date(2027, 6, 30),
    files={"policy.yaml": "sha256:" + "a" * 64, "base/café.yaml": "sha256:" + "b" * 64},
    engine={"gate": "sha256:" + "c" * 64, "catalog": "sha256:" + "d" * 64},
)
GOLDEN_LOCK = (
    b'{\n  "engine": {\n    "catalog": "sha256:' + b"d" * 64 + b'",\n    "gate": "sha256:'
    b""
    + b"c"
    * 64
    + b'"\n  },\n  "expires": "2027-06-30",\n  "files": {\n    "base/caf\\u00e9.yaml": '
    b'"sha256:' + b"b" * 64 + b'",\n    "policy.yaml": "sha256:' + b"a" * 64 + b'"\n  },\n'
    b'  "format": 1,\n  "name": "acme",\n  "serial": 7\n}\n'
)
SEED = bytes(range(32))
"""A private key that this test alone knows. Ed25519 signs without chance, so the bytes are fixed."""


def signer() -> CryptoSigner:
    private = Ed25519PrivateKey.from_private_bytes(SEED)
    return CryptoSigner(private, SSlibKey.from_crypto(private.public_key()))


def test_the_bytes_of_a_lock() -> None:
    assert LOCK.to_bytes() == GOLDEN_LOCK
    assert Lock.parse(GOLDEN_LOCK) == LOCK


def test_a_lock_that_says_more_than_a_lock_is_none() -> None:
    with pytest.raises(BadLock, match="it holds more than a lock holds"):
        Lock.parse(to_canonical({**json.loads(GOLDEN_LOCK), "note": "x"}))


def test_the_bytes_that_are_signed() -> None:
    """DSSE's pre-authentication encoding: `DSSEv1 SP len(type) SP type SP len(body) SP body`."""
    signed = b"DSSEv1 35 application/vnd.ringfence.lock+json %d %b" % (
        len(GOLDEN_LOCK),
        GOLDEN_LOCK,
    )
    signatures = Signatures.none_of(GOLDEN_LOCK)
    signatures.sign(signer())
    value = json.loads(signatures.to_bytes())
    expected = Ed25519PrivateKey.from_private_bytes(SEED).sign(signed)
    assert base64.b64decode(value["signatures"][0]["sig"]) == expected


def test_the_bytes_of_an_envelope() -> None:
    signatures = Signatures.none_of(GOLDEN_LOCK)
    signatures.sign(signer())
    assert (
        digest_of(signatures.to_bytes())
        == "sha256:3380387363a60e0796ee3a6144e66e8d72f0f16b944e091d5c8b3196ad446e4d"
    )
    assert signatures.key_ids == (
        "63d00ee3cf4f5c61ad94efa696c68f13b608fe56ecea13fb144a6fd18e9235b9",
    )


@given(
    st.builds(
        Lock,
        name=st.text(min_size=1, max_size=20),
        serial=st.integers(1, 2**63 - 1),
        expires=st.none() | st.dates(),
        files=st.dictionaries(
            st.text(max_size=20), st.binary().map(digest_of), min_size=1, max_size=4
        ),
        engine=st.dictionaries(st.text(max_size=9), st.binary().map(digest_of), max_size=3),
    )
)
def test_a_lock_comes_back_from_its_bytes(lock: Lock) -> None:
    assert Lock.parse(lock.to_bytes()) == lock


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_wild_bytes_are_neither_a_lock_nor_an_envelope(raw: bytes) -> None:
    with pytest.raises(BadLock):
        Lock.parse(raw)
    with pytest.raises(BadEnvelope):
        Signatures.parse(raw)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
)


@given(st.sampled_from(["name", "serial", "expires", "files", "engine", "format"]), _JSON)
def test_a_lock_with_a_value_of_another_kind_is_none(key: str, value: object) -> None:
    whole = json.loads(GOLDEN_LOCK)
    raw = to_canonical({**whole, key: value})
    try:
        lock = Lock.parse(raw)
    except BadLock:
        return
    assert lock.to_bytes() == raw


@given(st.sampled_from(["payload", "payloadType", "signatures"]), _JSON)
def test_an_envelope_with_a_value_of_another_kind_is_none(key: str, value: object) -> None:
    signatures = Signatures.none_of(GOLDEN_LOCK)
    signatures.sign(signer())
    raw = to_canonical({**json.loads(signatures.to_bytes()), key: value})
    try:
        found = Signatures.parse(raw)
    except BadEnvelope:
        return
    assert found.to_bytes() == raw
