"""What the router holds: records that open when needed, refuse when they must, and never lose an answer."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ringfence.errors import BudgetExceeded, RecordError
from ringfence.records import Records, default_folder
from ringfence.request import Request
from ringfence.rules import Policy, parse_policy
from ringfence.types import Attempt, Completion, Decision, Locality, Usage

MakeDecision = Callable[..., Decision]
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ASK = Request.from_text("hello")

POLICY = """
ringfence: 1
name: records
models: {tiny: {model: embedded/smollm2-135m}}
routes: {standard: [tiny]}
records: {path: %s, unwritable: %s}
budgets: %s
"""


def make_policy(path: Path, unwritable: str = "refuse", budgets: str = "[]") -> Policy:
    return parse_policy(POLICY % (path, unwritable, budgets))


def records_of(policy: Policy, env: Mapping[str, str] | None = None) -> Records:
    return Records.of(policy.document.records, env=env or {})


@pytest.fixture
def policy(path: Path) -> Policy:
    return make_policy(path)


@pytest.fixture
def records(policy: Policy) -> Iterator[Records]:
    made = records_of(policy)
    yield made
    made.close()


def calls(path: Path) -> list[dict[str, Any]]:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute("SELECT * FROM calls")]
    finally:
        connection.close()


def answer(decision: Decision, *attempts: Attempt) -> Completion:
    return Completion(
        text="hi",
        tool_calls=(),
        parsed=None,
        finish_reason="stop",
        model="cloud-model",
        locality=Locality.CLOUD,
        labels=(),
        usage=Usage(input_tokens=3, output_tokens=1),
        usd=Decimal("0.5"),
        attempts=attempts,
        ms={"gate": 1.0, "decide": 1.0, "total": 7.0},
        decision=decision,
    )


def test_looking_makes_no_ledger(records: Records, policy: Policy, path: Path) -> None:
    assert records.taint.labels_of(tenant="t", texts=["x" * 60], conversation_id="c") == ()
    budgeted = make_policy(path, budgets="[{per: user, every: day, usd: 5}]")
    [spent] = records.spent(budgeted.document.budgets, ASK.caller, NOW)
    assert (spent.usd, spent.resets_at) == (0, datetime(2026, 11, 25, tzinfo=UTC))
    assert not path.exists()


def test_deciding_does_not_load_the_database(path: Path) -> None:
    program = "import sys, ringfence.records; print('sqlalchemy' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.stdout.strip() == "False"


def test_the_fingerprint_follows_the_content_and_the_key(policy: Policy) -> None:
    one, other = ({"RINGFENCE_HMAC_KEY": byte * 64} for byte in "ab")
    body, turned = {"a": 1, "b": "é"}, {"b": "é", "a": 1}
    assert records_of(policy, one).fingerprint(body) == records_of(policy, one).fingerprint(turned)
    assert records_of(policy, one).fingerprint(body) != records_of(policy, other).fingerprint(body)
    assert records_of(policy, one).fingerprint(body) != records_of(policy, one).fingerprint({})


def test_a_call_is_recorded_and_settled_with_what_failed_before_it(
    records: Records, policy: Policy, path: Path, make_decision: MakeDecision
) -> None:
    decision = make_decision("0.9")
    call = records.begin(policy, ASK, decision, now=NOW)
    call.started("cloud-model")
    failed = Attempt(
        model="cloud-model", locality=Locality.CLOUD, error="overload", usd=Decimal("0.1")
    )
    call.ended(failed)
    good = Attempt(model="cloud-model", locality=Locality.CLOUD, usd=Decimal("0.5"))
    call.settle(answer(decision, failed, good))
    [row] = calls(path)
    assert (row["result"], row["usd"], row["ms"]) == ("answered", 600_000_000, 7.0)


def test_a_refused_decision_is_recorded(
    records: Records, path: Path, make_decision: MakeDecision
) -> None:
    records.refused(ASK, make_decision(models=()), now=NOW)
    assert len(calls(path)) == 1


def test_who_hangs_up_while_a_model_works_still_pays(
    records: Records, path: Path, make_decision: MakeDecision
) -> None:
    policy = make_policy(path, budgets="[{per: user, every: day, usd: 1}]")
    for _ in range(2):
        call = records.begin(policy, ASK, make_decision("0.4"), now=NOW)
        call.started("cloud-model")
        call.fail("cancelled")
    with pytest.raises(BudgetExceeded):
        records.begin(policy, ASK, make_decision("0.4"), now=NOW)


def test_a_call_that_failed_before_a_model_worked_costs_nothing(
    records: Records, policy: Policy, path: Path, make_decision: MakeDecision
) -> None:
    call = records.begin(policy, ASK, make_decision("0.4"), now=NOW)
    call.started("cloud-model")
    call.ended(Attempt(model="cloud-model", locality=Locality.CLOUD, error="connect"))
    call.fail("unavailable")
    [row] = calls(path)
    assert (row["result"], row["usd"], row["answered_by"]) == ("unavailable", 0, None)


def test_i11_what_cannot_be_recorded_is_refused(
    tmp_path: Path, make_decision: MakeDecision
) -> None:
    policy = make_policy(tmp_path)  # a folder stands where the file should
    with pytest.raises(RecordError, match="is a folder"):
        records_of(policy).begin(policy, ASK, make_decision(), now=NOW)


def test_i11_an_unlabelled_call_may_go_unrecorded_when_the_policy_says_so(
    tmp_path: Path, make_decision: MakeDecision, caplog: pytest.LogCaptureFixture
) -> None:
    policy = make_policy(tmp_path, unwritable="allow")
    with caplog.at_level(logging.WARNING):
        call = records_of(policy).begin(policy, ASK, make_decision(), now=NOW)
    assert call.id is None
    assert "goes unrecorded" in caplog.text
    call.started("cloud-model")
    call.settle(answer(make_decision()))
    call.fail("cancelled")


@pytest.mark.parametrize(
    ("labels", "budgets"), [(("pii",), "[]"), ((), "[{per: user, every: day, usd: 5}]")]
)
def test_i11_a_labelled_or_budgeted_call_is_never_made_unrecorded(
    tmp_path: Path, make_decision: MakeDecision, labels: tuple[str, ...], budgets: str
) -> None:
    policy = make_policy(tmp_path, unwritable="allow", budgets=budgets)
    with pytest.raises(RecordError):
        records_of(policy).begin(policy, ASK, make_decision(labels=labels), now=NOW)


def test_an_answer_is_not_lost_when_its_ending_cannot_be_written(
    records: Records,
    policy: Policy,
    path: Path,
    make_decision: MakeDecision,
    caplog: pytest.LogCaptureFixture,
) -> None:
    decision = make_decision("0.9")
    call = records.begin(policy, ASK, decision, now=NOW)
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE spend")
    connection.close()
    with caplog.at_level(logging.WARNING):
        call.settle(answer(decision))
    assert "its reservation stands" in caplog.text
    assert "hi" not in caplog.text.split()


def test_an_answer_whose_labels_cannot_be_kept_is_an_error(tmp_path: Path) -> None:
    records = records_of(make_policy(tmp_path))
    with pytest.raises(RecordError):
        records.remember(ASK, ("pii",), {"x" * 60: ("pii",)}, now=NOW, days=30)


def test_taint_is_found_by_the_next_router_on_the_same_file(policy: Policy) -> None:
    text = "an answer that carries what it was asked about, at some length"
    now = datetime.now(UTC)
    first = records_of(policy)
    first.remember(ASK, ("pii",), {text: ("pii",)}, now=now, days=30)
    first.close()
    second = records_of(policy)
    [found] = second.taint.labels_of(tenant="default", texts=["a", text], conversation_id=None)
    second.close()
    assert (found.index, found.labels) == (1, ("pii",))


def test_unlabelled_text_that_cannot_be_noted_holds_no_call_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    records = records_of(make_policy(tmp_path, unwritable="allow"))
    with caplog.at_level(logging.WARNING):
        records.note_unlabelled(
            ASK, ["a plain text that is long enough to be noted, if it could be"]
        )
    assert "goes unnoted" in caplog.text
    assert "plain text" not in caplog.text


def test_a_start_with_another_key_is_stopped(records: Records, policy: Policy) -> None:
    records.ledger()
    with pytest.raises(RecordError, match="made with another HMAC key") as refusal:
        records_of(policy, {"RINGFENCE_HMAC_KEY": "ab" * 32}).check_key()
    assert "RINGFENCE_HMAC_KEY" in str(refusal.value)
    assert "ab" * 32 not in str(refusal.value)
    records_of(policy).check_key()


def test_a_start_without_the_key_is_stopped_and_makes_none(
    records: Records, policy: Policy
) -> None:
    records.ledger()
    file = default_folder() / "hmac.key"
    file.unlink()
    with pytest.raises(RecordError, match="made with another HMAC key"):
        records_of(policy).check_key()
    assert not file.exists()


def test_a_damaged_ledger_is_never_taken_for_an_empty_one(path: Path, policy: Policy) -> None:
    path.parent.mkdir()
    path.write_bytes(b"damage " * 1000)
    with pytest.raises(RecordError, match="is damaged"):
        records_of(policy).taint.labels_of(tenant="t", texts=["x" * 60], conversation_id=None)


def test_a_refusal_on_a_ledger_that_fails_shows_the_ledgers_remedy_when_that_is_why(
    tmp_path: Path, make_decision: MakeDecision, caplog: pytest.LogCaptureFixture
) -> None:
    records = records_of(make_policy(tmp_path))
    with caplog.at_level(logging.WARNING):
        records.refused(ASK, make_decision(models=(), labels=("pii",)), now=NOW)
    assert "a refusal goes unrecorded" in caplog.text
    with pytest.raises(RecordError, match="is a folder"):
        records.refused(ASK, make_decision(models=(), labels=("unscanned",)), now=NOW)
