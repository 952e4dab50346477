"""Requests that are under way when the policy changes: each is of one policy from its start to its end."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ringfence import Router
from ringfence.bundle import Bundle

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.invariant("I6", "I7")]

LABELLED = "The bluebird leaves at nine."
PLAIN = "What is rust?"


async def eventually(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.01)


@pytest.mark.slow
def test_of_ten_thousand_decisions_during_a_hundred_reloads_none_sees_a_mix(versions: Any) -> None:
    threads, each, reloads = 4, 2_500, 100
    seen: list[set[int]] = []
    failed = threading.Event()

    def decide(router: Router) -> None:
        try:
            for _ in range(each):
                oldest = router.policy.ref.serial
                seen.append(versions.of(router.decide(LABELLED)))
                assert min(seen[-1]) >= oldest, "an older policy does not come back"
        except BaseException:
            failed.set()
            raise

    def change() -> None:
        for n in range(1, reloads + 1):
            while len(seen) < n * threads * each // (reloads + 1) and not failed.is_set():
                time.sleep(0.001)
            versions.write(1 + n)

    with Router.from_policy(versions.path) as router, ThreadPoolExecutor(threads + 1) as pool:
        futures = [pool.submit(change), *(pool.submit(decide, router) for _ in range(threads))]
        for future in futures:
            future.result()
        assert router.policy.ref.serial == reloads + 1
    assert len(seen) == threads * each
    assert {len(found) for found in seen} == {1}
    assert len(set[int]().union(*seen)) > reloads // 2


async def test_a_stream_ends_under_the_policy_that_it_began_under(
    versions: Any, cloud: Any, reply: Any
) -> None:
    gate = threading.Event()
    async with Router.from_policy(versions.path) as router:
        cloud.script(reply(text="one two three", gate=gate))
        stream = router.astream(PLAIN)
        pieces = [await anext(stream)]
        versions.write(7)
        assert versions.of(await router.adecide(LABELLED)) == {7}
        assert (await router.acomplete(PLAIN)).model == "cloud-7"
        gate.set()
        pieces += [piece async for piece in stream]
    completion = pieces[-1].completion
    assert completion.text == "one two three"
    assert completion.decision.policy.serial == 1
    assert (completion.model, completion.usd * 1_000_000) == ("cloud-1", 18)


async def test_a_fallback_is_to_a_model_of_the_policy_that_the_call_began_under(
    versions: Any, cloud: Any, local_server: Any, reply: Any
) -> None:
    cloud.script(reply(fault="hang"))
    versions.write(1, "fallback: {deadline_s: 60}")
    async with Router.from_policy(versions.path) as router:
        call = asyncio.create_task(router.acomplete(PLAIN))
        await eventually(lambda: bool(cloud.requests))
        versions.write(2)
        assert versions.of(await router.adecide(LABELLED)) == {2}
        cloud.close()
        completion = await call
    assert completion.model == "local-1"
    assert [attempt.model for attempt in completion.attempts] == ["cloud-1", "local-1"]
    assert completion.decision.policy.serial == 1


@pytest.mark.invariant("I5")
async def test_what_a_labelled_call_says_keeps_the_labels_of_its_own_policy(
    versions: Any, local_server: Any, reply: Any
) -> None:
    said = "A sentence that is long enough to be known again when it comes back, whoever brings it."
    gate = threading.Event()
    local_server.script(reply(text=said, gate=gate))
    async with Router.from_policy(versions.path) as router:
        stream = router.astream(LABELLED)
        await anext(stream)
        versions.write(2)
        assert versions.of(await router.adecide(LABELLED)) == {2}
        gate.set()
        assert [piece async for piece in stream]
        assert (await router.adecide(said)).labels == ("label-1",)


async def test_connections_of_the_old_policy_close_when_its_last_call_ends(
    versions: Any, cloud: Any, reply: Any
) -> None:
    gate = threading.Event()
    async with Router.from_policy(versions.path) as router:
        await router.acomplete(PLAIN)
        assert cloud.open_connections == 1
        cloud.script(reply(text="one two", gate=gate))
        stream = router.astream(PLAIN)
        await anext(stream)
        versions.write(2)
        await router.acomplete(PLAIN)
        assert cloud.open_connections == 2, "the old one, in use, and the new one"
        gate.set()
        assert [piece async for piece in stream]
        await eventually(lambda: cloud.open_connections == 1)
    await eventually(lambda: cloud.open_connections == 0)


async def test_a_call_that_is_cancelled_while_it_is_read_holds_nothing(versions: Any) -> None:
    async with Router.from_policy(versions.path) as router:
        for _ in range(20):
            call = asyncio.create_task(router.acomplete(PLAIN))
            await asyncio.sleep(0)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
        await router.acomplete(PLAIN)
        assert not +router._standing._held


@pytest.mark.slow
@pytest.mark.parametrize("in_one_loop", [True, False], ids=["one loop", "a loop a call"])
def test_a_thousand_reloads_leave_nothing_behind(
    versions: Any, cloud: Any, in_one_loop: bool
) -> None:
    reloads = 500

    def counts() -> dict[str, int]:
        gc.collect()
        return {
            "bundles": sum(isinstance(thing, Bundle) for thing in gc.get_objects()),
            "threads": threading.active_count(),
            "descriptors": len(os.listdir("/proc/self/fd")),
        }

    def rounds(router: Router, numbers: range) -> None:
        async def calls(*numbers: int) -> None:
            for n in numbers:
                versions.write(n)
                assert (await router.acomplete(PLAIN)).model == f"cloud-{n}"
                assert len(asyncio.all_tasks()) == 1

        if in_one_loop:
            asyncio.run(calls(*numbers))
        else:
            for n in numbers:
                asyncio.run(calls(n))

    with Router.from_policy(versions.path) as router:
        rounds(router, range(2, 6))
        before = counts()
        rounds(router, range(6, 6 + reloads))
        after = counts()
    assert after["bundles"] <= before["bundles"]  # those that other tests left included
    for name, count in after.items():
        assert count <= before[name] + 4, name
