"""`ringfence scan`: what the gate finds, as kinds and places; the text itself only on a terminal, when asked."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ringfence.cli import lines, output, reading, scan_eval, scan_view, workers
from ringfence.cli.options import (
    Callers,
    Json,
    Lines,
    PolicyDigest,
    PolicyFile,
    Text,
    TrustRootFile,
    make_router,
)
from ringfence.cli.progress import progress
from ringfence.cli.scanning import (
    Given,
    files_below,
    recognise,
    scan_file,
    scan_file_whole,
    scan_given,
    scan_line,
)
from ringfence.errors import BadRequest

if TYPE_CHECKING:
    from ringfence.router import Router


def scan(
    *,
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE|FOLDER|-",
            help="A request as JSON, a plain text, a PDF, a folder of them, or - for stdin.",
            show_default=False,
        ),
    ] = None,
    text: Text = None,
    jsonl: Lines = None,
    labelled: Annotated[
        str | None,
        typer.Option(
            "--eval",
            metavar="LABELLED.jsonl",
            help="Measure the gate on labelled rows; - for stdin.",
        ),
    ] = None,
    ids: Annotated[
        bool,
        typer.Option(
            "--ids", help="With --eval: list the ids of leaks and false alarms, never texts."
        ),
    ] = False,
    show_text: Annotated[
        bool,
        typer.Option("--show-text", help="Underline what was found; on a terminal only."),
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", min=1, metavar="N", help="Processes; all cores from 1 MB on, unless told."
        ),
    ] = None,
    policy: PolicyFile = None,
    policy_digest: PolicyDigest = None,
    trust_root: TrustRootFile = None,
    caller: Callers = None,
    as_json: Json = False,
) -> None:
    """Show what the gate finds, and where.

    Labels, kinds and places in a request, a text or every file of a folder; never the text itself.

    Examples:
      ringfence scan notes.txt
      ringfence scan --show-text request.json
      ringfence scan src/ --json
      ringfence scan --eval labelled.jsonl --ids

    --eval prints how many sensitive rows got no label (leaks) and how many clean rows got one (false alarms), with
    95 % Wilson intervals, by kind and by source. A row is one JSON object a line; only label and a text or messages
    must be there.

    Rows (each on one line of the file):
      {"id": "t-17", "label": "sensitive", "kinds": ["iban"],
       "source": "tickets", "text": "Refund to DE89 3704 0044 ..."}
      {"id": "t-18", "label": "clean", "source": "tickets",
       "messages": [{"role": "user", "content": "Hello"}]}

    Exits with 0 whatever it finds, and with 1 when a line of --jsonl or --eval cannot be read;
    `jq -e '.labels == []'` on --json makes a check of it.
    """
    if show_text and (as_json or jsonl or labelled or not sys.stdout.isatty()):
        raise BadRequest("--show-text prints to a terminal only, and not as JSON")
    if ids and labelled is None:
        raise BadRequest("--ids goes with --eval")
    many = jsonl if labelled is None else labelled
    if many is not None and (source is not None or text is not None or (jsonl and labelled)):
        option = "--jsonl" if labelled is None else "--eval"
        raise BadRequest(f"{option} takes the requests from its own file; give no other")
    with make_router(policy, policy_digest, trust_root, caller) as router:
        engine = workers.Engine(policy, trust_root, tuple(caller or ()))
        if labelled is not None:
            jobs = workers.jobs_for(_size(labelled), jobs)
            code = scan_eval.evaluate(
                labelled, router=router, engine=engine, jobs=jobs, ids=ids, as_json=as_json
            )
            raise typer.Exit(code)
        if jsonl is not None:
            raise typer.Exit(_scan_lines(jsonl, router, engine, jobs))
        if source is not None and source != "-" and Path(source).is_dir():
            _scan_folder(Path(source), router, engine, jobs, show_text=show_text, as_json=as_json)
            return
        found = scan_given(router, _read(source, text))
        if as_json:
            output.print_json(found.to_dict())
        else:
            scan_view.show_one(found, show_text=show_text)


def _read(source: str | None, text: str | None) -> Given:
    """The given request, or the given text as one."""
    if (source is None) == (text is None):
        raise BadRequest("give one thing to scan: a FILE, a FOLDER, - for stdin, or --text TEXT")
    if text is not None:
        return Given(place="--text", request=reading.read_request(None, text), is_text=True)
    place = "stdin" if source == "-" else source or ""
    return recognise(reading.read_bytes(source or "-"), place)


def _size(source: str) -> int | None:
    with lines.open_source(source):  # a file that cannot be opened is told before the work begins
        return lines.size_of(source)


def _scan_lines(source: str, router: Router, engine: workers.Engine, jobs: int | None) -> int:
    size = _size(source)
    with lines.open_source(source) as file:
        answers = workers.in_order(
            _answer_line,
            reading.lines_of(file),
            router=router,
            engine=engine,
            jobs=workers.jobs_for(size, jobs),
        )
        return lines.write_all(answers, total=size)


def _answer_line(router: Router, line: tuple[int, bytes, int]) -> lines.Answered:
    number, raw, size = line

    def work(request: Mapping[str, Any]) -> Mapping[str, Any]:
        return scan_line(router, request)

    answer, is_error = lines.answer(number, raw, work)
    return answer, size, is_error


def _scan_folder(
    folder: Path,
    router: Router,
    engine: workers.Engine,
    jobs: int | None,
    *,
    show_text: bool,
    as_json: bool,
) -> None:
    total = sum(file.size for file in files_below(folder))
    found = workers.in_order(
        scan_file_whole if show_text else scan_file,
        files_below(folder),
        router=router,
        engine=engine,
        jobs=workers.jobs_for(total, jobs),
    )
    with progress(total, items="files", shown=not show_text) as bar:
        if as_json:
            scan_view.write_folder_json(found, bar)
        else:
            scan_view.show_folder(found, bar, show_text=show_text)
