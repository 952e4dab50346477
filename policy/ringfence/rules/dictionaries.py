"""Dictionaries: lists of phrases (real customers, projects) as files of keyed hashes, so that nobody can read them.

A file is one line of JSON and then hashes of 16 bytes, sorted: first of the words that begin a longer phrase, then of
the phrases with one word, two words and so on. The line says how many there are of each, the salt, and which key made
them. The hash is BLAKE2b (RFC 7693) of the folded words (`ringfence.rules.phrases`) with the key and the salt.

The key stands in `RINGFENCE_DICTIONARY_KEY`, the keyring, or a 0600 file. Who holds both the key and a file can test
guesses; who holds the file alone learns how many phrases there are, and of how many words.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import platformdirs

from ringfence import keyfile
from ringfence.credentials import Credentials
from ringfence.keyfile import BadKey
from ringfence.rules.phrases import MAX_WORDS, folded_words
from ringfence.trust import digest_of

VARIABLE = "RINGFENCE_DICTIONARY_KEY"
VERSION = 1
SIZE = 16
"""Bytes of a hash: a chance match of any text with a million phrases is out of the question."""
MAX_BYTES = 64 * 1024 * 1024
_MAX_HEADER = 4096
_STARTS = "starts"


class BadDictionary(Exception):
    """The file cannot be used. The message says why and what to do."""


class BadPhrases(Exception):
    """Lines of a list that are no phrase. `lines` are their numbers, from 1."""

    def __init__(self, lines: Iterable[int]) -> None:
        self.lines = tuple(lines)
        super().__init__(f"{len(self.lines)} lines")


@dataclass(frozen=True, kw_only=True)
class Dictionary:
    """The phrases of a file, as hashes."""

    digest: str
    starts: frozenset[bytes] = field(repr=False)
    """Of the first words of phrases with more than one."""
    phrases: Mapping[int, frozenset[bytes]] = field(repr=False)
    """Number of words → the hashes of the phrases with so many."""
    salt: bytes = field(repr=False)
    key: bytes = field(repr=False)

    @cached_property
    def longer(self) -> tuple[int, ...]:
        """How many words the phrases with more than one have, ascending."""
        return tuple(sorted(count for count in self.phrases if count > 1))

    @cached_property
    def _hasher(self) -> hashlib.blake2b:
        return _hasher(self.key, self.salt)

    def hash(self, folded: str) -> bytes:
        """The keyed hash of folded words with one space between them."""
        hasher = self._hasher.copy()
        hasher.update(folded.encode("utf-8", "surrogatepass"))
        return hasher.digest()


def _hasher(key: bytes, salt: bytes) -> hashlib.blake2b:
    return hashlib.blake2b(key=key[:64], salt=salt, person=b"ringfence-dict", digest_size=SIZE)


def key_id(key: bytes) -> str:
    """Sixteen digits that name a key and tell nothing of it."""
    return hashlib.blake2b(key=key[:64], person=b"ringfence-key-id", digest_size=8).hexdigest()


def key_file() -> Path:
    """Where the key lives when neither the environment nor the keyring has it."""
    return platformdirs.user_data_path("ringfence") / "dictionary.key"


def find_key(env: Mapping[str, str]) -> bytes | None:
    """The key of dictionaries: from the environment, the keyring or the key file; None when there is none.

    Raises:
        BadKey: when there is one and it cannot be used.
    """
    path = key_file()
    if written := Credentials(env).find(VARIABLE):
        return keyfile.parse(written, VARIABLE)
    try:
        return keyfile.read(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise BadKey(f"the key {path} cannot be read ({reason})") from None


def make(lines: Iterable[str], key: bytes, *, salt: bytes | None = None) -> bytes:
    """The file of a list with one phrase a line; blank lines do not count.

    Raises:
        BadPhrases: for lines with no word or with more than `MAX_WORDS`.
    """
    salt = secrets.token_bytes(16) if salt is None else salt
    hasher = _hasher(key, salt)

    def hashed(words: str) -> bytes:
        one = hasher.copy()
        one.update(words.encode("utf-8", "surrogatepass"))
        return one.digest()

    parts: dict[str, set[bytes]] = {_STARTS: set()}
    wrong = []
    for number, line in enumerate(lines, 1):
        words = folded_words(line)
        if not line.strip():
            continue
        if not 1 <= len(words) <= MAX_WORDS:
            wrong.append(number)
            continue
        parts.setdefault(str(len(words)), set()).add(hashed(" ".join(words)))
        if len(words) > 1:
            parts[_STARTS].add(hashed(words[0]))
    if wrong:
        raise BadPhrases(wrong)
    names = [_STARTS, *sorted((name for name in parts if name != _STARTS), key=int)]
    header = {
        "ringfence_dictionary": VERSION,
        "key_id": key_id(key),
        "salt": salt.hex(),
        "counts": {name: len(parts[name]) for name in names},
    }
    body = b"".join(hash_ for name in names for hash_ in sorted(parts[name]))
    return json.dumps(header).encode("ascii") + b"\n" + body


def counts_of(raw: bytes) -> dict[int, int]:
    """Number of words → how many phrases have so many.

    Raises:
        BadDictionary: when the bytes are no dictionary.
    """
    counts = _header(raw)[2]
    return {int(name): count for name, count in counts.items() if name != _STARTS}


def read(raw: bytes, key: bytes) -> Dictionary:
    """The dictionary in a file's bytes.

    Raises:
        BadDictionary: when they are none, are damaged, or were made with another key.
    """
    made_with, salt, counts, at = _header(raw)
    if made_with != key_id(key):
        raise BadDictionary(
            f"made with the key {made_with}, and the key here is {key_id(key)}; set {VARIABLE} to the key that made it"
        )
    if len(raw) - at != SIZE * sum(counts.values()):
        raise BadDictionary("cut short or damaged; copy it again")
    parts: dict[str, frozenset[bytes]] = {}
    for name, count in counts.items():
        end = at + SIZE * count
        parts[name] = frozenset(raw[i : i + SIZE] for i in range(at, end, SIZE))
        at = end
    return Dictionary(
        digest=digest_of(raw),
        starts=parts.pop(_STARTS),
        phrases={int(name): hashes for name, hashes in parts.items()},
        salt=salt,
        key=key,
    )


def _header(raw: bytes) -> tuple[str, bytes, dict[str, int], int]:
    """(key id, salt, counts, where the hashes begin)."""
    end = raw.find(b"\n", 0, _MAX_HEADER)
    try:
        header = json.loads(raw[:end] if end > 0 else b"")
        version = header["ringfence_dictionary"]
        if version != VERSION:
            raise BadDictionary("of a version that is not known here; make it again")
        counts = {str(name): int(count) for name, count in header["counts"].items()}
        salt = bytes.fromhex(header["salt"])
        known = {_STARTS, *map(str, range(1, MAX_WORDS + 1))}
        if len(salt) != 16 or not known.issuperset(counts) or _STARTS not in counts:
            raise ValueError
        if min(counts.values()) < 0:
            raise ValueError
        return str(header["key_id"]), salt, counts, end + 1
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadDictionary(
            "not a dictionary; make one with: ringfence policy dictionary LIST.txt -o FILE"
        ) from None
