"""Which files a policy is made of: bases of bases, where their paths count from, and what is wrong with each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ringfence.errors import PolicyError, TrustError
from ringfence.rules import Policy, dictionaries, load_policy, read_sources
from ringfence.trust import digest_of

BASE = """\
ringfence: 1
name: base
models: {local: {model: ollama_chat/qwen3.5:9b}, opus: {model: anthropic/claude-opus-4.6}}
routes: {simple: [opus, local]}
rules: [{name: first, forbid: [private]}]
"""
HEAD = "ringfence: 1\nname: child\n"

Write = Callable[..., Path]
Faults = Callable[[], list[str]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """`write(**{"a/b": text})` writes a/b.yaml; gives the path of policy.yaml."""

    def write(**files: str) -> Path:
        for name, text in files.items():
            path = tmp_path / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / "policy.yaml"

    return write


@pytest.fixture
def faults(tmp_path: Path) -> Faults:
    def faults() -> list[str]:
        with pytest.raises(PolicyError) as caught:
            load_policy(tmp_path / "policy.yaml")
        return [str(problem).removeprefix(f"{tmp_path}/") for problem in caught.value.problems]

    return faults


def rules(policy: Policy) -> list[str]:
    return [rule.name for rule in policy.document.rules]


def names(policy: Policy) -> list[str]:
    return [name for name, _ in policy.sources]


def test_bases_stand_in_the_order_in_which_they_are_laid(write: Write) -> None:
    policy = load_policy(
        write(
            org=BASE,
            **{"packs/hipaa": HEAD + "rules: [{name: second, forbid: [private]}]"},
            policy=HEAD
            + "extends: [org.yaml, packs/hipaa.yaml]\nrules: [{name: third, forbid: [private]}]",
        )
    )
    assert names(policy) == ["org.yaml", "packs/hipaa.yaml", "policy.yaml"]
    assert rules(policy) == ["first", "second", "third"]


def test_a_base_that_two_others_extend_is_laid_once(write: Write) -> None:
    middle = HEAD + "extends: [org.yaml]\nrules: [{name: %s, forbid: [private]}]"
    policy = load_policy(
        write(
            org=BASE,
            a=middle % "second",
            b=middle % "third",
            policy=HEAD + "extends: [a.yaml, b.yaml, org.yaml]",
        )
    )
    assert names(policy) == ["org.yaml", "a.yaml", "b.yaml", "policy.yaml"]
    assert rules(policy) == ["first", "second", "third"]


def test_a_path_counts_from_the_file_that_names_it_and_may_lead_up_or_be_absolute(
    write: Write, tmp_path: Path
) -> None:
    team = "teams/finance/policy"
    write(
        org=BASE,
        **{
            "security/base": HEAD + "extends: [../org.yaml]",
            team: HEAD + "extends: [../../security/./base.yaml]",
        },
    )
    policy = load_policy(tmp_path / f"{team}.yaml")
    assert names(policy) == ["../../org.yaml", "../../security/base.yaml", "policy.yaml"]
    write(policy=HEAD + f"extends: [{tmp_path}/security/base.yaml]")
    policy = load_policy(tmp_path / "policy.yaml")
    assert names(policy) == [
        f"{tmp_path}/org.yaml",
        f"{tmp_path}/security/base.yaml",
        "policy.yaml",
    ]


def test_a_file_that_a_base_names_counts_from_the_bases_folder(
    write: Write, tmp_path: Path
) -> None:
    key = bytes(range(32))
    content = dictionaries.make(["bluebird osprey"], key)
    path = write(
        **{
            "security/base": BASE
            + "labels: {custom: [{label: pii, name: CUSTOMER, dictionary: names.dict, "
            + f'digest: "{digest_of(content)}"}}]}}\n'
        },
        policy=HEAD + "extends: [security/base.yaml]",
    )
    (tmp_path / "security" / "names.dict").write_bytes(content)
    policy = load_policy(path, env={dictionaries.VARIABLE: key.hex()})
    assert list(policy.dictionaries) == [digest_of(content)]


def test_a_circle_is_refused_where_it_closes(write: Write, faults: Faults) -> None:
    write(
        policy=HEAD + "extends: [a.yaml]",
        a=HEAD + "extends:\n  - b.yaml\n",
        b=HEAD + "extends: [a.yaml, b.yaml]",
    )
    assert [fault.split(";")[0] for fault in faults()[:2]] == [
        "b.yaml:3:11: this base extends the file that extends it, in a circle",
        "b.yaml:3:19: this base extends the file that extends it, in a circle",
    ]


def test_a_base_is_a_plain_file_that_can_be_read_and_stands_once(
    write: Write, faults: Faults
) -> None:
    write(
        org=BASE,
        policy=HEAD + "extends: [org.yaml, absent.yaml, ., /dev/zero, ./org.yaml, org.yaml]",
    )
    assert [fault.partition(";")[0].split(": ", 1)[1] for fault in faults()] == [
        "this base cannot be read (No such file or directory)",
        "this base cannot be read (not a plain file)",
        "this base cannot be read (not a plain file)",
        "this base stands in the list already",
    ]


@pytest.mark.parametrize(
    "extends", ["[]", "base.yaml", "[1]", "[https://x.example/base.yaml]", "['a\\b']", "['']", "{}"]
)
def test_what_is_no_list_of_files_is_refused(write: Write, faults: Faults, extends: str) -> None:
    write(policy=HEAD + f"extends: {extends}")
    assert all(fault.startswith("policy.yaml:3:") for fault in faults())


def test_a_long_chain_ends_at_a_limit(write: Write, faults: Faults) -> None:
    chain = {f"b{n}": HEAD + f"extends: [b{n + 1}.yaml]" for n in range(40)}
    write(policy=HEAD + "extends: [b0.yaml]", **chain)
    assert any("more than 16 files" in fault for fault in faults())


def test_the_faults_of_all_files_are_told_in_one_run(write: Write, faults: Faults) -> None:
    write(
        org=BASE.replace("name: base", "naem: base"),
        a="ringfence: 1\n\tname: x",
        policy=HEAD + "extends: [org.yaml, a.yaml, absent.yaml]\nrutes: {}",
    )
    assert [fault.split(": ")[0] for fault in faults()] == [
        "org.yaml:1:1",
        "org.yaml:2:1",
        "a.yaml:2:1",
        "policy.yaml:3:29",
        "policy.yaml:4:1",
    ]


def test_what_a_base_says_wrong_of_its_models_stands_in_the_base(
    write: Write, faults: Faults
) -> None:
    write(org=BASE.replace("[opus, local]", "[opsu, local]"), policy=HEAD + "extends: [org.yaml]")
    assert faults() == [
        "org.yaml:4:19: no model is called 'opsu' under 'models:'; did you mean 'opus'?"
    ]


@pytest.mark.invariant("I7")
def test_a_pin_holds_the_bases_too(write: Write) -> None:
    path = write(org=BASE, policy=HEAD + "extends: [org.yaml]")
    digest = read_sources(path).digest
    assert load_policy(path, digest=digest).ref.digest == digest
    write(org=BASE + "\n")
    with pytest.raises(TrustError, match="not the pinned policy"):
        load_policy(path, digest=digest)


def test_the_earlier_day_of_expiry_holds(write: Write) -> None:
    path = write(
        org=BASE + "expires: 2020-01-01\n", policy=HEAD + "extends: [org.yaml]\nexpires: 2999-01-01"
    )
    with pytest.raises(TrustError, match="expired on 2020-01-01"):
        load_policy(path)
