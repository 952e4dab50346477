"""No door loads a policy that its trust root does not trust (I7): every attack, at every door."""

from __future__ import annotations

import asyncio
import os
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from signed_policies import Person
from typer.testing import CliRunner

from ringfence import Router, TrustError
from ringfence.cli.app import app
from ringfence.rules import trust_file

pytestmark = pytest.mark.invariant("I7")

Write = Callable[..., Path]
Door = Callable[[Path, Path | None], str | None]
"""Opens with a policy and a trust root; None when it does, else why not."""


def python(policy: Path, root: Path | None) -> str | None:
    try:
        Router.from_policy(policy, trust_root=root).close()
    except TrustError as error:
        return str(error)
    return None


def langchain(policy: Path, root: Path | None) -> str | None:
    from langchain_ringfence import ChatRingfence

    try:
        ChatRingfence(policy=policy, trust_root=root).close()
    except TrustError as error:
        return str(error)
    return None


def crewai(policy: Path, root: Path | None) -> str | None:
    os.environ.setdefault("CREWAI_DISABLE_TELEMETRY", "true")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # crewai's own imports warn
        from crewai_ringfence import RingfenceLLM

    try:
        RingfenceLLM(policy=policy, trust_root=root).close()
    except TrustError as error:
        return str(error)
    return None


def mcp(policy: Path, root: Path | None) -> str | None:
    from ringfence_mcp.command import parse
    from ringfence_mcp.engine import Engine

    given = ["--policy", str(policy), *(["--trust-root", str(root)] if root else [])]

    async def start() -> None:
        async with Engine(parse(given)) as engine:
            await engine.router()

    try:
        asyncio.run(start())
    except TrustError as error:
        return str(error)
    return None


def command(*verb: str) -> Door:
    def run(policy: Path, root: Path | None) -> str | None:
        given = ["--policy", str(policy), *(["--trust-root", str(root)] if root else [])]
        result = CliRunner().invoke(app, [*verb, *given])
        refused = any(word in result.output for word in ("approved", "accepted", "trust roots"))
        assert not refused or result.exit_code == 1
        return result.output if refused else None

    return run


def keys_list(policy: Path, root: Path | None) -> str | None:
    env = {"RINGFENCE_TRUST_ROOT": str(root)} if root else {}
    result = CliRunner().invoke(app, ["keys", "list", "--policy", str(policy)], env=env)
    return result.output if result.exit_code else None


DOORS: dict[str, Door] = {
    "python": python,
    "mcp": mcp,
    "langchain": langchain,
    "crewai": crewai,
    "route": command("route", "--text", "hi"),
    "complete": command("complete", "--text", "hi"),
    "estimate": command("estimate", "--text", "hi"),
    "scan": command("scan", "--text", "hi"),
    "drill": command("drill", "--route", "gui"),
    "doctor": command("doctor", "--json"),
    "taint": command("taint", "forget", "--all"),
    "keys": keys_list,
}

Attack = Callable[["World"], Path]


class World:
    """What an attacker can reach: a policy signed by both, and everything beside it."""

    def __init__(self, write: Write, both: tuple[Person, Person], mallory: Person) -> None:
        self.write, self.both, self.mallory = write, both, mallory

    def beside(self, policy: Path, ending: str) -> Path:
        return policy.with_name(policy.name + ending)


def unsigned(world: World) -> Path:
    policy = world.write(*world.both)
    world.beside(policy, ".sig").unlink()
    return policy


def stripped_of_all(world: World) -> Path:
    policy = unsigned(world)
    world.beside(policy, ".lock").unlink()
    return policy


def altered(world: World) -> Path:
    policy = world.write(*world.both)
    policy.write_text(policy.read_text().replace("32768", "32769"))
    return policy


def under_signed(world: World) -> Path:
    return world.write(world.both[0])


def signed_by_a_stranger(world: World) -> Path:
    return world.write(world.both[0], world.mallory)


def expired(world: World) -> Path:
    return world.write(*world.both, expires=date(2020, 1, 1))


def rolled_back(world: World) -> Path:
    from ringfence.records import AcceptedSerials, default_folder
    from ringfence.types import PolicyRef

    newer = PolicyRef(name="acme", serial=4, digest="sha256:n", source="newer.yaml")
    AcceptedSerials((default_folder() / "ledger.sqlite",), os.environ).remember(newer)
    return world.write(*world.both, serial=3)


ATTACKS: dict[str, tuple[Attack, str]] = {
    "unsigned": (unsigned, "it is not signed"),
    "stripped": (stripped_of_all, "it is not signed"),
    "altered": (altered, "is not the file that was locked"),
    "under-signed": (under_signed, "1 of 2 signatures count"),
    "stranger": (signed_by_a_stranger, "1 of 2 signatures count"),
    "expired": (expired, "it expired on 2020-01-01"),
    "rolled back": (rolled_back, "serial 4 was accepted here before"),
}


@pytest.fixture
def world(write_signed: Write, alice: Person, bob: Person, mallory: Person) -> World:
    return World(write_signed, (alice, bob), mallory)


def flat(text: str) -> str:
    """The words, however a terminal or JSON broke them."""
    return " ".join(text.replace("\\n", " ").split())


@pytest.mark.parametrize("door", DOORS)
def test_a_door_opens_for_a_trusted_policy(
    world: World, write_root: Write, alice: Person, bob: Person, door: str
) -> None:
    policy, root = world.write(alice, bob), write_root(alice, bob, threshold=2)
    assert DOORS[door](policy, root) is None
    assert DOORS[door](policy, root) is None


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("door", DOORS)
def test_no_door_opens_for_an_untrusted_policy(
    world: World, write_root: Write, alice: Person, bob: Person, door: str, attack: str
) -> None:
    make, why = ATTACKS[attack]
    policy = make(world)
    refusal = DOORS[door](policy, write_root(alice, bob, threshold=2))
    assert refusal is not None, f"{door} took a policy that was {attack}"
    assert why in flat(refusal)


@pytest.mark.parametrize("door", DOORS)
def test_a_trust_root_under_etc_holds_at_every_door(
    world: World,
    write_root: Write,
    alice: Person,
    bob: Person,
    mallory: Person,
    monkeypatch: pytest.MonkeyPatch,
    door: str,
) -> None:
    root = write_root(alice, bob, threshold=2, name="etc-trust.yaml")
    monkeypatch.setattr(trust_file, "SYSTEM_TRUST_ROOT", root)
    assert DOORS[door](world.write(alice, bob), None) is None
    policy = world.write(mallory, file="mine.yaml", serial=9)
    refusal = DOORS[door](policy, None)
    assert refusal is not None
    assert "0 of 2 signatures count" in flat(refusal)
    refusal = DOORS[door](policy, write_root(mallory, name="mine-trust.yaml"))
    assert refusal is not None
    assert "cannot be replaced" in flat(refusal)
