"""The files that a policy is made of, each read once: the bytes that were hashed are the bytes that are parsed.

A file is opened once, without following a link that was put in its place meanwhile, and without waiting for anything:
what is not a plain file, is too large, or changes while it is read is refused.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from ringfence.errors import PolicyError, Problem
from ringfence.rules.yaml_source import MAX_BYTES
from ringfence.trust import digest_of

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)  # a link put there since the path was resolved
    | getattr(os, "O_NONBLOCK", 0)  # a FIFO without a writer must not hang
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file, as it was read."""

    name: str
    """Its path as it counts from the root's folder, with `/`: what a lock lists."""
    path: Path
    content: bytes
    digest: str
    """`sha256:…` of the content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySources:
    """All files of one policy. `root` is the file that was asked for; it stands last, after its bases."""

    root: Path
    files: tuple[SourceFile, ...]

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """Name and digest of each file."""
        return tuple((file.name, file.digest) for file in self.files)

    @property
    def digest(self) -> str:
        """The policy's digest: of its exact bytes if it stands alone, else of its files' names and digests."""
        if len(self.files) == 1:
            return self.files[0].digest
        listed = json.dumps([list(pair) for pair in self.names], separators=(",", ":"))
        return digest_of(listed.encode())


def read_sources(path: Path | str, *, content: bytes | None = None) -> PolicySources:
    """Read a policy's files, each once.

    Args:
        path: the policy.
        content: its bytes, where the caller has them already; `path` then only says where it stands.

    Raises:
        PolicyError: for a file that cannot be read.
    """
    root = Path(path)
    try:
        raw = read_file(root) if content is None else content
    except Unreadable as error:
        message = f"{error}; check the path, or write one with: ringfence policy init"
        raise PolicyError([Problem(file=str(path), line=0, column=0, message=message)]) from None
    file = SourceFile(name=root.name, path=root, content=raw, digest=digest_of(raw))
    return PolicySources(root=root, files=(file,))


class Unreadable(Exception):
    """A file cannot be read; the message says why."""


def read_file(path: Path) -> bytes:
    """The bytes of a plain file, and one more than `MAX_BYTES` of a larger one.

    Raises:
        Unreadable: it is not there, not a plain file, or changes while it is read.
    """
    try:
        descriptor = os.open(os.path.realpath(path, strict=True), _FLAGS)
    except OSError as error:
        raise Unreadable(_reason(error)) from None
    except ValueError:
        raise Unreadable("cannot be read (its path is none)") from None
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise Unreadable("cannot be read (not a plain file)")
        content = _read(descriptor)
        if _version(os.fstat(descriptor)) != _version(before):
            raise Unreadable("changed while it was read; try again when it is written")
    except OSError as error:
        raise Unreadable(_reason(error)) from None
    finally:
        os.close(descriptor)
    return content


def _read(descriptor: int) -> bytes:
    parts: list[bytes] = []
    left = MAX_BYTES + 1
    while left and (part := os.read(descriptor, left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _version(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _reason(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "cannot be read (its links go round in a circle, or it was swapped for a link)"
    return f"cannot be read ({error.strerror or 'unreadable'})"
