"""A file that reads otherwise than it looks, or unfolds into more than it shows, is refused where it does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ringfence.errors import PolicyError
from ringfence.rules import parse_policy
from ringfence.rules.yaml_source import MAX_FAULTS, read_yaml

GOOD = """\
ringfence: 1
name: acme
models:
  local: {model: ollama_chat/qwen3.5:9b}
routes:
  standard: [local]
"""


def faults(content: bytes | str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        parse_policy(content, file="p.yaml")
    return [str(problem) for problem in caught.value.problems]


def laughs(depth: int) -> str:
    lines = ["a0: &a0 [lol]"]
    for level in range(1, depth):
        items = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} [{items}]")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("\ufeff" + GOOD, "p.yaml:1:1: a byte order mark"),
        (GOOD.replace("  local:", "\tlocal:"), "p.yaml:4:1: a tab; write spaces"),
        (GOOD + "# a\tcomment", "p.yaml:7:4: a tab"),
        (GOOD.replace("acme", "ac\0me"), "p.yaml:2:9: a control character"),
        (GOOD.replace("acme", "ac\x1bme"), "p.yaml:2:9: a control character"),
        (GOOD.replace("acme", "ac\x9bme"), "p.yaml:2:9: a control character"),
        (GOOD.replace("acme", "ac\ufffeme"), "p.yaml:2:9: a control character"),
        (GOOD.replace("acme", "acme # \u202egate"), "p.yaml:2:14: an invisible character that changes"),
        (GOOD.replace("acme", "acme # in order\u2028serial: 1"), "p.yaml:2:22: a line break that editors"),
        (GOOD.replace("acme", "acme # in order\rserial: 1"), "p.yaml:2:22: a line break that editors"),
        (GOOD + "# " + "x" * 20_000, "p.yaml:7:10001: a line of over 10,000 characters"),
        (GOOD.encode() + b"# caf\xe9", "p.yaml:7:1: not UTF-8"),
        (GOOD.encode("utf-16"), "p.yaml:1:1: not UTF-8"),
        (GOOD + "---\nname: other\n", "p.yaml:7:1: a second document"),
        ("%YAML 1.2\n---\n" + GOOD, "p.yaml:1:1: a YAML directive"),
        ("%TAG ! tag:x,2026:\n---\n" + GOOD, "p.yaml:1:1: a YAML directive"),
        (GOOD.replace("acme", "!!str acme"), "p.yaml:2:7: a YAML tag"),
        (GOOD.replace("acme", "!!python/object/apply:os.system [ls]"), "p.yaml:2:7: a YAML tag"),
        (GOOD.replace("acme", "! acme"), "p.yaml:2:7: a YAML tag"),
        (GOOD + "gate: {<<: {names: full}}", "p.yaml:7:8: a merge key"),
        (GOOD + "? [a, b]\n: 1", "p.yaml:7:3: a key must be plain text"),
        (GOOD + "? {a: b}\n: 1", "p.yaml:7:3: a key must be plain text"),
        (GOOD + "x: &k a\n*k : 1", "p.yaml:8:1: a key must be plain text"),
        (GOOD + "x: *nowhere", "p.yaml:7:4: an alias of nothing"),
        (GOOD + "x: &a {y: *a}", "p.yaml:7:11: an alias of nothing"),
        (GOOD + "x: &a 1\ny: &a 2", "p.yaml:8:4: an anchor whose name is taken"),
        (GOOD + laughs(9), "too many or too deeply nested values"),
        (GOOD + "x: " + "[" * 5000, "p.yaml:7:43: too many or too deeply nested values"),
        (GOOD + "x: " + "{a: " * 2000, "too many or too deeply nested values"),
        (GOOD + "- " * 3000, ""),
        (GOOD + "? " * 3000, ""),
        (GOOD + "x:\n" + "\n".join(" " * n + "- " for n in range(1, 300)), "too many or too deeply"),
        (GOOD + "x: [" + "1,\n" * 300_000, "too many or too deeply nested values"),
        (GOOD + "x: " + "'" * 9000, "p.yaml:"),
        (GOOD + "x: |\n" + "  words\n" * 100_000, "p.yaml:7:1: unknown key"),
        ("x" * 2_000_000, "p.yaml:0:0: the file is over"),
    ],
    ids=range(36),
)  # fmt: skip
def test_what_reads_otherwise_than_it_looks_is_refused(content: bytes | str, expected: str) -> None:
    assert any(expected in fault for fault in faults(content))


def test_a_harmless_anchor_and_windows_line_ends_are_read() -> None:
    text = GOOD.replace("[local]", "&r [local]\n  simple: *r").replace("\n", "\r\n")
    document = parse_policy(text).document
    assert set(map(str, document.routes)) == {"standard", "simple"}


def test_all_that_is_wrong_is_told_in_one_run() -> None:
    text = GOOD + "# a\tb\nname: again\nname: !!str three\ngate: {<<: {}}\nserial: *x\n---\n{}\n"
    assert [fault.split(": ")[0] for fault in faults(text)] == [
        f"p.yaml:{place}" for place in ("7:4", "8:1", "9:1", "9:7", "10:8", "11:9", "12:1")
    ]


def test_a_file_of_nothing_but_faults_ends_at_a_limit() -> None:
    assert len(faults("\0" * 1_000_000)) == MAX_FAULTS
    assert len(faults(GOOD + "".join(f"k{n}: 1\n" for n in range(20_000)))) <= MAX_FAULTS
    many = ", ".join(f"m{n}\n" for n in range(20_000))
    assert len(faults(GOOD.replace("[local]", f"[{many}]"))) <= MAX_FAULTS


CANARY = "zebra" + "quartz-7741"
FULL: dict[str, Any] = {
    "ringfence": 1,
    "name": "acme",
    "serial": 3,
    "expires": "2027-06-30",
    "models": {
        "local": {"model": "ollama_chat/qwen3.5:9b", "clearance": "all", "retires": "2040-01-01"},
        "rack": {
            "model": "openai/qwen3.5-72b",
            "base_url": "https://rack.internal/v1",
            "locality": "private",
            "clearance": ["pii"],
            "because": "our rack",
            "insecure": False,
            "api_key_env": "RACK_KEY",
            "context_window": 8192,
            "price": {"input": 1, "output": 2},
            "tools": "native",
        },
    },
    "callers": {"desk": {"clearance": ["pii"], "because": "the desk"}},
    "labels": {
        "packs": ["gdpr"],
        "secrets": {"enabled": True},
        "custom": [{"label": "pii", "name": "CUSTOM", "words": ["a"], "regex": "b+", "context": ["c"]}],
        "allow": [{"words": ["d"], "because": "ours"}],
    },
    "gate": {"names": "context", "limits": {"ms": 100}},
    "routes": {"standard": [["local", "rack"]]},
    "rules": [
        {
            "name": "r",
            "when": {
                "caller.team": "x",
                "metadata": {"k": "v", "n": {"above": 3}},
                "tokens": {"above": 5},
                "time": {"after": "18:00", "zone": "UTC"},
                "any": [{"not": {"labels": ["pii"]}}],
            },
            "forbid": ["rack"],
            "only": ["local"],
            "cap": {"usd": 1},
            "deny": "never",
            "task": "simple",
            "route": ["local"],
        }
    ],
    "classifier": {"model": "local", "when": "unsure"},
    "budgets": [{"per": "user", "every": "day", "usd": 5, "then": "deny"}],
    "fallback": {"deadline_s": 50, "attempts": 3},
    "network": {
        "mode": "open",
        "hosts": [{"host": "rack.internal", "because": "our rack"}],
        "proxy": "http://proxy.internal:3128",
        "proxy_auth_env": "LOGIN",
    },
    "records": {"durability": "full"},
    "taint": {"days": 3, "declassify": [{"labels": ["pii"], "users": ["ada"], "because": "ours"}]},
}  # fmt: skip


def planted(value: Any) -> Iterator[Any]:
    """The value with the canary in each of its places, one at a time: as a value, a key and beside the others."""
    yield CANARY
    yield {CANARY: CANARY}
    yield [CANARY, {CANARY: 1}]
    if isinstance(value, dict):
        yield value | {CANARY: CANARY}
        for key, inner in value.items():
            yield from ({**value, key: changed} for changed in planted(inner))
            yield {CANARY if other == key else other: kept for other, kept in value.items()}
    elif isinstance(value, list):
        yield [*value, CANARY]
        for index, inner in enumerate(value):
            yield from (
                [*value[:index], changed, *value[index + 1 :]] for changed in planted(inner)
            )


def test_the_full_document_of_these_tests_loads() -> None:
    assert parse_policy(yaml.safe_dump(FULL)).document.name == "acme"


@pytest.mark.invariant("I4")
def test_no_text_of_the_file_is_echoed_wherever_it_stands() -> None:
    count = 0
    for document in planted(FULL):
        try:
            parse_policy(yaml.safe_dump(document))
        except PolicyError as error:
            count += 1
            assert CANARY not in str(error)
    assert count > 300


@pytest.mark.invariant("I4")
@pytest.mark.parametrize(
    "broken",
    [
        "a: *%s", "a: &%s 1\nb: &%s 2", "a: !%s 1", "%%%s 1\n---\na: 1", "a: '%s", 'a: "\\q%s"', "a: [%s",
        "%s: 1\n%s: 2", "a: %s: 1", "%s", "- a\n%s: 1", "a: @%s", "a: |%s\n  x", "\t%s", "<<: *%s", "? [%s]\n: 1",
        "a: 1\n---\n%s", "a: it's *%s's 'x", "!!%s a: b", "a: `%s", "%%TAG !%s! tag:x:\n---\na: !%s!b c",
    ],
)  # fmt: skip
def test_no_text_of_broken_yaml_is_echoed(broken: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read_yaml((broken.replace("%s", CANARY).replace("%%", "%")).encode(), file="p.yaml")
        parse_policy(broken.replace("%s", CANARY))
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["http://[::1", "http://127.0.0.1:99999999", "http://127.0.0.1\u2100/"]
)
def test_an_address_that_is_none_is_a_fault_with_a_place_that_does_not_show_it(
    address: str,
) -> None:
    text = GOOD.replace("qwen3.5:9b", f"qwen3.5:9b, base_url: '{address}'")
    (fault,) = faults(text)
    assert fault.startswith("p.yaml:4:42: not an address; write it like")
    assert "127" not in fault


@pytest.mark.parametrize("day", ["20270630", "1893456000", "'1893456000'", "2030-01-01T00:00:00"])
def test_a_number_is_no_day(day: str) -> None:
    """Pydantic would count it in seconds from 1970, or in milliseconds."""
    assert faults(GOOD + f"expires: {day}\n") == ["p.yaml:7:1: a day is written like 2027-06-30"]


@pytest.mark.parametrize(
    ("text", "most"),
    [
        (GOOD + "serial: 9223372036854775808\n", 2**63 - 1),
        (GOOD + "rules: [{name: r, cap: {output_tokens: 1000000001}}]\n", 10**9),
        (GOOD.replace("9b", "9b, context_window: 1000000001"), 10**9),
        (GOOD.replace("9b", "9b, max_output_tokens: 1000000001"), 10**9),
    ],
)
def test_a_count_is_one_that_the_ledger_can_hold(text: str, most: int) -> None:
    (fault,) = faults(text)
    assert fault.endswith(f"this should be less than or equal to {most}")


@pytest.mark.parametrize("name", ["a\\0b", "pipe"])
def test_a_file_that_the_policy_names_is_a_plain_one(name: str, tmp_path: Path) -> None:
    """A pipe without a writer would hang the start, and a path with NUL is none."""
    os.mkfifo(tmp_path / "pipe")
    text = GOOD + f'classifier: {{fitted: "{name}", digest: "sha256:{"0" * 64}"}}\n'
    with pytest.raises(PolicyError, match=r"p.yaml:7:14: the file cannot be read \("):
        parse_policy(text, file=str(tmp_path / "p.yaml"))
