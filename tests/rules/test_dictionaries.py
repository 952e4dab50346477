"""Dictionaries: what their files hold, and every way in which a policy must not load with one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ringfence.errors import PolicyError
from ringfence.rules import Policy, dictionaries, load_policy
from ringfence.rules.dictionaries import VARIABLE, BadDictionary, BadPhrases
from ringfence.trust import digest_of

KEY, OTHER = "ab" * 32, "cd" * 32
NAMES = ["Ada Lovelace", "ada  LOVELACE", "Acme", "", "Juan Carlos de Borbón"]
POLICY = """\
ringfence: 1
name: test
models: {{local: {{model: 'ollama_chat/qwen3.5:9b'}}}}
routes: {{simple: [local]}}
labels:
  custom:
    - {{label: pii, name: CUSTOMER, {entry}}}
"""
Load = Callable[..., Policy]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """`load(content)`: a policy beside a dictionary of that content, pinned unless told otherwise."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def make(
        content: bytes | None, *, entry: str | None = None, env: dict[str, str] | None = None
    ) -> Policy:
        if content is not None:
            (tmp_path / "names.dict").write_bytes(content)
        entry = entry or f"dictionary: names.dict, digest: '{digest_of(content or b'')}'"
        file = tmp_path / "policy.yaml"
        file.write_text(POLICY.format(entry=entry))
        return load_policy(file, env={VARIABLE: KEY} if env is None else env)

    return make


def made(lines: list[str] = NAMES, key: str = KEY) -> bytes:
    return dictionaries.make(lines, bytes.fromhex(key), salt=bytes(16))


def refused(load: Load, *args: object, **options: object) -> str:
    with pytest.raises(PolicyError) as caught:
        load(*args, **options)
    [problem] = caught.value.problems
    assert problem.line == 7
    assert Path(problem.file).name == "policy.yaml"
    return problem.message


def test_a_file_counts_its_phrases_and_shows_no_word() -> None:
    content = made()
    assert dictionaries.counts_of(content) == {1: 1, 2: 1, 4: 1}
    lowered = content.lower()
    assert not any(word in lowered for word in (b"ada", b"lovelace", b"acme", b"juan"))
    header = json.loads(content.split(b"\n")[0])
    assert header["counts"] == {"starts": 2, "1": 1, "2": 1, "4": 1}
    assert header["key_id"] == dictionaries.key_id(bytes.fromhex(KEY))


def test_the_same_list_twice_gives_two_files_that_share_no_hash() -> None:
    one, two = (dictionaries.make(NAMES, bytes.fromhex(KEY)) for _ in range(2))
    opened = [dictionaries.read(content, bytes.fromhex(KEY)) for content in (one, two)]
    assert opened[0].phrases[2].isdisjoint(opened[1].phrases[2])


def test_a_policy_loads_its_dictionary_by_a_path_from_its_own_folder(load: Load) -> None:
    [dictionary] = load(made()).dictionaries.values()
    assert dictionary.hash("ada lovelace") in dictionary.phrases[2]
    assert KEY not in repr(dictionary)


def test_lines_that_are_no_phrase_are_numbered() -> None:
    with pytest.raises(BadPhrases) as caught:
        made(["fine", "?!", "a " * 13])
    assert caught.value.lines == (2, 3)


def test_a_wrong_key_is_a_policy_error_and_never_no_match(load: Load) -> None:
    message = refused(load, made(key=OTHER))
    assert "made with the key" in message
    assert OTHER not in message


def test_without_a_key_the_policy_does_not_load(load: Load) -> None:
    assert "no key to read it with" in refused(load, made(), env={})


def test_a_malformed_key_is_told(load: Load) -> None:
    assert "is not a key" in refused(load, made(), env={VARIABLE: "12"})


def test_a_key_file_that_others_can_read_is_refused(load: Load) -> None:
    path = dictionaries.key_file()
    path.parent.mkdir(parents=True)
    path.write_text(KEY)
    path.chmod(0o644)
    assert "can be read by others" in refused(load, made(), env={})
    path.chmod(0o600)
    assert load(made(), env={}).dictionaries


def test_a_file_that_is_not_there_is_told_at_its_place(load: Load) -> None:
    assert "No such file" in refused(load, None, entry="dictionary: gone.dict")


def test_a_dictionary_has_to_be_pinned(load: Load) -> None:
    message = refused(load, made(), entry="dictionary: names.dict")
    assert f"digest: {digest_of(made())}" in message


def test_another_file_than_the_pinned_one_is_refused(load: Load) -> None:
    pinned = f"dictionary: names.dict, digest: '{digest_of(made())}'"
    assert "not the file that is pinned" in refused(load, made(["someone else"]), entry=pinned)


def test_a_digest_alone_pins_nothing(load: Load) -> None:
    message = refused(load, None, entry=f"words: [x], digest: '{digest_of(b'')}'")
    assert "pins nothing" in message


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Ada Lovelace\nAcme\n",
        b"{}\n",
        b"[" * 5000,
        made()[:-1],
        made() + b"x",
        made().replace(b'"ringfence_dictionary": 1', b'"ringfence_dictionary": 2'),
        made().replace(b'"starts"', b'"staats"'),
        made().replace(b'"1": 1', b'"1": -1'),
        made().replace(b'"salt": "00', b'"salt": "zz'),
    ],
)
def test_a_damaged_file_is_refused(load: Load, content: bytes) -> None:
    with pytest.raises(BadDictionary):
        dictionaries.read(content, bytes.fromhex(KEY))
    refused(load, content)
