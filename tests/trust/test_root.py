"""The trust root: what it may say, who may write it, and which one holds (I7)."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from signed_policies import Person

from ringfence.errors import TrustError
from ringfence.in_force import trust_root_in_force
from ringfence.rules import load_trust_root, trust_file
from ringfence.trust import TrustRoot

pytestmark = pytest.mark.invariant("I7")

Write = Callable[..., Path]
MakeKey = Callable[..., Person]


def read(path: Path) -> TrustRoot:
    return load_trust_root(path)


def test_a_trust_root_is_read_whole(write_root: Write, alice: Person, bob: Person) -> None:
    root = read(
        write_root(
            alice,
            bob,
            threshold=2,
            expires={"bob": "2027-06-30"},
            minimum_serial=7,
            policy="acme",
        )
    )
    assert [key.name for key in root.keys] == ["alice", "bob"]
    assert [key.expires for key in root.keys] == [None, date(2027, 6, 30)]
    assert (root.threshold, root.minimum_serial, root.policy) == (2, 7, "acme")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"threshold": 0}, "'threshold' is how many keys must have signed"),
        ({"threshold": -1}, "'threshold' is how many keys must have signed"),
        ({"threshold": True}, "'threshold' is how many keys must have signed"),
        ({"threshold": "1"}, "'threshold' is how many keys must have signed"),
        ({"threshold": 1.0}, "'threshold' is how many keys must have signed"),
        ({"threshold": None}, "'threshold' is how many keys must have signed"),
        ({"threshold": 2}, "'threshold' is 2, and there are 1 keys"),
        ({"minimum_serial": 0}, "'minimum_serial' is a whole number"),
        ({"minimum_serial": "7"}, "'minimum_serial' is a whole number"),
        ({"minimum_serial": 2**63}, "'minimum_serial' is a whole number"),
        ({"policy": ""}, "'policy' is the name of a policy"),
        ({"policy": ["acme"]}, "'policy' is the name of a policy"),
        ({"keys": {}}, "'keys' maps a name to each key"),
        ({"keys": []}, "'keys' maps a name to each key"),
        ({"keys": {"alice": "x"}}, "a key is written as 'public"),
        ({"keys": {"alice": {"public": "x"}}}, "one public key in PEM"),
        ({"keys": {"alice": {}}}, "a key is written as 'public"),
        ({"keys": {"al ice": {"public": "x"}}}, "a key's name is made of"),
        ({"ringfence_trust": 2}, "starts with 'ringfence_trust: 1'"),
        ({"treshold": 1}, "unknown key 'treshold'"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    write_root: Write, alice: Person, wrong: dict[str, Any], message: str
) -> None:
    path = write_root(alice, **wrong)
    with pytest.raises(TrustError, match=message) as refusal:
        read(path)
    assert str(refusal.value).startswith(f"{path}:")


@pytest.mark.parametrize(
    "change",
    [
        {"expires": "tomorrow"},
        {"expires": "2027-02-30"},
        {"expires": 2027},
        {"scheme": "rsa-pkcs1v15-sha256"},
    ],
)
def test_what_is_wrong_with_a_key_is_told(
    write_root: Write, alice: Person, change: dict[str, Any]
) -> None:
    with pytest.raises(TrustError, match=r"'expires' is a day|unknown key 'scheme'"):
        read(write_root(alice, keys={"alice": {"public": alice.public_pem, **change}}))


@pytest.mark.parametrize(
    "text",
    [
        "ringfence_trust: 1\nthreshold: 1\nthreshold: 1\n",
        "- 1\n",
        "",
        "ringfence_trust: 1\n\tthreshold: 1\n",
        "a: &a [x]\nb: *a\n",
        "\xff",
        "x" * (1024 * 1024 + 1),
    ],
)
def test_a_file_that_is_no_strict_yaml_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "trust.yaml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(TrustError, match=r"trust\.yaml:\d+:\d+|over 1,048,576 bytes"):
        read(path)


@pytest.mark.parametrize("kind", ["ed25519", "p256", "rsa"])
def test_one_key_under_two_names_does_not_load(
    write_root: Write, make_key: MakeKey, kind: str
) -> None:
    person = make_key("alice", kind)
    twin = Person(name="bob", private=person.private)
    with pytest.raises(TrustError, match="the same key as 'alice': one key is one signature"):
        read(write_root(person, twin, threshold=2))


def respelled(person: Person, pem: bytes) -> dict[str, Any]:
    return {"alice": {"public": person.public_pem}, "bob": {"public": pem.decode()}}


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("p256", PublicFormat.CompressedPoint),
        ("rsa", PublicFormat.PKCS1),
        ("p256", None),
        ("ed25519", None),
    ],
)
def test_one_key_in_two_encodings_does_not_load(
    write_root: Write, make_key: MakeKey, kind: str, form: PublicFormat | None
) -> None:
    person = make_key("alice", kind)
    pem = person.public_pem.encode()
    if form is None:
        pem = b"# the same, with a remark\n" + pem.replace(b"\n", b"\r\n")
    elif form is PublicFormat.CompressedPoint:
        pem = compressed(person)
    else:
        pem = person.public(Encoding.PEM, form)
    assert pem != person.public_pem.encode()
    with pytest.raises(TrustError, match="the same key as 'alice'"):
        read(write_root(person, threshold=1, keys=respelled(person, pem)))


def compressed(person: Person) -> bytes:
    """The SubjectPublicKeyInfo of a P-256 key with its point compressed (RFC 5480), which OpenSSL writes on request."""
    import base64

    point = person.public(Encoding.X962, PublicFormat.CompressedPoint)
    algorithm = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
    bits = b"\x03" + bytes([len(point) + 1]) + b"\0" + point
    der = b"\x30" + bytes([len(algorithm) + len(bits)]) + algorithm + bits
    text = base64.encodebytes(der)
    return b"-----BEGIN PUBLIC KEY-----\n" + text + b"-----END PUBLIC KEY-----\n"


def test_the_negative_of_a_key_is_the_same_key(write_root: Write, make_key: MakeKey) -> None:
    """Who holds d can sign with -d too, and both have the same x."""
    person = make_key("alice", "p256")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    d = person.private.private_numbers().private_value
    twin = Person(name="bob", private=ec.derive_private_key(order - d, ec.SECP256R1()))
    assert twin.public_pem != person.public_pem
    with pytest.raises(TrustError, match="the same key as 'alice'"):
        read(write_root(person, twin, threshold=2))


def test_two_keys_of_different_kinds_are_two(write_root: Write, make_key: MakeKey) -> None:
    people = [make_key(kind, kind) for kind in ("ed25519", "p256", "p384", "rsa")]
    assert len(read(write_root(*people, threshold=4)).keys) == 4


@pytest.mark.parametrize("kind", ["p521", "rsa1024"])
def test_a_key_of_another_kind_is_refused(write_root: Write, make_key: MakeKey, kind: str) -> None:
    with pytest.raises(TrustError, match="a key of this kind cannot sign a policy"):
        read(write_root(make_key("alice", kind)))


def test_a_private_key_is_refused_and_not_shown(write_root: Write, alice: Person) -> None:
    pem = alice.private_pem().decode()
    with pytest.raises(TrustError, match="this is a private key") as refusal:
        read(write_root(alice, keys={"alice": {"public": pem}}))
    assert pem.splitlines()[1] not in str(refusal.value)


def test_two_keys_in_one_entry_are_refused(write_root: Write, alice: Person, bob: Person) -> None:
    both = alice.public_pem + bob.public_pem
    with pytest.raises(TrustError, match="write one public key"):
        read(write_root(alice, keys={"alice": {"public": both}}))


@pytest.mark.skipif(os.name == "nt", reason="the rights of Windows are not in these bits")
@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666, 0o620])
def test_a_trust_root_that_others_can_write_is_refused(
    write_root: Write, alice: Person, mode: int
) -> None:
    path = write_root(alice)
    path.chmod(mode)
    with pytest.raises(TrustError, match=r"others than its owner can write here.*chmod go-w"):
        read(path)


@pytest.mark.skipif(os.name == "nt", reason="the rights of Windows are not in these bits")
def test_a_trust_root_in_a_folder_that_others_can_write_is_refused(
    write_root: Write, alice: Person, tmp_path: Path
) -> None:
    path = write_root(alice)
    tmp_path.chmod(0o777)
    with pytest.raises(TrustError, match=f"{tmp_path}: others than its owner can write here"):
        read(path)
    tmp_path.chmod(0o1777)  # /tmp: one may add files there, and touch nobody else's
    read(path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give files away")
def test_a_trust_root_of_another_user_is_refused(write_root: Write, alice: Person) -> None:
    path = write_root(alice)
    os.chown(path, 12345, 0)
    with pytest.raises(TrustError, match="it belongs to another user"):
        read(path)


def test_a_link_to_where_others_can_write_is_refused(
    write_root: Write, alice: Person, tmp_path: Path
) -> None:
    open_folder, closed = tmp_path / "open", tmp_path / "closed"
    open_folder.mkdir()
    closed.mkdir()
    target = write_root(alice, name="open/trust.yaml")
    (closed / "trust.yaml").symlink_to(target)
    read(closed / "trust.yaml")
    open_folder.chmod(0o777)
    with pytest.raises(TrustError, match="others than its owner can write here"):
        read(closed / "trust.yaml")


def test_a_trust_root_that_is_no_plain_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "trust.yaml", 0o600)
    with pytest.raises(TrustError, match="plain file"):
        read(tmp_path / "trust.yaml")
    with pytest.raises(TrustError, match="cannot be read"):
        read(tmp_path)


# -- which one holds


@pytest.fixture
def system(
    tmp_path: Path, write_root: Write, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A trust root that stands where /etc's does."""
    path = write_root(alice, name="etc-trust.yaml")
    monkeypatch.setattr(trust_file, "SYSTEM_TRUST_ROOT", path)
    return path


def source_of(argument: Path | None = None, **env: str) -> str | None:
    root = trust_root_in_force(argument, env)
    return None if root is None else root.source


def test_without_one_there_is_none() -> None:
    assert source_of() is None


def test_one_that_is_named_holds(write_root: Write, alice: Person) -> None:
    path = write_root(alice)
    assert source_of(path) == str(path)
    assert source_of(RINGFENCE_TRUST_ROOT=str(path)) == str(path)
    assert source_of(path, RINGFENCE_TRUST_ROOT=str(path)) == str(path)


def test_one_that_is_named_and_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="the trust root cannot be read"):
        source_of(tmp_path / "none.yaml")
    with pytest.raises(TrustError, match="the trust root cannot be read"):
        source_of(RINGFENCE_TRUST_ROOT=str(tmp_path / "none.yaml"))


def test_two_that_differ_are_an_error(write_root: Write, alice: Person, bob: Person) -> None:
    one, other = write_root(alice), write_root(bob, name="other.yaml")
    with pytest.raises(TrustError, match="two trust roots are named, and only one can hold"):
        source_of(one, RINGFENCE_TRUST_ROOT=str(other))


def test_one_under_etc_holds_unasked(system: Path) -> None:
    assert source_of() == str(system)


def test_one_under_etc_cannot_be_replaced(system: Path, write_root: Write, bob: Person) -> None:
    other = write_root(bob)
    with pytest.raises(TrustError, match="cannot be replaced"):
        source_of(other)
    with pytest.raises(TrustError, match="cannot be replaced"):
        source_of(RINGFENCE_TRUST_ROOT=str(other))
    with pytest.raises(TrustError, match="cannot be replaced"):
        source_of(system, RINGFENCE_TRUST_ROOT=str(other))
    with pytest.raises(TrustError, match="cannot be replaced"):
        source_of(other.with_name("not-there.yaml"))


def test_naming_the_one_under_etc_is_no_error(system: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(system)
    assert source_of(system) == source_of(link) == str(system)


def test_one_under_etc_that_leads_nowhere_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dangling = tmp_path / "etc-trust.yaml"
    dangling.symlink_to(tmp_path / "gone")
    monkeypatch.setattr(trust_file, "SYSTEM_TRUST_ROOT", dangling)
    with pytest.raises(TrustError, match="the trust root cannot be read"):
        source_of()


def test_one_under_etc_that_may_not_be_looked_at_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbidden(self: Path) -> os.stat_result:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "lstat", forbidden)
    with pytest.raises(TrustError, match="cannot tell whether there is a trust root"):
        source_of()


def test_an_empty_trust_root_under_etc_is_an_error(system: Path) -> None:
    system.write_text("")
    with pytest.raises(TrustError, match="starts with 'ringfence_trust: 1'"):
        source_of()


@pytest.mark.parametrize("way", ["above", "between"])
def test_no_folder_on_the_way_to_it_may_be_one_that_others_write(
    write_root: Write, alice: Person, tmp_path: Path, way: str
) -> None:
    """Who can rename a folder above it, or swap a link on the way, puts another trust root in its place."""
    folder = tmp_path / "open"
    (folder / "inner").mkdir(parents=True)
    written = write_root(alice)
    if way == "above":
        root = folder / "inner" / "trust.yaml"
        root.write_bytes(written.read_bytes())
    else:
        (folder / "between.yaml").symlink_to(written)
        root = tmp_path / "first.yaml"
        root.symlink_to(folder / "between.yaml")
    assert read(root)
    folder.chmod(0o777)
    with pytest.raises(TrustError, match=f"{folder}: others than its owner can write here"):
        read(root)
