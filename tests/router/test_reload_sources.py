"""Every file behind a policy is watched: its bases, what it pins, its lock, signatures and trust root."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from signed_policies import KINDS, Person, lock_of, policy_text, sign

from ringfence import Router
from ringfence.health import Problem
from ringfence.rules import dictionaries
from ringfence.trust import digest_of

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.invariant("I7")]


def problem_of(router: Router) -> Problem:
    problem = router.health().problem
    assert problem is not None
    return problem


def test_a_base_that_narrows_narrows_its_child_at_the_next_request(
    versions: Any, tmp_path: Path
) -> None:
    child = tmp_path / "team" / "child.yaml"
    child.parent.mkdir()
    child.write_text("ringfence: 1\nname: team\nextends: [../versions.yaml]\n")
    with Router.from_policy(child) as router:
        assert router.decide("What is rust?").model == "cloud-1"
        narrower = "rules: [{name: home, only: [local-1]}, "
        versions.path.write_text(versions.text(1).replace("rules: [", narrower))
        assert router.decide("What is rust?").model == "local-1"
        versions.path.unlink()
        assert router.decide("What is rust?").model == "local-1"
        assert problem_of(router).code == "policy_error"


def test_a_pinned_file_that_changes_without_its_policy_is_told(
    versions: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = os.urandom(32)
    monkeypatch.setenv(dictionaries.VARIABLE, key.hex())
    file = tmp_path / "names.dict"
    file.write_bytes(dictionaries.make(["osprey"], key))
    entry = (
        f"{{label: pii, name: N, dictionary: names.dict, digest: '{digest_of(file.read_bytes())}'}}"
    )
    versions.path.write_text(versions.text(1).replace("custom: [", f"custom: [{entry}, "))
    with Router.from_policy(versions.path) as router:
        assert router.decide("The osprey flies.").labels == ("pii",)
        file.write_bytes(dictionaries.make(["sparrow"], key))
        assert router.decide("The osprey flies.").labels == ("pii",)
        assert problem_of(router).code == "policy_error"


def test_what_was_missing_elsewhere_is_tried_again(versions: Any, tmp_path: Path) -> None:
    """The new version names a file that nobody watches yet."""
    with Router.from_policy(versions.path) as router:
        elsewhere = tmp_path / "elsewhere.yaml"
        versions.path.write_text("ringfence: 1\nname: team\nextends: [elsewhere.yaml]\n")
        assert router.decide("What is rust?").model == "cloud-1"
        assert problem_of(router).code == "policy_error"
        elsewhere.write_text(versions.text(5))
        assert router.decide("What is rust?").model == "cloud-5"
        assert router.health().problem is None


@pytest.fixture
def alice() -> Person:
    return Person(name="alice", private=KINDS["ed25519"]())


@pytest.fixture
def root(tmp_path: Path, alice: Person) -> Path:
    pem = "\n".join(f"      {line}" for line in alice.public_pem.splitlines())
    path = tmp_path / "trust.yaml"
    path.write_text(f"ringfence_trust: 1\nthreshold: 1\nkeys:\n  alice:\n    public: |\n{pem}\n")
    return path


@pytest.fixture
def write_signed(tmp_path: Path, alice: Person) -> Callable[..., Path]:
    def write(**changes: Any) -> Path:
        path = tmp_path / "signed.yaml"
        path.write_text(policy_text(**changes))
        lock = lock_of(path).to_bytes()
        path.with_name("signed.yaml.lock").write_bytes(lock)
        path.with_name("signed.yaml.sig").write_bytes(sign(lock, [alice]))
        return path

    return write


def test_under_a_trust_root_only_a_newer_signed_policy_is_taken(
    write_signed: Callable[..., Path], root: Path
) -> None:
    policy = write_signed(serial=3)
    with Router.from_policy(policy, trust_root=root) as router:
        policy.write_text(policy_text(serial=4))
        assert router.decide("x").policy.serial == 3, "not signed"
        assert problem_of(router).code == "trust_error"
        write_signed(serial=4)
        assert router.decide("x").policy.serial == 4
        assert router.health().problem is None
        write_signed(serial=2)
        assert router.decide("x").policy.serial == 4, "rolled back"
        assert "serial 4" in problem_of(router).message
        write_signed(serial=5, expires=date(2020, 1, 1).isoformat())
        assert router.decide("x").policy.serial == 4, "expired"
        assert problem_of(router).code == "trust_error"


def test_a_signature_or_a_trust_root_that_goes_away_frees_nobody(
    write_signed: Callable[..., Path], root: Path, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = write_signed(serial=3)
    signature = policy.with_name("signed.yaml.sig")
    monkeypatch.setattr("ringfence.rules.trust_file.SYSTEM_TRUST_ROOT", root)
    monkeypatch.setattr("ringfence.reloading.SYSTEM_TRUST_ROOT", root)
    with Router.from_policy(policy) as router:
        kept = signature.read_bytes()
        signature.unlink()
        assert router.decide("x").policy.serial == 3
        assert problem_of(router).code == "trust_error"
        signature.write_bytes(kept)
        router.decide("x")
        assert router.health().problem is None
        trusted = root.read_text()
        root.unlink()
        policy.with_name("signed.yaml.lock").unlink()
        policy.write_text(policy_text(serial=9))
        assert router.decide("x").policy.serial == 3
        assert "its trust root is gone" in problem_of(router).message
        root.write_text(trusted)
        write_signed(serial=10)
        assert router.decide("x").policy.serial == 10


async def test_a_call_that_began_under_an_older_signed_policy_is_still_recorded_and_made(
    write_signed: Callable[..., Path], root: Path, local_server: Any
) -> None:
    served = {"context_window": 32768, "tools": "native", "json_schema": True}
    models = {"m": {"model": "openai/m", "base_url": local_server.v1, **served}}
    policy = write_signed(serial=3, models=models, routes={"standard": ["m"]})
    async with Router.from_policy(policy, trust_root=root) as router:
        await router.acomplete("x")
        async with router.held() as held:
            write_signed(serial=4, models=models, routes={"standard": ["m"]})
            assert (await router.acomplete("x")).decision.policy.serial == 4
            assert (await held.acomplete("x")).decision.policy.serial == 3
