"""A network namespace of its own for the calling thread, and for all that it starts: nothing there but loopback."""

from __future__ import annotations

import contextlib
import ctypes
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

CLONE_NEWNET = 0x4000_0000
"""From Linux's `sched.h`; `os.unshare` comes with Python 3.12."""


@contextlib.contextmanager
def only_loopback() -> Iterator[bool]:
    """True inside a namespace with loopback alone; False, and nothing changed, where none may be made."""
    here = Path("/proc/thread-self/ns/net")
    if not here.exists() or shutil.which("ip") is None:
        yield False
        return
    libc = ctypes.CDLL(None, use_errno=True)
    with here.open("rb") as home:
        if libc.unshare(CLONE_NEWNET) != 0:
            yield False
            return
        try:
            up = subprocess.run(["ip", "link", "set", "lo", "up"], capture_output=True)
            if up.returncode:
                libc.setns(home.fileno(), CLONE_NEWNET)
            yield up.returncode == 0
        finally:
            libc.setns(home.fileno(), CLONE_NEWNET)
