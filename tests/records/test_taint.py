"""I5: labels come back with the text that carried them, whole or in part, for as long as the policy says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.records import Ledger, TaintStore
from ringfence.records.unlabelled import MAX_GRAMS

pytestmark = pytest.mark.invariant("I5")

NOW = datetime.now(UTC)
ANSWER = (
    "The chart says that the second dose was given late and that the rash went away by the evening, so the ward "
    'will keep to the first plan; "nothing else", it adds, {"dose": 2, "late": true} and wishes a quiet night.'
)
OTHER = (
    "Trains from the north run every half hour until midnight and take a little longer at weekends."
)
Labels = set[str]


def remember(ledger: Ledger, text: str = ANSWER, **changes: object) -> None:
    labels = changes.pop("labels", ("phi",))
    values = {
        "tenant": "acme",
        "texts": {text: labels},
        "conversation_id": None,
        "conversation_labels": labels,
        "now": NOW,
        "days": 30,
    }
    ledger.taint.remember(**(values | changes))  # type: ignore[arg-type]


def labels_in(
    ledger: Ledger, *texts: str, tenant: str = "acme", conversation_id: str | None = None
) -> Labels:
    found = ledger.taint.labels_of(tenant=tenant, texts=texts, conversation_id=conversation_id)
    return {label for match in found for label in match.labels}


def later(ledger: Ledger, key: bytes, **time: float) -> TaintStore:
    return TaintStore(ledger.taint.store, key, clock=lambda: NOW + timedelta(**time))


def test_labels_come_back_with_the_text_and_say_where(ledger: Ledger) -> None:
    remember(ledger)
    around = f"Unrelated words before it. {ANSWER} And after."
    [whole, part] = ledger.taint.labels_of(
        tenant="acme", texts=[OTHER, ANSWER, around], conversation_id=None
    )
    assert (whole.index, whole.labels, whole.start, whole.end) == (1, ("phi",), 0, len(ANSWER))
    assert (part.index, part.labels) == (2, ("phi",))
    assert around[part.start : part.end] in ANSWER
    assert part.end - part.start > 0.9 * len(ANSWER)


EDITS: dict[str, Callable[[str], str]] = {
    "as it was": lambda text: text,
    "rewrapped": lambda text: text.replace(" ", "\n    "),
    "without white space": lambda text: "".join(text.split()),
    "upper case": str.upper,
    "curly quotes": lambda text: text.replace('"', "”"),
    "quoted mail": lambda text: "> " + text.replace(", ", ",\n>> "),
    "markdown": lambda text: "**" + text[:50] + "**_" + text[50:] + "_",
    "json": json.dumps,
    "json in json in json": lambda text: json.dumps(json.dumps({"a": json.dumps(text)})),
    "html": lambda text: text.replace('"', "&quot;"),
    "no-break spaces and soft hyphens": lambda text: text.replace(" ", "\u00a0").replace(
        "dose", "do\u00adse"
    ),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
@pytest.mark.parametrize("part", [slice(None), slice(20, 75), slice(-52, None)])
def test_editing_that_changes_no_word_makes_no_difference(
    ledger: Ledger, edit: Callable[[str], str], part: slice
) -> None:
    remember(ledger)
    assert labels_in(ledger, f"{OTHER} {edit(ANSWER[part])} {OTHER}") == {"phi"}


def test_a_text_that_was_remembered_escaped_is_known_plain(ledger: Ledger) -> None:
    remember(ledger, json.dumps({"body": "Grüße,\n\n" + ANSWER.replace(", ", ",\n")}))
    assert labels_in(ledger, OTHER + ANSWER) == {"phi"}


WORDS = st.lists(st.text("abcdefghijklmnopqrstuvwxyzäéß ", min_size=3, max_size=9), min_size=40)
TEXTS = WORDS.map(lambda words: " ".join(" ".join(words).split())).filter(lambda t: len(t) > 120)


@settings(max_examples=60, deadline=None)
@given(answer=TEXTS, before=TEXTS, after=TEXTS, data=st.data())
def test_any_passage_of_fifty_characters_comes_back_inside_any_text(
    tmp_path_factory: pytest.TempPathFactory,
    answer: str,
    before: str,
    after: str,
    data: st.DataObject,
) -> None:
    start = data.draw(st.integers(0, len(answer) - 50))
    span = answer[start : start + data.draw(st.integers(50, 90))]
    with Ledger.open(tmp_path_factory.mktemp("t") / "ledger.sqlite", key=bytes(32)) as ledger:
        remember(ledger, answer)
        assert labels_in(ledger, f"{before} {span} {after}") == {"phi"}


SENTENCES = (
    "The patient was seen on 4 May and said that the pain had come back after nine quiet weeks; "
    "two hundred milligrams were agreed upon, and a letter goes to the tax office on Monday. "
    "Her sister, who lives in the house by the lake, was told of it by telephone. "
)


def test_every_passage_of_fifty_characters_of_prose_comes_back(ledger: Ledger) -> None:
    remember(ledger, SENTENCES)
    for start in range(len(SENTENCES) - 50):
        assert labels_in(ledger, f"x\n{SENTENCES[start : start + 50]}\ny") == {"phi"}, start


@given(text=st.text(min_size=50).filter(lambda t: len(" ".join(t.split())) >= 50))
def test_any_text_comes_back_whole(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    with Ledger.open(tmp_path_factory.mktemp("t") / "ledger.sqlite", key=bytes(32)) as ledger:
        remember(ledger, text)
        assert labels_in(ledger, f"\n {text} \t") == {"phi"}


def test_turns_of_phrase_are_nobodys(ledger: Ledger) -> None:
    remember(ledger)
    for size in (10, 20, 29):
        assert labels_in(ledger, f"{OTHER} {ANSWER[40 : 40 + size]} {OTHER}") == set()


def test_short_texts_are_not_kept(ledger: Ledger) -> None:
    remember(ledger, text="y" * 49)
    remember(ledger, text="z" * 50)
    assert labels_in(ledger, "y" * 49) == set()
    assert labels_in(ledger, "z" * 50) == {"phi"}


def test_a_conversation_carries_its_labels_on_for_paraphrases(ledger: Ledger) -> None:
    remember(ledger, text="short", conversation_id="c1")
    assert labels_in(ledger, "new", conversation_id="c1") == {"phi"}
    assert labels_in(ledger, "short", conversation_id="c2") == set()


def test_another_tenant_sees_nothing(ledger: Ledger) -> None:
    remember(ledger, conversation_id="c1")
    assert labels_in(ledger, ANSWER, tenant="other", conversation_id="c1") == set()


def test_labels_gather_and_the_longer_life_wins(ledger: Ledger, key: bytes) -> None:
    remember(ledger, labels=("phi",), days=30)
    remember(ledger, labels=("secret",), days=1)
    store = later(ledger, key, days=29)
    [found] = store.labels_of(tenant="acme", texts=[ANSWER], conversation_id=None)
    assert found.labels == ("phi", "secret")


def test_labels_expire_and_their_rows_go(ledger: Ledger, key: bytes) -> None:
    remember(ledger)
    around = OTHER + ANSWER
    for hours, there in ((30 * 24, True), (30 * 24 + 2, False)):
        store = later(ledger, key, hours=hours)
        found = store.labels_of(tenant="acme", texts=[ANSWER, around], conversation_id=None)
        assert bool(found) == there
    remember(ledger, text=OTHER, now=NOW + timedelta(days=32))
    with ledger.taint.store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM taint").scalar() == 1
    assert labels_in(ledger, around) == {"phi"}, "what came after the purge is read anew"
    assert labels_in(ledger, ANSWER) == set()


# -- unlabelled traffic


def note(ledger: Ledger, *texts: str, tenant: str = "acme") -> None:
    ledger.taint.note_unlabelled(tenant=tenant, texts=texts)


HEADER = "Licensed to the moon under one or more agreements; see the file NOTICE for what it may do with it."


def test_what_unlabelled_traffic_carried_before_is_not_marked(ledger: Ledger) -> None:
    note(ledger, f"{OTHER} {HEADER}")
    remember(ledger, f"{HEADER} {ANSWER}")
    assert labels_in(ledger, f"Another file. {HEADER} Code follows.") == set()
    assert labels_in(ledger, f"Another file. {ANSWER[30:90]} Code follows.") == {"phi"}


def test_the_licences_of_installed_packages_are_public_from_the_start(ledger: Ledger) -> None:
    header = (Path(__file__).parents[2] / "LICENSE").read_text()[-700:]
    remember(ledger, f"{header}\n{ANSWER}")
    assert labels_in(ledger, f"{OTHER}\n{header}\n{OTHER}") == set()
    assert labels_in(ledger, f"{OTHER}\n{ANSWER[:80]}\n{OTHER}") == {"phi"}


def test_lines_that_import_names_say_nothing(ledger: Ledger) -> None:
    imports = "from collections.abc import Callable, Iterator\nimport json\nimport numpy as np\n"
    remember(ledger, f"{imports}\n{ANSWER}")
    assert labels_in(ledger, f"{imports}\nprint(json.dumps([1, 2, 3]))") == set()


def test_only_the_tenants_own_unlabelled_traffic_counts(ledger: Ledger) -> None:
    note(ledger, HEADER, tenant="other")
    remember(ledger, f"{HEADER} {ANSWER}")
    assert labels_in(ledger, f"Another file. {HEADER} Code follows.") == {"phi"}


def test_saying_it_unlabelled_afterwards_launders_nothing(ledger: Ledger) -> None:
    """As a request does that the gate read while the answer was on its way."""
    remember(ledger)
    note(ledger, f"{OTHER} {ANSWER}")
    assert labels_in(ledger, f"So: {ANSWER}") == {"phi"}
    remember(ledger, f"{ANSWER} And more.")
    with ledger.taint.store.write() as connection:
        connection.exec_driver_sql("DELETE FROM taint WHERE id = 1")
    assert labels_in(ledger, f"So: {ANSWER[40:120]}") == {"phi"}, "the note left it out"


def test_what_was_labelled_as_a_whole_is_known_as_a_whole_whatever_was_said_before(
    ledger: Ledger,
) -> None:
    note(ledger, OTHER + ANSWER)
    remember(ledger)
    assert labels_in(ledger, ANSWER) == {"phi"}


def test_what_is_known_of_unlabelled_traffic_is_bounded(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringfence.records.unlabelled.MAX_GRAMS", 200)
    for number in range(40):
        note(
            ledger,
            f"{number} is the number of the line that is noted, and {number + 7} is not. {OTHER}",
        )
    with ledger.taint.store.read() as connection:
        size = connection.exec_driver_sql("SELECT sum(length(grams)) / 8 FROM unlabelled").scalar()
    assert 0 < size < 200 + 40, "at most one row more"
    assert MAX_GRAMS == 1 << 20


# -- processes, threads, and what is in the file


def test_labels_come_back_in_another_process_that_was_looking_before(
    path: Path, key: bytes
) -> None:
    with Ledger.open(path, key=key) as first, Ledger.open(path, key=key) as second:
        assert labels_in(second, OTHER + ANSWER) == set()
        remember(first)
        assert labels_in(second, OTHER + ANSWER) == {"phi"}
        remember(first, labels=("secret",))
        assert labels_in(second, OTHER + ANSWER) == {"phi", "secret"}


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from ringfence.records import Ledger
name = sys.argv[2]
with Ledger.open(Path(sys.argv[1]), key=bytes(range(32))) as ledger:
    for n in range(15):
        text = f"Process {name} wrote as number {n} a sentence that nobody else has, {n} times {name}."
        noted = f"Noted by {name}: {n * n} trains were late at the {n}th hour of today."
        ledger.taint.note_unlabelled(tenant="acme", texts=[noted])
        ledger.taint.remember(
            tenant="acme", texts={text: ["phi"]}, conversation_id=None, conversation_labels=(),
            now=datetime.now(UTC), days=1,
        )
"""


def test_many_processes_may_remember_and_note_at_once(path: Path, ledger: Ledger) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name]) for name in "abc"]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    for name in "abc":
        for n in range(15):
            text = f"number {n} a sentence that nobody else has, {n} times {name}."
            assert labels_in(ledger, f"{OTHER} Process {name} wrote as {text}") == {"phi"}


def test_threads_share_one_store(ledger: Ledger) -> None:
    texts = [f"{n} {ANSWER[:60]} {n * n} {OTHER[20:70]} {n}" for n in range(40)]

    def work(text: str) -> Labels:
        remember(ledger, text)
        note(
            ledger,
            f"{text[-20:]} nothing to see here, {text[:2]} of forty, move along the platform",
        )
        return labels_in(ledger, f"as said: {text}")

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, texts)) == [{"phi"}] * 40


def test_thousands_of_texts_are_looked_up_at_once(ledger: Ledger) -> None:
    remember(ledger)
    texts = [f"{n} {'filler ' * 10}" for n in range(3000)] + [ANSWER]
    found = ledger.taint.labels_of(tenant="acme", texts=texts, conversation_id=None)
    assert [match.index for match in found] == [3000]


@pytest.mark.invariant("I4")
def test_no_text_and_no_name_is_in_the_file(path: Path, key: bytes) -> None:
    with Ledger.open(path, key=key) as ledger:
        remember(ledger, conversation_id="conversation-4711")
        note(ledger, OTHER)
    raw = b"".join(file.read_bytes() for file in path.parent.glob("ledger.sqlite*"))
    for text in (ANSWER, OTHER):
        words = [word for word in text.split() if len(word) > 5]
        assert not [word for word in words if word.lower().encode() in raw.lower()]
    assert b"conversation-4711" not in raw
    assert b"acme" not in raw
