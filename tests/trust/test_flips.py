"""No byte of a signed policy, its envelope or its lock can change: each is flipped, and none is accepted (I7)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from signed_policies import TODAY, Person

from ringfence.errors import RingfenceError
from ringfence.in_force import evidence_beside, trust_root_in_force
from ringfence.rules import Policy, read_sources
from ringfence.trust import TrustRoot, review

pytestmark = pytest.mark.invariant("I7")

Write = Callable[..., Path]


def accepted(policy: Path, root: TrustRoot | None, today: date = TODAY) -> bool:
    """What every door asks, without the parsing that comes after it."""
    try:
        evidence = evidence_beside(read_sources(policy))
    except RingfenceError:
        return False
    return not review(evidence, root=root, engine=dict, today=today).problems


def flips(raw: bytes, seed: int) -> Iterator[bytes]:
    """Each byte changed once, to a value that the seed picks."""
    dice = random.Random(seed)
    for place in range(len(raw)):
        yield raw[:place] + bytes([raw[place] ^ dice.randrange(1, 256)]) + raw[place + 1 :]


@pytest.mark.parametrize("kind", ["ed25519", "p256", "rsa"])
@pytest.mark.parametrize("ending", ["", ".lock", ".sig"])
def test_no_flipped_byte_is_accepted(
    write_signed: Write,
    write_root: Write,
    make_key: Callable[..., Person],
    ending: str,
    kind: str,
) -> None:
    signers = make_key("alice", kind), make_key("bob")
    policy = write_signed(*signers)
    root = trust_root_in_force(write_root(*signers, make_key("carol"), threshold=2), {})
    assert accepted(policy, root)
    file = policy.with_name(policy.name + ending)
    raw = file.read_bytes()
    count = 0
    for changed in flips(raw, seed=len(raw)):
        file.write_bytes(changed)
        assert not accepted(policy, root)
        count += 1
    assert count == len(raw) > 150
    file.write_bytes(raw)
    assert accepted(policy, root)


@pytest.mark.parametrize("ending", ["", ".lock"])
def test_a_lock_alone_lets_no_flipped_byte_load(
    write_signed: Write, load: Callable[..., Policy], ending: str
) -> None:
    policy = write_signed()
    load(policy)
    file = policy.with_name(policy.name + ending)
    for changed in flips(file.read_bytes(), seed=7):
        file.write_bytes(changed)
        with pytest.raises(RingfenceError):
            load(policy)


@pytest.mark.parametrize("ending", ["", ".lock", ".sig"])
def test_no_cut_end_and_no_added_byte_is_accepted(
    write_signed: Write, write_root: Write, alice: Person, ending: str
) -> None:
    policy = write_signed(alice)
    root = trust_root_in_force(write_root(alice), {})
    file = policy.with_name(policy.name + ending)
    raw = file.read_bytes()
    for changed in (*(raw[:length] for length in range(len(raw))), raw + b"\n", raw + raw):
        file.write_bytes(changed)
        assert not accepted(policy, root)
