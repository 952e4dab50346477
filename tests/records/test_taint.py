"""I5: labels come back with the text that carried them, whole, for as long as the policy says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.records import Ledger, TaintStore

NOW = datetime.now(UTC)
ANSWER = "The patient is to be seen again in six weeks, with a new blood count taken before."


def remember(ledger: Ledger, text: str = ANSWER, **changes: object) -> None:
    values = {
        "tenant": "acme",
        "text": text,
        "labels": ("phi",),
        "conversation_id": None,
        "now": NOW,
        "days": 30,
    }
    ledger.taint.add(**(values | changes))  # type: ignore[arg-type]


def test_labels_come_back_with_the_text_and_say_which(ledger: Ledger) -> None:
    remember(ledger)
    found = ledger.taint.labels_of(
        tenant="acme", texts=["unrelated", ANSWER, "x" * 80, ANSWER], conversation_id=None
    )
    assert found == ((1, ("phi",)), (3, ("phi",)))


def test_white_space_makes_no_difference(ledger: Ledger) -> None:
    remember(ledger)
    spaced = "\n\n " + ANSWER.replace(" ", "  \t\n") + "\r\n"
    found = ledger.taint.labels_of(tenant="acme", texts=[spaced], conversation_id=None)
    assert found == ((0, ("phi",)),)


def test_a_conversation_carries_its_labels_on(ledger: Ledger) -> None:
    remember(ledger, text="short", conversation_id="c1")
    assert ledger.taint.labels_of(tenant="acme", texts=["new"], conversation_id="c1") == (
        (None, ("phi",)),
    )
    assert ledger.taint.labels_of(tenant="acme", texts=["short"], conversation_id="c2") == ()


def test_another_tenant_sees_nothing(ledger: Ledger) -> None:
    remember(ledger, conversation_id="c1")
    assert ledger.taint.labels_of(tenant="other", texts=[ANSWER], conversation_id="c1") == ()


def test_short_texts_are_not_kept(ledger: Ledger) -> None:
    remember(ledger, text="y" * 49)
    remember(ledger, text="z" * 50)
    found = ledger.taint.labels_of(tenant="acme", texts=["y" * 49, "z" * 50], conversation_id=None)
    assert found == ((1, ("phi",)),)


def test_labels_gather_and_the_longer_life_wins(ledger: Ledger, key: bytes) -> None:
    remember(ledger, labels=("phi",), days=30)
    remember(ledger, labels=("secret",), days=1)
    late = TaintStore(ledger._store, key, clock=lambda: NOW + timedelta(days=29))
    found = late.labels_of(tenant="acme", texts=[ANSWER], conversation_id=None)
    assert found == ((0, ("phi", "secret")),)


def test_labels_expire(ledger: Ledger, key: bytes) -> None:
    remember(ledger, days=30)
    late = TaintStore(ledger._store, key, clock=lambda: NOW + timedelta(days=30, seconds=1))
    assert late.labels_of(tenant="acme", texts=[ANSWER], conversation_id=None) == ()


@pytest.mark.parametrize(
    ("what", "gone"),
    [({"text": ANSWER}, 1), ({"conversation_id": "c1"}, 1), ({}, 2), ({"text": "never seen"}, 0)],
)
def test_what_is_forgotten_does_not_come_back(
    ledger: Ledger, what: dict[str, str], gone: int
) -> None:
    remember(ledger, conversation_id="c1")
    remember(ledger, tenant="other")
    assert ledger.taint.forget(tenant="acme", **what) == gone  # type: ignore[arg-type]
    left = ledger.taint.labels_of(tenant="acme", texts=[ANSWER], conversation_id="c1")
    assert len(left) == 2 - gone
    assert ledger.taint.labels_of(tenant="other", texts=[ANSWER], conversation_id=None) != ()


def test_labels_come_back_in_another_process(path: Path, key: bytes) -> None:
    with Ledger.open(path, key=key) as first:
        remember(first)
    with Ledger.open(path, key=key) as second:
        assert second.taint.labels_of(tenant="acme", texts=[ANSWER], conversation_id=None)


def test_thousands_of_texts_are_looked_up_at_once(ledger: Ledger) -> None:
    remember(ledger)
    texts = [f"{n} {'filler ' * 10}" for n in range(3000)] + [ANSWER]
    assert ledger.taint.labels_of(tenant="acme", texts=texts, conversation_id=None) == (
        (3000, ("phi",)),
    )


@given(text=st.text(min_size=50).filter(lambda t: len(" ".join(t.split())) >= 50))
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("taint") / "ledger.sqlite"
    with Ledger.open(path, key=bytes(32)) as ledger:
        remember(ledger, text=text)
        found = ledger.taint.labels_of(tenant="acme", texts=[text], conversation_id=None)
        assert found == ((0, ("phi",)),)
