"""`ringfence-mcp`: the MCP door. An agent calls its tools; the policy decides which model answers.

`main` is the command. Everything behind it is imported when it runs, so that importing the package costs nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until the client goes away. Returns the exit code: 0 done, 2 bad usage or a missing extra."""
    if find_spec("mcp") is None:
        sys.stderr.write("ringfence-mcp needs the 'mcp' extra: pip install 'ringfence[mcp]'\n")
        return 2
    from ringfence_mcp.command import run

    return run(sys.argv[1:] if argv is None else argv)
