"""`ringfence scan --eval`: the gate measured on labelled rows, as tables or JSON. Ids at most, never texts (I4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ringfence.cli import lines, output, reading, workers
from ringfence.cli.evaluation import Judged, Rate, Row, Tally, judge
from ringfence.cli.progress import progress

if TYPE_CHECKING:
    from ringfence.router import Router

Line = tuple[int, bytes, int]
Outcome = tuple[Judged | None, Mapping[str, Any], int]
"""A judged row, or None and the error; and the bytes read."""


def evaluate(
    source: str, *, router: Router, engine: workers.Engine, jobs: int, ids: bool, as_json: bool
) -> int:
    """Judge every row and print the rates. Returns the exit code: 1 when a row could not be read."""
    tally, errors = Tally(), []
    total = lines.size_of(source)
    with lines.open_source(source) as file, progress(total, items="rows") as bar:
        for judged, error, size in workers.in_order(
            judge_line, reading.lines_of(file), router=router, engine=engine, jobs=jobs
        ):
            bar.advance(size)
            if judged is None:
                errors.append(error)
            else:
                tally.add(judged)
    if as_json:
        output.print_json({**tally.to_dict(ids=ids), "errors": errors})
    else:
        _show(tally, ids=ids)
        for error in errors:
            place = f"line {error['line']}: "
            output.note(place + error["error"]["message"].removeprefix(place))
    return 1 if errors else 0


def judge_line(router: Router, line: Line) -> Outcome:
    """What the gate says of one line of the file."""
    number, raw, size = line
    judged: list[Judged] = []

    def work(row: Mapping[str, Any]) -> Mapping[str, Any]:
        judged.append(_judge(router, Row.parse(row, default_id=f"line {number}")))
        return {}

    error, _ = lines.answer(number, raw, work)
    return (judged[0] if judged else None), error, size


def _judge(router: Router, row: Row) -> Judged:
    decision = router.decide(row.request)
    return judge(row, decision.labels, (finding.recognizer for finding in decision.findings))


def _show(tally: Tally, *, ids: bool) -> None:
    leak, false_alarm = tally.leak(), tally.false_alarm()
    output.print_facts(
        [
            ("sensitive", f"{leak.total:,} rows, {leak.wrong:,} without a label"),
            ("clean", f"{false_alarm.total:,} rows, {false_alarm.wrong:,} with a label"),
        ]
    )
    for by, title in (("all", "95 % intervals"), ("kind", "kind"), ("source", "source")):
        rates = [
            (name, _rate(leak), _rate(alarm)) for of, name, leak, alarm in tally.rows() if of == by
        ]
        if rates:
            _table((title, "leaks", "false alarms"), rates, numbers=("leaks", "false alarms"))
    if tally.blamed():
        blamed = [(name, str(count)) for name, count in tally.blamed()]
        _table(("false alarms by recogniser", "rows"), blamed, numbers=("rows",))
    if ids:
        _show_ids("leak", tally.leaks)
        _show_ids("false alarm", tally.false_alarms)


def _rate(rate: Rate) -> str:
    return f"{rate} of {rate.total:,}" if rate.total else "–"


def _show_ids(title: str, wrong: Iterable[Judged]) -> None:
    rows = list(_id_rows(wrong))
    if rows:
        _table((title, "kinds", "source", "recogniser"), rows)


def _id_rows(wrong: Iterable[Judged]) -> Iterator[tuple[str, str, str, str]]:
    for judged in wrong:
        yield (
            judged.id,
            ", ".join(judged.kinds),
            judged.source or "",
            ", ".join(judged.recognizers),
        )


def _table(
    columns: tuple[str, ...], rows: Iterable[tuple[str, ...]], *, numbers: tuple[str, ...] = ()
) -> None:
    output.console().print()
    output.print_table(columns, rows, numbers=numbers)
