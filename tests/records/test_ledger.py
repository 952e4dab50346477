"""The ledger: what is written before a call, what after it, and what never."""

from __future__ import annotations

import json
import pickle
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ringfence.errors import RecordError
from ringfence.records import Ledger
from ringfence.request import Caller
from ringfence.types import Attempt, Decision, Finding, Locality, Outcome, Usage

MakeDecision = Callable[..., Decision]
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def rows(path: Path, table: str) -> list[dict[str, Any]]:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
    finally:
        connection.close()


def finding(entity: str, path: str = "/messages/0/content") -> Finding:
    return Finding(
        label="pii", entity=entity, path=path, start=0, end=4, score=1.0, recognizer="test"
    )


def test_a_call_leaves_its_decision_before_and_its_result_after(
    ledger: Ledger, path: Path, make_decision: MakeDecision
) -> None:
    decision = make_decision(
        labels=("pii",), findings=(finding("EMAIL"), finding("EMAIL"), finding("IBAN"))
    )
    call = ledger.begin(decision, caller=Caller(user="u1", team="t1"), now=NOW)
    [before] = rows(path, "calls")
    assert before["id"] == call
    assert before["decision_id"] == "dec_1"
    assert before["request_id"] == "req_1"
    assert before["day"] == "2026-11-24"
    assert (before["tenant"], before["team"], before["user"], before["key_id"]) == (
        "default",
        "t1",
        "u1",
        "",
    )
    assert json.loads(before["labels"]) == ["pii"]
    assert json.loads(before["entities"]) == {"EMAIL": 2, "IBAN": 1}
    assert json.loads(before["dropped"]) == {"clearance": ["opus"]}
    assert before["reserved"] == 10_000_000
    assert before["finished"] is None

    tried = (
        Attempt(model="cloud-model", locality=Locality.CLOUD, error="overload", status=503, ms=5),
        Attempt(model="other", locality=Locality.PRIVATE, ms=20, usd=Decimal("0.02")),
    )
    usage = Usage(input_tokens=11, output_tokens=7, cached_tokens=3, reasoning_tokens=2)
    ledger.settle(
        call,
        usd=Decimal("0.02"),
        usage=usage,
        attempts=tried,
        outcome="answered",
        model="other",
        ms=25.5,
        now=NOW,
    )
    [after] = rows(path, "calls")
    assert (after["result"], after["answered_by"], after["answered_in"]) == (
        "answered",
        "other",
        "private",
    )
    assert (after["usd"], after["ms"]) == (20_000_000, 25.5)
    assert (after["input_tokens"], after["output_tokens"]) == (11, 7)
    assert (after["cached_tokens"], after["reasoning_tokens"]) == (3, 2)
    assert [(row["n"], row["model"], row["error"]) for row in rows(path, "attempts")] == [
        (1, "cloud-model", "overload"),
        (2, "other", None),
    ]
    assert rows(path, "reservations") == []


def test_settling_twice_counts_once(
    ledger: Ledger, path: Path, make_decision: MakeDecision
) -> None:
    call = ledger.begin(make_decision(), caller=Caller(), now=NOW)
    for _ in range(2):
        ledger.settle(call, usd=Decimal("0.5"), outcome="answered", model="cloud-model", now=NOW)
    assert ledger.summary(date(2026, 11, 24), date(2026, 11, 24)).usd == Decimal("0.5")
    assert {row["usd"] for row in rows(path, "spend")} == {500_000_000}


def test_an_unknown_call_cannot_be_settled(ledger: Ledger) -> None:
    with pytest.raises(RecordError, match="no call with this id"):
        ledger.settle("call_0", usd=Decimal(0), outcome="answered")


def test_a_refusal_is_recorded_and_reserves_nothing(
    ledger: Ledger, path: Path, make_decision: MakeDecision
) -> None:
    ledger.refused(make_decision(models=(), outcome=Outcome.DENY), caller=Caller(), now=NOW)
    [row] = rows(path, "calls")
    assert (row["outcome"], row["result"], row["model"]) == ("deny", "deny", None)
    assert rows(path, "reservations") == []
    assert ledger.summary(date(2026, 11, 1), date(2026, 11, 30)).refused == 1


def test_a_fallback_is_on_record_before_it_is_tried(
    ledger: Ledger, path: Path, make_decision: MakeDecision
) -> None:
    call = ledger.begin(make_decision(models=("a", "b")), caller=Caller(), now=NOW)
    log = ledger.attempts(call)
    log.started("a")
    log.ended(Attempt(model="a", locality=Locality.CLOUD, error="timeout"))
    log.started("b")
    assert [(row["n"], row["model"]) for row in rows(path, "attempts")] == [(2, "b")]
    log.ended(Attempt(model="b", locality=Locality.CLOUD))
    ledger.settle(
        call, usd=Decimal(0), attempts=log.ended_attempts, outcome="answered", model="b", now=NOW
    )
    assert [row["model"] for row in rows(path, "attempts")] == ["a", "b"]


@pytest.mark.parametrize(
    "request_id", ["Jane Roe, born 1970", "x" * 101, "né", "a\nb", "", "jane@example.org"]
)
def test_a_request_id_that_may_carry_content_is_stored_as_a_hash(
    ledger: Ledger, path: Path, make_decision: MakeDecision, request_id: str
) -> None:
    ledger.begin(make_decision(request_id=request_id), caller=Caller(), now=NOW)
    [row] = rows(path, "calls")
    assert row["request_id"].startswith("hmac:")
    assert request_id not in row["request_id"] or not request_id


def test_a_request_id_in_which_the_gate_found_something_is_stored_as_a_hash(
    ledger: Ledger, path: Path, make_decision: MakeDecision
) -> None:
    decision = make_decision(request_id="123-45-6789", findings=(finding("SSN", "/id"),))
    ledger.begin(decision, caller=Caller(), now=NOW)
    [row] = rows(path, "calls")
    assert row["request_id"].startswith("hmac:")


KILLED = """
import os, pickle, signal, sys
from pathlib import Path
from ringfence.records import Ledger
from ringfence.request import Caller

decision = pickle.loads(Path(sys.argv[2]).read_bytes())
ledger = Ledger.open(Path(sys.argv[1]), durability=sys.argv[3], key=bytes(range(32)))
print(ledger.begin(decision, caller=Caller(user="u1")), flush=True)
os.kill(os.getpid(), signal.SIGKILL)  # the first byte of the call would leave here
"""


@pytest.mark.parametrize("durability", ["normal", "full"])
def test_i11_the_decisions_row_survives_a_kill_before_the_first_byte_leaves(
    path: Path, tmp_path: Path, make_decision: MakeDecision, durability: str, key: bytes
) -> None:
    pickled = tmp_path / "decision"
    pickled.write_bytes(pickle.dumps(make_decision()))
    command = [sys.executable, "-c", KILLED, str(path), str(pickled), durability]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == -9, result.stderr
    with Ledger.open(path, key=key) as ledger:
        assert ledger.summary(date(2000, 1, 1), date(2100, 1, 1)).unsettled == 1
        [row] = rows(path, "calls")
        assert row["id"] == result.stdout.strip()
        assert row["finished"] is None
        [held] = rows(path, "reservations")
        assert held["call_id"] == row["id"]


def test_durability_full_waits_for_the_disk(path: Path, key: bytes) -> None:
    for durability, synchronous in (("normal", 1), ("full", 2)):
        opened = Ledger.open(path, durability=durability, key=key)  # type: ignore[arg-type]
        with opened as ledger, ledger._store.read() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == synchronous
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_no_content_reaches_the_file(
    ledger: Ledger, path: Path, make_decision: MakeDecision
) -> None:
    marker = "zebra" + "quartz" + "91"
    text = f"{marker} " * 20
    decision = make_decision(
        request_id=f"about {marker}", findings=(finding("EMAIL"),), labels=("pii",)
    )
    call = ledger.begin(decision, caller=Caller(), now=NOW)
    failed = Attempt(
        model="cloud-model", locality=Locality.CLOUD, error="bad_request", reason=text, status=400
    )
    ledger.settle(call, usd=Decimal(0), attempts=(failed,), outcome="unavailable", now=NOW)
    ledger.taint.remember(
        tenant="t",
        texts={text: ("pii",)},
        conversation_id=marker,
        conversation_labels=("pii",),
        now=NOW,
        days=1,
    )
    assert ledger.taint.labels_of(tenant="t", texts=[text], conversation_id=marker) is not None
    everything = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"call_" in everything
    assert marker.encode() not in everything


def test_threads_share_one_ledger(ledger: Ledger, path: Path, make_decision: MakeDecision) -> None:
    def work() -> None:
        for _ in range(10):
            call = ledger.begin(make_decision(), caller=Caller(), now=NOW)
            ledger.settle(call, usd=Decimal("0.001"), outcome="answered", model="m", now=NOW)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    summary = ledger.summary(date(2026, 11, 24), date(2026, 11, 24))
    assert [(row.model, row.calls, row.usd) for row in summary.rows] == [("m", 80, Decimal("0.08"))]


def test_the_summary_groups_by_day_model_and_task(
    ledger: Ledger, make_decision: MakeDecision
) -> None:
    for day, model, usd in ((23, "a", "0.1"), (24, "a", "0.2"), (24, "b", "0.4"), (25, "b", "9")):
        now = datetime(2026, 11, day, 8, tzinfo=UTC)
        call = ledger.begin(make_decision(), caller=Caller(), now=now)
        usage = Usage(input_tokens=5, output_tokens=2)
        ledger.settle(call, usd=Decimal(usd), usage=usage, outcome="answered", model=model, now=now)
    failed = ledger.begin(make_decision(), caller=Caller(), now=NOW)
    ledger.settle(failed, usd=Decimal(0), outcome="unavailable", now=NOW)
    ledger.begin(make_decision(), caller=Caller(), now=NOW)
    summary = ledger.summary(date(2026, 11, 23), date(2026, 11, 24)).to_dict()
    assert (summary["usd"], summary["calls"]) == ("0.7", 4)
    assert (summary["failed"], summary["refused"], summary["unsettled"]) == (1, 0, 1)
    assert summary["rows"][0] == {
        "day": "2026-11-23",
        "model": "a",
        "task": "standard",
        "calls": 1,
        "usd": "0.1",
        "input_tokens": 5,
        "output_tokens": 2,
    }
