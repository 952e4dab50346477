"""With a trust root a policy loads when enough of its keys have signed it, and not otherwise (I7)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from securesystemslib.dsse import Envelope
from signed_policies import Person, lock_of, policy_text, sign
from typer.testing import CliRunner

from ringfence.cli.app import app
from ringfence.errors import TrustError
from ringfence.rules import Policy

pytestmark = pytest.mark.invariant("I7")

Load = Callable[..., Policy]
Write = Callable[..., Path]


def beside(policy: Path, ending: str) -> Path:
    return policy.with_name(policy.name + ending)


def test_a_signed_policy_loads_and_says_who_signed(
    write_signed: Write, write_root: Write, load: Load, alice: Person, bob: Person
) -> None:
    root = write_root(alice, bob, threshold=2)
    policy = load(write_signed(alice, bob), root)
    assert policy.approval is not None
    assert set(policy.approval.signed_by) == {"alice", "bob"}
    assert policy.approval.threshold == 2
    assert policy.approval.root == str(root)


@pytest.mark.parametrize("kind", ["ed25519", "p256", "p384", "rsa"])
def test_every_kind_of_key_signs(
    write_signed: Write, write_root: Write, load: Load, make_key: Callable[..., Person], kind: str
) -> None:
    signer = make_key("signer", kind)
    assert load(write_signed(signer), write_root(signer)).approval is not None


def test_an_unsigned_policy_does_not_load(
    write_signed: Write, write_root: Write, load: Load, alice: Person
) -> None:
    policy = write_signed(alice)
    beside(policy, ".sig").unlink()
    with pytest.raises(TrustError, match=r"it is not signed: there is no .*policy.yaml.sig"):
        load(policy, write_root(alice))


def test_too_few_signatures_do_not_count(
    write_signed: Write, write_root: Write, load: Load, alice: Person, bob: Person
) -> None:
    with pytest.raises(TrustError, match=r"1 of 2 signatures count .*\(alice signed\)"):
        load(write_signed(alice), write_root(alice, bob, threshold=2))


def test_a_key_that_is_not_listed_does_not_count(
    write_signed: Write, write_root: Write, load: Load, alice: Person, mallory: Person
) -> None:
    with pytest.raises(TrustError, match="signed with a key that the trust root does not list"):
        load(write_signed(mallory), write_root(alice))


def test_a_signature_by_another_key_under_a_listed_ones_id_is_refused(
    write_signed: Write, write_root: Write, load: Load, alice: Person, mallory: Person
) -> None:
    policy = write_signed(mallory)
    file = beside(policy, ".sig")
    file.write_text(
        file.read_text().replace(mallory.signer.public_key.keyid, alice.signer.public_key.keyid)
    )
    with pytest.raises(TrustError, match="the signature of alice does not fit what is signed"):
        load(policy, write_root(alice))


def test_one_bad_signature_spoils_what_others_signed(
    write_signed: Write, write_root: Write, load: Load, alice: Person, bob: Person
) -> None:
    policy = write_signed(alice, bob)
    file = beside(policy, ".sig")
    value = json.loads(file.read_bytes())
    value["signatures"][0]["sig"] = value["signatures"][1]["sig"]
    file.write_bytes(json.dumps(value, indent=2, sort_keys=True).encode() + b"\n")
    with pytest.raises(TrustError, match="does not fit what is signed"):
        load(policy, write_root(alice, bob, threshold=1))


def test_an_expired_key_does_not_count_from_the_day_after(
    write_signed: Write, write_root: Write, load: Load, alice: Person
) -> None:
    policy = write_signed(alice)
    root = write_root(alice, expires={"alice": "2026-11-24"})
    load(policy, root, today=date(2026, 11, 24))
    with pytest.raises(TrustError, match="alice signed with a key that has expired"):
        load(policy, root, today=date(2026, 11, 25))


def test_an_expired_policy_does_not_load(
    write_signed: Write, write_root: Write, load: Load, alice: Person
) -> None:
    policy = write_signed(alice, expires=date(2026, 11, 24))
    root = write_root(alice)
    load(policy, root, today=date(2026, 11, 24))
    with pytest.raises(TrustError, match="it expired on 2026-11-24"):
        load(policy, root, today=date(2026, 11, 25))


def test_another_payload_type_is_refused(
    write_signed: Write, write_root: Write, load: Load, alice: Person
) -> None:
    policy = write_signed(alice)
    payload = beside(policy, ".lock").read_bytes()
    envelope = Envelope(payload, "application/vnd.in-toto+json", {})
    envelope.sign(alice.signer)
    beside(policy, ".sig").write_bytes(
        json.dumps(envelope.to_dict(), indent=2, sort_keys=True).encode() + b"\n"
    )
    with pytest.raises(TrustError, match="its payload is not of type"):
        load(policy, write_root(alice))


def test_a_signature_of_another_payload_type_does_not_fit_ours(
    write_signed: Write, write_root: Write, load: Load, alice: Person
) -> None:
    policy = write_signed(alice)
    payload = beside(policy, ".lock").read_bytes()
    other = Envelope(payload, "application/vnd.in-toto+json", {})
    signature = other.sign(alice.signer)
    ours = Envelope(payload, "application/vnd.ringfence.lock+json", {signature.keyid: signature})
    beside(policy, ".sig").write_bytes(
        json.dumps(ours.to_dict(), indent=2, sort_keys=True).encode() + b"\n"
    )
    with pytest.raises(TrustError, match="does not fit"):
        load(policy, write_root(alice))


def test_the_signatures_of_another_version_do_not_fit(
    write_signed: Write, write_root: Write, load: Load, alice: Person
) -> None:
    older = beside(write_signed(alice, serial=2), ".sig").read_bytes()
    policy = write_signed(alice, serial=3)
    beside(policy, ".sig").write_bytes(older)
    with pytest.raises(TrustError, match=r"policy.yaml.lock is not the lock that was signed"):
        load(policy, write_root(alice))
    beside(policy, ".lock").unlink()
    with pytest.raises(TrustError, match=r"policy.yaml is not the file that was locked"):
        load(policy, write_root(alice))


def test_without_its_lock_a_signed_policy_is_held_by_its_signature(
    write_signed: Write, write_root: Write, load: Load, alice: Person
) -> None:
    policy = write_signed(alice)
    beside(policy, ".lock").unlink()
    root = write_root(alice)
    load(policy, root)
    policy.write_text(policy.read_text() + "\n")
    with pytest.raises(TrustError, match=r"policy.yaml is not the file that was locked"):
        load(policy, root)


def test_one_signature_twice_is_one_signature(
    write_signed: Write, write_root: Write, load: Load, alice: Person, bob: Person
) -> None:
    policy = write_signed(alice)
    file = beside(policy, ".sig")
    value = json.loads(file.read_bytes())
    for keyid in (alice.signer.public_key.keyid, bob.signer.public_key.keyid):
        twice = {"keyid": keyid, "sig": value["signatures"][0]["sig"]}
        both = {**value, "signatures": [*value["signatures"], twice]}
        file.write_bytes(json.dumps(both, indent=2, sort_keys=True).encode() + b"\n")
        with pytest.raises(TrustError, match=r"is not a DSSE envelope|does not fit|another way"):
            load(policy, write_root(alice, bob, threshold=2))


def _base64_slack(value: dict[str, Any]) -> None:
    """Other letters that decode to the same bytes: the last one before the padding has bits to spare."""
    text = value["signatures"][0]["sig"]
    assert text.endswith("==")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".index(text[-3])
    slack = (
        text[:-3]
        + chr(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[last + 1])
        + "=="
    )
    assert base64.b64decode(slack) == base64.b64decode(text)
    value["signatures"][0]["sig"] = slack


def _url_alphabet(value: dict[str, Any]) -> None:
    value["signatures"][0]["sig"] = (
        value["signatures"][0]["sig"].replace("+", "-").replace("/", "_")
    )
    value["payload"] = value["payload"].replace("+", "-").replace("/", "_")


def _more_in_the_envelope(value: dict[str, Any]) -> None:
    value["note"] = "x"


def _more_in_a_signature(value: dict[str, Any]) -> None:
    value["signatures"][0]["note"] = "x"


def _signatures_in_another_order(value: dict[str, Any]) -> None:
    value["signatures"].reverse()


@pytest.mark.parametrize(
    "change",
    [_base64_slack, _more_in_the_envelope, _more_in_a_signature, _signatures_in_another_order],
)
def test_an_envelope_that_says_the_same_in_other_bytes_is_refused(
    write_signed: Write,
    write_root: Write,
    load: Load,
    alice: Person,
    bob: Person,
    change: Callable[[dict[str, Any]], None],
) -> None:
    policy = write_signed(alice, bob)
    file = beside(policy, ".sig")
    value = json.loads(file.read_bytes())
    change(value)
    file.write_bytes(json.dumps(value, indent=2, sort_keys=True).encode() + b"\n")
    with pytest.raises(TrustError, match=r"policy.yaml.sig cannot be used: it (holds more|is not)"):
        load(policy, write_root(alice, bob))


@pytest.mark.parametrize("ending", [".sig", ".lock"])
@pytest.mark.parametrize(
    "respell",
    [
        lambda raw: raw + b"\n",
        lambda raw: raw[:-1],
        lambda raw: b" " + raw,
        lambda raw: raw.replace(b"\n", b"\r\n"),
        lambda raw: json.dumps(json.loads(raw)).encode(),
        lambda raw: json.dumps(dict(reversed(json.loads(raw).items())), indent=2).encode() + b"\n",
        lambda raw: raw.replace(b"{", b'{\n  "a": 1,', 1),
        lambda raw: raw.replace(b'"name": "acme"', b'"name": "acm\\u0065"').replace(
            b"vnd", b"\\u0076nd"
        ),
        lambda raw: b"\xef\xbb\xbf" + raw,
        lambda raw: raw + b"\0",
        lambda raw: b"",
        lambda raw: b"null\n",
        lambda raw: b"[" * 100_000,
        lambda raw: b"9" * 5_000,
        lambda raw: b" " * (1024 * 1024 + 1),
        lambda raw: raw.replace(b"{", b'{"x": ' + b"[" * 100_000, 1),
    ],
)
def test_a_lock_or_envelope_in_another_spelling_is_refused(
    write_signed: Write,
    write_root: Write,
    load: Load,
    alice: Person,
    ending: str,
    respell: Callable[[bytes], bytes],
) -> None:
    policy = write_signed(alice)
    file = beside(policy, ending)
    changed = respell(file.read_bytes())
    assert changed != file.read_bytes()
    file.write_bytes(changed)
    with pytest.raises(TrustError):
        load(policy, write_root(alice))


def test_a_key_written_twice_in_an_envelope_is_refused(
    write_signed: Write, write_root: Write, load: Load, alice: Person
) -> None:
    policy = write_signed(alice)
    file = beside(policy, ".sig")
    raw = file.read_bytes()
    file.write_bytes(raw.replace(b'"payloadType"', b'"payloadType": "x",\n  "payloadType"'))
    with pytest.raises(TrustError, match="not spelled as ringfence writes it"):
        load(policy, write_root(alice))


@pytest.mark.parametrize(
    ("lie", "message"),
    [
        ({"serial": 9}, "its name, serial or day of expiry is not the one in its lock"),
        ({"name": "other"}, "its name, serial or day of expiry is not the one in its lock"),
        ({"expires": date(2030, 1, 1)}, "its name, serial or day of expiry"),
        ({"files": {"policy.yaml": "sha256:" + "0" * 64}}, "is not the file that was locked"),
        ({"files": {"other.yaml": "sha256:" + "0" * 64}}, "policy.yaml is not in the lock"),
        ({"engine": {"gate": "sha256:" + "0" * 64}}, "the gate of this ringfence is not the one"),
        ({"engine": {"unheard-of": "sha256:" + "0" * 64}}, "the unheard-of of this ringfence"),
    ],
)
def test_a_signed_lock_must_be_true(
    write_signed: Write,
    write_root: Write,
    load: Load,
    alice: Person,
    lie: dict[str, Any],
    message: str,
) -> None:
    with pytest.raises(TrustError, match=message):
        load(write_signed(alice, lock=lie), write_root(alice))


def test_a_policy_below_the_minimum_serial_does_not_load(
    write_signed: Write, write_root: Write, load: Load, alice: Person
) -> None:
    policy = write_signed(alice, serial=6)
    load(policy, write_root(alice, minimum_serial=6))
    with pytest.raises(TrustError, match="takes none below 7: it is an older policy"):
        load(policy, write_root(alice, minimum_serial=7))


def test_a_policy_of_another_name_does_not_load_where_the_root_names_one(
    write_signed: Write, write_root: Write, load: Load, alice: Person
) -> None:
    root = write_root(alice, policy="acme")
    load(write_signed(alice), root)
    with pytest.raises(
        TrustError, match=r"it is named 'acme-test', and the trust root .* is for 'acme'"
    ):
        load(write_signed(alice, file="acme-test.yaml", name="acme-test"), root)


def test_all_that_is_wrong_is_told_at_once(
    write_signed: Write, write_root: Write, load: Load, alice: Person, mallory: Person
) -> None:
    policy = write_signed(mallory, serial=2)
    policy.write_text(policy_text(serial=2, name="acme").replace("local-model", "local-mode1"))
    with pytest.raises(TrustError) as refusal:
        load(policy, write_root(alice, minimum_serial=5))
    text = str(refusal.value)
    assert "0 of 1 signatures count" in text
    assert "takes none below 5" in text
    assert "is not the file that was locked" in text
    assert f"ringfence policy verify {policy}" in text


def test_a_lock_is_held_without_a_trust_root_too(
    write_signed: Write, load: Load, alice: Person
) -> None:
    policy = write_signed(alice)
    assert load(policy).approval is None
    policy.write_text(policy.read_text() + "# one more line\n")
    with pytest.raises(TrustError, match="is not the file that was locked"):
        load(policy)


def test_the_lock_of_a_policy_with_the_engine_is_held(
    write_signed: Write, write_root: Write, load: Load, alice: Person
) -> None:
    from ringfence.engine_digests import engine_digests

    load(write_signed(alice, lock={"engine": dict(engine_digests())}), write_root(alice))


def test_signing_again_takes_the_place_of_the_first(write_signed: Write, alice: Person) -> None:
    payload = lock_of(write_signed(alice)).to_bytes()
    assert json.loads(sign(payload, [alice])) == json.loads(sign(payload, [alice, alice]))


# -- a policy of several files


@pytest.fixture
def family(tmp_path: Path, alice: Person) -> Path:
    """A team's policy that extends security's, pinned and signed as one."""
    (tmp_path / "base.yaml").write_text(policy_text(name="base"))
    child = tmp_path / "team.yaml"
    child.write_text("ringfence: 1\nname: team\nserial: 3\nextends: [base.yaml]\n")
    (tmp_path / "alice.pem").write_bytes(alice.private_pem())
    result = CliRunner().invoke(
        app, ["policy", "sign", str(child), "--key", str(tmp_path / "alice.pem")]
    )
    assert result.exit_code == 0, result.output
    return child


def test_a_signature_covers_the_base_too(
    family: Path, write_root: Write, load: Load, alice: Person
) -> None:
    root = write_root(alice)
    policy = load(family, root)
    assert policy.approval is not None
    assert [name for name, _ in policy.sources] == ["base.yaml", "team.yaml"]
    base = family.with_name("base.yaml")
    base.write_text(base.read_text().replace("32768", "32769"))
    with pytest.raises(TrustError, match=r"base.yaml is not the file that was locked"):
        load(family, root)


def test_a_base_that_was_not_signed_with_the_policy_is_refused(
    family: Path, write_root: Write, load: Load, alice: Person
) -> None:
    family.with_name("other.yaml").write_text(policy_text(name="other"))
    family.write_text(family.read_text().replace("base.yaml", "other.yaml"))
    with pytest.raises(TrustError, match=r"other.yaml is not in the lock"):
        load(family, write_root(alice))


def test_a_base_that_is_gone_is_refused(
    family: Path, write_root: Write, load: Load, alice: Person
) -> None:
    family.with_name("base.yaml").unlink()
    with pytest.raises(TrustError, match=r"base.yaml is in the lock, and no file of this policy"):
        load(family, write_root(alice))


def test_a_base_alone_is_not_the_policy_that_was_signed(
    family: Path, write_root: Write, load: Load, alice: Person
) -> None:
    with pytest.raises(TrustError, match="it is not signed"):
        load(family.with_name("base.yaml"), write_root(alice))
