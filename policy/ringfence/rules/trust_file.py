"""Which trust root holds, and reading it: strictly, like a policy, and only from where nobody else can write.

`/etc/ringfence/trust.yaml` holds if it is there, and nothing can replace it: a path given besides must lead to the same
file. Else the path that is given, as an argument or as `RINGFENCE_TRUST_ROOT`. Else there is none.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from ringfence.errors import PolicyError, TrustError
from ringfence.rules.yaml_source import MAX_BYTES, read_yaml
from ringfence.trust import BadRoot, TrustRoot, make_root

SYSTEM_TRUST_ROOT = Path("/etc/ringfence/trust.yaml")
VARIABLE = "RINGFENCE_TRUST_ROOT"

_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def find_trust_root(argument: str | Path | None, env: Mapping[str, str]) -> Path | None:
    """Where the trust root stands, or None where there is none.

    Raises:
        TrustError: when two places name different files, or it cannot be told whether there is one under /etc.
    """
    named = [(f"the argument {argument}", Path(argument))] if argument is not None else []
    if env.get(VARIABLE):
        named.append((f"{VARIABLE}={env[VARIABLE]}", Path(env[VARIABLE])))
    if _is_there(SYSTEM_TRUST_ROOT):
        named.insert(0, (str(SYSTEM_TRUST_ROOT), SYSTEM_TRUST_ROOT))
    if not named:
        return None
    said, first = named[0]
    for also, path in named[1:]:
        if not _same(first, path):
            raise TrustError(
                f"two trust roots are named, and only one can hold: {said}, and {also}. Leave out the second"
                + (
                    f"; what stands in {first.parent} cannot be replaced"
                    if first == SYSTEM_TRUST_ROOT
                    else ""
                )
            )
    return first


def load_trust_root(path: Path) -> TrustRoot:
    """Read a trust root.

    Raises:
        TrustError: for one that cannot be read, that others can write, or that is wrong, with line and column.
    """
    try:
        source = read_yaml(_read(path), file=str(path))
        return make_root(source.value, source=str(path))
    except PolicyError as error:
        raise TrustError(str(error)) from None
    except BadRoot as error:
        problems = [str(source.problem(place, message)) for place, message in error.faults]
        raise TrustError("\n".join(problems)) from None


def _read(path: Path) -> bytes:
    try:
        with open(path, "rb", opener=_open_plain) as file:
            _check_writers(path, os.fstat(file.fileno()))
            for folder in _way_to(path):
                _check_writers(folder, folder.stat())
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise TrustError(
            f"{path}: the trust root cannot be read ({reason}), and without it no policy can be trusted; check the "
            "path and who may read it"
        ) from None


def _way_to(path: Path) -> set[Path]:
    """Every folder on the way to a file, through each link: who can write one can put another way in its place."""
    path = path.absolute()
    folders = {*path.parents, *path.resolve(strict=True).parents}
    while path.is_symlink():
        path = path.parent / path.readlink()
        folders.update(path.parents)
    return folders


def _open_plain(path: str, flags: int) -> int:
    """Open without waiting for anything: a FIFO in the file's place must not hang the start."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))


def _check_writers(path: Path, found: os.stat_result) -> None:
    """Who can write the trust root, or put another one in its place, decides what is trusted."""
    if os.name == "nt":  # its rights are not in these bits
        return
    sticky_folder = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
    if found.st_mode & _WRITABLE_BY_OTHERS and not sticky_folder:
        raise TrustError(
            f"{path}: others than its owner can write here, and so decide what is trusted: chmod go-w {path}"
        )
    if found.st_uid not in (0, os.geteuid()):
        raise TrustError(
            f"{path}: it belongs to another user, who decides what is trusted: chown it to root, or to the account "
            "that ringfence runs under"
        )
    if not stat.S_ISDIR(found.st_mode) and not stat.S_ISREG(found.st_mode):
        raise TrustError(f"{path}: the trust root is a plain file, and this is none")


def _is_there(path: Path) -> bool:
    """Whether something stands there; a link that leads nowhere does, and so does what may not be looked at."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise TrustError(
            f"{path}: cannot tell whether there is a trust root ({error.strerror}): let the account that ringfence "
            f"runs under read {path.parent}"
        ) from None
    return True


def _same(first: Path, second: Path) -> bool:
    try:
        return first.samefile(second)
    except OSError:
        return False
