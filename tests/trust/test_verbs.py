"""`ringfence policy pin`, `keygen`, `sign` and `verify`: the way from a reviewed file to one that doors hold."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from securesystemslib.signer import SIGNER_FOR_URI_SCHEME, CryptoSigner
from signed_policies import Person, policy_text
from typer.testing import CliRunner, Result

from ringfence.cli.app import app
from ringfence.errors import TrustError
from ringfence.rules import Policy
from ringfence.trust import Lock, Signatures, digest_of

pytestmark = pytest.mark.invariant("I7")

Load = Callable[..., Policy]
Write = Callable[..., Path]


def run(*arguments: str | Path, **env: str) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env=env)


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A policy that nobody has pinned or signed, in the working directory."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "policy.yaml"
    path.write_text(policy_text())
    return path


@pytest.fixture
def key_file(tmp_path: Path) -> Callable[..., Path]:
    def write(person: Person, password: str | None = None) -> Path:
        path = tmp_path / f"{person.name}.pem"
        path.write_bytes(person.private_pem(password))
        return path

    return write


KeyFile = Callable[..., Path]


def lock_file(policy: Path) -> Path:
    return policy.with_name("policy.yaml.lock")


def sig_file(policy: Path) -> Path:
    return policy.with_name("policy.yaml.sig")


# -- pin


def test_pin_locks_the_files_and_the_engine(policy: Path) -> None:
    result = run("policy", "pin", policy)
    assert result.exit_code == 0
    lock = Lock.parse(lock_file(policy).read_bytes())
    digest = digest_of(policy.read_bytes())
    assert (lock.name, lock.serial, lock.files) == ("acme", 3, {"policy.yaml": digest})
    assert set(lock.engine) == {"catalog", "classifier", "gate"}
    assert result.stdout.splitlines()[-1] == digest


def test_pin_leaves_the_engine_out_when_told(policy: Path, load: Load) -> None:
    assert run("policy", "pin", policy, "--files-only").exit_code == 0
    assert Lock.parse(lock_file(policy).read_bytes()).engine == {}
    load(policy)


def test_pin_says_that_the_signatures_are_of_an_earlier_lock(
    policy: Path, alice: Person, key_file: KeyFile
) -> None:
    run("policy", "sign", policy, "--key", key_file(alice))
    assert "earlier" not in run("policy", "pin", policy).stdout
    policy.write_text(policy_text(serial=4))
    assert "signs an earlier lock; sign this one" in run("policy", "pin", policy).stdout


# -- keygen


def test_keygen_makes_a_key_and_the_entry_of_a_trust_root(policy: Path, load: Load) -> None:
    entries = "".join(run("policy", "keygen", name).stdout for name in ("alice", "bob"))
    root = policy.with_name("trust.yaml")
    root.write_text(f"ringfence_trust: 1\nthreshold: 2\nkeys:\n{entries}")
    root.chmod(0o644)
    for name in ("alice", "bob"):
        assert stat.S_IMODE(policy.with_name(f"{name}.pem").stat().st_mode) == 0o600
        assert run("policy", "sign", policy, "--key", f"{name}.pem").exit_code == 0
    approval = load(policy, root).approval
    assert approval is not None
    assert set(approval.signed_by) == {"alice", "bob"}


def test_keygen_never_overwrites_a_key(policy: Path) -> None:
    assert run("policy", "keygen", "alice").exit_code == 0
    before = policy.with_name("alice.pem").read_bytes()
    result = run("policy", "keygen", "alice")
    assert result.exit_code == 2
    assert "left as it is" in result.stderr
    assert policy.with_name("alice.pem").read_bytes() == before


# -- sign


@pytest.mark.parametrize("kind", ["ed25519", "p256", "p384", "rsa"])
def test_a_key_in_a_file_signs(
    policy: Path,
    make_key: Callable[..., Person],
    key_file: KeyFile,
    write_root: Write,
    load: Load,
    kind: str,
) -> None:
    person = make_key("alice", kind)
    result = run("policy", "sign", policy, "--key", key_file(person))
    assert result.exit_code == 0
    assert f"with key {person.signer.public_key.keyid[:16]}" in result.stdout
    assert load(policy, write_root(person)).approval is not None


def test_each_signer_adds_a_signature(
    policy: Path, alice: Person, bob: Person, key_file: KeyFile, write_root: Write, load: Load
) -> None:
    root = write_root(alice, bob, threshold=2)
    run("policy", "pin", policy)
    run("policy", "sign", policy, "--key", key_file(alice))
    with pytest.raises(TrustError, match="1 of 2"):
        load(policy, root)
    result = run("policy", "sign", policy, "--key", key_file(bob))
    assert "policy.yaml.sig has 2 signatures" in result.stdout
    load(policy, root)
    again = json.loads(run("policy", "sign", policy, "--key", key_file(bob), "--json").stdout)
    assert again["signatures"] == 2


def test_an_encrypted_key_asks_for_its_passphrase(
    policy: Path, alice: Person, key_file: KeyFile
) -> None:
    key = key_file(alice, "correct horse")
    result = run("policy", "sign", policy, "--key", key)
    assert result.exit_code == 2
    assert "set RINGFENCE_KEY_PASSPHRASE" in result.stderr
    wrong = run("policy", "sign", policy, "--key", key, RINGFENCE_KEY_PASSPHRASE="wrong horse")
    assert wrong.exit_code == 2
    assert "not with this passphrase" in wrong.stderr
    assert "wrong horse" not in wrong.output
    right = run("policy", "sign", policy, "--key", key, RINGFENCE_KEY_PASSPHRASE="correct horse")
    assert right.exit_code == 0


@pytest.mark.parametrize("content", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_what_is_no_key_is_refused(policy: Path, content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_bytes(content)
    result = run("policy", "sign", policy, "--key", "x.pem")
    assert result.exit_code == 2
    assert "not a private key in PEM" in result.stderr
    assert not sig_file(policy).exists()


def test_a_key_that_cannot_sign_a_policy_is_refused(
    policy: Path, make_key: Callable[..., Person], key_file: KeyFile
) -> None:
    result = run("policy", "sign", policy, "--key", key_file(make_key("alice", "p521")))
    assert result.exit_code == 2
    assert "a key of this kind cannot sign a policy" in result.stderr


def test_a_key_that_is_not_there_is_refused(policy: Path) -> None:
    result = run("policy", "sign", policy, "--key", "none.pem")
    assert (result.exit_code, "cannot be read" in result.stderr) == (2, True)


def test_signatures_of_two_versions_are_not_mixed(
    policy: Path, alice: Person, bob: Person, key_file: KeyFile
) -> None:
    run("policy", "sign", policy, "--key", key_file(alice))
    policy.write_text(policy_text(serial=4))
    stale = run("policy", "sign", policy, "--key", key_file(bob))
    assert stale.exit_code == 1
    assert "is not of these files" in stale.stderr
    run("policy", "pin", policy)
    mixed = run("policy", "sign", policy, "--key", key_file(bob))
    assert mixed.exit_code == 2
    assert "signatures of another version" in mixed.stderr
    assert run("policy", "sign", policy, "--key", key_file(bob), "--replace").exit_code == 0
    signatures = Signatures.parse(sig_file(policy).read_bytes())
    assert signatures.payload == lock_file(policy).read_bytes()
    assert signatures.key_ids == (bob.signer.public_key.keyid,)


def test_a_lock_that_lies_is_not_signed(policy: Path, alice: Person, key_file: KeyFile) -> None:
    run("policy", "pin", policy)
    raw = lock_file(policy).read_bytes()
    lock_file(policy).write_bytes(raw.replace(b'"serial": 3', b'"serial": 9'))
    result = run("policy", "sign", policy, "--key", key_file(alice))
    assert result.exit_code == 1
    assert "its name, serial or day of expiry is not the one in its lock" in result.stderr
    assert not sig_file(policy).exists()


def test_a_faulty_policy_is_not_signed(policy: Path, alice: Person, key_file: KeyFile) -> None:
    policy.write_text(policy_text(routes={}))
    assert run("policy", "sign", policy, "--key", key_file(alice)).exit_code == 2
    assert not sig_file(policy).exists()
    assert not lock_file(policy).exists()


# -- keys that are not in a file


class Token(CryptoSigner):
    """Stands for a hardware token: it takes a URI and asks for its PIN."""

    person: Person

    @classmethod
    def from_priv_key_uri(cls, priv_key_uri: str, public_key: Any, ask: Any = None) -> CryptoSigner:
        if ask("pin") != "1234":
            raise RuntimeError("CKR_PIN_INCORRECT")
        return CryptoSigner(cls.person.private, public_key)


@pytest.fixture
def token(make_key: Callable[..., Person], monkeypatch: pytest.MonkeyPatch) -> Person:
    Token.person = make_key("alice", "p256")
    monkeypatch.setitem(SIGNER_FOR_URI_SCHEME, "token", Token)
    return Token.person


def test_a_key_behind_a_uri_signs(
    policy: Path, token: Person, tmp_path: Path, write_root: Write, load: Load
) -> None:
    (tmp_path / "alice.pub").write_text(token.public_pem)
    asked = ("policy", "sign", policy, "--key", "token:2?label=x", "--public-key", "alice.pub")
    assert run(*asked, RINGFENCE_KEY_PASSPHRASE="1234").exit_code == 0
    load(policy, write_root(token))
    refused = run(*asked, RINGFENCE_KEY_PASSPHRASE="4321")
    assert refused.exit_code == 2
    assert "the key cannot be used (RuntimeError: CKR_PIN_INCORRECT)" in refused.stderr


def test_a_key_behind_a_uri_needs_its_public_half(policy: Path, token: Person) -> None:
    result = run("policy", "sign", policy, "--key", "token:2")
    assert result.exit_code == 2
    assert "--public-key FILE" in result.stderr


def test_the_public_key_of_another_is_refused(
    policy: Path, token: Person, bob: Person, tmp_path: Path
) -> None:
    (tmp_path / "bob.pub").write_text(bob.public_pem)
    result = run(
        *("policy", "sign", policy, "--key", "token:2", "--public-key", "bob.pub"),
        RINGFENCE_KEY_PASSPHRASE="1234",
    )
    assert result.exit_code == 2
    assert not sig_file(policy).exists()


def test_a_service_whose_library_is_missing_says_what_to_install(
    policy: Path, alice: Person, make_key: Callable[..., Person], tmp_path: Path
) -> None:
    (tmp_path / "k.pub").write_text(make_key("k", "p256").public_pem)
    result = run("policy", "sign", policy, "--key", "awskms:x", "--public-key", "k.pub")
    assert result.exit_code == 2
    assert "awskms" in result.stderr


# -- verify


def test_verify_tells_what_speaks_for_a_policy(
    policy: Path, alice: Person, bob: Person, key_file: KeyFile, write_root: Write
) -> None:
    for person in (alice, bob):
        run("policy", "sign", policy, "--key", key_file(person))
    root = write_root(alice, threshold=1)
    result = run("policy", "verify", policy, "--trust-root", root)
    assert result.exit_code == 0
    assert f"{policy}: trusted" in result.stdout
    assert "alice: signed\n" in result.stdout
    assert "signed; the trust root does not list this key" in result.stdout
    assert "policy acme, serial 3" in result.stdout
    found = json.loads(run("policy", "verify", policy, "--trust-root", root, "--json").stdout)
    assert (found["trusted"], found["threshold"], found["serial"]) == (True, 1, 3)
    assert sorted(item["state"] for item in found["signatures"]) == ["unknown", "valid"]


def test_verify_tells_everything_that_speaks_against_it(
    policy: Path, alice: Person, mallory: Person, key_file: KeyFile, write_root: Write
) -> None:
    run("policy", "sign", policy, "--key", key_file(mallory))
    policy.write_text(policy.read_text() + "# changed\n")
    result = run("policy", "verify", policy, "--trust-root", write_root(alice, minimum_serial=9))
    assert result.exit_code == 1
    assert f"{policy}: NOT trusted" in result.stdout
    for problem in ("0 of 1 signatures", "takes none below 9", "is not the file that was locked"):
        assert problem in result.stdout


def test_verify_tells_of_a_rollback(
    policy: Path,
    alice: Person,
    key_file: KeyFile,
    write_root: Write,
    write_signed: Write,
    load: Load,
) -> None:
    run("policy", "sign", policy, "--key", key_file(alice))
    root = write_root(alice)
    load(write_signed(alice, serial=4, file="newer.yaml"), root)
    result = run("policy", "verify", policy, "--trust-root", root)
    assert result.exit_code == 1
    assert "serial 4 was accepted here before" in result.stdout


def test_verify_remembers_nothing(
    policy: Path, alice: Person, key_file: KeyFile, write_root: Write
) -> None:
    from ringfence.records import default_folder

    run("policy", "sign", policy, "--key", key_file(alice))
    assert run("policy", "verify", policy, "--trust-root", write_root(alice)).exit_code == 0
    assert not (default_folder() / "ledger.sqlite").exists()


def test_without_a_trust_root_nothing_is_trusted(policy: Path) -> None:
    result = run("policy", "verify", policy)
    assert result.exit_code == 1
    assert "there is no trust root" in result.stdout


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize(
    "make",
    [
        "genpkey -algorithm ed25519",
        "genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-256",
        "ecparam -name prime256v1 -genkey -noout",
        "genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048",
    ],
)
def test_keys_of_openssl_sign(policy: Path, tmp_path: Path, load: Load, make: str) -> None:
    for command in (f"openssl {make} -out a.pem", "openssl pkey -in a.pem -pubout -out a.pub"):
        subprocess.run(command.split(), check=True, capture_output=True, cwd=tmp_path)
    indented = (tmp_path / "a.pub").read_text().replace("\n", "\n      ")
    root = tmp_path / "trust.yaml"
    root.write_text(
        f"ringfence_trust: 1\nthreshold: 1\nkeys:\n  a:\n    public: |\n      {indented}\n"
    )
    root.chmod(0o644)
    assert run("policy", "sign", policy, "--key", "a.pem").exit_code == 0
    assert load(policy, root).approval is not None


# -- doctor


def checks(*arguments: str | Path) -> dict[str, dict[str, str]]:
    report = json.loads(run("doctor", "--json", *arguments).stdout)
    return {item["name"]: item for item in report["checks"] if item["area"] == "policy"}


def test_doctor_says_who_signed_what_is_in_force(
    policy: Path, alice: Person, key_file: KeyFile, write_root: Write
) -> None:
    run("policy", "sign", policy, "--key", key_file(alice))
    root = write_root(alice)
    seen = checks("--policy", policy, "--trust-root", root)
    assert seen["trust root"]["state"] == "ok"
    assert seen["trust root"]["detail"] == f"{root} asks for 1 signatures; signed by alice"
    assert seen["serial"]["detail"] == "3 is remembered: no older one loads"


def test_doctor_says_that_nobody_has_to_sign(policy: Path) -> None:
    assert "any change of the file is taken" in checks("--policy", policy)["lock"]["detail"]
    run("policy", "pin", policy)
    seen = checks("--policy", policy)
    assert seen["lock"]["state"] == "ok"
    assert "nobody's signature is asked for" in seen["trust root"]["detail"]


def test_doctor_points_to_verify_when_a_policy_is_not_trusted(
    policy: Path, alice: Person, write_root: Write
) -> None:
    seen = checks("--policy", policy, "--trust-root", write_root(alice))
    assert "it is not signed" in seen["in force"]["detail"]
    assert seen["in force"]["remedy"] == f"ringfence policy verify {policy}"


def test_doctor_says_that_the_serial_cannot_be_remembered(
    policy: Path, alice: Person, key_file: KeyFile, write_root: Write, tmp_path: Path
) -> None:
    run("policy", "sign", policy, "--key", key_file(alice))
    (tmp_path / "file").touch()
    result = run(
        *("doctor", "--json", "--policy", policy, "--trust-root", write_root(alice)),
        XDG_DATA_HOME=str(tmp_path / "file" / "data"),
    )
    assert result.exit_code == 1
    assert "so no call will be made" in result.stdout
