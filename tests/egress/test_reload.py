"""I1 while the policy changes under the requests: whatever is written, a labelled byte never reaches the cloud."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ringfence import Router

pytestmark = [pytest.mark.invariant("I1", "I7")]


def test_a_labelled_request_during_any_reload_never_reaches_the_cloud(
    split_policy: Path,
    cloud: Any,
    local_server: Any,
    reply: Any,
    labelled: str,
    plain: str,
    beacon: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Versions that swap the models' order, names and limits, and broken ones between; the local model fails often."""
    monkeypatch.setattr("ringfence.standing.LOOK_S", 0.0)
    monkeypatch.setattr("ringfence.reloading.QUIET_S", 0.0)
    local_server.script(*[reply(status=500), reply()] * 200)
    good = split_policy.read_text() + 'gate: {names: "off"}\n'
    swapped = good.replace("local-model", "x").replace("cloud-model", "local-model")
    texts = [
        good,
        swapped.replace("x:", "other-model:").replace("- x", "- other-model"),
        good[: len(good) // 2],
        good + "fallback: {attempts: 1}\n",
        "models: [}",
        good + "labels: {packs: [hipaa]}\n",
    ]
    done = threading.Event()

    def change() -> int:
        for n in itertools.count():
            if done.is_set():
                return n
            beside = split_policy.with_suffix(".new")
            beside.write_text(texts[n % len(texts)] + f"serial: {n + 1}\n")
            os.replace(beside, split_policy)
        raise AssertionError("unreachable")

    def ask(router: Router) -> set[str]:
        seen = set()
        for n in range(60):
            with contextlib.suppress(Exception):
                if n % 2:
                    pieces = list(router.stream(labelled))
                    seen.add(pieces[-1].completion.decision.policy.digest)
                else:
                    seen.add(router.complete(labelled).decision.policy.digest)
        return seen

    with Router.from_policy(split_policy) as router, ThreadPoolExecutor(4) as pool:
        changing = pool.submit(change)
        digests = set().union(*pool.map(ask, [router] * 3))
        done.set()
        assert changing.result() > 20
        assert beacon in local_server.received
        assert cloud.received == b""
    assert len(digests) > 3, "it was judged by many policies"
    split_policy.write_text(good)
    with Router.from_policy(split_policy) as router:
        router.complete(plain)
    assert beacon in cloud.received, "the recorder records"
