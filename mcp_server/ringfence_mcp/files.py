"""`files:`, read by the server from the folders that its operator gave it, and from nowhere else.

A path is resolved before it is judged, so `..` and links lead nowhere that `--allow-dir` does not. A path outside gets
the same answer whether or not anything is there. Faults name a file by its place in the list, never by its name (I4).
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ringfence import BadRequest

MAX_FILE_BYTES = 8 * 1024 * 1024
"""Of one file. The gate's own limit for a request is of this size; a larger text would be `unscanned`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """A file's name and text."""

    name: str = field(repr=False)
    text: str = field(repr=False)


def read_files(paths: Sequence[str], folders: Sequence[Path]) -> tuple[TextFile, ...]:
    """Read the files that a client named.

    Raises:
        BadRequest: for a path outside `folders`, and for what is not a text file of a reasonable size.
    """
    if paths and not folders:
        raise BadRequest(
            "this server may read no folder; start it with --allow-dir DIR to let it", path="/files"
        )
    return tuple(_read(text, folders, f"/files/{index}") for index, text in enumerate(paths))


def _read(text: str, folders: Sequence[Path], pointer: str) -> TextFile:
    path = _locate(text, folders)
    if path is None:
        raise BadRequest("outside the folders given by --allow-dir", path=pointer)
    content = _content(path, pointer)
    try:
        decoded = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadRequest("not UTF-8 text; convert it first", path=pointer) from None
    if "\0" in decoded:
        raise BadRequest("not a text file; extract its text first", path=pointer)
    return TextFile(name=path.name, text=decoded)


def _locate(text: str, folders: Sequence[Path]) -> Path | None:
    """The resolved path, when it is inside a folder. A relative one is looked for in each folder in turn."""
    inside = []
    for folder in folders:
        try:
            path = (folder / Path(text).expanduser()).resolve()
        except (OSError, RuntimeError, ValueError):
            continue
        if any(path.is_relative_to(allowed) for allowed in folders):
            inside.append(path)
    return next((path for path in inside if path.exists()), inside[0] if inside else None)


def _content(path: Path, pointer: str) -> bytes:
    """The bytes of a regular file that is still where `path` resolved to: a link put there since is not followed."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        number = os.open(path, flags)
        state = os.fstat(number)
        if not stat.S_ISREG(state.st_mode):
            os.close(number)
            raise BadRequest("not a file", path=pointer)
        with open(number, "rb") as file:
            if path.resolve() != path or not os.path.samestat(state, path.stat()):
                raise BadRequest("changed while it was read; try again", path=pointer)
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise BadRequest(f"cannot be read ({reason.lower()})", path=pointer) from None
    if len(content) > MAX_FILE_BYTES:
        raise BadRequest(f"over {MAX_FILE_BYTES:,} bytes; split it", path=pointer)
    return content


def with_files(body: Mapping[str, Any], files: Sequence[TextFile]) -> Mapping[str, Any]:
    """The request with the files added to its last user message (or as one, where it has none)."""
    if not files:
        return body
    messages = body["messages"]
    if not isinstance(messages, list):
        return body
    sections = as_sections(files)
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if isinstance(message, dict) and message.get("role") == "user":
            extended = {**message, "content": _extend(message.get("content"), sections)}
            return {**body, "messages": [*messages[:index], extended, *messages[index + 1 :]]}
    return {**body, "messages": [*messages, {"role": "user", "content": sections}]}


def _extend(content: Any, sections: str) -> Any:
    """A message's content with more text. What is no content at all stays, for `Request` to refuse."""
    if isinstance(content, list):
        return [*content, {"type": "text", "text": sections}]
    if isinstance(content, str) and content:
        return f"{content}\n\n{sections}"
    return sections if content in (None, "") else content


def as_sections(files: Sequence[TextFile]) -> str:
    """The files as fenced sections under their names. The fence is longer than any in the file."""
    return "\n\n".join(_section(file) for file in files)


def _section(file: TextFile) -> str:
    longest = max((len(run) for run in re.findall(r"`{3,}", file.text)), default=2)
    fence = "`" * (longest + 1)
    name = re.sub(r"[\x00-\x1f`]", " ", file.name)
    ending = "" if file.text.endswith("\n") else "\n"
    return f"File `{name}`:\n{fence}\n{file.text}{ending}{fence}"
