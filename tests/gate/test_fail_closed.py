"""I2: whatever raises, hangs or talks nonsense inside the gate, it answers in time, `unscanned`, with what it has.

No time is measured here: a hang waits for an event that never comes, while the gate's clock, which the test holds,
jumps.
"""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from ringfence.gate import Gate, deadline, stages
from ringfence.gate.recognizer import Hit, Text
from ringfence.request import Request
from ringfence.types import Findings

MakeGate = Callable[..., Gate]
SSN = "219-09-9998"
CARD = "It was said that Brunhilde Achterberg paid with the card 4539 1488 0343 6467."
BODY = {
    "messages": [
        {"role": "user", "content": f"ssn {SSN}"},
        {"role": "assistant", "content": "Which account number?"},
        {"role": "user", "content": "Yesterday Margaret Holloway called about her invoice 4711."},
    ]
}


class Panic(BaseException):
    """What a library in another language raises when it gives up: not an Exception."""


RAISES: tuple[type[BaseException], ...] = (
    ValueError,
    RecursionError,
    MemoryError,
    TimeoutError,
    SystemExit,
    KeyboardInterrupt,
    GeneratorExit,
    StopIteration,
    Panic,
)


class Clock:
    """Time that stands still until a hang begins, and is far past every limit from then on."""

    def __init__(self) -> None:
        self.now = 0.0
        self.release = threading.Event()

    def __call__(self) -> float:
        return self.now

    def hang(self, *_: Any, **__: Any) -> Any:
        self.now += 10_000
        self.release.wait()
        return ()


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    yield clock
    clock.release.set()


class Taint:
    """A store that does what it is told."""

    def __init__(self, answer: Callable[[], Any]) -> None:
        self.answer = answer

    def labels_of(self, **_: Any) -> Any:
        return self.answer()


class Bad:
    """A recogniser that does what it is told."""

    name = "bad"

    def __init__(self, find: Callable[[Text], Any]) -> None:
        self.find = find


def raising(kind: type[BaseException]) -> Callable[..., Any]:
    def work(*_: Any, **__: Any) -> Any:
        raise kind(f"the text was {SSN}")

    return work


def hit(**changed: Any) -> Hit:
    return Hit(**{"entity": "X", "start": 0, "end": 2, "score": 1.0, "why": "", **changed})


JUNK: dict[str, Callable[..., Any]] = {
    "nothing": lambda *_: None,
    "a number": lambda *_: 7,
    "text": lambda *_: "hits",
    "objects": lambda *_: [object()],
    "something like a hit": lambda *_: [SimpleNamespace(entity="X", start=0, end=1, score=1)],
    "a class": lambda *_: [Hit],
    "offsets that are no numbers": lambda *_: [hit(start=math.nan)],
    "offsets as text": lambda *_: [hit(end="2")],
    "offsets past the end": lambda *_: [hit(end=10**9)],
    "offsets before the start": lambda *_: [hit(start=-1)],
    "offsets the wrong way round": lambda *_: [hit(start=2, end=1)],
    "true for an offset": lambda *_: [hit(start=True)],
    "no score": lambda *_: [hit(score=math.nan)],
    "a score past one": lambda *_: [hit(score=2)],
    "no entity": lambda *_: [hit(entity=None)],
    "bytes for a reason": lambda *_: [hit(why=b"x")],
    "no end": lambda *_: (hit() for _ in itertools.count()),
}


def plant(gate: Gate, bad: Bad, *, at: int | None = None, among_names: bool = False) -> None:
    """Put a recogniser among the others: instead of the one `at` a place, or after all of them."""
    reader = gate.name_reader if among_names else gate.reader
    known = list(reader._recognizers)
    group = known[-1 if at is None else at][0]
    if at is None:
        known.append((group, bad))
    else:
        known[at] = (group, bad)
    reader._recognizers = tuple(known)


def assert_closed(findings: Findings, *labels: str) -> None:
    assert "unscanned" in findings.labels
    assert set(labels) <= set(findings.labels)
    assert SSN not in repr(findings)


# -- stages

STAGES = ("walk", "seams", "tainted", "label_rules")
LABELS = {"walk": ()}


@pytest.mark.parametrize("kind", RAISES)
@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_raises_is_unscanned_and_the_others_still_run(
    make_gate: MakeGate, monkeypatch: pytest.MonkeyPatch, stage: str, kind: type[BaseException]
) -> None:
    monkeypatch.setattr(stages, stage, raising(kind))
    gate = make_gate(taint=Taint(tuple))
    assert_closed(gate.read(Request.parse(BODY)), *LABELS.get(stage, ("pii",)))


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_hangs_is_left_behind_at_the_deadline(
    make_gate: MakeGate, monkeypatch: pytest.MonkeyPatch, clock: Clock, stage: str
) -> None:
    gate = make_gate(taint=Taint(tuple), clock=clock)
    monkeypatch.setattr(stages, stage, clock.hang)
    assert_closed(gate.read(Request.parse(BODY)), *LABELS.get(stage, ("pii",)))
    assert gate._watchdog.stuck == 1


@pytest.mark.parametrize(
    "junk",
    [
        None,
        7,
        [object()],
        [None],
        [(0, ("phi",)), (99, ("phi",))],
        [(0, (None,))],
        [(0, ([],))],
        [("x", ("phi",))],
    ],
)
def test_a_store_that_talks_nonsense_is_unscanned(make_gate: MakeGate, junk: Any) -> None:
    gate = make_gate(taint=Taint(lambda: junk))
    assert_closed(gate.read(Request.parse(BODY)), "pii")


def test_a_store_that_never_ends_is_left_behind(make_gate: MakeGate) -> None:
    ticks = itertools.count()
    gate = make_gate(
        taint=Taint(lambda: ((0, ("phi",)) for _ in itertools.count())),
        clock=lambda: next(ticks) / 100,
    )
    assert_closed(gate.read(Request.parse(BODY)))


@pytest.mark.parametrize("junk", [[None], [7], [["pii"]], itertools.repeat("pii")])
@pytest.mark.parametrize("stage", ["walk", "label_rules"])
def test_a_walk_or_a_rule_that_talks_nonsense_is_unscanned(
    make_gate: MakeGate, monkeypatch: pytest.MonkeyPatch, stage: str, junk: Any
) -> None:
    ticks = itertools.count()
    gate = make_gate(clock=lambda: next(ticks) / 10)
    monkeypatch.setattr(stages, stage, lambda *_: junk)
    assert_closed(gate.read(Request.parse(BODY)))


# -- recognisers


def places(make_gate: MakeGate) -> range:
    return range(len(make_gate().reader._recognizers))


@pytest.mark.parametrize("kind", RAISES)
def test_a_recogniser_that_raises_hides_nothing_that_the_others_find(
    make_gate: MakeGate, kind: type[BaseException]
) -> None:
    gate = make_gate()
    plant(gate, Bad(raising(kind)))
    for _ in range(2):  # and is not remembered as clean
        assert_closed(gate.read(Request.parse(BODY)), "pii")


@pytest.mark.parametrize("junk", JUNK)
def test_a_recogniser_that_talks_nonsense_is_unscanned(make_gate: MakeGate, junk: str) -> None:
    gate = make_gate()
    plant(gate, Bad(JUNK[junk]))
    for _ in range(2):
        assert_closed(gate.read(Request.parse(BODY)), "pii")


def test_every_recogniser_may_fail_and_the_gate_says_so(make_gate: MakeGate) -> None:
    for place in places(make_gate):
        for find in (raising(Panic), JUNK["no end"], JUNK["objects"]):
            gate = make_gate()
            plant(gate, Bad(find), at=place)
            assert_closed(gate.read(Request.parse(BODY)))


def test_every_recogniser_may_hang_and_what_came_before_it_is_kept(
    make_gate: MakeGate, clock: Clock
) -> None:
    for place in [*places(make_gate), None]:
        gate = make_gate(clock=clock)
        plant(gate, Bad(clock.hang), at=place)
        assert_closed(gate.read(Request.parse(BODY)), *(("pii",) if place is None else ()))


@pytest.mark.parametrize("find", [raising(Panic), JUNK["no end"], JUNK["no score"]])
def test_the_stage_of_names_fails_closed_too(make_gate: MakeGate, find: Any) -> None:
    gate = make_gate(names="context")
    plant(gate, Bad(find), among_names=True)
    assert_closed(gate.read(Request.from_text(CARD)), "pci")


def test_a_model_that_hangs_is_left_behind(
    make_gate: MakeGate, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    gate = make_gate(names="full", clock=clock)
    monkeypatch.setattr("ringfence.gate.names_model.persons", clock.hang)
    assert_closed(gate.read(Request.from_text(CARD)), "pci")


# -- who is left behind


def test_what_a_reading_finds_after_it_was_left_behind_does_not_count(
    make_gate: MakeGate, clock: Clock
) -> None:
    gate = make_gate(clock=clock)
    plant(gate, Bad(clock.hang), at=0)
    findings = gate.read(Request.parse(BODY))
    clock.release.set()
    assert findings.labels == ("unscanned",)
    assert all("out of time" in note for note in findings.notes)


def test_when_too_many_are_stuck_nothing_is_read_and_all_is_unscanned(
    make_gate: MakeGate, clock: Clock
) -> None:
    gate = make_gate(clock=clock)
    plant(gate, Bad(clock.hang), at=0)
    for index in range(deadline.MAX_STUCK + 4):
        assert_closed(gate.read(Request.from_text(f"text {index}")))
    assert gate._watchdog.stuck == deadline.MAX_STUCK


def test_the_gate_reads_again_when_the_stuck_ones_have_ended(
    make_gate: MakeGate, clock: Clock
) -> None:
    gate = make_gate(clock=clock)
    good = gate.reader._recognizers
    plant(gate, Bad(clock.hang), at=0)
    for index in range(deadline.MAX_STUCK):
        gate.read(Request.from_text(f"text {index}"))
    gate.reader._recognizers = good
    clock.release.set()
    while gate._watchdog.stuck:
        threading.Event().wait(0.01)
    assert gate.read(Request.parse(BODY)).labels == ("pii",)


def test_a_gate_that_cannot_even_start_a_thread_is_unscanned(
    make_gate: MakeGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = make_gate()
    monkeypatch.setattr(deadline.threading.Thread, "start", raising(RuntimeError))
    findings = gate.read(Request.parse(BODY))
    assert findings == Findings(labels=("unscanned",), notes=("gate: failed with RuntimeError",))
