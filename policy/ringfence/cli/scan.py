"""`ringfence scan`: what the gate finds, as kinds and places; the text itself only on a terminal, when asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ringfence.cli import lines, output, reading
from ringfence.cli.options import Callers, Json, Lines, PolicyDigest, PolicyFile, Text, make_router
from ringfence.errors import BadRequest

if TYPE_CHECKING:
    from ringfence.router import Router
    from ringfence.types import Finding

TEXT_PATH = "/messages/0/content"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """One request, text or file with what was found in it."""

    place: str
    request: Mapping[str, Any]
    is_text: bool
    labels: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "file": self.place,
            "labels": list(self.labels),
            "findings": [finding.to_dict() | self._line(finding) for finding in self.findings],
            "notes": list(self.notes),
        }

    def where(self, finding: Finding) -> str:
        """Line and column of a plain text, else the JSON pointer and offsets."""
        line = self._line(finding)
        if line:
            return f"{line['line']}:{line['column']}"
        return f"{finding.path or '/'} {finding.start}–{finding.end}"

    def _line(self, finding: Finding) -> dict[str, int]:
        if not self.is_text or finding.path != TEXT_PATH:
            return {}
        before = string_at(self.request, finding.path)[: finding.start]
        start_of_line = before.rfind("\n") + 1
        return {"line": before.count("\n") + 1, "column": finding.start - start_of_line + 1}


def scan(
    *,
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE|FOLDER|-",
            help="A request as JSON, a plain text, a folder of either, or - for stdin.",
            show_default=False,
        ),
    ] = None,
    text: Text = None,
    jsonl: Lines = None,
    show_text: Annotated[
        bool,
        typer.Option("--show-text", help="Underline what was found; on a terminal only."),
    ] = False,
    policy: PolicyFile = None,
    policy_digest: PolicyDigest = None,
    caller: Callers = None,
    as_json: Json = False,
) -> None:
    """Show what the gate finds, and where.

    Labels, kinds and places in a request, a text or every file of a folder; never the text itself.

    Examples:
      ringfence scan notes.txt
      ringfence scan --show-text request.json
      ringfence scan src/ --json

    Exits with 0 whatever it finds; `jq -e '.labels == []'` on --json makes a check of it.
    """
    if show_text and (as_json or jsonl is not None or not sys.stdout.isatty()):
        raise BadRequest("--show-text prints to a terminal only, and not as JSON")
    if jsonl is not None:
        if source is not None or text is not None:
            raise BadRequest("--jsonl takes the requests from its own file; give no other")
        with make_router(policy, policy_digest, caller) as router:
            code = lines.run(jsonl, lambda item: _scan_line(router, item), jobs=lines.DECIDING)
        raise typer.Exit(code)
    with make_router(policy, policy_digest, caller) as router:
        folder = source is not None and source != "-" and Path(source).is_dir()
        things = _read_folder(Path(source or "")) if folder else [_read(source, text)]
        found = [_scan(router, thing) for thing in things]
        if as_json:
            output.print_json(_folder_dict(found) if folder else found[0].to_dict())
        else:
            _show(found, folder=folder, show_text=show_text)


def _read(source: str | None, text: str | None) -> Scanned:
    """The given request, or the given text as one."""
    if (source is None) == (text is None):
        raise BadRequest("give one thing to scan: a FILE, a FOLDER, - for stdin, or --text TEXT")
    if text is not None:
        return Scanned(place="--text", request=reading.read_request(None, text), is_text=True)
    place = "stdin" if source == "-" else source or ""
    return _recognise(reading.read_bytes(source or "-"), place)


def _recognise(raw: bytes, place: str) -> Scanned:
    """JSON with messages is a request; anything else in UTF-8 is a text."""
    text = reading.decode(raw, place=place)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict) and "messages" in value:
        return Scanned(place=place, request=value, is_text=False)
    return Scanned(place=place, request=reading.from_text(text), is_text=True)


def _scan(router: Router, given: Scanned) -> Scanned:
    if not given.request:
        return given
    decision = router.decide(given.request)
    return Scanned(
        place=given.place,
        request=given.request,
        is_text=given.is_text,
        labels=decision.labels,
        findings=decision.findings,
        notes=decision.notes,
    )


def _scan_line(router: Router, request: Mapping[str, Any]) -> Mapping[str, Any]:
    decision = router.decide(request)
    return {
        "id": decision.request_id,
        "labels": list(decision.labels),
        "findings": [finding.to_dict() for finding in decision.findings],
        "notes": list(decision.notes),
    }


def _read_folder(folder: Path) -> Iterator[Scanned]:
    """Every file below a folder, in order; `.git` and its like are left out. What is no text is `unread` (I2)."""
    from ringfence.types import UNREAD

    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if not path.is_file() or any(part.startswith(".git") for part in inside.parts):
            continue
        try:
            yield _recognise(reading.read_bytes(str(path)), str(path))
        except BadRequest as error:
            yield Scanned(
                place=str(path), request={}, is_text=True, labels=(UNREAD,), notes=(str(error),)
            )


def _folder_dict(found: Sequence[Scanned]) -> dict[str, Any]:
    labels = sorted({label for item in found for label in item.labels})
    return {"labels": labels, "files": [item.to_dict() for item in found]}


def _show(found: Sequence[Scanned], *, folder: bool, show_text: bool) -> None:
    if folder:
        labelled = [item for item in found if item.labels]
        output.print_table(
            ("file", "labels", "findings"),
            [(item.place, ", ".join(item.labels), str(len(item.findings))) for item in labelled],
            numbers=("findings",),
        )
        output.print_text(f"{len(labelled)} of {len(found)} files carry labels\n")
        return
    [item] = found
    facts = [("labels", ", ".join(item.labels) or "none")]
    output.print_facts([*facts, *(("note", remark) for remark in item.notes)])
    if item.findings:
        output.console().print()
        output.print_table(
            ("where", "entity", "label", "score", "recogniser", "why"),
            [
                (
                    item.where(finding),
                    finding.entity,
                    finding.label,
                    f"{finding.score:.2f}",
                    finding.recognizer,
                    finding.why,
                )
                for finding in item.findings
            ],
            numbers=("score",),
        )
    if show_text:
        _underline(item)


def _underline(item: Scanned) -> None:
    """Each string with a finding, what was found underlined."""
    from rich.text import Text

    out = output.console()
    for path in dict.fromkeys(finding.path for finding in item.findings):
        marked = Text(output.printable(string_at(item.request, path)))
        for finding in item.findings:
            if finding.path == path:
                marked.stylize("bold underline red", finding.start, finding.end)
        out.print(f"\n{path}", style="dim", markup=False)
        out.print(marked, soft_wrap=True)


def string_at(body: Mapping[str, Any], path: str) -> str:
    """The string that a JSON pointer leads to; of a pointer to a key, the key. Empty when there is none."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]
    value: Any = body
    for part in parts:
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return ""
    return value if isinstance(value, str) else (parts[-1] if parts else "")
