"""What is wrong with a rule is said where it stands, with what to write instead; no policy can blow up."""

from __future__ import annotations

import json

import pytest

from ringfence.errors import PolicyError
from ringfence.rules import parse_policy
from ringfence.rules.rule_checks import MAX_CONDITIONS, MAX_RULES, MAX_TEXTS

POLICY = """\
ringfence: 1
name: rules
models: {local: {model: ollama_chat/qwen3.5:9b}}
routes: {simple: [local]}
rules:
"""
LINE = POLICY.count("\n") + 1


def faults(rules: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        parse_policy(POLICY + rules, file="p")
    return [str(problem) for problem in caught.value.problems]


def fault_of(when: str, effect: str = "forbid: [cloud]") -> str:
    """The one fault of `  - {name: r, when: …`; the `when` begins in column 21."""
    (fault,) = faults(f"  - {{name: r, when: {when}, {effect}}}\n")
    place, message = fault.split(": ", 1)
    assert place.startswith(f"p:{LINE}:")
    return f"{int(place.split(':')[2]) - 21}: {message}"


EMPTY = "nothing is written here; write a value, or leave the key out"


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("{team: a}", "1: unknown key 'team'; did you mean 'caller.team'?"),
        ("{any: [{not: {tolkens: {}}}]}", "14: unknown key 'tolkens'; did you mean 'tokens'?"),
        ("{caller.team: }", f"1: {EMPTY}"),
        ("{caller.team: []}", "1: empty; write at least one"),
        ("{caller.team: ''}", "1: empty; write at least one character"),
        ("{not: }", f"1: {EMPTY}"),
        ("{all: []}", "1: empty; write at least one"),
        ("{metadata: {}}", "1: empty; write at least one"),
        ("{tokens: {}}", "1: no bound is written; write above, at_least, below or at_most"),
        (
            "{tokens: {above: 5, below: 6}}",
            "1: no number is in this range; write other bounds",
        ),
        (
            "{metadata: {risk: {above: 5, at_most: 5}}}",
            "12: no number is in this range; write other bounds",
        ),
        ("{metadata: {risk: {over: 5}}}", "19: unknown key 'over'; did you mean 'above'?"),
        ("{metadata: {risk: [[1]]}}", "12: write words, numbers, true or false"),
        ("{time: {}}", "1: no time is bounded; write days, after or before"),
        ("{time: {after: 6pm}}", "8: write a time of day as HH:MM, from 00:00 to 23:59"),
        ("{time: {after: '24:00'}}", "8: write a time of day as HH:MM, from 00:00 to 23:59"),
        (
            "{time: {after: '06:00', before: '06:00'}}",
            "1: after and before are the same; write a span of time",
        ),
        (
            "{time: {days: mon, zone: Europe/Berln}}",
            "19: no such time zone; did you mean 'Europe/Berlin'?",
        ),
        (
            "{time: {days: mon, zone: localtime}}",
            "19: no such time zone; write one like Europe/Berlin, or UTC",
        ),
        (
            "{time: {days: mon, zone: ../../etc/passwd}}",
            "19: no such time zone; write one like Europe/Berlin, or UTC",
        ),
        (
            "{time: {days: monday}}",
            "8: this should be 'mon', 'tue', 'wed', 'thu', 'fri', 'sat' or 'sun'",
        ),
        (
            "{task: hard}",
            "1: this should be 'simple', 'standard', 'research', 'codegen', 'complex', 'long_context', "
            "'gui' or 'live'",
        ),
        (
            "{any: [{task: gui}, {}]}",
            "20: an empty condition holds always; write what it tests, or leave it out",
        ),
        (
            "{text: [a, '*?*']}",
            "11: only wildcards, which every text has; write a word, or leave the key out",
        ),
    ],
)
def test_a_condition_that_is_wrong_is_named_with_its_place_and_its_remedy(
    when: str, expected: str
) -> None:
    assert fault_of(when) == expected


@pytest.mark.parametrize(
    ("condition", "column"),
    [
        ("labels: pii", 1),
        ("task: gui", 1),
        ("tokens: {above: 1}", 1),
        ("model: opus", 1),
        ("time: {days: mon}", 1),
        ("not: {labels: pii}", 7),
        ("any: [{text: a}, {all: [{not: {task: gui}}]}]", 32),
    ],
)
def test_a_rule_that_labels_tests_nothing_that_the_gate_does_not_know_at_any_depth(
    condition: str, column: int
) -> None:
    place, message = fault_of(f"{{{condition}}}", "label: x").split(": ", 1)
    assert (int(place), "runs in the gate" in message) == (column, True)
    assert "caller.*, metadata, text and tools" in message


def test_a_rule_that_labels_may_join_what_the_gate_knows() -> None:
    when = "{any: [{caller.team: a}, {not: {metadata: {k: v}}}], all: [{text: a}, {tools: b}]}"
    assert parse_policy(f"{POLICY}  - {{name: r, when: {when}, label: x}}\n").rules.rules


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        ("forbid: []", None),
        ("only: [locl]", "no model or locality is called 'locl'; did you mean 'local'?"),
        ("cap: {}", "nothing is capped; write output_tokens or usd"),
        ("cap: {usd: -1}", None),
        ("cap: {output_tokens: 0}", None),
        ("deny: ", EMPTY),
        ("deny: ''", None),
        ("task: hard", None),
        ("route: []", None),
        ("route: [[locl]]", "no model is called 'locl' under 'models:'; did you mean 'local'?"),
        ("label: Personal", None),
        ("lable: x", "unknown key 'lable'; did you mean 'label'?"),
    ],
)
def test_an_effect_that_is_wrong_is_named_with_its_remedy(
    effect: str, expected: str | None
) -> None:
    fault = fault_of("{caller.team: a}", effect)
    assert expected is None or fault.endswith(expected)


def test_a_rule_without_an_effect_and_two_of_one_name_are_faults() -> None:
    twice = "  - {name: r, forbid: [cloud]}\n" * 2
    assert faults("  - {name: r, when: {caller.team: a}}\n  - {name: s, forbid: [cloud]}\n") == [
        f"p:{LINE}:5: the rule does nothing; write one of label, forbid, only, cap, deny, task, route"
    ]
    assert faults(twice) == [
        f"p:{LINE + 1}:6: rule 1 has this name too; decisions name the rule, so give each its own"
    ]


def nested(depth: int) -> str:
    return "{not: " * depth + "{labels: pii}" + "}" * depth


def test_depth_and_number_of_conditions_are_bounded() -> None:
    assert parse_policy(f"{POLICY}  - {{name: r, when: {nested(8)}, forbid: [cloud]}}\n")
    assert "more than 8 deep" in fault_of(nested(9))
    assert "deep" in fault_of(nested(30))
    many = ", ".join(["{labels: pii}"] * MAX_CONDITIONS)
    (fault,) = faults(f"  - name: r\n    forbid: [cloud]\n    when:\n      any: [{many}]\n"[:9_900])
    assert "over 200 conditions in one rule" in fault


def test_the_words_of_all_text_conditions_are_bounded() -> None:
    words = json.dumps([f"w{n}" for n in range(500)])
    rules = [f"  - {{name: r{n}, when: {{text: {words}}}, forbid: [cloud]}}\n" for n in range(5)]
    assert parse_policy(POLICY + "".join(rules[: MAX_TEXTS // 500])).rules.rules
    (fault,) = faults("".join(rules))
    assert f"over {MAX_TEXTS:,} words" in fault
    assert "labels.custom" in fault


def test_the_number_of_rules_is_bounded() -> None:
    rules = "".join(f"  - {{name: r{n}, deny: no way}}\n" for n in range(MAX_RULES + 1))
    assert any(f"over {MAX_RULES:,} rules" in fault for fault in faults(rules))
