"""The envelope of signatures: DSSE, with the lock's exact bytes as its payload.

securesystemslib makes and checks the signatures. It takes any spelling of an envelope, ours takes one: the file must be
byte for byte what `seal` writes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ringfence.trust.lock import read_canonical, to_canonical

if TYPE_CHECKING:
    from datetime import date

    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import Signer

    from ringfence.trust.keys import TrustedKey

PAYLOAD_TYPE = "application/vnd.ringfence.lock+json"


class BadEnvelope(Exception):
    """These bytes are no envelope of ours. The message says why."""


State = Literal["valid", "invalid", "expired", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One signature, and what it is worth: `unknown` is one by a key that the trust root does not list."""

    key: str
    """The key's name in the trust root; its id when it is not there."""
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatures:
    """The signatures of one lock."""

    payload: bytes
    _envelope: Envelope = field(repr=False)

    @classmethod
    def none_of(cls, payload: bytes) -> Signatures:
        """An envelope that nobody has signed yet."""
        from securesystemslib.dsse import Envelope

        return cls(payload=payload, _envelope=Envelope(payload, PAYLOAD_TYPE, {}))

    @classmethod
    def parse(cls, content: bytes) -> Signatures:
        """Read an envelope.

        Raises:
            BadEnvelope: for another payload type, and anything but what `to_bytes` writes.
        """
        from securesystemslib.dsse import Envelope

        value = read_canonical(content, BadEnvelope)
        if value.get("payloadType") != PAYLOAD_TYPE:
            raise BadEnvelope(f"its payload is not of type {PAYLOAD_TYPE}")
        try:
            envelope = Envelope.from_dict(value)
            found = cls(payload=envelope.payload, _envelope=envelope)
            same = found.to_bytes() == content
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadEnvelope("it is not a DSSE envelope") from None
        if not same:
            raise BadEnvelope("it holds more than an envelope holds, or spells it in another way")
        return found

    def to_bytes(self) -> bytes:
        """The one spelling of this envelope, its signatures in the order of their keys' ids."""
        value = self._envelope.to_dict()
        signatures = [{"keyid": item["keyid"], "sig": item["sig"]} for item in value["signatures"]]
        return to_canonical({**value, "signatures": sorted(signatures, key=lambda s: s["keyid"])})

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of the keys that are said to have signed."""
        return tuple(sorted(self._envelope.signatures))

    def sign(self, signer: Signer) -> None:
        """Add a signature, in the place of an earlier one by the same key."""
        self._envelope.sign(signer)

    def check(self, keys: Iterable[TrustedKey], *, today: date) -> tuple[Checked, ...]:
        """What each signature is worth. One key counts once: an envelope holds one signature of a key at most."""
        from securesystemslib.exceptions import UnverifiedSignatureError

        by_id = {key.public.id: key for key in keys}
        message = self._envelope.pae()
        checked = []
        for key_id, signature in sorted(self._envelope.signatures.items()):
            key = by_id.get(key_id)
            if key is None:
                checked.append(Checked(key=key_id, state="unknown"))
                continue
            state: State = "expired" if key.expired(today) else "valid"
            try:
                key.public.key.verify_signature(signature, message)
            except UnverifiedSignatureError:  # of which VerificationError is a kind
                state = "invalid"
            checked.append(Checked(key=key.name, state=state))
        return tuple(checked)
