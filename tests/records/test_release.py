"""Taking labels off again: only what the policy allows, exactly what was named, and never without an event (I5)."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ringfence.errors import Denied
from ringfence.records import Ledger
from ringfence.records.events import Event, recorded
from ringfence.records.release import Scope, permission, release
from ringfence.rules.schema import TaintSpec
from ringfence.types import Clearance

pytestmark = pytest.mark.invariant("I5")

NOW = datetime.now(UTC)
FIRST = "The first answer tells at some length of a boat that was sold to somebody from the coast in spring. "
SECOND = "The second answer is about a garden, two dogs, and the price of the fence that stands between them."
ALL = Clearance(everything=True)


def remember(ledger: Ledger, text: str, *labels: str, conversation: str | None = None) -> None:
    ledger.taint.remember(
        tenant="acme",
        texts={text: labels},
        conversation_id=conversation,
        conversation_labels=labels,
        now=NOW,
        days=30,
    )


def labels_in(ledger: Ledger, text: str = "", conversation: str | None = None) -> set[str]:
    found = ledger.taint.labels_of(tenant="acme", texts=[text], conversation_id=conversation)
    return {label for match in found for label in match.labels}


def take(
    ledger: Ledger,
    scope: Scope,
    *,
    action: str = "taint.forget",
    labels: frozenset[str] | None = None,
    may: Clearance = ALL,
    tenant: str = "acme",
) -> Event:
    event = Event(
        action=action,
        actor="alice",
        tenant=tenant,
        because="tests",
        policy_digest="sha256:p",
        at=datetime.now(UTC),
        facts={},
    )
    return release(ledger.taint, scope, labels=labels, may=may, event=event)


def events(ledger: Ledger) -> list[tuple[str, str, object, object]]:
    with ledger.taint.store.read() as connection:
        return [
            (event.action, event.outcome, event.facts["scope"], event.facts["labels"])
            for event in recorded(connection)
        ]


def text(value: str) -> Scope:
    return Scope(kind="text", value=value)


def test_a_forgotten_text_does_not_come_back_in_any_process(
    path: Path, ledger: Ledger, key: bytes
) -> None:
    remember(ledger, FIRST, "phi")
    remember(ledger, SECOND, "phi")
    with Ledger.open(path, key=key) as other:
        assert labels_in(other, f"so: {FIRST}") == {"phi"}
        event = take(ledger, text(FIRST))
        assert event.facts["marks"] > 5
        assert labels_in(other, f"so: {FIRST}") == labels_in(other, FIRST) == set()
        assert labels_in(other, f"so: {SECOND}") == {"phi"}
    assert events(ledger) == [("taint.forget", "done", "text", ["phi"])]


def test_a_forgotten_text_is_marked_again_when_it_is_answered_again(ledger: Ledger) -> None:
    remember(ledger, FIRST, "phi")
    take(ledger, text(FIRST[10:70]))
    assert labels_in(ledger, f"so: {FIRST[10:70]}") == set()
    assert labels_in(ledger, FIRST) == {"phi"}
    remember(ledger, FIRST, "phi")
    assert labels_in(ledger, f"so: {FIRST[10:70]}") == {"phi"}


def test_a_declassified_text_is_not_marked_again(ledger: Ledger) -> None:
    remember(ledger, FIRST + SECOND, "phi")
    take(ledger, text(FIRST), action="taint.declassify")
    remember(ledger, FIRST + SECOND, "phi")
    assert labels_in(ledger, f"so: {FIRST}") == set()
    assert labels_in(ledger, f"so: {SECOND}") == {"phi"}


def test_one_label_may_go_and_the_others_stay(ledger: Ledger) -> None:
    remember(ledger, FIRST, "phi", "hr")
    event = take(ledger, text(FIRST), action="taint.declassify", labels=frozenset({"hr"}))
    assert event.facts["labels"] == ["hr"]
    assert labels_in(ledger, f"so: {FIRST}") == {"phi"}
    assert labels_in(ledger, FIRST) == {"phi"}


def test_a_conversation_goes_with_the_texts_that_stood_in_it_alone(ledger: Ledger) -> None:
    remember(ledger, FIRST, "phi", conversation="c1")
    remember(ledger, SECOND, "phi", conversation="c1")
    remember(ledger, SECOND, "phi", conversation="c2")
    take(ledger, Scope(kind="conversation", value="c1"))
    assert labels_in(ledger, f"so: {FIRST}") == labels_in(ledger, conversation="c1") == set()
    assert labels_in(ledger, f"so: {SECOND}") == labels_in(ledger, conversation="c2") == {"phi"}


def test_all_of_a_tenant_is_all_of_that_tenant(ledger: Ledger) -> None:
    remember(ledger, FIRST, "phi", conversation="c1")
    assert take(ledger, Scope(kind="all"), tenant="other").facts["marks"] == 0
    assert labels_in(ledger, f"so: {FIRST}") == {"phi"}
    take(ledger, Scope(kind="all"))
    assert labels_in(ledger, f"so: {FIRST}", "c1") == set()


def test_what_the_policy_does_not_allow_is_refused_whole_and_recorded(ledger: Ledger) -> None:
    remember(ledger, FIRST, "phi", "hr")
    with pytest.raises(Denied, match=r"alice to take off phi.*The attempt is recorded") as refusal:
        take(ledger, text(FIRST), may=Clearance(labels=frozenset({"hr"})))
    assert refusal.value.rule == "taint.declassify"
    assert labels_in(ledger, f"so: {FIRST}") == {"phi", "hr"}
    assert events(ledger) == [("taint.forget", "refused", "text", ["hr", "phi"])]


def test_who_may_take_off_what_is_what_the_policy_says() -> None:
    spec = TaintSpec.model_validate(
        {
            "declassify": [
                {"labels": ["hr"], "because": "the works council agreed"},
                {"labels": "all", "users": ["alice"], "because": "she is the officer"},
            ]
        }
    )
    assert permission(spec, "bob") == Clearance(labels=frozenset({"hr"}))
    assert permission(spec, "alice") == Clearance(everything=True, labels=frozenset({"hr"}))
    assert permission(TaintSpec(), "alice") == Clearance()


@pytest.mark.parametrize("statement", ["DELETE FROM events", "UPDATE events SET actor = 'bob'"])
def test_an_event_is_never_changed(ledger: Ledger, statement: str) -> None:
    take(ledger, Scope(kind="all"))
    connection = sqlite3.connect(ledger.path)
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        connection.execute(statement)
    connection.close()


@pytest.mark.invariant("I4")
def test_an_event_holds_no_content(ledger: Ledger) -> None:
    remember(ledger, FIRST, "phi", conversation="c-4711")
    take(ledger, text(FIRST))
    take(ledger, Scope(kind="conversation", value="c-4711"))
    with ledger.taint.store.read() as connection:
        told = str([event.to_dict() for event in recorded(connection)])
    assert "boat" not in told
    assert "c-4711" not in told
