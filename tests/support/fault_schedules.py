"""Random fault schedules for dispatch: what each seed makes of models, labels and faults, and what must hold after it.

A schedule is one call: some models in some order, each with faults to come. The decision names them whether they are
cleared or not, as if deciding were broken, so that dispatch alone must hold.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from dispatch_bench import Bench, Recorder, request_of
from fault_world import FAULTS, TEXT, FaultServer
from jumping_loop import JumpingLoop

from ringfence.credentials import Credentials
from ringfence.dispatch import Answered, Dispatcher
from ringfence.errors import RingfenceError

DEADLINE_S = 5.0
HANG_GUARD_S = 3600.0
"""On a clock that jumps, which costs nothing: see `jumping_loop`."""
LATENESS_S = 0.05
"""A call may end so much after its deadline: connections are closed in between, while other calls' timers fire."""
_SERVED = {"price": {"input": 1, "output": 1}, "context_window": 32768}
MODELS = {
    # name: (model, its server, API path, written in the policy)
    "cloud": ("openai/a", "cloud", "/v1", {"locality": "cloud"}),
    "cloud-ollama": ("ollama_chat/a", "cloud", "", {"locality": "cloud"}),
    "baa": (
        "openai/b",
        "baa",
        "/v1",
        {"locality": "cloud", "clearance": ["pii"], "because": "contract"},
    ),
    "local": ("openai/c", "local", "/v1", {}),
    "local-ollama": ("ollama_chat/c", "local", "", {}),
    "other": ("openai/d", "other", "/v1", {}),
}
LABELS = ((), ("pii",), ("pii", "phi"), ("unread",), ("unscanned",), ("not-yet-invented",))


@dataclass(kw_only=True)
class Schedule:
    """One call, made of its seed alone."""

    seed: int
    names: list[str] = field(init=False)
    labels: tuple[str, ...] = field(init=False)
    streaming: bool = field(init=False)
    leaves_after: float | None = field(init=False)
    """Seconds after which the caller cancels."""

    def __post_init__(self) -> None:
        rng = random.Random(self.seed)
        self.names = rng.sample(list(MODELS), rng.randint(1, len(MODELS)))
        self.labels = rng.choice(LABELS)
        self.streaming = rng.random() < 0.5
        self.leaves_after = rng.uniform(0, 3.0) if rng.random() < 0.1 else None
        healthy = rng.choice((0.0, 0.2, 0.6))
        self._faults = iter(
            lambda: "none" if rng.random() < healthy else rng.choice(FAULTS), object()
        )

    def next_fault(self) -> str:
        return next(self._faults)

    @property
    def text(self) -> str:
        """What is sent: labelled or plain, so that a server's bytes tell."""
        return f"{'LABELLED' if self.labels else 'PLAIN'}-{self.seed}"


@dataclass(kw_only=True)
class Outcome:
    schedule: Schedule
    ended: str
    """`answered`, `cancelled`, or the code of the error."""
    seconds: float
    wrong: list[str]
    """What did not hold, in words. Empty is good."""


class World:
    """Servers, one policy whose models' addresses are rewritten for each call, and the calls."""

    def __init__(self) -> None:
        self._schedules: dict[int, Schedule] = {}
        self.servers = {
            name: FaultServer(lambda call: self._schedules[call].next_fault())
            for name in ("cloud", "baa", "local", "other")
        }

    async def start(self) -> None:
        for server in self.servers.values():
            await server.start()
            server.elsewhere = self.servers["cloud"].url
        models = {
            name: {
                "model": model,
                "base_url": f"{self.servers[at].url}{path}",
                **_SERVED,
                **written,
            }
            for name, (model, at, path, written) in MODELS.items()
        }
        self._bench = Bench(models, fallback={"deadline_s": DEADLINE_S, "attempts": 4})

    async def stop(self) -> None:
        for server in self.servers.values():
            await server.stop()

    async def run(self, schedule: Schedule) -> Outcome:
        self._schedules[schedule.seed] = schedule
        policy = self._bench.policy
        models = {
            name: replace(model, base_url=self._address(name, schedule.seed))
            for name, model in policy.models.items()
        }
        clock = asyncio.get_running_loop().time
        dispatcher = Dispatcher(
            replace(policy, models=models), credentials=Credentials({}), clock=clock
        )
        began = clock()
        work = asyncio.create_task(self._ask(dispatcher, schedule))
        if schedule.leaves_after is not None:
            asyncio.get_running_loop().call_later(schedule.leaves_after, work.cancel)
        done, _ = await asyncio.wait([work], timeout=HANG_GUARD_S)
        seconds = clock() - began
        if not done:
            work.cancel()
            return Outcome(schedule=schedule, ended="hung", seconds=seconds, wrong=["it hung"])
        ended, wrong = ("cancelled", []) if work.cancelled() else work.result()
        if seconds > DEADLINE_S + LATENESS_S:
            wrong.append(f"it ended after {seconds:.3f} s")
        await dispatcher.aclose()
        return Outcome(schedule=schedule, ended=ended, seconds=seconds, wrong=wrong)

    def _address(self, name: str, seed: int) -> str:
        _, at, path, _ = MODELS[name]
        return f"{self.servers[at].url}/s{seed}{path}"

    async def _ask(self, dispatcher: Dispatcher, schedule: Schedule) -> tuple[str, list[str]]:
        decision = self._bench.decision(*schedule.names, labels=schedule.labels)
        request = request_of(schedule.text)
        said: list[str] = []
        try:
            if schedule.streaming:
                async for item in dispatcher.stream(decision, request, record=Recorder()):
                    said.append(item) if isinstance(item, str) else (answered := item)
            else:
                answered = await dispatcher.complete(decision, request, record=Recorder())
        except RingfenceError as error:
            return error.code, list(_faults_of_an_error(schedule, error, "".join(said)))
        return "answered", list(self._faults_of_an_answer(schedule, answered, said))

    def _faults_of_an_answer(
        self, schedule: Schedule, answered: Answered, said: list[str]
    ) -> Iterator[str]:
        model = self._bench.policy.models[answered.model]
        if model.clearance.missing(schedule.labels, model.locality):
            yield f"answered by {model.name}, which is not cleared"
        if answered.answer.text != TEXT:
            yield "the answer is not what the server said"
        if schedule.streaming and "".join(said) != TEXT:
            yield "the pieces are not the answer"
        if "LABELLED" in repr(answered):
            yield "content in a repr"

    def leaks(self) -> list[str]:
        """Labelled calls that a server heard of whose models are not cleared for them."""
        found = []
        policy = self._bench.policy
        for name, (_, at, _, _) in MODELS.items():
            model, server = policy.models[name], self.servers[at]
            for seed in server.heard_from & set(self._schedules):
                labels = self._schedules[seed].labels
                if model.clearance.missing(labels, model.locality):
                    found.append(f"{at} heard of call {seed} with {labels}")
        return found

    def labelled_bytes_at_the_cloud(self) -> int:
        return self.servers["cloud"].received.count(b"LABELLED")


def _faults_of_an_error(schedule: Schedule, error: RingfenceError, said: str) -> Iterator[str]:
    if not TEXT.startswith(said):
        yield "text came twice, or from two models"
    if said and f"{len(said):,} characters" not in str(error):
        yield "the error does not say how much was delivered"
    if schedule.text in str(error) + repr(error) + repr(getattr(error, "attempts", "")):
        yield "content in an error"


@dataclass(kw_only=True)
class Summary:
    outcomes: list[Outcome]
    leaks: list[str]
    labelled_bytes: int
    plain_bytes: int
    """How often the cloud heard from plain calls: the control, which must not be 0."""
    tasks_left: int
    connections_left: int
    faults: Counter[str]
    seconds: float

    @property
    def wrong(self) -> list[str]:
        return [f"seed {o.schedule.seed}: {what}" for o in self.outcomes for what in o.wrong]


def run_all(
    seeds: range, *, at_once: int = 20, progress: Callable[[int], None] = lambda done: None
) -> Summary:
    """Run the schedules of all seeds, so many at once, on a clock that jumps."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(_run_all(seeds, at_once, progress))


async def _run_all(seeds: range, at_once: int, progress: Callable[[int], None]) -> Summary:
    before = len(asyncio.all_tasks())
    world, began = World(), time.perf_counter()
    await world.start()
    room, outcomes = asyncio.Semaphore(at_once), []

    async def one(seed: int) -> None:
        async with room:
            outcomes.append(await world.run(Schedule(seed=seed)))
            progress(len(outcomes))

    await asyncio.gather(*(one(seed) for seed in seeds))
    seconds = time.perf_counter() - began
    for _ in range(500):  # the servers' turn to see that all have left
        if not sum(server.open for server in world.servers.values()):
            break
        await asyncio.sleep(0.01)
    faults = Counter[str]()
    for server in world.servers.values():
        faults.update(server.faults)
    connections = sum(server.open for server in world.servers.values())
    await world.stop()
    summary: dict[str, Any] = {
        "leaks": world.leaks(),
        "labelled_bytes": world.labelled_bytes_at_the_cloud(),
        "plain_bytes": world.servers["cloud"].received.count(b"PLAIN"),
    }
    return Summary(
        outcomes=outcomes,
        tasks_left=len(asyncio.all_tasks()) - before - connections,
        connections_left=connections,
        faults=faults,
        seconds=seconds,
        **summary,
    )
