"""The caller is a recipient too (I1): what it may read back, and where the rest goes.

A client may see what it sent inline. Of a file that it only pointed at it may see what its `callers:` grant covers.
So the labels of the files are found apart from those of the inline part: a client that adds a card number of its own
to the prompt does not thereby get to read the card numbers in a file.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringfence import Completion, RingfenceError, Router
from ringfence_mcp.files import TextFile, as_sections

UNSCANNED = "unscanned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The labels that the policy lets a caller read of files: all that the gate can name, or these."""

    everything: bool = False
    labels: frozenset[str] = frozenset()

    def missing(self, labels: frozenset[str]) -> tuple[str, ...]:
        """Those that it does not cover, sorted. `unscanned` is never covered: nobody knows what it hides."""
        return tuple(sorted(label for label in labels if not self._covers(label)))

    def _covers(self, label: str) -> bool:
        return label != UNSCANNED and (self.everything or label in self.labels)


def grant_of(router: Router, caller: str) -> Grant:
    """What the policy's `callers:` says of a caller; nothing, when it does not say."""
    spec = router.policy.document.callers.get(caller)
    if spec is None:
        return Grant()
    if spec.clearance == "all":
        return Grant(everything=True)
    return Grant(labels=frozenset(spec.clearance))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLabels:
    """The labels of a request's files, and of its inline part."""

    files: frozenset[str] = frozenset()
    inline: frozenset[str] = frozenset()

    def pointed_at(self, whole: Sequence[str]) -> frozenset[str]:
        """The labels of an answer to the whole that do not come from what the caller sent itself."""
        return self.files | (frozenset(whole) - self.inline)


async def label_files(
    router: Router, body: Mapping[str, Any], files: Sequence[TextFile]
) -> FileLabels:
    """Label the files and the inline part, each by itself.

    Without the conversation id in both: labels that earlier files left on the conversation are not the caller's own.
    """
    facts = {key: body[key] for key in ("metadata", "task") if key in body}
    inline = {key: value for key, value in body.items() if key != "conversation_id"}
    alone = {**facts, "messages": [{"role": "user", "content": as_sections(files)}]}
    of_files = (await router.adecide(alone)).labels
    of_inline = (await router.adecide(inline)).labels if body["messages"] else ()
    return FileLabels(files=frozenset(of_files), inline=frozenset(of_inline))


class OutboxError(RingfenceError):
    """An answer that the caller may not see could not be kept anywhere else."""

    code = "outbox_error"


class Outbox:
    """The folder for answers that the caller may not see: ours alone (0700), each answer a file (0600)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Make the folder, before a model is asked for what could not be kept.

        Raises:
            OutboxError: when it cannot be made, or others could read it.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            state = self.folder.lstat()
        except OSError as error:
            reason = (error.strerror or "not writable").lower()
            raise OutboxError(
                f"{self._where()} cannot be made ({reason}); name another with --out-dir"
            ) from None
        if not stat.S_ISDIR(state.st_mode):
            raise OutboxError(f"{self._where()} is not a folder; name another with --out-dir")
        if os.name == "posix" and (
            state.st_uid != os.getuid() or stat.S_IMODE(state.st_mode) & 0o077
        ):
            raise OutboxError(f"{self._where()} is open to others; run: chmod 700 {self.folder}")

    def keep(self, completion: Completion) -> Path:
        """Write an answer down and say where. Its name says nothing of its content."""
        plain = not completion.tool_calls and completion.parsed is None
        name = f"{re.sub(r'[^A-Za-z0-9_-]', '', completion.decision.id)}-{secrets.token_hex(4)}"
        path = self.folder / f"{name}.{'txt' if plain else 'json'}"
        content = completion.text if plain else _as_json(completion)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        try:
            with open(os.open(path, flags, 0o600), "wb") as file:
                file.write(content.encode("utf-8", "replace"))
        except OSError as error:
            reason = (error.strerror or "not writable").lower()
            raise OutboxError(
                f"the answer was not kept: {self._where()} failed ({reason})"
            ) from None
        return path

    def _where(self) -> str:
        return f"the folder for withheld answers, {self.folder},"


def _as_json(completion: Completion) -> str:
    whole = completion.to_dict()
    answer = {key: whole[key] for key in ("text", "tool_calls", "parsed")}
    return json.dumps(answer, ensure_ascii=False, indent=2, default=str)


def withhold(completion: Completion, labels: Sequence[str], path: Path) -> dict[str, Any]:
    """A completion's JSON without what the model said, and where that went."""
    whole = completion.to_dict()
    said = len(completion.text) + sum(len(call.arguments) for call in completion.tool_calls)
    return {
        **whole,
        "text": None,
        "tool_calls": [],
        "parsed": None,
        "withheld": {
            "labels": list(labels),
            "path": str(path),
            "characters": said,
            "tool_calls": len(completion.tool_calls),
            "reason": f"the files hold {', '.join(labels)}, which the policy's callers: does not clear you for",
        },
    }
