"""The command line of `ringfence-mcp`, and the first moments of serving, before anything heavy is imported.

argparse, not typer as `ringfence` itself: a client waits for this process to greet it, and typer would add a fifth of
a second for a dozen flags that stand in a JSON file.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from typing_extensions import override

from ringfence_mcp.greeting import greet

TOKEN_VARIABLE = "RINGFENCE_MCP_TOKEN"  # noqa: S105 - the name of a variable, not a token


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the operator of the server decided; no client can change any of it."""

    policy: str | None = None
    policy_digest: str | None = None
    trust_root: str | None = None
    allow_dirs: tuple[Path, ...] = ()
    out_dir: Path | None = None
    """Where withheld answers go; the user's data folder when None."""
    caller: str = "mcp"
    tenant: str = "default"
    user: str | None = None
    team: str | None = None
    http: tuple[str, int] | None = None
    token: str | None = None


class UsageError(Exception):
    """The command line cannot be served. The message says what to write instead."""


def run(argv: Sequence[str]) -> int:
    try:
        options = parse(argv, token=os.environ.get(TOKEN_VARIABLE) or None)
    except UsageError as error:
        sys.stderr.write(f"ringfence-mcp: {error}\n")
        return 2
    log_without_content()
    try:
        if options.http is None:
            _serve_stdio(options)
        else:
            _serve_http(options, options.http)
    except KeyboardInterrupt:
        return 130
    return 0


def _serve_stdio(options: Options) -> None:
    stdin, stdout = take_stdio()
    first = stdin.readline()
    greeting = greet(first)
    if greeting is not None:
        stdout.write(json.dumps(greeting).encode() + b"\n")
        stdout.flush()
    gc.disable()  # a tenth of the time of the imports; nothing of them is garbage
    import anyio

    from ringfence_mcp.engine import Engine
    from ringfence_mcp.server import build
    from ringfence_mcp.stdio import serve_stdio

    gc.enable()
    greeted = greeting["id"] if greeting else None

    async def serve() -> None:
        async with Engine(options) as engine:
            await serve_stdio(build(engine), stdin, stdout, first=first, greeted=greeted)

    anyio.run(serve)


def _serve_http(options: Options, address: tuple[str, int]) -> None:
    import anyio

    from ringfence_mcp.engine import Engine
    from ringfence_mcp.health import probe
    from ringfence_mcp.http import serve_http
    from ringfence_mcp.server import build

    async def serve() -> None:
        async with Engine(options) as engine:
            await serve_http(
                build(engine), address=address, token=options.token, probe=partial(probe, engine)
            )

    anyio.run(serve)


def take_stdio() -> tuple[BinaryIO, BinaryIO]:
    """Private copies of stdin and stdout, for the protocol.

    What the process prints from now on goes nowhere: a `print` of a library, or of llama.cpp, which is C++, would break
    the protocol, and might hold a request (I4).
    """
    sys.stdout.flush()
    stdin, stdout = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return stdin, stdout


def parse(argv: Sequence[str], *, token: str | None = None) -> Options:
    """The options of a command line.

    Raises:
        UsageError: for a folder that does not exist, or an address that would be open to others.
    """
    given = _parser().parse_args(argv)
    return Options(
        policy=given.policy,
        policy_digest=given.policy_digest,
        trust_root=given.trust_root,
        allow_dirs=tuple(_folder(text) for text in given.allow_dir),
        out_dir=Path(given.out_dir).expanduser() if given.out_dir else None,
        caller=given.caller,
        tenant=given.tenant,
        user=given.user,
        team=given.team,
        http=_address(given.http, token) if given.http else None,
        token=token,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ringfence-mcp",
        description="MCP server whose tools send each request to the best model that may see it.",
    )
    add = parser.add_argument
    add(
        "--policy",
        metavar="FILE",
        help="the policy; else RINGFENCE_POLICY, /etc, your configuration",
    )
    add("--policy-digest", metavar="SHA256", help="refuse any policy but this one (sha256:…)")
    add(
        "--trust-root",
        metavar="FILE",
        help="refuse any policy not signed as this file asks; one in /etc/ringfence always holds",
    )
    add(
        "--allow-dir",
        metavar="DIR",
        action="append",
        default=[],
        help="files: may read in here; repeatable",
    )
    add("--out-dir", metavar="DIR", help="where answers go that the caller may not see")
    add(
        "--caller",
        metavar="NAME",
        default="mcp",
        help="who this client is in the policy's callers:",
    )
    add("--tenant", default="default", help="whose budgets and taint")
    add("--user", help="whose budget")
    add("--team", help="the team that rules and budgets see")
    add(
        "--http",
        metavar="HOST:PORT",
        help=f"streamable HTTP in place of stdio; {TOKEN_VARIABLE} holds the bearer token",
    )
    return parser


def _folder(text: str) -> Path:
    try:
        folder = Path(text).expanduser().resolve(strict=True)
    except (OSError, RuntimeError):
        raise UsageError(f"--allow-dir {text}: there is no such folder") from None
    if not folder.is_dir():
        raise UsageError(f"--allow-dir {text}: not a folder; name the folder that holds the files")
    return folder


def _address(text: str, token: str | None) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdigit() or int(port) > 65_535:
        raise UsageError("--http takes HOST:PORT, for example 127.0.0.1:8321")
    if host not in ("127.0.0.1", "::1", "localhost") and not token:
        raise UsageError(
            f"--http on '{host}' would be open to others; set {TOKEN_VARIABLE}, or use 127.0.0.1"
        )
    return host, int(port)


class _NoContent(logging.Formatter):
    """Names and places only: the SDK logs whole messages when one does not parse, and those hold requests (I4)."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        if record.name.split(".")[0] in ("ringfence", "ringfence_mcp"):
            return f"{record.name}: {record.getMessage()}"
        place = f"{record.module}:{record.lineno}"
        return (
            f"{record.name}: {record.levelname} at {place} (text withheld: it may hold a request)"
        )


def log_without_content() -> None:
    """Send warnings and worse to stderr, none of them with the text of a request."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_NoContent())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
