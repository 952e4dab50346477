"""The line as a whole: decide, complete, stream, estimate, against real servers and a real ledger."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from ringfence import (
    BadRequest,
    BudgetExceeded,
    Caller,
    NoModel,
    Request,
    Router,
    TrustError,
    Unavailable,
)
from ringfence.errors import RecordError
from ringfence.records import default_folder

PLAIN = "Sort these words by length: fig, banana, kiwi."
LABELLED = "Patient Margaret Ellison, MRN 00482913, was admitted with pneumonia. Shorten this."


def edited(policy: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    document = yaml.safe_load(policy.read_text())
    change(document)
    policy.write_text(yaml.safe_dump(document, sort_keys=False))
    return policy


def rows(table: str) -> list[dict[str, Any]]:
    (path,) = default_folder().glob("ledger.*[!lm]")
    with sqlite3.connect(path) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]


def test_a_text_a_mapping_and_a_request_are_decided_alike(split_policy: Path) -> None:
    body = {"messages": [{"role": "user", "content": PLAIN}]}
    with Router.from_policy(split_policy) as router:
        decisions = [router.decide(asked) for asked in (PLAIN, body, Request.parse(body))]
    assert len({json.dumps(decision.to_dict()) for decision in decisions}) == 1
    assert decisions[0].model == "cloud-model"


def test_a_completion_carries_its_cost_usage_and_times(split_policy: Path) -> None:
    with Router.from_policy(split_policy) as router:
        completion = router.complete(PLAIN)
    assert (completion.text, completion.model) == ("Hello from the stand-in.", "cloud-model")
    assert completion.usage.to_dict()["input_tokens"] == 11
    assert completion.usd == Decimal("0.000039"), "11 tokens in at $1 a million and 7 out at $4"
    assert set(completion.ms) == {"gate", "decide", "total"}
    assert completion.to_dict()["usd"] == "0.000039"


def test_a_stream_gives_the_text_piece_by_piece_and_the_completion_last(split_policy: Path) -> None:
    with Router.from_policy(split_policy) as router:
        *pieces, last = router.stream(PLAIN)
    assert len(pieces) > 1
    assert last.completion is not None
    assert (
        "".join(piece.text for piece in pieces)
        == last.completion.text
        == "Hello from the stand-in."
    )


async def test_the_async_doors_say_the_same(split_policy: Path) -> None:
    async with Router.from_policy(split_policy) as router:
        decision, completion, estimate = await asyncio.gather(
            router.adecide(PLAIN), router.acomplete(PLAIN), router.aestimate(PLAIN)
        )
        pieces = [chunk.text async for chunk in router.astream(PLAIN)]
    assert decision.model == completion.model == "cloud-model"
    assert estimate.chosen is not None and estimate.chosen.model == "cloud-model"
    assert "".join(pieces) == completion.text


@pytest.mark.invariant("I9")
def test_an_estimate_names_the_model_that_the_call_then_uses(split_policy: Path) -> None:
    with Router.from_policy(split_policy) as router:
        for text in (PLAIN, LABELLED):
            estimate = router.estimate(text)
            assert estimate.chosen is not None
            assert estimate.chosen.model == router.complete(text).model
            assert text not in json.dumps(estimate.to_dict())


def test_a_workload_is_priced_where_decide_sends_each_part(split_policy: Path) -> None:
    mix = [{"share": 0.9, "task": "simple"}, {"share": 0.1, "labels": ["phi"]}]
    with Router.from_policy(split_policy) as router:
        estimate = router.estimate({"sessions_per_day": 100, "mix": mix}).to_dict()
        with pytest.raises(BadRequest) as caught:
            router.estimate({"sessions_per_day": 100, "mix": [{"share": 0.5}]})
    assert [row["model"] for row in estimate["by_route"]] == ["cloud-model", "local-model"]
    assert estimate["monthly_usd"] == "378", "0.9 x 3,000 sessions x $0.14"
    assert caught.value.path == "/mix"


@pytest.mark.invariant("I11")
def test_the_row_is_written_before_the_bytes_leave(
    split_policy: Path, cloud: Any, reply: Any
) -> None:
    gate = threading.Event()
    cloud.always(reply(text="one two", gate=gate))
    with Router.from_policy(split_policy) as router:
        stream = router.stream(PLAIN)
        next(stream)
        assert cloud.requests
        (row,) = rows("calls")
        assert (row["model"], row["finished"]) == ("cloud-model", None)
        gate.set()
        list(stream)
    (row,) = rows("calls")
    assert (row["result"], row["answered_by"]) == ("answered", "cloud-model")


@pytest.mark.invariant("I11")
@pytest.mark.parametrize("text", [PLAIN, LABELLED])
def test_without_a_ledger_no_call_is_made(
    split_policy: Path, cloud: Any, local_server: Any, text: str
) -> None:
    in_the_way = split_policy.parent / "file"
    in_the_way.write_text("")
    edited(
        split_policy,
        lambda document: document.update(records={"path": str(in_the_way / "ledger.db")}),
    )
    with Router.from_policy(split_policy) as router:
        assert router.decide(text).candidates
        with pytest.raises(RecordError, match=r"records\.path"):
            router.complete(text)
    assert (cloud.requests, local_server.requests) == ([], [])


@pytest.mark.invariant("I11")
def test_an_unlabelled_call_may_go_unrecorded_where_the_policy_allows_it_and_a_labelled_one_never(
    split_policy: Path,
) -> None:
    in_the_way = split_policy.parent / "file"
    in_the_way.write_text("")
    spec = {"path": str(in_the_way / "ledger.db"), "unwritable": "allow"}
    edited(split_policy, lambda document: document.update(records=spec))
    with Router.from_policy(split_policy) as router:
        assert router.complete(PLAIN).model == "cloud-model"
        with pytest.raises(RecordError):
            router.complete(LABELLED)


def test_a_damaged_ledger_is_an_error_and_nothing_is_sent(split_policy: Path, cloud: Any) -> None:
    with Router.from_policy(split_policy) as router:
        router.complete(PLAIN)
    (path,) = default_folder().glob("ledger.*[!lm]")
    path.write_bytes(b"not a database at all" * 100)
    sent = len(cloud.requests)
    with Router.from_policy(split_policy) as router, pytest.raises(RecordError, match="damaged"):
        router.complete(PLAIN)
    assert len(cloud.requests) == sent


@pytest.mark.invariant("I4")
def test_nothing_on_disk_holds_what_was_said(
    split_policy: Path, local_server: Any, reply: Any
) -> None:
    local_server.always(
        reply(text="An answer with the word ZANZIBAR in it, long enough to be remembered.")
    )
    with Router.from_policy(split_policy) as router:
        router.complete(
            {"messages": [{"role": "user", "content": LABELLED}], "conversation_id": "talk-9931"}
        )
    written = b"".join(path.read_bytes() for path in default_folder().rglob("*") if path.is_file())
    for word in (b"Ellison", b"00482913", b"ZANZIBAR", b"pneumonia", b"talk-9931"):
        assert word not in written


@pytest.mark.invariant("I8")
def test_many_callers_at_once_cannot_together_pass_a_budget(split_policy: Path, cloud: Any) -> None:
    budget = {"per": "user", "every": "day", "usd": 0.02, "then": "deny"}
    edited(
        split_policy,
        lambda document: document.update(budgets=[budget], fallback={"deadline_s": 50}),
    )

    def ask(router: Router) -> bool:
        try:
            router.complete(
                {"messages": [{"role": "user", "content": PLAIN}], "max_output_tokens": 1000}
            )
        except BudgetExceeded:
            return False
        return True

    with (
        Router.from_policy(split_policy, caller=Caller(user="ada")) as router,
        ThreadPoolExecutor(8) as pool,
    ):
        answered = sum(pool.map(ask, [router] * 24))
    spent = sum(row["usd"] or 0 for row in rows("calls"))
    assert answered > 0
    assert spent <= 20_000_000, "nano-dollars"


def test_a_spent_budget_goes_local_where_the_policy_says_so(split_policy: Path) -> None:
    budget = {"per": "tenant", "every": "month", "usd": 0, "then": "local"}
    edited(split_policy, lambda document: document.update(budgets=[budget]))
    with Router.from_policy(split_policy) as router:
        assert router.complete(PLAIN).model == "local-model"


@pytest.mark.invariant("I5")
def test_a_conversation_that_was_labelled_stays_so_for_paraphrases(split_policy: Path) -> None:
    def turn(text: str, conversation: str | None) -> Any:
        body = {"messages": [{"role": "user", "content": text}]}
        return body | ({"conversation_id": conversation} if conversation else {})

    with Router.from_policy(split_policy) as router:
        router.complete(turn(LABELLED, "c1"))
    with Router.from_policy(split_policy) as router:
        follow_up = "And what should she do next week?"
        assert router.decide(turn(follow_up, "c1")).labels == router.decide(LABELLED).labels
        assert router.decide(turn(follow_up, "c2")).labels == ()
        assert router.decide(turn(follow_up, "c1"), caller=Caller(tenant="other")).labels == ()


@pytest.mark.invariant("I6")
def test_the_same_request_gives_the_same_decision_in_another_process_run(
    split_policy: Path,
) -> None:
    decisions = []
    for _ in range(2):
        with Router.from_policy(split_policy) as router:
            decisions.append(json.dumps(router.decide(LABELLED).to_dict()))
    assert decisions[0] == decisions[1]


@pytest.mark.invariant("I7")
def test_another_policy_than_the_pinned_one_does_not_start(
    split_policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Router.from_policy(split_policy) as router:
        digest = router.policy.ref.digest
    monkeypatch.setenv("RINGFENCE_POLICY_DIGEST", digest)
    Router.from_policy(split_policy).close()
    split_policy.write_text(split_policy.read_text() + "\n# a change\n")
    with pytest.raises(TrustError, match=digest):
        Router.from_policy(split_policy)
    monkeypatch.delenv("RINGFENCE_POLICY_DIGEST")
    with pytest.raises(TrustError, match=digest):
        Router.from_policy(split_policy, policy_digest=digest)


def test_a_request_longer_than_any_window_has_no_model(split_policy: Path, cloud: Any) -> None:
    with (
        Router.from_policy(split_policy) as router,
        pytest.raises(NoModel, match="its window is 32,768"),
    ):
        router.complete("plum " * 60_000)
    assert cloud.requests == []


def test_a_dead_endpoint_is_unavailable_with_every_attempt(
    split_policy: Path, cloud: Any, local_server: Any
) -> None:
    cloud.close()
    local_server.close()
    with Router.from_policy(split_policy) as router, pytest.raises(Unavailable) as caught:
        router.complete(PLAIN)
    assert [(attempt.model, attempt.error) for attempt in caught.value.attempts] == [
        ("cloud-model", "connect"),
        ("local-model", "connect"),
    ]
    (row,) = rows("calls")
    assert row["result"] == "unavailable"


async def test_cancelling_a_call_is_recorded_and_closes_the_connection(
    split_policy: Path, cloud: Any, reply: Any
) -> None:
    cloud.always(reply(fault="hang"))
    async with Router.from_policy(split_policy) as router:
        task = asyncio.create_task(router.acomplete(PLAIN))
        while not cloud.requests:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    (row,) = rows("calls")
    assert row["result"] == "cancelled"


@pytest.mark.invariant("I2")
def test_a_gate_that_the_policy_turns_off_is_named_in_every_decision(split_policy: Path) -> None:
    gate = {"enabled": False, "because": "a test bench"}
    edited(split_policy, lambda document: document.update(gate=gate))
    with Router.from_policy(split_policy) as router:
        decision = router.decide(LABELLED)
    assert decision.labels == ()
    assert any("gate" in note and "a test bench" in note for note in decision.notes)


def test_a_workload_is_planned_without_regard_to_what_is_down_at_the_moment(
    split_policy: Path, local_server: Any
) -> None:
    local_server.close()
    with Router.from_policy(split_policy) as router:
        for _ in range(8):
            with pytest.raises(Unavailable):
                router.complete(LABELLED)
        estimate = router.estimate(
            {"sessions_per_day": 10, "mix": [{"share": 1, "labels": ["phi"]}]}
        )
    assert [row["model"] for row in estimate.to_dict()["by_route"]] == ["local-model"]
