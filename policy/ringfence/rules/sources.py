"""The files that a policy is made of, each read once: the bytes that were hashed are the bytes that are parsed.

A file is opened once, without following a link that was put in its place meanwhile, and without waiting for anything:
what is not a plain file, is too large, or changes while it is read is refused.
"""

from __future__ import annotations

import errno
import json
import os
import posixpath
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from typing_extensions import override

from ringfence.errors import PolicyError, Problem
from ringfence.rules.yaml_source import MAX_BYTES, Source, read_yaml
from ringfence.trust import digest_of

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)  # a link put there since the path was resolved
    | getattr(os, "O_NONBLOCK", 0)  # a FIFO without a writer must not hang
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


MAX_FILES = 16
"""Files of one policy, bases of bases included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file, as it was read."""

    name: str
    """Its path as it counts from the root's folder, with `/`: what a lock lists. Absolute where one was written."""
    path: Path
    content: bytes
    digest: str
    """`sha256:…` of the content."""
    source: Source | None = field(default=None, repr=False, compare=False)
    """Its values and their places; None where it is not strict YAML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySources:
    """All files of one policy. `root` is the file that was asked for; it stands last, after its bases.

    A base stands before what extends it, and once, however many extend it. `problems` says which bases could not be
    read and which files are not YAML: such sources can be held against a digest, and never make a policy.
    """

    root: Path
    files: tuple[SourceFile, ...]
    problems: tuple[Problem, ...] = ()

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

    @override
    def __str__(self) -> str:
        """Where the policy comes from, for people: its file, and the bases that it extends."""
        bases = ", ".join(file.name for file in self.files[:-1])
        return f"{self.root} (extends {bases})" if bases else str(self.root)


def read_sources(path: Path | str, *, content: bytes | None = None) -> PolicySources:
    """Read a policy's files, each once.

    Args:
        path: the policy.
        content: its bytes, where the caller has them already; `path` then only says where it stands.

    Raises:
        PolicyError: for a policy that cannot be read. What is wrong with its bases is in `problems`.
    """
    root = Path(path)
    try:
        raw = read_file(root) if content is None else content
    except Unreadable as error:
        message = f"{error}; check the path, or write one with: ringfence policy init"
        raise PolicyError([Problem(file=str(path), line=0, column=0, message=message)]) from None
    gathering = _Gathering(root)
    gathering.add(root.name, root, raw)
    return PolicySources(
        root=root, files=tuple(gathering.files), problems=tuple(gathering.problems)
    )


class _Gathering:
    """One policy's files: a base before what extends it, each once."""

    def __init__(self, root: Path) -> None:
        self._folder = root.parent
        self._seen: set[str] = set()
        self._extending: list[str] = []
        self.files: list[SourceFile] = []
        self.problems: list[Problem] = []

    def add(self, name: str, path: Path, content: bytes) -> None:
        try:
            source = read_yaml(content, file=str(path))
        except PolicyError as error:
            source = None
            self.problems.extend(error.problems)
        self._seen.add(os.path.realpath(path))
        self._extending.append(os.path.realpath(path))
        if source is not None:
            self._extend_all(name, source)
        self._extending.pop()
        self.files.append(
            SourceFile(
                name=name, path=path, content=content, digest=digest_of(content), source=source
            )
        )

    def _extend_all(self, child: str, source: Source) -> None:
        bases = _bases(source)
        for index, base in enumerate(bases):
            if base in bases[:index]:
                fault: str | None = "this base stands in the list already; keep one"
            else:
                fault = self._extend(child, base)
            if fault is not None:
                self.problems.append(source.problem(("extends", index), fault))

    def _extend(self, child: str, base: str) -> str | None:
        """Read a base of a file, if it was not read before. What is wrong, if something is."""
        name = posixpath.normpath(posixpath.join(posixpath.dirname(child), base))
        path = self._folder / name
        real = os.path.realpath(path)
        if real in self._extending:
            return "this base extends the file that extends it, in a circle; take one of them out"
        if real in self._seen:
            return None
        if len(self._seen) >= MAX_FILES:
            return f"more than {MAX_FILES} files; write fewer bases"
        try:
            content = read_file(path)
        except Unreadable as error:
            return f"this base {error}; its path counts from the folder of the file that names it"
        self.add(name, path, content)
        return None


def _bases(source: Source) -> list[str]:
    """What a file extends; nothing where the schema will refuse what is written."""
    written = source.value.get("extends") if isinstance(source.value, dict) else None
    valid = isinstance(written, list) and all(is_base_path(item) for item in written)
    return list(written) if valid and written else []


def is_base_path(value: object) -> bool:
    """Whether a value can be the path of a base: with `/`, below this folder, above it or absolute; no address."""
    return (
        isinstance(value, str)
        and re.fullmatch(r"(?!.*://)[^\\\x00-\x1f]{1,500}", value) is not None
    )


class Unreadable(Exception):
    """A file cannot be read; the message says why."""


def read_file(path: Path, *, most: int = MAX_BYTES) -> bytes:
    """The bytes of a plain file, and one more than `most` of a larger one.

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
        content = _read(descriptor, most + 1)
        if _version(os.fstat(descriptor)) != _version(before):
            raise Unreadable("changed while it was read; try again when it is written")
    except OSError as error:
        raise Unreadable(_reason(error)) from None
    finally:
        os.close(descriptor)
    return content


def _read(descriptor: int, left: int) -> bytes:
    parts: list[bytes] = []
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
