"""JSON Web Tokens and private keys: the two kinds of secret that carry their own grammar."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable

from ringfence.gate.recognizer import Hit, Text

_JWT = re.compile(
    r"eyJ[A-Za-z0-9_-]{12,4000}\.[A-Za-z0-9_-]{8,16000}(?:\.[A-Za-z0-9_-]{0,8000}){0,3}"
)
_BEGIN = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----|---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----"
    r"|PuTTY-User-Key-File-\d:|PuTTY-User-Key-File-\d\b"
)
_BODY = re.compile(r"[A-Za-z0-9+/=]{16,}")
# "-----BEGIN [RSA|EC|OPENSSH|DSA|ENCRYPTED] PRIVATE KEY" as base64 prints it.
_ENCODED = re.compile(
    r"LS0tLS1CRUdJTi(?:BSU0EgUFJJVkFURS|BQUklWQVRFIE|BPUEVOU1NIIFBSSVZBVEUg|BFQyBQUklWQVRFIE"
    r"|BEU0EgUFJJVkFURS|BFTkNSWVBURUQgUFJJVkFURS)[A-Za-z0-9+/=\s]{0,8000}"
)
# A header's line may be followed by one or two lines about encryption before the body.
_REACH = 300


class JwtRecognizer:
    """A token whose first part decodes to a JOSE header (RFC 7515, RFC 7519)."""

    name = "secrets.jwt"

    def find(self, text: Text) -> Iterable[Hit]:
        """Tokens with or without their signature: the claims alone are personal."""
        if "eyJ" not in text.value:
            return ()
        return [
            Hit(entity="JWT", start=match.start(), end=match.end(), score=0.95, why="jwt")
            for match in _JWT.finditer(text.value)
            if _is_header(match.group().split(".", 1)[0])
        ]


def _is_header(part: str) -> bool:
    try:
        header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return False
    return isinstance(header, dict) and bool({"alg", "typ", "enc"} & header.keys())


class PrivateKeyRecognizer:
    """PEM, OpenSSH, PGP and PuTTY private keys, plain or as base64 of the whole file."""

    name = "secrets.private_key"

    def find(self, text: Text) -> Iterable[Hit]:
        """A header with key material behind it, or one that the text ends on."""
        value = text.value
        hits = []
        if "BEGIN" in value or "PuTTY" in value:
            hits += [
                self._hit(match.start(), self._end(value, match.end()))
                for match in _BEGIN.finditer(value)
                if self._has_body(value, match.end())
            ]
        if "LS0tLS1CRUdJTi" in value:
            hits += [self._hit(*match.span()) for match in _ENCODED.finditer(value)]
        return hits

    @staticmethod
    def _hit(start: int, end: int) -> Hit:
        return Hit(entity="PRIVATE_KEY", start=start, end=end, score=0.99, why="private-key")

    @staticmethod
    def _has_body(value: str, at: int) -> bool:
        following = value[at : at + _REACH]
        if not following.strip(" \r\n\t\"'`;,)\\n"):
            return not following.strip("\r\n ")  # cut off after its header; in quotes it is code
        return bool(_BODY.search(following))

    @staticmethod
    def _end(value: str, at: int) -> int:
        end = value.find("-----END", at, at + 20_000)
        return value.find("\n", end) % (len(value) + 1) if end >= 0 else min(len(value), at + 2000)
