"""The trust root: whose signatures make a policy valid, and how many of them it takes.

```yaml
ringfence_trust: 1
threshold: 2
minimum_serial: 7        # optional: no policy below it loads
policy: acme             # optional: no policy of another name loads
keys:
  alice:
    public: |
      -----BEGIN PUBLIC KEY-----
      ...
    expires: 2027-06-30  # optional: the last day on which its signatures count
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeGuard

from ringfence.trust.keys import BadKey, TrustedKey, read_public_key
from ringfence.trust.lock import MAX_SERIAL

Place = tuple[str | int, ...]
Fault = tuple[Place, str]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_KNOWN = ("ringfence_trust", "threshold", "minimum_serial", "policy", "keys")
_KNOWN_OF_KEY = ("public", "expires")
MAX_KEYS = 100


class BadRoot(Exception):
    """What is wrong with a trust root: (place, message) of each fault, every message fit to show."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(message for _, message in faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRoot:
    """Who must have signed. `source` is the file it came from."""

    source: str
    threshold: int
    keys: tuple[TrustedKey, ...]
    minimum_serial: int = 1
    policy: str | None = None


def make_root(value: object, *, source: str) -> TrustRoot:
    """A trust root from the values of its file.

    Raises:
        BadRoot: with every fault: unknown keys, a threshold that cannot be met or asks for nothing, a key that is none,
            or one that is listed twice in whatever spelling.
    """
    if not isinstance(value, dict) or value.get("ringfence_trust") != 1:
        raise BadRoot((((), "a trust root is a mapping that starts with 'ringfence_trust: 1'"),))
    keys: dict[str, TrustedKey] = {}
    faults = (*_unknown(value, _KNOWN, ()), *_read_keys(value.get("keys"), keys))
    faults += tuple(_check_numbers(value, len(keys)))
    if faults:
        raise BadRoot(faults)
    return TrustRoot(
        source=source,
        threshold=value["threshold"],
        keys=tuple(keys.values()),
        minimum_serial=value.get("minimum_serial", 1),
        policy=value.get("policy"),
    )


def _check_numbers(value: Mapping[str, Any], keys: int) -> Iterator[Fault]:
    threshold = value.get("threshold")
    if not _is_whole(threshold) or threshold < 1:
        yield (
            ("threshold",),
            "'threshold' is how many keys must have signed: a whole number from 1",
        )
    elif threshold > keys > 0:
        yield (
            ("threshold",),
            f"'threshold' is {threshold}, and there are {keys} keys: nothing could be signed",
        )
    serial = value.get("minimum_serial", 1)
    if not _is_whole(serial) or not 1 <= serial <= MAX_SERIAL:
        yield ("minimum_serial",), "'minimum_serial' is a whole number from 1"
    policy = value.get("policy", "any")
    if not isinstance(policy, str) or not _NAME.fullmatch(policy):
        yield ("policy",), "'policy' is the name of a policy"


def _read_keys(value: object, keys: dict[str, TrustedKey]) -> Iterator[Fault]:
    """Add each key to `keys`, or yield what is wrong with it."""
    if not isinstance(value, dict) or not value:
        yield ("keys",), "'keys' maps a name to each key that may sign; write at least one"
        return
    if len(value) > MAX_KEYS:
        yield ("keys",), f"over {MAX_KEYS} keys; list those who sign"
        return
    seen: dict[tuple[str, int], str] = {}
    for name, entry in value.items():
        place: Place = ("keys", name)
        faults = tuple(_check_key(name, entry))
        yield from ((place + at, message) for at, message in faults)
        if faults:
            continue
        expires = entry.get("expires")
        try:
            public = read_public_key(entry["public"])
        except BadKey as error:
            yield (*place, "public"), str(error)
            continue
        twin = seen.setdefault(public.identity, name)
        if twin != name:
            yield (
                (*place, "public"),
                f"the same key as '{twin}': one key is one signature; keep one",
            )
        keys[name] = TrustedKey(
            name=name, public=public, expires=date.fromisoformat(expires) if expires else None
        )


def _check_key(name: str, entry: object) -> Iterator[Fault]:
    if not _NAME.fullmatch(name):
        yield (), "a key's name is made of letters, digits, '.', '_' and '-'"
    if not isinstance(entry, dict) or not isinstance(entry.get("public"), str):
        yield (), "a key is written as 'public: |' and its PEM text, indented, below"
        return
    yield from _unknown(entry, _KNOWN_OF_KEY, ())
    expires = entry.get("expires")
    if expires is not None and not _is_day(expires):
        yield ("expires",), "'expires' is a day like 2027-06-30"


def _unknown(value: Mapping[str, Any], known: tuple[str, ...], place: Place) -> Iterator[Fault]:
    for key in value:
        if key not in known:
            yield (*place, key), f"unknown key '{key}'; known are {', '.join(known)}"


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_day(value: object) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
