"""What a ledger knows of past decisions: labels, task, size and who asked; no text, which it never had (I4)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from ringfence.errors import RecordError
from ringfence.records.tables import calls
from ringfence.request import Caller
from ringfence.types import TaskKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Decisions that were alike, and how many."""

    caller: Caller
    labels: tuple[str, ...]
    task: TaskKind
    input_tokens: int
    calls: int


def past_decisions(path: Path) -> Iterator[Past]:
    """The decisions of a ledger, those that are alike as one; the file is only read.

    Raises:
        RecordError: when it is not there, or not a ledger.
    """
    if not path.is_file():
        raise RecordError(f"{path}: no ledger is here; name the file that 'records.path' says")
    engine = create_engine(f"sqlite:///file:{path.resolve()}?mode=ro&uri=true")
    alike = (
        calls.c.tenant,
        calls.c.team,
        calls.c.user,
        calls.c.key_id,
        calls.c.labels,
        calls.c.task,
    )
    statement = (
        select(
            *alike, func.max(calls.c.input_estimate).label("tokens"), func.count().label("calls")
        )
        .group_by(*alike, calls.c.input_estimate / 1000)
        .order_by(*alike)
    )
    try:
        with engine.connect() as connection:
            for row in connection.execute(statement):
                yield Past(
                    caller=Caller(
                        tenant=row.tenant,
                        team=row.team or None,
                        user=row.user or None,
                        key_id=row.key_id or None,
                    ),
                    labels=tuple(json.loads(row.labels)),
                    task=TaskKind(row.task),
                    input_tokens=row.tokens,
                    calls=row.calls,
                )
    except SQLAlchemyError as error:
        raise RecordError(f"{path}: cannot be read as a ledger ({type(error).__name__})") from None
    finally:
        engine.dispose()
