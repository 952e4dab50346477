"""The lock: which bytes a policy is made of, as `ringfence policy pin` writes them down and a signature covers them.

A lock has one spelling. Whatever is not byte for byte what `Lock.to_bytes` writes is no lock, so that no two files can
say the same and no byte of one can change unnoticed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

FORMAT = 1
MAX_BYTES = 1024 * 1024
MAX_SERIAL = 2**63 - 1
"""What the ledger's database can count to."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class BadLock(Exception):
    """These bytes are no lock. The message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """What was reviewed: the policy by name and serial, and the digest of each file."""

    name: str
    serial: int
    expires: date | None = None
    files: Mapping[str, str]
    """Name of each file of the policy, as it counts from the policy's folder → digest."""
    engine: Mapping[str, str] = field(default_factory=dict)
    """Part of the engine (`catalog`, `classifier`, `gate`) → digest. Empty: any version of ringfence will do."""

    def to_bytes(self) -> bytes:
        """The one spelling: JSON with sorted keys, indented by two, in ASCII, and a newline."""
        return to_canonical(
            {
                "engine": dict(self.engine),
                "expires": self.expires.isoformat() if self.expires else None,
                "files": dict(self.files),
                "format": FORMAT,
                "name": self.name,
                "serial": self.serial,
            }
        )

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """A lock out of its bytes.

        Raises:
            BadLock: for anything but what `to_bytes` writes.
        """
        value = read_canonical(content, BadLock)
        if value.get("format") != FORMAT:
            raise BadLock(f"its format is not {FORMAT}, the one that this ringfence knows")
        try:
            lock = cls(
                name=_text(value["name"]),
                serial=_serial(value["serial"]),
                expires=None if value["expires"] is None else _day(value["expires"]),
                files=_digests(value["files"]),
                engine=_digests(value["engine"]),
            )
        except KeyError as error:
            raise BadLock(f"it lacks {error}") from None
        except (TypeError, ValueError):
            raise BadLock("a value in it is of the wrong kind") from None
        if not lock.files:
            raise BadLock("it lists no file")
        if lock.to_bytes() != content:
            raise BadLock("it holds more than a lock holds")
        return lock

    def differences(self, files: Mapping[str, str], engine: Mapping[str, str]) -> Iterator[str]:
        """In what the files and the engine at hand are not those that the lock lists."""
        for name in sorted(self.files.keys() | files.keys()):
            listed, actual = self.files.get(name), files.get(name)
            if listed is None:
                yield f"{name} is not in the lock"
            elif actual is None:
                yield f"{name} is in the lock, and no file of this policy"
            elif listed != actual:
                yield f"{name} is not the file that was locked: it has digest {actual}, not {listed}"
        for part, listed in sorted(self.engine.items()):
            if listed != engine.get(part):
                yield (
                    f"the {part} of this ringfence is not the one that was locked (another version, or altered; 'pin "
                    "--files-only' leaves it out)"
                )


def to_canonical(value: Mapping[str, Any]) -> bytes:
    """JSON in one spelling."""
    return json.dumps(value, sort_keys=True, indent=2, ensure_ascii=True).encode("ascii") + b"\n"


def read_canonical(content: bytes, error: type[Exception]) -> dict[str, Any]:
    """A JSON object whose bytes are the one spelling of its value. Raises `error` for anything else."""
    if len(content) > MAX_BYTES:
        raise error(f"it is over {MAX_BYTES:,} bytes")
    try:
        value = json.loads(content.decode("ascii"))
        same = isinstance(value, dict) and to_canonical(value) == content
    except (ValueError, RecursionError):
        raise error("it is not JSON") from None
    if not isinstance(value, dict) or not same:
        raise error("it is not spelled as ringfence writes it: a byte was added, changed or moved")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def _serial(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MAX_SERIAL:
        raise TypeError
    return value


def _day(value: object) -> date:
    return date.fromisoformat(_text(value))


def _digests(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise TypeError
    for digest in value.values():
        if not _DIGEST.fullmatch(_text(digest)):
            raise ValueError
    return value
